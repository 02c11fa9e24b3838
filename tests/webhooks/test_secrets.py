"""The receiver tells no secret and nothing of an eSIM: not in replies, logs, values, or what it keeps of an error."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import DecodeError, SignatureError
from airalo_async.models import PushState
from airalo_async.webhooks import OrderCompleted, UnknownPush, WebhookReceiver, decode_event, verify_signature
from tests._canaries import Canaries
from tests._until import until
from tests.webhooks._pushes import REQUEST_ID, SECRET, signed, success, write
from tests.webhooks._support import accept, buy, pushes

if TYPE_CHECKING:
    from airalo_async.stores import RequestStore

ESIM = "CANARY-MATCHING-ID"
SECRETS = Canaries((SECRET,), (ESIM,))


@pytest.fixture(autouse=True)
def listen(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


async def test_pushes_of_all_fates_are_not_told(store: RequestStore, caplog: pytest.LogCaptureFixture) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET, max_tries=1)
    handled: list[object] = []

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        handled.append(event)
        raise ValueError(event.order.sims[0].qrcode)

    @receiver.on(UnknownPush)
    async def look(event: UnknownPush) -> None:
        handled.append(event)

    await buy(store)
    await accept(store, REQUEST_ID)
    async with receiver:
        replies = [
            await receiver.receive(body, signed(body) if is_signed else {"airalo-signature": ESIM})
            for body in (
                success(9668),
                success(9669, request_id="Z" * 25),
                success(9670, request_id=None, package_id=[ESIM]),
                write({"surprise": ESIM}),
                f'{{"half": "{ESIM}'.encode(),
            )
            for is_signed in (True, False)
        ]
        await until(lambda: len(handled) == 2 and receiver.stats.dead)
    stored = await pushes(store)

    assert {reply.status for reply in replies} == {200, 401}
    assert {push.state for push in stored} == {PushState.DEAD, PushState.PARKED, PushState.DONE}
    requests = [request async for request in store.list()]
    assert SECRETS.in_values(receiver, receiver.stats, vars(receiver), *replies, *handled, *stored, *requests) == []
    assert SECRETS.in_records(caplog.records) == []


def test_signature_that_is_refused_is_not_told() -> None:
    with pytest.raises(SignatureError) as caught:
        verify_signature(success(), signed(success(), "another")["airalo-signature"], "secret")

    assert Canaries((signed(success(), "secret")["airalo-signature"],)).in_error(caught.value) == []


def test_push_that_cannot_be_decoded_is_not_told() -> None:
    with pytest.raises(DecodeError) as caught:
        decode_event(success(package_id=[ESIM]))

    told = f"{caught.value} {caught.value!r}"
    assert ESIM not in told
