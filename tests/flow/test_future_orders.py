"""Orders for a date."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

import pytest
from attrs import evolve

from airalo_async import errors
from airalo_async.models import State
from airalo_async.testing import faults
from tests._until import until

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.testing import FakeAiralo
    from airalo_async.testing._exchange import Exchange
    from airalo_async.testing._replies import Reply
    from tests.flow._shop import Shop

PACKAGE = "change-7days-1gb"


async def test_future_order_is_pushed_when_it_comes_due(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    fake.auto_push = True
    due = fake.clock.now() + timedelta(days=30)

    future = await airalo.future_orders.submit(
        PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1", metadata={"user": 5}
    )
    await fake.advance(days=31)

    order = await airalo.orders.wait(future, timeout=30)
    stored = await airalo.store.get("trip-1")
    assert future.due_date is not None
    assert timedelta() <= future.due_date - due < timedelta(minutes=1)
    assert (stored.state, stored.due_at, stored.order_id) == (State.COMPLETED, future.due_date, order.id)
    assert fake.charges(reference="trip-1") == 1


async def test_cancelled_future_order_is_not_bought(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    due = fake.clock.now() + timedelta(days=30)
    future = await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")

    await airalo.future_orders.cancel(future.request_id)
    await fake.advance(days=31)

    with pytest.raises(errors.OrderCancelledError):
        await airalo.orders.wait(future)
    with pytest.raises(errors.OrderCancelledError):
        await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")
    assert fake.orders == ()


async def test_push_after_cancellation_completes_with_an_alarm(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    due = fake.clock.now() + timedelta(days=30)
    future = await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")
    await airalo.future_orders.cancel(future.request_id)

    await fake.push(future.request_id)

    stored = await airalo.store.get("trip-1")
    assert (stored.state, [alarm.kind for alarm in stored.alarms]) == (State.COMPLETED, ["contradiction"])


async def test_cancel_is_recorded_when_its_caller_has_gone(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    due = fake.clock.now() + timedelta(days=30)
    future = await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")
    gate = asyncio.Event()
    late = faults.stall(0)

    async def answer_late(exchange: Exchange) -> Reply | None:
        await gate.wait()
        return await exchange.commit()

    fake.fail_next("POST", "/v2/cancel-future-orders", evolve(late, play=answer_late))
    cancelling = asyncio.create_task(airalo.future_orders.cancel(future.request_id))
    await until(lambda: any(call.path == "/v2/cancel-future-orders" for call in fake.calls))
    cancelling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelling
    gate.set()
    await airalo._purchases.close(timeout=10)

    assert (await airalo.store.get("trip-1")).state is State.CANCELLED


async def test_cancel_without_an_answer_changes_nothing(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    due = fake.clock.now() + timedelta(days=30)
    future = await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")
    fake.fail_next("POST", "/v2/cancel-future-orders", faults.drop_after_commit())

    with pytest.raises(errors.RequestError):
        await airalo.future_orders.cancel(future.request_id)

    assert (await airalo.store.get("trip-1")).state is State.ACCEPTED


async def test_listing_shows_what_is_planned(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    now = fake.clock.now()
    for days in (10, 20, 30):
        await airalo.future_orders.submit(PACKAGE, due_date=now + timedelta(days=days), webhook_url=shop.url)

    rows = [row async for row in airalo.future_orders.list(due=(now + timedelta(days=15), now + timedelta(days=25)))]

    assert [row.package_id for row in rows] == [PACKAGE]
    assert rows[0].due_date is not None
    assert abs(rows[0].due_date - (now + timedelta(days=20))) < timedelta(minutes=2)


@pytest.mark.parametrize(("first", "last", "names"), [(15, None, ["from_due_date"]), (None, 15, ["to_due_date"])])
async def test_range_of_due_dates_may_be_open(
    airalo: AiraloSession, fake: FakeAiralo, first: int | None, last: int | None, names: list[str]
) -> None:
    now = fake.clock.now()
    due = tuple(None if days is None else now + timedelta(days=days) for days in (first, last))

    assert [row async for row in airalo.future_orders.list(due=(due[0], due[1]), status="retry")] == []

    sent = dict(parse_qsl(fake.calls[-1].query))
    assert sorted(sent) == sorted([*names, "limit", "page", "status"])
    assert sent["status"] == "retry"


@pytest.mark.parametrize(
    "due",
    [
        datetime(2030, 1, 1, tzinfo=UTC),
        (datetime(2030, 1, 1, tzinfo=UTC),),
        (datetime(2030, 1, 2, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)),
        (datetime(2030, 1, 1), None),  # noqa: DTZ001  (naive on purpose)
        ("2030-01-01 00:00", None),
    ],
    ids=str,
)
def test_bad_range_of_due_dates_is_refused(airalo: AiraloSession, due: object) -> None:
    with pytest.raises(errors.ArgumentError) as caught:
        airalo.future_orders.list(due=due)  # type: ignore[arg-type]  # wrong on purpose

    assert caught.value.argument == "due"


async def test_lost_answer_is_found_in_the_list(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    due = fake.clock.now() + timedelta(days=30)
    fake.fail_next("POST", "/v2/future-orders", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")

    future = await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")

    assert future.request_id == fake.requests[0].request_id
    assert (await airalo.store.get("trip-1")).state is State.ACCEPTED
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    "due",
    [
        timedelta(days=1, hours=23),
        timedelta(days=367),
        "tomorrow",
        datetime(2030, 1, 1),  # noqa: DTZ001  (naive on purpose)
        datetime.max.replace(tzinfo=UTC),
    ],
    ids=str,
)
async def test_due_date_out_of_range_is_refused(airalo: AiraloSession, fake: FakeAiralo, due: object) -> None:
    due_date = fake.clock.now() + due if isinstance(due, timedelta) else due

    with pytest.raises(errors.ArgumentError) as caught:
        await airalo.future_orders.submit(PACKAGE, due_date=due_date)  # type: ignore[arg-type]  # wrong on purpose

    assert caught.value.argument == "due_date"
    assert fake.calls == ()


async def test_due_date_is_rounded_up_to_utc_minutes(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    due = (fake.clock.now() + timedelta(days=3)).astimezone(zone).replace(second=1, microsecond=0)

    future = await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url)

    assert future.due_date == due.astimezone(UTC).replace(second=0) + timedelta(minutes=1)


@pytest.mark.parametrize(
    "request_ids", [(), ("short",), ("x" * 25,) * 2, tuple(f"{n:025}" for n in range(11))], ids=len
)
async def test_bad_request_ids_are_refused(
    airalo: AiraloSession, fake: FakeAiralo, request_ids: tuple[str, ...]
) -> None:
    with pytest.raises(errors.ArgumentError, match="request_ids"):
        await airalo.future_orders.cancel(*request_ids)

    assert fake.calls == ()


async def test_failed_future_order_is_found_in_the_list(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    due = fake.clock.now() + timedelta(days=30)
    future = await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")
    fake.push_signing = "wrong"  # so that the push is refused, and asking is what tells
    await fake.push_failure(future.request_id)

    (settled,) = await airalo.orders.reconcile("trip-1")

    await until(lambda: shop.failed)
    assert settled.state is State.FAILED
    with pytest.raises(errors.OrderFailedError):
        await airalo.orders.wait(future)


@pytest.mark.parametrize("status", ["pending", "retry"])
async def test_lost_answer_is_found_whether_it_waits_or_is_retried(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop, status: Literal["pending", "retry"]
) -> None:
    due = fake.clock.now() + timedelta(days=30)
    fake.fail_next("POST", "/v2/future-orders", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")
    fake._world.requests[fake.requests[0].request_id].status = status

    (settled,) = await airalo.orders.reconcile("trip-1")

    assert (settled.state, settled.request_id) == (State.ACCEPTED, fake.requests[0].request_id)


async def test_future_order_that_is_nowhere_is_unresolved_a_day_after_it_was_due(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    due = fake.clock.now() + timedelta(days=30)
    fake.fail_next("POST", "/v2/future-orders", faults.drop_before_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")
    await fake.advance(days=30, hours=23)
    (early,) = await airalo.orders.reconcile("trip-1")
    await fake.advance(hours=2)

    (late,) = await airalo.orders.reconcile("trip-1")

    assert (early.state, late.state) == (State.UNKNOWN, State.UNRESOLVED)


async def test_planned_order_is_still_planned_after_asking(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    due = fake.clock.now() + timedelta(days=30)
    await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")

    (settled,) = await airalo.orders.reconcile("trip-1")

    assert (settled.state, settled.looks) == (State.ACCEPTED, 1)


async def test_completed_future_order_is_returned_when_repeated(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    due = fake.clock.now() + timedelta(days=30)
    future = await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")
    await fake.push(future.request_id)

    again = await airalo.future_orders.submit(PACKAGE, due_date=due, webhook_url=shop.url, reference="trip-1")

    assert (again.request_id, again.due_date) == (future.request_id, future.due_date)
    assert again.latest_cancellation_date == future.latest_cancellation_date
    assert again.order == await airalo.orders.wait("trip-1")


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [("status", {"status": "lost"}), ("due", {"due": (datetime(2030, 1, 1),) * 2})],  # noqa: DTZ001  (naive on purpose)
)
async def test_bad_list_arguments_are_refused(
    airalo: AiraloSession, argument: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(errors.ArgumentError) as caught:
        airalo.future_orders.list(**arguments)  # type: ignore[arg-type]  # wrong on purpose

    assert caught.value.argument == argument
