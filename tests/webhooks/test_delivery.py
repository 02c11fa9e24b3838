"""One push and its handler: leases, fences, retries, dead letters, and what is logged of an error."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from airalo_async.errors import DecodeError, SignatureError, StoreError
from airalo_async.models import PushKind, PushState
from airalo_async.stores import MemoryStore
from airalo_async.webhooks import CreditLimit, OrderCompleted, WebhookReceiver
from airalo_async.webhooks._delivery import describe
from tests._until import until
from tests.webhooks._pushes import CREDIT_LIMIT, REQUEST_ID, SECRET, signed, success, write
from tests.webhooks._support import accept, buy, pushes, turns

if TYPE_CHECKING:
    from airalo_async.models import StoredPush
    from airalo_async.stores import RequestStore
    from airalo_async.testing import FakeClock

BODY = write(CREDIT_LIMIT)


async def push(receiver: WebhookReceiver, body: bytes = BODY) -> None:
    reply = await receiver.receive(body, signed(body))
    assert reply.status == 200


async def only(store: RequestStore) -> StoredPush:
    (stored,) = await pushes(store)
    return stored


async def test_handler_that_fails_is_tried_again(store: RequestStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET, backoff=2)
    tries: list[int | None] = []

    @receiver.on(CreditLimit)
    async def flaky(event: CreditLimit) -> None:
        tries.append(event.push_id)
        if len(tries) == 1:
            message = "smtp is down"
            raise ConnectionError(message)

    async with receiver:
        await push(receiver)
        await until(lambda: receiver.stats.failures and not len(receiver._dispatcher))
        first = await only(store)
        clock.advance(2.1)
        await until(lambda: receiver.stats.delivered)

    assert tries == [1, 1]
    assert first.state is PushState.PENDING
    assert first.error.startswith("ConnectionError in flaky, test_delivery.py:")
    assert (await only(store)).state is PushState.DONE


async def test_waits_between_tries_double_at_most(
    memory: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds: list[float] = []

    def longest(low: float, high: float) -> float:
        bounds.append(high)
        return high - low

    monkeypatch.setattr("airalo_async.webhooks._delivery.random.uniform", longest)
    receiver = WebhookReceiver(store=memory, secrets=SECRET, backoff=100, max_tries=7)

    @receiver.on(CreditLimit)
    async def fail(_: CreditLimit) -> None:
        raise LookupError

    async with receiver:
        await push(receiver)
        for number in range(1, 8):
            await until(lambda: receiver.stats.failures == number)  # noqa: B023  (it is awaited in this turn)
            clock.advance(900.1)

    assert bounds == [100, 200, 400, 800, 900, 900]


async def test_handler_that_fails_too_often_makes_a_dead_letter(
    store: RequestStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET, max_tries=3)

    @receiver.on(CreditLimit)
    async def fail(_: CreditLimit) -> None:
        message = "CANARY-IN-A-MESSAGE"
        raise LookupError(message)

    async with receiver:
        await push(receiver)
        for number in range(1, 4):
            await until(lambda: receiver.stats.failures == number)  # noqa: B023  (it is awaited in this turn)
            clock.advance(1000)
        await turns()

    (dead,) = [stored async for stored in receiver.dead_letters()]
    assert (dead.state, dead.tries) == (PushState.DEAD, 3)
    assert dead.error.startswith("LookupError in fail, test_delivery.py:")
    assert (receiver.stats.failures, receiver.stats.dead, receiver.stats.delivered) == (3, 1, 0)
    assert "given up after 3 tries" in caplog.text
    assert "CANARY" not in caplog.text


async def test_dead_letter_can_be_replayed(store: RequestStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET, max_tries=1)
    mended = False

    @receiver.on(CreditLimit)
    async def handle(_: CreditLimit) -> None:
        if not mended:
            raise LookupError

    async with receiver:
        await push(receiver)
        await until(lambda: receiver.stats.dead)
        mended = True
        clock.advance(1000)
        await turns()
        before = receiver.stats.delivered
        await receiver.replay(1)
        await until(lambda: receiver.stats.delivered)

    assert before == 0
    assert [stored async for stored in receiver.dead_letters()] == []


async def test_handler_that_hangs_is_cancelled_and_tried_again(memory: MemoryStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET, handler_timeout=30)
    ended: list[str] = []
    entered = asyncio.Event()

    @receiver.on(CreditLimit)
    async def hang(_: CreditLimit) -> None:
        if ended:
            return
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async with receiver:
        await push(receiver)
        await entered.wait()
        clock.advance(30)
        await until(lambda: receiver.stats.failures)
        first = await only(memory)
        clock.advance(10)
        await until(lambda: receiver.stats.delivered)

    assert first.error == "its handler did not end in 30 s"
    assert ended == ["cancelled"]


async def test_time_out_of_the_handlers_own_is_its_own(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def late(_: CreditLimit) -> None:
        raise TimeoutError

    async with receiver:
        await push(receiver)
        await until(lambda: receiver.stats.failures)

    assert (await only(memory)).error.startswith("TimeoutError in late")


async def test_handler_that_cancels_itself_is_tried_again(memory: MemoryStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)
    tries: list[int] = []

    @receiver.on(CreditLimit)
    async def confused(_: CreditLimit) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise asyncio.CancelledError

    async with receiver:
        await push(receiver)
        await until(lambda: receiver.stats.failures)
        clock.advance(10)
        await until(lambda: receiver.stats.delivered)

    assert len(tries) == 2


async def test_order_that_does_not_fit_is_a_dead_letter(store: RequestStore, caplog: pytest.LogCaptureFixture) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    seen: list[OrderCompleted] = []

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        seen.append(event)

    await buy(store)
    await accept(store, REQUEST_ID)
    async with receiver:
        await push(receiver, success(package_id=["CANARY"]))
        await until(lambda: receiver.stats.dead)

    dead = await only(store)
    assert (dead.state, dead.tries, seen) == (PushState.DEAD, 1, [])
    assert "package_id" in dead.error
    assert "CANARY" not in dead.error + caplog.text


async def test_process_that_dies_in_every_try_makes_a_dead_letter(memory: MemoryStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET, max_tries=2)
    seen: list[CreditLimit] = []

    @receiver.on(CreditLimit)
    async def crash(event: CreditLimit) -> None:
        seen.append(event)

    await push(receiver)
    for _ in range(2):
        await memory.claim(list(PushKind), lease=60, limit=1)
        clock.advance(61)
    async with receiver:
        await until(lambda: receiver.stats.dead)

    assert seen == []
    assert (await only(memory)).error == "dispatched 2 times without an end"


async def test_push_without_a_body_is_a_dead_letter(memory: MemoryStore) -> None:
    class ForgetfulStore(MemoryStore):
        async def claim(self, *args: object, **settings: object) -> list[StoredPush]:
            claimed = await super().claim(*args, **settings)  # type: ignore[arg-type]  # passed on as they are
            return [evolve(each, body=None) for each in claimed]

    store = ForgetfulStore(clock=memory.clock)
    receiver = WebhookReceiver(store=store, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    async with receiver:
        await push(receiver)
        await until(lambda: receiver.stats.dead)

    assert (await only(store)).error == "its body was purged"


async def test_push_whose_request_is_gone_is_dispatched_without(memory: MemoryStore) -> None:
    class ForgetfulStore(MemoryStore):
        async def claim(self, *args: object, **settings: object) -> list[StoredPush]:
            claimed = await super().claim(*args, **settings)  # type: ignore[arg-type]  # passed on as they are
            return [evolve(each, reference="gone") for each in claimed]

    store = ForgetfulStore(clock=memory.clock)
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    seen: list[CreditLimit] = []

    @receiver.on(CreditLimit)
    async def warn(event: CreditLimit) -> None:
        seen.append(event)

    async with receiver:
        await push(receiver)
        await until(lambda: seen)

    assert seen[0].request is None


async def test_unmatched_handler_that_fails_gives_up_quietly(memory: MemoryStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET, max_tries=2, grace=0)
    tries: list[int] = []

    @receiver.on_unmatched
    async def fail(_: object) -> None:
        tries.append(1)
        raise LookupError

    async with receiver:
        await push(receiver, success())
        for _ in range(5):
            await turns()
            clock.advance(1000)
        await turns()

    parked = await only(memory)
    assert len(tries) == 2
    assert (parked.state, receiver.stats.dead) == (PushState.PARKED, 0)


def test_error_is_described_by_place_not_by_message() -> None:
    with pytest.raises(ValueError, match="CANARY") as caught:
        int("CANARY")

    described = describe(caught.value)

    assert described.startswith("ValueError in test_error_is_described_by_place_not_by_message, test_delivery.py:")


def test_error_that_was_never_raised_is_described_by_name() -> None:
    assert describe(asyncio.CancelledError()) == "CancelledError"


@pytest.mark.parametrize("error", [StoreError("disk full"), DecodeError("broken"), SignatureError("wrong")])
def test_error_of_our_own_is_told(error: Exception) -> None:
    assert describe(error) == f"{type(error).__name__}: {error}"
