"""What the receiver shows and offers besides receiving."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from airalo_async import webhooks
from airalo_async.errors import UnknownReferenceError
from airalo_async.models import PushState
from airalo_async.webhooks import CreditLimit, WebhookReceiver, verify_signature
from tests._until import until
from tests.webhooks._pushes import CREDIT_LIMIT, LOW_DATA, SECRET, signed, success, write
from tests.webhooks._support import pushes, turns

if TYPE_CHECKING:
    from airalo_async.stores import MemoryStore, RequestStore
    from airalo_async.testing import FakeClock


@pytest.mark.parametrize("name", webhooks.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(webhooks, name) is not None
    assert name in dir(webhooks)


def test_no_other_name_is_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Manager'"):
        webhooks.Manager  # noqa: B018  # type: ignore[attr-defined]


def test_sign_and_verify_are_inverse() -> None:
    assert verify_signature(b"{}", webhooks.sign(b"{}", SECRET), SECRET) == "raw"


def test_new_receiver_describes_itself(receiver: WebhookReceiver) -> None:
    assert repr(receiver) == "<WebhookReceiver not dispatching, handlers=[]>"


async def test_receiver_at_work_answers_the_on_call_question(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    @receiver.on_unmatched
    async def stray(_: object) -> None:
        pass

    body = write(CREDIT_LIMIT)
    async with receiver:
        await receiver.receive(body, signed(body))
        await receiver.receive(body, signed(body))
        await receiver.receive(body, {})
        await receiver.receive(success(), signed(success()))
        await until(lambda: receiver.stats.delivered)
        await turns()
        described = repr(receiver)

    assert described == (
        "<WebhookReceiver dispatching 0, handlers=[credit_limit, unmatched] "
        "stored=2 duplicates=1 parked=1 refused=1 delivered=1>"
    )


async def test_inbox_lists_pushes_in_the_order_of_commits(store: RequestStore) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    for body in (success(), write(LOW_DATA), b"[]"):
        await receiver.receive(body, signed(body))

    listed = [push.state async for push in receiver.inbox()]
    parked = [push.id async for push in receiver.inbox(state=PushState.PARKED)]
    dead = [push.id async for push in receiver.dead_letters()]

    assert listed == [PushState.PARKED, PushState.PENDING, PushState.DEAD]
    assert (parked, dead) == ([1], [3])


async def test_push_that_is_not_there_cannot_be_replayed(receiver: WebhookReceiver) -> None:
    with pytest.raises(UnknownReferenceError):
        await receiver.replay(5)


async def test_purging_removes_bodies_and_keeps_duplicate_keys(store: RequestStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    body = write(CREDIT_LIMIT)
    async with receiver:
        await receiver.receive(body, signed(body))
        await until(lambda: receiver.stats.delivered)
        clock.advance(3600)
        purged = await receiver.purge(older_than=timedelta(minutes=30))
        again = await receiver.receive(body, signed(body))

    (push,) = await pushes(store)
    assert (purged, push.body, again.body) == (1, None, "duplicate")


async def test_quarantined_push_can_be_replayed_to_a_handler(store: RequestStore) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    seen: list[webhooks.UnknownPush] = []

    @receiver.on(webhooks.UnknownPush)
    async def look(event: webhooks.UnknownPush) -> None:
        seen.append(event)

    async with receiver:
        await receiver.receive(b"[5]", signed(b"[5]"))
        await receiver.replay(1)
        await until(lambda: seen)

    assert seen[0] == webhooks.UnknownPush("the body is not a JSON object", push_id=1, raw=[5])
