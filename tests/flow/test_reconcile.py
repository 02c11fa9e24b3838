"""Settling what is not known: by asking the API, at start-up, and by hand."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from airalo_async import VoucherRequest, errors
from airalo_async._tag import make_tag
from airalo_async.models import Kind, State
from airalo_async.stores._base import NewPurchase
from airalo_async.testing import faults
from tests._until import until

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.models import JSON
    from airalo_async.stores import RequestStore
    from airalo_async.testing import FakeAiralo
    from airalo_async.testing._exchange import Exchange
    from airalo_async.testing._replies import Reply
    from tests.flow._shop import Shop

PACKAGE = "change-7days-1gb"


async def lose(airalo: AiraloSession, fake: FakeAiralo, reference: str = "cart-17", *, bought: bool = True) -> None:
    """Submit an order whose answer is lost."""
    fake.fail_next("POST", "/v2/orders", faults.drop_after_commit() if bought else faults.drop_before_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, quantity=2, reference=reference)


async def test_reconciling_completes_and_dispatches(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    await lose(airalo, fake)

    (settled,) = await airalo.orders.reconcile("cart-17")

    await until(lambda: shop.delivered)
    event = shop.delivered[0]
    assert (settled.state, settled.order_id) == (State.COMPLETED, fake.orders[0].order_id)
    assert event.request is not None
    assert (event.request.reference, len(event.order.sims)) == ("cart-17", 2)
    assert (await airalo.orders.wait("cart-17")).sims == event.order.sims


async def test_due_looks_follow_the_schedule(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake, bought=False)

    at_once = await airalo.orders.reconcile()
    await fake.advance(seconds=3)
    first = await airalo.orders.reconcile()
    again = await airalo.orders.reconcile()

    assert (at_once, again) == ((), ())
    assert [(request.state, request.looks) for request in first] == [(State.UNKNOWN, 1)]


async def test_order_that_is_listed_late_is_found_later(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.list_delay = 60
    await lose(airalo, fake)
    (early,) = await airalo.orders.reconcile("cart-17")
    await fake.advance(seconds=90)

    (late,) = await airalo.orders.reconcile("cart-17")

    assert (early.state, late.state) == (State.UNKNOWN, State.COMPLETED)
    assert fake.charges() == 1


async def test_nothing_found_after_a_day_is_unresolved(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake, bought=False)
    await fake.advance(hours=25)

    (settled,) = await airalo.orders.reconcile("cart-17")

    listed = [item async for item in airalo.orders.unresolved()]
    assert settled.state is State.UNRESOLVED
    assert [item.request.reference for item in listed] == ["cart-17"]
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.wait("cart-17")
    assert fake.charges() == 0


async def test_nothing_found_is_unknown_for_a_whole_day(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake, bought=False)
    await fake.advance(hours=23, minutes=59)
    (early,) = await airalo.orders.reconcile("cart-17")
    await fake.advance(minutes=1)

    (late,) = await airalo.orders.reconcile("cart-17")

    assert (early.state, late.state) == (State.UNKNOWN, State.UNRESOLVED)


async def test_unresolved_is_bought_again_only_on_the_callers_word(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake, bought=False)
    await fake.advance(hours=25)
    await airalo.orders.reconcile("cart-17")

    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, quantity=2, reference="cart-17")
    order = await airalo.orders.submit(PACKAGE, quantity=2, reference="cart-17", resubmit=True)

    stored = await airalo.store.get("cart-17")
    assert (stored.order_id, len(stored.attempts), fake.charges()) == (order.id, 2, 1)


async def test_resubmit_looks_first_and_finds_the_order(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake)
    await fake.advance(minutes=5)

    order = await airalo.orders.submit(PACKAGE, quantity=2, reference="cart-17", resubmit=True)

    assert order.id == fake.orders[0].order_id
    assert fake.charges() == 1


async def test_resubmit_is_refused_while_the_sender_may_live(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake, bought=False)

    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, quantity=2, reference="cart-17", resubmit=True)

    assert fake.charges() == 0


async def test_resubmit_is_about_the_attempt_that_was_looked_for(
    airalo: AiraloSession, fake: FakeAiralo, store: RequestStore
) -> None:
    await lose(airalo, fake, bought=False)
    await fake.advance(minutes=5)
    fake.list_delay = 3600
    gate, empty = asyncio.Event(), faults.status(200, {"data": []})

    async def answer_late(exchange: Exchange) -> Reply | None:
        await gate.wait()
        return await empty.play(exchange)

    fake.fail_next("GET", "/v2/orders", evolve(empty, play=answer_late))
    async with fake.session(store=store, timeout=600) as patient:
        looking = asyncio.ensure_future(patient.orders.submit(PACKAGE, quantity=2, reference="cart-17", resubmit=True))
        await until(lambda: [call.method for call in fake.calls if call.path == "/v2/orders"] == ["POST", "GET"])
        fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
        with pytest.raises(errors.OutcomeUnknownError):
            await airalo.orders.submit(PACKAGE, quantity=2, reference="cart-17", resubmit=True)
        fake.clock.advance(100)
        gate.set()

        with pytest.raises(errors.OutcomeUnknownError):
            await looking

    assert fake.charges() == 1


async def test_resubmit_is_refused_when_it_was_placed(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.list_delay = 10_000
    fake.fail_next("POST", "/v2/orders", faults.truncate_body(40))
    with pytest.raises(errors.DecodeError) as caught:
        await airalo.orders.submit(PACKAGE, reference="cart-17")
    await fake.advance(minutes=5)

    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference="cart-17", resubmit=True)

    assert caught.value.outcome is errors.Outcome.PLACED
    assert fake.charges() == 1


async def test_neighbour_of_the_tag_settles_nothing(airalo: AiraloSession, fake: FakeAiralo) -> None:
    other = make_tag(fake.client_id, "cart-17")
    await airalo.request("POST", "/v2/orders", json={"package_id": PACKAGE, "quantity": 2, "description": other})
    await lose(airalo, fake, bought=False)

    (settled,) = await airalo.orders.reconcile("cart-17")

    assert settled.state is State.UNKNOWN
    assert [alarm.kind for alarm in settled.alarms] == ["earlier_orders"]
    assert fake.orders[0].code in settled.alarms[0].detail


@pytest.mark.parametrize(("package_id", "quantity"), [(PACKAGE, 3), ("change-30days-3gb", 2)])
async def test_order_for_something_else_is_a_mismatch(
    airalo: AiraloSession, fake: FakeAiralo, package_id: str, quantity: int
) -> None:
    await lose(airalo, fake, bought=False)
    tag = (await airalo.store.get("cart-17")).attempt.tag
    other: JSON = {"package_id": package_id, "quantity": quantity, "description": tag}
    await airalo.request("POST", "/v2/orders", json=other)

    (settled,) = await airalo.orders.reconcile("cart-17")

    assert (settled.state, [alarm.kind for alarm in settled.alarms]) == (State.UNRESOLVED, ["mismatch"])
    assert fake.orders[0].code in settled.alarms[0].detail


async def test_fewer_esims_complete_with_a_shortfall(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.shortfall = 1
    await lose(airalo, fake)

    (settled,) = await airalo.orders.reconcile("cart-17")

    assert (settled.state, [alarm.kind for alarm in settled.alarms]) == (State.COMPLETED, ["shortfall"])
    assert (await airalo.orders.wait("cart-17")).shortfall == 1


async def test_two_orders_under_one_tag_are_twins(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake)
    twin = fake.twin(fake.orders[0].order_id)

    (settled,) = await airalo.orders.reconcile("cart-17")

    assert settled.order_id == min(twin, fake.orders[0].order_id)
    assert [alarm.kind for alarm in settled.alarms] == ["twin"]


async def test_dropped_description_leaves_it_unknown(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.descriptions = "dropped"
    await lose(airalo, fake)

    (settled,) = await airalo.orders.reconcile("cart-17")

    assert settled.state is State.UNKNOWN
    assert fake.charges() == 0 or fake.orders


async def test_api_that_cannot_be_asked_changes_nothing(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake)
    fake.fail_next("GET", "/v2/orders", faults.status(404, {"data": [], "meta": {"message": "gone"}}))
    before = await airalo.store.get("cart-17")

    with pytest.raises(errors.NotFoundError):
        await airalo.orders.reconcile("cart-17")

    assert await airalo.store.get("cart-17") == before


@pytest.mark.parametrize("number", [None, ["71355"], {}], ids=["null", "list", "object"])
async def test_orders_with_an_odd_number_hide_no_others(airalo: AiraloSession, fake: FakeAiralo, number: JSON) -> None:
    references = ["cart-17", "cart-18"]
    for reference in references:
        await lose(airalo, fake, reference)
    listed = json.loads(json.dumps(await airalo.request("GET", "/v2/orders", params={"include": "sims,status"})))
    for row in listed["data"]:
        row["id"] = number
    fake.fail_next("GET", "/v2/orders", faults.status(200, listed), times=2)

    settled = [request for reference in references for request in await airalo.orders.reconcile(reference)]

    assert [request.state for request in settled] == [State.COMPLETED] * 2
    assert [push.reference async for push in airalo.store.inbox()] == references


async def test_request_id_that_turns_up_after_all_stands_against_buying_again(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    fake.fail_next("POST", "/v2/orders-async", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    await fake.advance(minutes=2)
    declared = await airalo.orders.resolve("cart-17", not_placed=True)
    found = await airalo.orders.resolve("cart-17", request_id=fake.requests[0].request_id)
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")

    assert declared.state is State.NOT_SENT
    assert [alarm.kind for alarm in found.alarms] == ["contradiction"]
    assert pending.request_id == fake.requests[0].request_id
    assert len(fake.requests) == 1


async def test_request_id_of_another_reference_is_refused(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    fake.fail_next("POST", "/v2/orders-async", faults.drop_before_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-18")

    with pytest.raises(errors.ArgumentError, match="'cart-17'"):
        await airalo.orders.resolve("cart-18", request_id=pending.request_id)

    assert (await airalo.store.get("cart-18")).state is State.UNKNOWN


async def test_recover_takes_up_only_lapsed_leases(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await airalo.orders.submit(PACKAGE)
    for reference, lease in (("dead", 5.0), ("alive", 5000.0)):
        tag = make_tag(fake.client_id, reference)
        purchase = NewPurchase(reference, Kind.ORDER, "0" * 64, PACKAGE, 1, {}, tag)
        await airalo.store.begin(purchase, owner="another process", lease=lease)
    await fake.advance(minutes=10)

    taken = await airalo.orders.recover()

    assert [(request.reference, request.state) for request in taken] == [("dead", State.UNKNOWN)]
    assert (await airalo.store.get("alive")).state is State.SENDING


async def test_background_reconciling_settles(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake)

    async with airalo.reconciling(every=10):
        await fake.advance(seconds=30)
        order = await airalo.orders.wait("cart-17", timeout=60)

    assert order.id == fake.orders[0].order_id


async def test_failure_push_of_a_lost_request_is_a_candidate(
    airalo: AiraloSession, fake: FakeAiralo, shop: Shop
) -> None:
    fake.fail_next("POST", "/v2/orders-async", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")

    await fake.push_failure(fake.requests[0].request_id)

    (item,) = [item async for item in airalo.orders.unresolved()]
    assert (item.request.reference, item.request.state) == ("cart-17", State.UNKNOWN)
    assert [push.request_id for push in item.candidates] == [fake.requests[0].request_id]


async def test_person_resolves_by_order_id(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.descriptions = "dropped"
    await lose(airalo, fake)

    settled = await airalo.orders.resolve("cart-17", order_id=fake.orders[0].order_id)

    assert (settled.state, settled.order_id) == (State.COMPLETED, fake.orders[0].order_id)
    assert len((await airalo.orders.wait("cart-17")).sims) == 2


async def test_person_resolves_by_request_id(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    fake.fail_next("POST", "/v2/orders-async", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit_async(PACKAGE, webhook_url=shop.url, reference="cart-17")
    request_id = fake.requests[0].request_id
    await fake.push_failure(request_id)

    settled = await airalo.orders.resolve("cart-17", request_id=request_id)

    assert (settled.state, settled.request_id) == (State.FAILED, request_id)


async def test_person_says_that_nothing_was_bought(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake, bought=False)
    early = await airalo.orders.resolve("cart-17", not_placed=True)
    await fake.advance(minutes=5)

    late = await airalo.orders.resolve("cart-17", not_placed=True)
    order = await airalo.orders.submit(PACKAGE, quantity=2, reference="cart-17")

    assert (early.state, late.state) == (State.UNKNOWN, State.NOT_SENT)
    assert (order.sims != (), fake.charges()) == (True, 1)


async def test_resolving_takes_exactly_one_word(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake, bought=False)

    with pytest.raises(errors.ArgumentError, match="exactly one"):
        await airalo.orders.resolve("cart-17")
    with pytest.raises(errors.ArgumentError, match="exactly one"):
        await airalo.orders.resolve("cart-17", order_id=5, not_placed=True)


async def test_orphans_are_orders_the_store_does_not_know(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await airalo.orders.submit(PACKAGE, reference="known")
    tag = make_tag(fake.client_id, "from a lost store")
    for description in (tag, "an order made by hand"):
        await airalo.request(
            "POST", "/v2/orders", json={"package_id": PACKAGE, "quantity": 1, "description": description}
        )

    orphans = [order async for order in airalo.orders.orphans(since=fake.clock.now() - timedelta(days=1))]

    assert [order.description for order in orphans] == [tag]


async def test_orphans_take_an_aware_time(airalo: AiraloSession) -> None:
    with pytest.raises(errors.ArgumentError, match="aware"):
        airalo.orders.orphans(since=datetime(2026, 1, 1))  # noqa: DTZ001  (naive on purpose)


async def test_second_shop_with_an_empty_store_does_not_take_old_orders(
    airalo: AiraloSession, fake: FakeAiralo
) -> None:
    await airalo.orders.submit(PACKAGE, quantity=2, reference="cart-17")
    async with fake.session() as second:
        await lose(second, fake, bought=False)

        (settled,) = await second.orders.reconcile("cart-17")

    assert settled.state is State.UNKNOWN
    assert [alarm.kind for alarm in settled.alarms] == ["earlier_orders"]


async def test_purged_result_is_asked_for_again(airalo: AiraloSession, fake: FakeAiralo) -> None:
    first = await airalo.orders.submit(PACKAGE, reference="cart-17")
    await fake.advance(days=100)
    await airalo.store.purge(older_than=timedelta(days=90))

    again = await airalo.orders.submit(PACKAGE, reference="cart-17")

    assert (await airalo.store.get("cart-17")).result is None
    assert (again.id, again.sims) == (first.id, first.sims)
    assert fake.charges() == 1


async def test_store_that_fails_after_the_answer_gives_it_to_the_caller(
    airalo: AiraloSession, fake: FakeAiralo, store: RequestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, failures = store.settle, [errors.StoreError("disk full"), errors.StoreError("disk full")]

    async def failing(reference: str, evidence: object) -> object:
        if failures:
            raise failures.pop()
        return await settle(reference, evidence)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(store, "settle", failing)
    with pytest.raises(errors.StoreError) as caught:
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    await fake.advance(seconds=5)
    await until(lambda: not failures)
    order = await airalo.orders.wait("cart-17", timeout=30)
    assert caught.value.outcome is errors.Outcome.PLACED
    assert caught.value.result == order


async def test_outcome_that_was_not_stored_gets_a_last_try_at_close(
    fake: FakeAiralo, store: RequestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    airalo = fake.session(store=store)
    settle, failures = store.settle, [errors.StoreError("disk full")]

    async def failing(reference: str, evidence: object) -> object:
        if failures:
            raise failures.pop()
        return await settle(reference, evidence)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(store, "settle", failing)
    with pytest.raises(errors.StoreError):
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    await airalo.close()

    assert (await store.get("cart-17")).state is State.COMPLETED


async def test_order_of_another_request_resolves_nothing(airalo: AiraloSession, fake: FakeAiralo) -> None:
    order = await airalo.orders.submit(PACKAGE, quantity=2, reference="other")
    await lose(airalo, fake, bought=False)

    with pytest.raises(errors.ArgumentError, match="the order of 'other' already"):
        await airalo.orders.resolve("cart-17", order_id=order.id)


async def test_vouchers_cannot_be_waited_for(airalo: AiraloSession) -> None:
    await airalo.vouchers.submit_esim([VoucherRequest(PACKAGE)], reference="batch-1")

    with pytest.raises(errors.ArgumentError, match="must name an order"):
        await airalo.orders.wait("batch-1")


async def test_store_that_fails_before_sending_sends_nothing(
    airalo: AiraloSession, fake: FakeAiralo, store: RequestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object, **__: object) -> None:
        raise errors.StoreError("disk full")

    monkeypatch.setattr(store, "begin", failing)
    with pytest.raises(errors.StoreError) as caught:
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    assert caught.value.outcome is errors.Outcome.NOT_SENT
    assert fake.orders == ()


async def test_dead_sender_is_joined_until_its_lease_ends(airalo: AiraloSession, fake: FakeAiralo) -> None:
    order = await airalo.orders.submit(PACKAGE, reference="model")
    fingerprint = (await airalo.store.get("model")).fingerprint
    tag = make_tag(fake.client_id, "cart-17")
    purchase = NewPurchase("cart-17", Kind.ORDER, fingerprint, PACKAGE, 1, {}, tag)
    await airalo.store.begin(purchase, owner="a process that died", lease=60)

    joining = asyncio.create_task(airalo.orders.submit(PACKAGE, reference="cart-17"))
    await until(lambda: fake.clock.next_due() is not None)
    await fake.advance(seconds=61)

    with pytest.raises(errors.OutcomeUnknownError):
        await joining
    assert (await airalo.store.get("cart-17")).state is State.UNKNOWN
    assert fake.charges() == 1 == len([order])


async def test_result_of_reconciling_reads_like_a_push(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake)

    await airalo.orders.reconcile("cart-17")

    (push,) = [push async for push in airalo.store.inbox()]
    assert push.body is not None
    assert (push.form, push.reference) == ("reconciled", "cart-17")
    assert json.loads(push.body)["data"]["id"] == fake.orders[0].order_id


async def test_wait_goes_on_when_the_api_cannot_be_asked(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake)
    fake.fail_next("GET", "/v2/orders", faults.status(404, {"data": [], "meta": {"message": "gone"}}), times=2)

    waiting = asyncio.create_task(airalo.orders.wait("cart-17"))
    await until(lambda: fake.clock.next_due() is not None)
    for _ in range(5):
        await fake.advance(seconds=2)
    order = await waiting

    assert order.id == fake.orders[0].order_id


async def test_wait_leaves_a_dead_sender_unknown_and_then_asks(airalo: AiraloSession, fake: FakeAiralo) -> None:
    tag = make_tag(fake.client_id, "cart-17")
    purchase = NewPurchase("cart-17", Kind.ORDER, "0" * 64, PACKAGE, 1, {}, tag)
    await airalo.orders.submit(PACKAGE)
    await airalo.store.begin(purchase, owner="a process that died", lease=60)
    await airalo.request("POST", "/v2/orders", json={"package_id": PACKAGE, "quantity": 1, "description": tag})

    waiting = asyncio.create_task(airalo.orders.wait("cart-17"))
    await until(lambda: fake.clock.next_due() is not None)
    await fake.advance(minutes=2)
    order = await waiting

    assert order.description == tag


async def test_reconciling_leaves_what_cannot_be_asked_for_later(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake)
    await fake.advance(seconds=3)
    fake.fail_next("GET", "/v2/orders", faults.status(404, {"data": [], "meta": {"message": "gone"}}))

    first = await airalo.orders.reconcile()
    second = await airalo.orders.reconcile()

    assert (first, [request.state for request in second]) == ((), [State.COMPLETED])


async def test_order_listed_without_esims_is_asked_for_by_number(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake)
    order = fake.orders[0]
    row = {
        "id": order.order_id,
        "code": order.code,
        "package_id": PACKAGE,
        "description": order.description,
        "sims": [],
    }
    fake.fail_next("GET", "/v2/orders", faults.status(200, {"data": {"0": row}, "meta": {"last_page": 1}}))

    (settled,) = await airalo.orders.reconcile("cart-17")

    assert settled.state is State.COMPLETED
    assert len((await airalo.orders.wait("cart-17")).sims) == 2


async def test_order_listed_as_failed_fails_the_request(airalo: AiraloSession, fake: FakeAiralo, shop: Shop) -> None:
    await lose(airalo, fake)
    fake.set_order_status(fake.orders[0].order_id, "failed")

    (settled,) = await airalo.orders.reconcile("cart-17")

    await until(lambda: shop.failed)
    assert settled.state is State.FAILED


async def test_list_that_is_no_list_changes_nothing(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await lose(airalo, fake)
    fake.fail_next("GET", "/v2/orders", faults.status(200, {"data": "none", "meta": {}}))

    with pytest.raises(errors.DecodeError):
        await airalo.orders.reconcile("cart-17")

    assert (await airalo.store.get("cart-17")).looks == 0


async def test_settled_request_is_not_asked_for(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await airalo.orders.submit(PACKAGE, reference="cart-17")
    calls = len(fake.calls)

    (settled,) = await airalo.orders.reconcile("cart-17")

    assert settled.state is State.COMPLETED
    assert len(fake.calls) == calls
