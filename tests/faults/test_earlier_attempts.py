"""A new attempt that comes to nothing says nothing about an earlier one, whose outcome is still not known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from airalo_async import errors
from airalo_async.models import State
from airalo_async.stores import MemoryStore
from airalo_async.testing import FakeAiralo, faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async import AiraloSession
    from airalo_async.models import FutureOrder

PACKAGE = "change-7days-1gb"
REFERENCE = "cart-17"
LATE = 600.0


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo(list_delay=LATE) as started:
        yield started


@pytest.fixture
async def airalo(fake: FakeAiralo) -> AsyncIterator[AiraloSession]:
    async with fake.session(store=MemoryStore(clock=fake.clock)) as session:
        yield session


async def lose_then_come_to_nothing(airalo: AiraloSession, fake: FakeAiralo, fault: faults.Fault) -> None:
    """Buy without an answer; then again on the caller's word, before the list shows the first order."""
    fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference=REFERENCE)
    fake.clock.advance(100)
    fake.fail_next("POST", "/v2/orders", fault)
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference=REFERENCE, resubmit=True)


@pytest.mark.parametrize("fault", [faults.business_error(34), faults.rate_limited(900)])
async def test_order_of_an_earlier_attempt_is_still_looked_for(
    fake: FakeAiralo, airalo: AiraloSession, fault: faults.Fault
) -> None:
    await lose_then_come_to_nothing(airalo, fake, fault)
    between = await airalo.store.get(REFERENCE)
    fake.clock.advance(LATE * 2)

    (settled,) = await airalo.orders.recover()

    assert between.state is State.UNKNOWN
    assert (settled.state, settled.order_id) == (State.COMPLETED, fake.orders[0].order_id)


async def test_reference_is_not_bought_again_without_the_callers_word(fake: FakeAiralo, airalo: AiraloSession) -> None:
    await lose_then_come_to_nothing(airalo, fake, faults.business_error(34))

    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference=REFERENCE)

    assert fake.charges() == 1


async def test_person_who_says_that_nothing_was_bought_speaks_of_all_attempts(
    fake: FakeAiralo, airalo: AiraloSession
) -> None:
    await lose_then_come_to_nothing(airalo, fake, faults.business_error(34))
    fake.clock.advance(100)
    declared = await airalo.orders.resolve(REFERENCE, not_placed=True)
    fake.fail_next("POST", "/v2/orders", faults.business_error(34))

    with pytest.raises(errors.OutOfStockError):
        await airalo.orders.submit(PACKAGE, reference=REFERENCE)

    refused = await airalo.store.get(REFERENCE)
    assert (declared.state, refused.state) == (State.NOT_SENT, State.REJECTED)


async def test_failed_attempt_does_not_hide_the_order_of_an_earlier_one(
    fake: FakeAiralo, airalo: AiraloSession
) -> None:
    due = fake.clock.now() + timedelta(days=30)

    async def submit(*, resubmit: bool = False) -> FutureOrder:
        return await airalo.future_orders.submit(
            PACKAGE,
            due_date=due,
            webhook_url="https://shop.example/airalo",
            reference=REFERENCE,
            resubmit=resubmit,
        )

    fake.fail_next("POST", "/v2/future-orders", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await submit()
    fake.clock.advance(100)
    for status in ("pending", "retry", "failed"):
        empty = {"data": [], "meta": {"current_page": 1, "last_page": 1, "total": 0}, "status": status}
        fake.fail_next("GET", "/v2/future-orders", faults.status(200, empty))
    second = await submit(resubmit=True)
    await fake.push_failure(second.request_id)
    fake.clock.advance(days=31)
    await fake.settle()
    fake.clock.advance(LATE * 2)
    await airalo.orders.recover()
    failed = [item.request async for item in airalo.orders.unresolved()]

    await submit(resubmit=True)
    settled = await airalo.store.get(REFERENCE)

    assert [(request.state, [alarm.kind for alarm in request.alarms]) for request in failed] == [
        (State.FAILED, ["unresolved"])
    ]
    assert (settled.state, settled.order_id) == (State.COMPLETED, fake.orders[0].order_id)
    assert fake.charges() == 1
