"""Orders that are answered at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from airalo_async import errors
from airalo_async.errors import Outcome
from airalo_async.models import Kind, OrderRequest, State
from airalo_async.testing import faults
from tests._until import until

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.stores import RequestStore
    from airalo_async.testing import FakeAiralo

PACKAGE = "change-7days-1gb"
LOST = [faults.drop_after_commit(), faults.reset_after_commit(), faults.html(502), faults.business_error(53)]


async def test_order_is_bought_and_stored(airalo: AiraloSession, fake: FakeAiralo) -> None:
    order = await airalo.orders.submit(PACKAGE, quantity=2, reference="cart-17", metadata={"user": 5})

    stored = await airalo.store.get("cart-17")
    assert (len(order.sims), order.package_id, order.shortfall) == (2, PACKAGE, 0)
    assert (stored.state, stored.kind, stored.order_id) == (State.COMPLETED, Kind.ORDER, order.id)
    assert stored.metadata == {"user": 5}
    assert [attempt.outcome for attempt in stored.attempts] == [Outcome.PLACED]
    assert fake.charges(reference="cart-17") == 1


async def test_description_starts_with_the_tag(airalo: AiraloSession) -> None:
    order = await airalo.orders.submit(PACKAGE, reference="cart-17", description="for the trip")

    stored = await airalo.store.get("cart-17")
    assert order.description == f"{stored.attempt.tag} for the trip"


async def test_repeated_reference_returns_the_stored_order(airalo: AiraloSession, fake: FakeAiralo) -> None:
    first = await airalo.orders.submit(PACKAGE, reference="cart-17")

    second = await airalo.orders.submit(PACKAGE, reference="cart-17")

    assert second == first
    assert fake.charges() == 1


async def test_reference_for_another_body_is_refused(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await airalo.orders.submit(PACKAGE, reference="cart-17")

    with pytest.raises(errors.ReferenceConflictError, match="another body") as caught:
        await airalo.orders.submit(PACKAGE, quantity=2, reference="cart-17")
    with pytest.raises(errors.ReferenceConflictError, match="of kind order"):
        await airalo.orders.submit_async(PACKAGE, reference="cart-17", webhook_url="https://shop.example/x")

    assert (caught.value.reference, caught.value.outcome) == ("cart-17", Outcome.NOT_SENT)
    assert fake.charges() == 1


async def test_two_tasks_with_one_reference_buy_once(airalo: AiraloSession, fake: FakeAiralo) -> None:
    orders = await asyncio.gather(*(airalo.orders.submit(PACKAGE, reference="cart-17") for _ in range(10)))

    assert len({order.id for order in orders}) == 1
    assert fake.charges() == 1


@pytest.mark.parametrize("fault", LOST, ids=repr)
async def test_lost_answer_is_unknown_and_never_resent(
    airalo: AiraloSession, fake: FakeAiralo, fault: faults.Fault
) -> None:
    fake.fail_next("POST", "/v2/orders", fault)

    with pytest.raises(errors.OutcomeUnknownError) as caught:
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    stored = await airalo.store.get("cart-17")
    assert (stored.state, caught.value.reference, caught.value.outcome) == (
        State.UNKNOWN,
        "cart-17",
        Outcome.UNKNOWN,
    )
    assert caught.value.request == stored
    assert len([call for call in fake.calls if call.path == "/v2/orders" and call.method == "POST"]) == 1


async def test_cause_of_an_unknown_outcome_is_what_the_api_said(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.business_error(53))

    with pytest.raises(errors.OutcomeUnknownError) as caught:
        await airalo.orders.submit(PACKAGE)

    assert isinstance(caught.value.__cause__, errors.ResponseError)
    assert caught.value.__cause__.code == 53


async def test_lost_answer_is_found_by_submitting_again(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    order = await airalo.orders.submit(PACKAGE, reference="cart-17")

    assert order.sims[0].iccid
    assert fake.charges() == 1


async def test_unknown_stays_unknown_while_nothing_is_found(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.html(502))
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    assert (await airalo.store.get("cart-17")).looks == 1
    assert fake.charges() == 0


async def test_unreadable_answer_is_placed_and_kept(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.unreadable_order())

    with pytest.raises(errors.DecodeError) as caught:
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    stored = await airalo.store.get("cart-17")
    assert (caught.value.outcome, caught.value.reference) == (Outcome.PLACED, "cart-17")
    assert (stored.state, stored.placed, stored.result) == (State.UNKNOWN, True, caught.value.body)


async def test_refused_order_is_rejected_and_may_be_repeated(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.business_error(33))

    with pytest.raises(errors.OutOfStockError) as caught:
        await airalo.orders.submit(PACKAGE, reference="cart-17")
    order = await airalo.orders.submit(PACKAGE, reference="cart-17")

    stored = await airalo.store.get("cart-17")
    assert (caught.value.code, caught.value.outcome) == (33, Outcome.REJECTED)
    assert [attempt.outcome for attempt in stored.attempts] == [Outcome.REJECTED, Outcome.PLACED]
    assert (stored.order_id, fake.charges()) == (order.id, 1)


async def test_revoked_token_is_refreshed_once(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await airalo.orders.submit(PACKAGE)
    fake.revoke_tokens()

    await airalo.orders.submit(PACKAGE, reference="cart-17")

    assert fake.charges(reference="cart-17") == 1
    assert len((await airalo.store.get("cart-17")).attempts) == 1


async def test_rate_limited_order_waits_and_is_sent_again(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.rate_limited(7))

    submitting = asyncio.create_task(airalo.orders.submit(PACKAGE, reference="cart-17"))
    await until(lambda: 6 < (fake.clock.next_due() or 0) <= 7)
    await fake.advance(seconds=8)
    order = await submitting

    assert order.sims
    assert fake.charges() == 1


async def test_long_retry_after_raises_and_nothing_is_bought(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.rate_limited(900))

    with pytest.raises(errors.RateLimitedError) as caught:
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    assert (caught.value.retry_after, caught.value.outcome) == (900, Outcome.NOT_SENT)
    assert (await airalo.store.get("cart-17")).state is State.NOT_SENT
    assert fake.charges() == 0


async def test_cancelled_caller_leaves_the_purchase_to_finish(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.stall(5))
    submitting = asyncio.create_task(airalo.orders.submit(PACKAGE, reference="cart-17"))
    await until(lambda: any(call.path == "/v2/orders" for call in fake.calls))

    submitting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await submitting
    await fake.advance(seconds=5)
    order = await airalo.orders.wait("cart-17", timeout=30)

    assert order.sims
    assert fake.charges() == 1


async def test_closing_waits_for_purchases_in_flight(fake: FakeAiralo, store: RequestStore) -> None:
    airalo = fake.session(store=store)
    fake.fail_next("POST", "/v2/orders", faults.stall(5))
    submitting = asyncio.create_task(airalo.orders.submit(PACKAGE, reference="cart-17"))
    await until(lambda: any(call.path == "/v2/orders" for call in fake.calls))

    closing = asyncio.create_task(airalo.close())
    await fake.advance(seconds=5)
    await closing

    assert (await store.get("cart-17")).state is State.COMPLETED
    assert (await submitting).sims


async def test_closed_session_sends_nothing(fake: FakeAiralo, store: RequestStore) -> None:
    airalo = fake.session(store=store)
    await airalo.close()

    with pytest.raises(errors.NotSentError, match="closed"):
        await airalo.orders.submit(PACKAGE)

    assert fake.calls == ()


async def test_fewer_esims_than_asked_for_are_a_shortfall(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.shortfall = 1

    order = await airalo.orders.submit(PACKAGE, quantity=3, reference="cart-17")

    stored = await airalo.store.get("cart-17")
    assert (len(order.sims), order.shortfall) == (2, 1)
    assert [alarm.kind for alarm in stored.alarms] == ["shortfall"]
    assert (await airalo.orders.submit(PACKAGE, quantity=3, reference="cart-17")).shortfall == 1


async def test_dropped_description_is_alarmed(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.descriptions = "dropped"

    await airalo.orders.submit(PACKAGE, reference="cart-17")

    unresolved = [item.request async for item in airalo.orders.unresolved()]
    assert [(item.reference, item.alarms[0].kind) for item in unresolved] == [("cart-17", "untagged")]


async def test_bulk_gives_every_result_and_buys_each_once(airalo: AiraloSession, fake: FakeAiralo) -> None:
    requests = [OrderRequest(PACKAGE, reference=f"cart-{number}") for number in range(20)]
    requests[7] = OrderRequest("no-such-package", reference="cart-7")

    items = [item async for item in airalo.orders.submit_many(requests, concurrency=5)]

    failed = [item for item in items if item.error is not None]
    assert {item.request.reference for item in items} == {f"cart-{number}" for number in range(20)}
    assert [item.request.reference for item in failed] == ["cart-7"]
    assert isinstance(failed[0].error, errors.InvalidRequestError)
    assert fake.charges() == 19


async def test_bulk_consumer_who_stops_cancels_nothing(airalo: AiraloSession, fake: FakeAiralo) -> None:
    requests = [OrderRequest(PACKAGE, reference=f"cart-{number}") for number in range(6)]

    bulk = airalo.orders.submit_many(requests, concurrency=3)
    async for _ in bulk:
        break
    await airalo.close()

    stored = [request async for request in airalo.store.list()]
    assert {request.state for request in stored} == {State.COMPLETED}
    assert fake.charges() == len(stored) < 6


@pytest.mark.parametrize(
    "bad", [PACKAGE, OrderRequest(PACKAGE, webhook_url="https://shop.example/airalo")], ids=["text", "webhook"]
)
async def test_bulk_with_a_bad_item_sends_nothing(airalo: AiraloSession, fake: FakeAiralo, bad: OrderRequest) -> None:
    with pytest.raises(errors.ArgumentError):
        _ = [item async for item in airalo.orders.submit_many([OrderRequest(PACKAGE), bad])]

    assert fake.calls == ()


async def test_top_up_is_bought_for_an_esim(airalo: AiraloSession, fake: FakeAiralo) -> None:
    order = await airalo.orders.submit(PACKAGE)

    top_up = await airalo.orders.top_up(f"{PACKAGE}-topup", iccid=order.sims[0].iccid, reference="top-up-1")

    stored = await airalo.store.get("top-up-1")
    assert (top_up.type, top_up.shortfall, stored.kind, stored.alarms) == ("topup", 0, Kind.TOP_UP, ())
    assert fake.charges(reference="top-up-1") == 1


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("quantity", {"quantity": 0}),
        ("quantity", {"quantity": 51}),
        ("quantity", {"quantity": True}),
        ("reference", {"reference": ""}),
        ("reference", {"reference": "x" * 256}),
        ("description", {"description": "x" * 201}),
        ("description", {"description": "a\nb"}),
        ("metadata", {"metadata": {"when": object()}}),
        ("brand_settings_name", {"brand_settings_name": 5}),
    ],
)
async def test_broken_rule_names_the_argument_and_sends_nothing(
    airalo: AiraloSession, fake: FakeAiralo, argument: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(errors.ArgumentError) as caught:
        await airalo.orders.submit(PACKAGE, **arguments)  # type: ignore[arg-type]  # wrong on purpose

    assert caught.value.argument == argument
    assert caught.value.rule
    assert fake.calls == ()
