"""Claiming and waiting: what is dispatched when, by whom, and what happens at the end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from airalo_async.models import PushState, State
from airalo_async.stores import MemoryStore
from airalo_async.webhooks import (
    CreditLimit,
    Event,
    LowData,
    OrderCompleted,
    OrderFailed,
    UnknownPush,
    WebhookReceiver,
)
from tests._until import until
from tests.webhooks._pushes import CREDIT_LIMIT, LOW_DATA, REQUEST_ID, SECRET, failure, signed, success, write
from tests.webhooks._support import accept, buy, pushes, turns

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pytest

    from airalo_async.models import PushKind, StoredPush
    from airalo_async.stores import RequestStore
    from airalo_async.testing import FakeClock


async def push(receiver: WebhookReceiver, body: bytes) -> None:
    reply = await receiver.receive(body, signed(body))
    assert reply.status == 200


def notice(number: int) -> bytes:
    return write(CREDIT_LIMIT | {"remaining": number})


async def test_push_reaches_its_handler_once(store: RequestStore) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    seen: list[OrderCompleted] = []

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        seen.append(event)

    await buy(store)
    await accept(store, REQUEST_ID)
    async with receiver:
        await push(receiver, success())
        await push(receiver, success())
        await until(lambda: receiver.stats.delivered)
        await turns()

    (event,) = seen
    assert event.order.code == "20230227-009668"
    assert event.request is not None
    assert (event.request.reference, event.request.state, event.request.metadata) == (
        "cart-17",
        State.COMPLETED,
        {"user": 5},
    )
    assert event.push_id == 1
    assert [stored.state for stored in await pushes(store)] == [PushState.DONE]


async def test_event_tells_how_many_esims_are_missing(store: RequestStore) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    seen: list[OrderCompleted] = []

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        seen.append(event)

    await buy(store, quantity=3)
    await accept(store, REQUEST_ID)
    async with receiver:
        await push(receiver, success(quantity=1))
        await until(lambda: seen)

    assert seen[0].order.shortfall == 2
    assert receiver.stats.alarms == 2  # the shortfall, and an order without the tag


async def test_each_kind_reaches_its_own_handler(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)
    seen: list[type[Event]] = []

    async def note(event: Event) -> None:
        seen.append(type(event))

    for kind in (OrderFailed, LowData, CreditLimit, UnknownPush):
        receiver.on(kind)(note)
    await buy(memory)
    await accept(memory, REQUEST_ID)
    async with receiver:
        for body in (failure(), write(LOW_DATA), write(CREDIT_LIMIT), b'{"hello":"world"}'):
            await push(receiver, body)
        await until(lambda: receiver.stats.delivered == 4)

    assert set(seen) == {OrderFailed, LowData, CreditLimit, UnknownPush}


async def test_kind_without_handler_is_left_for_another_worker(memory: MemoryStore) -> None:
    ours = WebhookReceiver(store=memory, secrets=SECRET)
    theirs = WebhookReceiver(store=memory, secrets=SECRET)
    seen: list[LowData] = []

    @ours.on(CreditLimit)
    async def ignore(_: CreditLimit) -> None:
        pass

    @theirs.on(LowData)
    async def warn(event: LowData) -> None:
        seen.append(event)

    async with ours:
        await push(ours, write(LOW_DATA))
        await turns()
        before = [stored.tries for stored in await pushes(memory)]
        async with theirs:
            await until(lambda: seen)

    assert before == [0]
    assert (ours.stats.delivered, theirs.stats.delivered) == (0, 1)


async def test_push_is_kept_until_there_is_a_handler(memory: MemoryStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)
    async with receiver:
        await push(receiver, write(LOW_DATA))
        await turns()

        @receiver.on(LowData)
        async def warn(_: LowData) -> None:
            pass

        clock.advance(15)
        await until(lambda: receiver.stats.delivered)

    assert receiver.stats.delivered == 1


async def test_handlers_run_side_by_side_up_to_a_bound(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET, concurrency=3)
    go = asyncio.Event()
    inside = most = 0

    @receiver.on(CreditLimit)
    async def slow(_: CreditLimit) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await go.wait()
        inside -= 1

    async with receiver:
        for number in range(10):
            await push(receiver, notice(number))
        await until(lambda: inside == 3)
        await turns()
        claimed = sum(stored.tries for stored in await pushes(memory))
        go.set()
        await until(lambda: receiver.stats.delivered == 10)

    assert (most, claimed) == (3, 3)


async def test_pushes_of_one_request_come_one_by_one_in_order(store: RequestStore) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    entered, go = asyncio.Event(), asyncio.Event()
    seen: list[str] = []

    @receiver.on(OrderFailed)
    async def failed(_: OrderFailed) -> None:
        entered.set()
        await go.wait()
        seen.append("failed")

    @receiver.on(OrderCompleted)
    async def completed(_: OrderCompleted) -> None:
        seen.append("completed")

    await buy(store)
    await accept(store, REQUEST_ID)
    async with receiver:
        await push(receiver, failure())
        await entered.wait()
        await push(receiver, success())
        await turns()
        early = list(seen)
        go.set()
        await until(lambda: receiver.stats.delivered == 2)

    assert (early, seen) == ([], ["failed", "completed"])


async def test_other_requests_do_not_wait_for_a_slow_one(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)
    go = asyncio.Event()
    seen: list[str] = []

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        assert event.request is not None
        if event.request.reference == "slow":
            await go.wait()
        seen.append(event.request.reference)

    for reference in ("slow", "quick"):
        await buy(memory, reference)
        await accept(memory, reference * 5, reference)
    async with receiver:
        await push(receiver, success(1, "slow" * 5))
        await push(receiver, success(2, "quick" * 5))
        await until(lambda: seen)
        go.set()

    assert seen == ["quick", "slow"]


async def test_push_that_came_before_the_start_is_dispatched(store: RequestStore) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    await push(receiver, write(CREDIT_LIMIT))
    async with receiver:
        await until(lambda: receiver.stats.delivered)

    assert receiver.stats.delivered == 1


async def test_no_push_is_missed_between_claim_and_wait(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    async with receiver:
        for number in range(100):
            await turns(number % 7)
            await push(receiver, notice(number))
        await until(lambda: receiver.stats.delivered == 100)  # the clock stands still: nothing is found by looking

    assert receiver.stats.delivered == 100


async def test_slot_that_frees_during_a_claim_is_used(memory: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET, concurrency=2)
    gates: dict[int | None, asyncio.Event] = {number: asyncio.Event() for number in (1, 2, 3, 4)}
    entered: list[int | None] = []
    claiming, go = asyncio.Event(), asyncio.Event()

    @receiver.on(CreditLimit)
    async def slow(event: CreditLimit) -> None:
        entered.append(event.push_id)
        await gates[event.push_id].wait()

    async def claim(kinds: Collection[PushKind], *, lease: float, limit: int) -> Sequence[StoredPush]:
        found = await MemoryStore.claim(memory, kinds, lease=lease, limit=limit)
        claiming.set()
        await go.wait()
        return found

    for number in range(1, 5):
        await push(receiver, notice(number))
    async with receiver:
        await until(lambda: entered == [1, 2])
        monkeypatch.setattr(memory, "claim", claim)
        gates[1].set()
        await claiming.wait()
        gates[2].set()
        await until(lambda: not len(receiver._dispatcher))
        go.set()
        await turns()
        in_time = list(entered)
        for gate in gates.values():
            gate.set()

    assert in_time == [1, 2, 3, 4]
