"""Orders that a push delivers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from airalo_async import errors
from airalo_async.models import OrderRequest, State
from airalo_async.testing import faults
from tests._until import until

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.testing import FakeAiralo
    from airalo_async.testing._exchange import Exchange
    from tests.flow._shop import Shop

PACKAGE = "change-7days-1gb"


async def test_push_completes_the_order_and_reaches_the_handler(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    pending = await airalo.orders.submit_async(
        PACKAGE, quantity=2, webhook_url=shop.url, reference="cart-17", metadata={"user": 5}
    )
    accepted = await airalo.store.get("cart-17")

    status = await fake.push(pending.request_id)
    order = await airalo.orders.wait(pending, timeout=30)

    assert (accepted.state, accepted.request_id, pending.reference) == (State.ACCEPTED, pending.request_id, "cart-17")
    assert (status, len(order.sims)) == (200, 2)
    await until(lambda: shop.delivered != [])
    event = shop.delivered[0]
    assert event.request is not None
    assert (event.request.metadata, event.request_id, event.order.id) == ({"user": 5}, pending.request_id, order.id)


async def test_repeated_submit_returns_the_pending_then_the_stored_order(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    first = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    again = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    await fake.push(first.request_id)

    done = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")

    assert again == first
    assert done.request_id == first.request_id
    assert done.order == await airalo.orders.wait("cart-17", timeout=30)
    assert fake.charges() == 1


async def test_duplicate_pushes_are_dispatched_once(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url)

    statuses = await asyncio.gather(*(fake.push(pending.request_id) for _ in range(5)))

    await until(lambda: shop.delivered != [])
    pushes = [push async for push in airalo.store.inbox()]
    assert statuses == [200] * 5
    assert (len(pushes), len(shop.delivered)) == (1, 1)


async def test_push_before_the_answer_is_read_is_matched(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    fake.fail_next("POST", "/v2/orders-async", faults.stall(1.0))
    fake.auto_push = True

    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")

    order = await airalo.orders.wait(pending, timeout=30)
    assert (await airalo.store.get("cart-17")).state is State.COMPLETED
    assert order.sims


async def test_push_that_overtakes_a_lost_answer_is_the_answer(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    lost = faults.drop_after_commit()

    async def push_first(exchange: Exchange) -> None:
        await exchange.commit()
        await fake.push(fake.requests[0].request_id)
        exchange.close()

    fake.fail_next("POST", "/v2/orders-async", evolve(lost, play=push_first))

    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")

    assert pending.order is not None
    assert pending.order.id == fake.orders[0].order_id
    assert fake.charges() == 1


async def test_lost_answer_is_matched_by_tag(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    fake.fail_next("POST", "/v2/orders-async", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")

    await fake.push(fake.requests[0].request_id)

    stored = await airalo.store.get("cart-17")
    order = await airalo.orders.wait("cart-17", timeout=30)
    assert (stored.state, stored.request_id) == (State.COMPLETED, fake.requests[0].request_id)
    assert order.sims
    assert fake.charges() == 1


async def test_failure_push_fails_the_order(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")

    await fake.push_failure(pending.request_id, code=33)

    with pytest.raises(errors.OrderFailedError) as caught:
        await airalo.orders.wait(pending, timeout=30)
    with pytest.raises(errors.OrderFailedError):
        await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    await until(lambda: shop.failed != [])
    assert (caught.value.code, shop.failed[0].code) == (33, 33)
    assert len(fake.requests) == 1


async def test_failed_order_is_tried_again_on_the_callers_word(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    await fake.push_failure(pending.request_id, code=33)
    await fake.advance(minutes=5)

    second = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17", resubmit=True)
    await fake.push(second.request_id)

    stored = await airalo.store.get("cart-17")
    assert second.request_id != pending.request_id
    assert (stored.state, len(stored.attempts)) == (State.COMPLETED, 2)


async def test_word_that_comes_too_early_is_told_from_when(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    await fake.push_failure(pending.request_id, code=33)
    lease = (await airalo.store.get("cart-17")).attempt.lease_until

    with pytest.raises(errors.OrderFailedError, match=f"resubmit=True, from {lease:%Y-%m-%d %H:%M:%S} UTC"):
        await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17", resubmit=True)


async def test_completed_after_failed_wins_with_an_alarm(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")

    await fake.push_failure(pending.request_id)
    await fake.push(pending.request_id)

    stored = await airalo.store.get("cart-17")
    pushes = [push async for push in airalo.store.inbox()]
    assert stored.state is State.COMPLETED
    assert [alarm.kind for alarm in stored.alarms] == ["contradiction"]
    assert len(pushes) == 2


async def test_twin_order_is_alarmed_and_not_delivered(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    await fake.push(pending.request_id)
    await until(lambda: shop.delivered != [])

    twin = fake.twin(pending.request_id)
    await fake.push(pending.request_id, order_id=twin)

    stored = await airalo.store.get("cart-17")
    assert [alarm.kind for alarm in stored.alarms] == ["twin"]
    assert str(twin) in stored.alarms[0].detail
    assert len(shop.delivered) == 1


async def test_wait_times_out_and_changes_nothing(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url)
    before = await airalo.store.get(pending.reference)

    waiting = asyncio.create_task(airalo.orders.wait(pending, timeout=60))
    await until(lambda: fake.clock.next_due() is not None)
    await fake.advance(seconds=61)

    with pytest.raises(TimeoutError):
        await waiting
    assert await airalo.store.get(pending.reference) == before


async def test_wait_asks_when_no_push_comes(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url)
    fake.process(pending.request_id)

    waiting = asyncio.create_task(airalo.orders.wait(request_id=pending.request_id))
    await until(lambda: fake.clock.next_due() is not None)
    await fake.advance(minutes=15)
    order = await waiting

    await until(lambda: shop.delivered != [])
    await shop.caught_up(fake)
    before = [event.order.id for event in shop.delivered]
    late = await fake.push(pending.request_id)
    await shop.caught_up(fake)
    assert order.sims
    assert late == 200
    # The leap may have ended the first handler's lease, and had it called again.
    assert set(before) == {order.id}
    assert [event.order.id for event in shop.delivered] == before


async def test_unknown_reference_raises_at_once(airalo: AiraloSession) -> None:
    with pytest.raises(errors.UnknownReferenceError):
        await airalo.orders.wait("no-such-cart")
    with pytest.raises(errors.UnknownReferenceError):
        await airalo.orders.wait(request_id="x" * 25)


async def test_refusal_that_is_told_again_says_the_same(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    refusal = {"data": {"quantity": "Available quantity: 9."}, "meta": {"message": "the parameter is invalid"}}
    fake.fail_next("POST", "/v2/orders-async", faults.status(422, refusal))

    with pytest.raises(errors.InvalidRequestError) as first:
        await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    with pytest.raises(errors.InvalidRequestError) as again:
        await airalo.orders.wait("cart-17")

    assert (again.value.fields, again.value.reason) == (first.value.fields, first.value.reason)
    assert str(again.value) == str(first.value)


async def test_order_without_webhook_is_refused(airalo: AiraloSession) -> None:
    with pytest.raises(errors.InvalidRequestError, match="no webhook URL"):
        await airalo.orders.submit_async(PACKAGE, reference="cart-17")

    assert (await airalo.store.get("cart-17")).state is State.REJECTED


async def test_thousand_orders_all_complete_and_dispatch_once(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    fake.auto_push = True
    gate = asyncio.Semaphore(50)

    async def order(number: int) -> None:
        async with gate:
            request = OrderRequest(PACKAGE, reference=f"cart-{number}")
            pending = await airalo.orders.submit_async(
                request.package_id, webhook_url=shop.url, reference=request.reference
            )
            await airalo.orders.wait(pending)

    await asyncio.gather(*(order(number) for number in range(1000)))

    # Each delivery is two commits: a busy disk takes its time.
    await until(lambda: len(shop.delivered) >= 1000)
    states = [request.state async for request in airalo.store.list()]
    assert states == [State.COMPLETED] * 1000
    assert len({event.order.id for event in shop.delivered}) == len(shop.delivered) == 1000
    assert fake.charges() == 1000
