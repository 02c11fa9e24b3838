"""Pushes and answers that come in the wrong order, twice, or never: on every embedded store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from airalo_async._push import read_facts
from airalo_async.errors import Outcome
from airalo_async.models import Accepted, Cancelled, NoAnswer, PushState, State
from airalo_async.webhooks import OrderCompleted, OrderFailed, WebhookReceiver
from tests._until import until
from tests.webhooks._pushes import REQUEST_ID, SECRET, failure, signed, success
from tests.webhooks._support import accept, buy, pushes, turns

if TYPE_CHECKING:
    from airalo_async.stores import RequestStore
    from airalo_async.testing import FakeClock


class Shop:
    """A receiver with handlers that note what they get."""

    def __init__(self, store: RequestStore) -> None:
        self.receiver = WebhookReceiver(store=store, secrets=SECRET)
        self.completed: list[OrderCompleted] = []
        self.failed: list[OrderFailed] = []

        @self.receiver.on(OrderCompleted)
        async def deliver(event: OrderCompleted) -> None:
            self.completed.append(event)

        @self.receiver.on(OrderFailed)
        async def apologise(event: OrderFailed) -> None:
            self.failed.append(event)

    async def push(self, body: bytes) -> str:
        reply = await self.receiver.receive(body, signed(body))
        assert reply.status == 200
        return reply.body


@pytest.fixture
def shop(store: RequestStore) -> Shop:
    return Shop(store)


async def states(store: RequestStore) -> list[PushState]:
    return [push.state for push in await pushes(store)]


async def test_push_before_the_id_is_stored_is_matched_by_tag(shop: Shop, store: RequestStore) -> None:
    request = await buy(store)

    async with shop.receiver:
        await shop.push(success(description=request.attempt.tag))
        await until(lambda: shop.completed)
        late = await accept(store, REQUEST_ID)

    assert late.state is State.COMPLETED
    assert shop.completed[0].request is not None
    assert shop.completed[0].request.request_id == REQUEST_ID
    assert len(shop.completed) == 1


async def test_push_before_the_id_without_tag_is_parked_then_matched(shop: Shop, store: RequestStore) -> None:
    await buy(store)

    async with shop.receiver:
        await shop.push(success())
        await turns()
        parked = await states(store)
        await accept(store, REQUEST_ID)
        await until(lambda: shop.completed)

    assert parked == [PushState.PARKED]
    assert (await store.get("cart-17")).state is State.COMPLETED


async def test_push_and_id_at_the_same_time_always_meet(shop: Shop, store: RequestStore) -> None:
    async with shop.receiver:
        for number in range(1, 21):
            reference, request_id = f"cart-{number}", f"{number:025}"
            await buy(store, reference)
            both = (shop.push(success(number, request_id)), accept(store, request_id, reference))
            await asyncio.gather(*(both if number % 2 else reversed(both)))
        await until(lambda: len(shop.completed) == 20)

    assert [request.state async for request in store.list()] == [State.COMPLETED] * 20


async def test_lost_202_is_made_good_by_the_push(shop: Shop, store: RequestStore) -> None:
    request = await buy(store)
    await store.settle("cart-17", NoAnswer(request.attempt.tag, "the connection was reset"))

    async with shop.receiver:
        await shop.push(success(description=f"{request.attempt.tag} for Ann"))
        await until(lambda: shop.completed)

    settled = await store.get("cart-17")
    assert (settled.state, settled.request_id, settled.order_id) == (State.COMPLETED, REQUEST_ID, 9668)
    assert settled.attempt.outcome is Outcome.PLACED


async def test_tag_of_another_attempt_settles_nothing(shop: Shop, store: RequestStore) -> None:
    request = await buy(store)
    other = request.attempt.tag[:-8] + "aaaaaaaa"

    async with shop.receiver:
        await shop.push(success(description=other))
        await turns()

    assert (await store.get("cart-17")).state is State.SENDING
    assert await states(store) == [PushState.PARKED]


async def test_same_push_at_once_on_two_workers_is_dispatched_once(shop: Shop, store: RequestStore) -> None:
    other = Shop(store)
    await buy(store)
    await accept(store, REQUEST_ID)

    async with shop.receiver, other.receiver:
        replies = await asyncio.gather(*(each.push(success()) for each in (shop, other) * 5))
        await until(lambda: shop.completed or other.completed)
        await turns(100)

    assert sorted(replies) == ["duplicate"] * 9 + ["stored"]
    assert len(shop.completed) + len(other.completed) == 1


async def test_push_for_an_unknown_id_is_parked_and_visible(shop: Shop, store: RequestStore) -> None:
    async with shop.receiver:
        await shop.push(success())
        await shop.push(failure("another-id"))
        await turns()

    assert await states(store) == [PushState.PARKED] * 2
    assert shop.receiver.stats.parked == 2
    assert (shop.completed, shop.failed) == ([], [])


async def test_push_on_another_worker_wakes_who_waits(shop: Shop, store: RequestStore) -> None:
    await buy(store)
    accepted = await accept(store, REQUEST_ID)
    waiting = asyncio.create_task(store.changed("cart-17", accepted.version, timeout=60))
    await turns()

    await shop.push(success())

    assert (await waiting).state is State.COMPLETED


async def test_failure_then_completed_ends_completed_with_an_alarm(shop: Shop, store: RequestStore) -> None:
    await buy(store)
    await accept(store, REQUEST_ID)

    async with shop.receiver:
        await shop.push(failure())
        await shop.push(success())
        await until(lambda: shop.completed and shop.failed)

    settled = await store.get("cart-17")
    assert settled.state is State.COMPLETED
    assert "contradiction" in [alarm.kind for alarm in settled.alarms]
    assert await states(store) == [PushState.DONE] * 2


async def test_failure_after_completed_is_kept_but_not_dispatched(shop: Shop, store: RequestStore) -> None:
    await buy(store)
    await accept(store, REQUEST_ID)

    async with shop.receiver:
        await shop.push(success())
        await shop.push(failure())
        await until(lambda: shop.completed)
        await turns()

    assert shop.failed == []
    assert await states(store) == [PushState.DONE, PushState.WITHHELD]
    assert "contradiction" in [alarm.kind for alarm in (await store.get("cart-17")).alarms]


async def test_push_after_a_cancellation_wins(shop: Shop, store: RequestStore) -> None:
    await buy(store)
    await accept(store, REQUEST_ID)
    cancelled = await store.settle("cart-17", Cancelled(REQUEST_ID))

    async with shop.receiver:
        await shop.push(success())
        await until(lambda: shop.completed)

    assert cancelled.state is State.CANCELLED
    assert (await store.get("cart-17")).state is State.COMPLETED


async def test_second_order_of_one_request_is_an_alarm_not_a_delivery(shop: Shop, store: RequestStore) -> None:
    await buy(store)
    await accept(store, REQUEST_ID)

    async with shop.receiver:
        await shop.push(success(1))
        await shop.push(success(2))
        await until(lambda: shop.completed)
        await turns()

    assert [event.order.id for event in shop.completed] == [1]
    assert await states(store) == [PushState.DONE, PushState.WITHHELD]
    assert "twin" in [alarm.kind for alarm in (await store.get("cart-17")).alarms]


async def test_what_asking_found_is_dispatched_and_the_late_push_a_duplicate(shop: Shop, store: RequestStore) -> None:
    await buy(store)
    await accept(store, REQUEST_ID)
    found = success()

    async with shop.receiver:
        await store.settle_by_asking("cart-17", found, read_facts(found))
        await until(lambda: shop.completed)
        late = await shop.push(found)
        await turns()

    assert late == "duplicate"
    assert len(shop.completed) == 1


async def test_failed_attempt_and_its_successor_are_told_apart(shop: Shop, store: RequestStore) -> None:
    await buy(store, "one")
    await buy(store, "two")
    await accept(store, "first-id", "one")
    await store.settle("two", Accepted("second-id", "{}"))

    async with shop.receiver:
        await shop.push(failure("first-id"))
        await shop.push(success(5, "second-id"))
        await until(lambda: shop.failed and shop.completed)

    assert [event.request_id for event in shop.failed] == ["first-id"]
    assert [event.request_id for event in shop.completed] == ["second-id"]


async def test_push_that_was_parked_while_nobody_swept_is_found_later(
    shop: Shop, store: RequestStore, clock: FakeClock
) -> None:
    await shop.push(success())
    await buy(store)
    await accept(store, REQUEST_ID)
    clock.advance(days=2)

    async with shop.receiver:
        await until(lambda: shop.completed)

    assert len(shop.completed) == 1
