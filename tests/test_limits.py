"""The limiter: never N+1 in a window, first come first served, no hole where a waiter was cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from airalo_async._limits import DOCUMENTED, Limit, Limiter, Scope, locate
from airalo_async._wire import Request
from airalo_async.errors import ArgumentError, NotSentError, Outcome
from airalo_async.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Coroutine

PACKAGES = Request("GET", "/v2/packages")
ORDERS = Request("POST", "/v2/orders")
FIVE = (Limit("GET", "/v2/packages", 5, 60, Scope.TOKEN),)
ONE_PERIOD = 60.01


def usage(iccid: str) -> Request:
    return Request("GET", f"/v2/sims/{iccid}/usage", "/v2/sims/{iccid}/usage", keys={"iccid": iccid})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(ticking=False)


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def start(work: Coroutine[object, object, object]) -> asyncio.Task[object]:
    return asyncio.get_running_loop().create_task(work)


def taken(limiter: Limiter, request: Request, most: int = 200) -> int:
    """Count how many calls are granted at once."""
    count = 0
    while count < most and limiter.take(request):
        count += 1
    return count


@pytest.mark.parametrize(
    ("request_", "count"),
    [
        (Request("POST", "/v2/token"), 3),
        (PACKAGES, 80),
        (
            Request(
                "GET",
                "/v2/packages/a/product-information",
                "/v2/packages/{slug}/product-information",
                keys={"package": "a"},
            ),
            60,
        ),
        (usage("8901"), 5),
        (Request("GET", "/v2/sims/1/packages", "/v2/sims/{sim_iccid}/packages", keys={"iccid": "1"}), 10),
        (Request("POST", "/v2/simulator/webhook"), 5),
        (Request("POST", "/v2/refund"), 5),
        (ORDERS, 200),
        (Request("GET", "/v2/orders"), 200),
    ],
)
def test_documented_limit_is_kept(clock: FakeClock, request_: Request, count: int) -> None:
    assert taken(Limiter(clock), request_) == count


def test_iccid_is_asked_for_ten_times_a_minute(clock: FakeClock) -> None:
    limiter = Limiter(clock)

    first = taken(limiter, usage("8901"))
    clock.advance(1.01)
    second = taken(limiter, usage("8901"))
    clock.advance(1.01)

    assert (first, second, taken(limiter, usage("8901"))) == (5, 5, 0)
    assert taken(limiter, usage("8902")) == 5


@pytest.mark.parametrize("request_", [ORDERS, Request("GET", "/v2/orders"), PACKAGES])
def test_sandbox_allows_five_a_second_for_each_endpoint(clock: FakeClock, request_: Request) -> None:
    limiter = Limiter(clock, sandbox=True)

    assert taken(limiter, request_) == 5
    assert taken(limiter, Request("POST", "/v2/orders-async")) == 5


def test_names_of_values_do_not_part_an_endpoint(clock: FakeClock) -> None:
    limiter = Limiter(clock, sandbox=True)
    one = Request("GET", "/v2/orders/1", "/v2/orders/{id}")
    two = Request("GET", "/v2/orders/2", "/v2/orders/{order_id}")

    assert taken(limiter, one) == 5
    assert not limiter.take(two)


def test_window_slides_over_the_last_grants(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    for _ in range(5):
        assert limiter.take(PACKAGES)
        clock.advance(10)

    clock.advance(10)
    early = limiter.take(PACKAGES)
    clock.advance(0.01)

    assert not early
    assert taken(limiter, PACKAGES) == 1


async def test_waiter_is_granted_when_the_window_frees(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    taken(limiter, PACKAGES)
    waiter = start(limiter.wait(PACKAGES))
    await settle()

    clock.advance(60.0)
    await settle()
    early = waiter.done()
    clock.advance(0.01)
    await waiter

    assert not early


async def test_waiting_without_need_returns_at_once(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)

    await limiter.wait(PACKAGES)

    assert taken(limiter, PACKAGES) == 4


def late(clock: FakeClock, limiter: Limiter, seconds: float) -> None:
    """Make a call that is answered so late."""
    granted_at = clock.monotonic()
    assert limiter.take(PACKAGES)
    clock.advance(seconds)
    limiter.settle(PACKAGES, granted_at)


@pytest.mark.parametrize(("seconds", "stretch"), [(0, 0), (2, 2), (40, 15)])
def test_late_answer_stretches_the_window(clock: FakeClock, seconds: float, stretch: float) -> None:
    limiter = Limiter(clock, FIVE)
    start_at = clock.monotonic()
    for _ in range(4):
        limiter.take(PACKAGES)
    late(clock, limiter, seconds)

    clock.advance(start_at + ONE_PERIOD + stretch - clock.monotonic() - 0.001)
    early = limiter.take(PACKAGES)
    clock.advance(0.002)

    assert not early
    assert limiter.take(PACKAGES)


def test_stretch_is_forgotten_after_two_periods(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    late(clock, limiter, 10)
    clock.advance(70)
    late(clock, limiter, 0)
    clock.advance(70)
    late(clock, limiter, 0)
    taken(limiter, PACKAGES)

    assert limiter.delay(PACKAGES) == pytest.approx(ONE_PERIOD)


def test_stretch_lasts_a_whole_period(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    late(clock, limiter, 10)
    clock.advance(55)
    late(clock, limiter, 0)
    taken(limiter, PACKAGES)

    assert limiter.delay(PACKAGES) == pytest.approx(ONE_PERIOD + 10 - 65)


def test_answers_without_a_limit_change_nothing(clock: FakeClock) -> None:
    limiter = Limiter(clock)

    limiter.settle(ORDERS, clock.monotonic() - 10)

    assert repr(limiter) == "<Limiter idle>"


async def test_waiters_are_served_in_order_of_arrival(clock: FakeClock) -> None:
    limiter = Limiter(clock, (Limit("GET", "/v2/packages", 1, 1, Scope.TOKEN),))
    served: list[int] = []

    async def call(number: int) -> None:
        await limiter.wait(PACKAGES)
        served.append(number)

    tasks = [start(call(number)) for number in range(6)]
    for _ in range(6):
        await settle()
        clock.advance(1.01)

    await asyncio.gather(*tasks)
    assert served == [0, 1, 2, 3, 4, 5]


async def test_newcomer_does_not_overtake(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    taken(limiter, PACKAGES)
    waiter = start(limiter.wait(PACKAGES))
    await settle()

    clock.advance(ONE_PERIOD)
    overtook = limiter.take(PACKAGES)
    await waiter

    assert not overtook
    assert taken(limiter, PACKAGES) == 4


async def test_wait_for_one_iccid_does_not_hold_up_others(clock: FakeClock) -> None:
    limiter = Limiter(clock)
    taken(limiter, usage("8901"))
    clock.advance(1.01)
    taken(limiter, usage("8901"))
    clock.advance(1.01)
    waiter = start(limiter.wait(usage("8901")))
    await settle()

    others = taken(limiter, usage("8902"))
    clock.advance(ONE_PERIOD)
    await waiter

    assert others == 5


async def test_call_needs_all_its_windows_at_once(clock: FakeClock) -> None:
    limits = (
        Limit("GET", "/v2/sims/{iccid}/usage", 1, 10, Scope.ICCID),
        Limit("GET", "/v2/sims/{iccid}/usage", 1, 1, Scope.CLIENT),
    )
    limiter = Limiter(clock, limits)
    served: list[str] = []

    async def call(iccid: str) -> None:
        await limiter.wait(usage(iccid))
        served.append(iccid)

    tasks = [start(call(iccid)) for iccid in ("a", "a", "b", "c", "a")]
    for _ in range(25):
        await settle()
        clock.advance(1.01)
    await asyncio.gather(*tasks)

    assert served == ["a", "b", "c", "a", "a"]


async def test_cancelled_waiter_leaves_no_hole(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    taken(limiter, PACKAGES)
    waiters = [start(limiter.wait(PACKAGES)) for _ in range(7)]
    await settle()

    for waiter in waiters[:2]:
        waiter.cancel()
    await settle()
    clock.advance(ONE_PERIOD)
    await settle()

    assert [waiter.cancelled() for waiter in waiters[:2]] == [True, True]
    assert all(waiter.done() for waiter in waiters[2:])
    assert not limiter.take(PACKAGES)


async def test_grant_of_a_waiter_cancelled_meanwhile_goes_to_the_next(clock: FakeClock) -> None:
    limiter = Limiter(clock, (Limit("GET", "/v2/packages", 1, 60, Scope.TOKEN),))
    limiter.take(PACKAGES)
    first, second = start(limiter.wait(PACKAGES)), start(limiter.wait(PACKAGES))
    await settle()

    clock.advance(ONE_PERIOD)
    for _ in range(3):  # the window has granted it, but it has not run yet
        if repr(limiter).count("1 waiting"):
            break
        await asyncio.sleep(0)
    first.cancel()
    await settle()

    assert first.cancelled()
    assert second.done()
    await second


async def granted_and_not_gone_on(limiter: Limiter, clock: FakeClock) -> asyncio.Task[object]:
    """Stop between a grant and the next step of who waited for it."""
    limiter.take(PACKAGES)
    waiter = start(limiter.wait(PACKAGES))
    await settle()
    clock.advance(ONE_PERIOD)
    for _ in range(10):
        if "waiting" not in repr(limiter):
            break
        await asyncio.sleep(0)
    return waiter


async def test_grant_counts_from_when_its_call_goes_on(clock: FakeClock) -> None:
    limiter = Limiter(clock, (Limit("GET", "/v2/packages", 1, 60, Scope.TOKEN),))
    waiter = await granted_and_not_gone_on(limiter, clock)

    clock.advance(7)  # a busy loop, between the grant and its call
    gone_on_at = await waiter

    assert gone_on_at == clock.monotonic()
    assert limiter.delay(PACKAGES) == pytest.approx(ONE_PERIOD)


async def test_pause_between_a_grant_and_its_call_holds(clock: FakeClock) -> None:
    limiter = Limiter(clock, (Limit("GET", "/v2/packages", 1, 60, Scope.TOKEN),))
    waiter = await granted_and_not_gone_on(limiter, clock)

    limiter.pause(PACKAGES, 900)
    clock.advance(7)  # a busy loop
    await waiter
    clock.advance(ONE_PERIOD)

    assert not limiter.take(PACKAGES)


async def test_cancelled_wait_for_a_pause_leaves_nothing(clock: FakeClock) -> None:
    limiter = Limiter(clock)
    limiter.pause(ORDERS, 5)
    waiter = start(limiter.wait(ORDERS))
    await settle()
    clock.advance(5)
    for _ in range(10):
        if "waiting" not in repr(limiter):
            break
        await asyncio.sleep(0)

    waiter.cancel()
    await settle()

    assert waiter.cancelled()
    assert limiter.take(ORDERS)


async def test_last_cancelled_waiter_lets_the_window_rest(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    taken(limiter, PACKAGES)
    before = len(asyncio.all_tasks())
    waiter = start(limiter.wait(PACKAGES))
    await settle()

    waiter.cancel()
    await settle()

    assert len(asyncio.all_tasks()) == before
    assert clock.next_due() is None


async def test_wait_beyond_the_deadline_is_refused_at_once(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    taken(limiter, PACKAGES)

    with pytest.raises(NotSentError, match="GET /v2/packages by token") as caught:
        await limiter.wait(PACKAGES, deadline=clock.monotonic() + 30)

    assert caught.value.retry_after == pytest.approx(ONE_PERIOD)
    assert caught.value.outcome is Outcome.NOT_SENT


async def test_place_in_the_queue_counts_for_the_deadline(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    taken(limiter, PACKAGES)
    waiters = [start(limiter.wait(PACKAGES)) for _ in range(5)]
    await settle()

    with pytest.raises(NotSentError) as caught:
        await limiter.wait(PACKAGES, deadline=clock.monotonic() + 100)

    assert caught.value.retry_after == pytest.approx(2 * ONE_PERIOD)
    assert limiter.delay(PACKAGES) == pytest.approx(2 * ONE_PERIOD)
    clock.advance(ONE_PERIOD)
    await asyncio.gather(*waiters)


async def test_pause_stops_the_whole_scope(clock: FakeClock) -> None:
    limiter = Limiter(clock)
    limiter.pause(ORDERS, 30)
    waiters = [start(limiter.wait(ORDERS)) for _ in range(50)]
    await settle()

    clock.advance(29.9)
    await settle()
    early = sum(waiter.done() for waiter in waiters)
    other = limiter.take(Request("GET", "/v2/orders"))
    clock.advance(0.1)
    await asyncio.gather(*waiters)

    assert early == 0
    assert other


async def test_pause_tells_waiters_at_once_that_it_is_too_long(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    taken(limiter, PACKAGES)
    patient = start(limiter.wait(PACKAGES))
    hurried = start(limiter.wait(PACKAGES, deadline=clock.monotonic() + 90))
    await settle()

    limiter.pause(PACKAGES, 120)
    with pytest.raises(NotSentError) as caught:
        await hurried

    assert caught.value.retry_after == pytest.approx(120)
    clock.advance(ONE_PERIOD)
    await settle()
    assert not patient.done()
    clock.advance(60)
    await patient


async def test_refused_and_cancelled_waiter_leaves_no_complaint(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    taken(limiter, PACKAGES)
    waiter = start(limiter.wait(PACKAGES, deadline=clock.monotonic() + 90))
    await settle()

    limiter.pause(PACKAGES, 120)
    waiter.cancel()
    await settle()

    assert waiter.cancelled()
    assert clock.next_due() is None


def test_pause_never_outlasts_an_hour(clock: FakeClock) -> None:
    limiter = Limiter(clock)

    limiter.pause(ORDERS, 10**9)
    clock.advance(3600)

    assert limiter.take(ORDERS)


@pytest.mark.parametrize(
    ("seconds", "count", "same_iccid", "other_iccid"),
    [(43, None, 0, 5), (1, None, 0, 0), (900, None, 0, 0), (900, 10, 0, 5), (43, 5, 0, 0)],
)
def test_pause_finds_the_scope_that_the_api_means(
    clock: FakeClock, seconds: float, count: int | None, same_iccid: int, other_iccid: int
) -> None:
    limiter = Limiter(clock)

    limiter.pause(usage("8901"), seconds, count=count)

    assert taken(limiter, usage("8902")) == other_iccid
    assert taken(limiter, usage("8901")) == same_iccid


def test_expired_windows_are_forgotten(clock: FakeClock) -> None:
    limiter = Limiter(clock)

    for number in range(3000):
        limiter.take(usage(f"{number:019d}"))
        clock.advance(1)

    assert len(limiter._windows) <= 256


async def test_window_that_somebody_waits_for_is_not_forgotten(clock: FakeClock) -> None:
    limits = (
        Limit("GET", "/v2/sims/{iccid}/usage", 1, 60, Scope.ICCID),
        Limit("GET", "/v2/sims/{iccid}/usage", 1, 600, Scope.CLIENT),
    )
    limiter = Limiter(clock, limits)
    limiter.take(usage("first"))
    waiter = start(limiter.wait(usage("a")))
    await settle()
    for number in range(600):
        limiter.take(Request("GET", f"/v2/orders/{number}"))

    clock.advance(600.01)
    await waiter

    assert not limiter.take(usage("a"))
    assert "by iccid …a 1/1" in repr(limiter)


def test_repr_says_who_waits_for_what(clock: FakeClock) -> None:
    limiter = Limiter(clock)
    idle = repr(limiter)
    taken(limiter, usage("8901234567890123456"))
    limiter.pause(ORDERS, 12)

    assert idle == "<Limiter idle>"
    assert "GET /v2/sims/{iccid}/usage by iccid …3456 5/10 in 60 s" in repr(limiter)
    assert "GET /v2/sims/{iccid}/usage by client 5/5 in 1 s" in repr(limiter)
    assert "POST /v2/orders, paused for 12.0 s" in repr(limiter)
    assert "89012" not in repr(limiter)


async def test_repr_shows_the_queue(clock: FakeClock) -> None:
    limiter = Limiter(clock, FIVE)
    taken(limiter, PACKAGES)
    waiter = start(limiter.wait(PACKAGES))
    await settle()

    shown = repr(limiter)
    waiter.cancel()
    await settle()

    assert shown == "<Limiter GET /v2/packages by token 5/5 in 60 s, 1 waiting, next in 60.0 s>"


def test_no_limits_never_wait(clock: FakeClock) -> None:
    assert taken(Limiter(clock, ()), PACKAGES) == 200


@pytest.mark.parametrize(("field", "value"), [("count", 0), ("seconds", 0), ("seconds", float("nan"))])
def test_limit_refuses_what_makes_no_sense(field: str, value: float) -> None:
    with pytest.raises(ArgumentError, match=field):
        Limit(**{"method": "GET", "route": "*", "count": 1, "seconds": 1.0, "scope": Scope.IP, field: value})  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("method", "path", "route", "keys"),
    [
        ("GET", "/v2/sims/8901/usage", "/v2/sims/{iccid}/usage", {"iccid": "8901"}),
        (
            "GET",
            "/v2/packages/a-b/product-information",
            "/v2/packages/{package}/product-information",
            {"package": "a-b"},
        ),
        ("GET", "/v2/packages", "/v2/packages", {}),
        ("POST", "/v2/sims/8901/usage", "/v2/sims/8901/usage", {}),
        ("GET", "/v2/orders/7", "/v2/orders/7", {}),
    ],
)
def test_free_path_is_counted_by_its_route(method: str, path: str, route: str, keys: dict[str, str]) -> None:
    assert locate(method, path) == (route, keys)


def test_documented_limits_are_those_of_the_reference() -> None:
    assert {(limit.method, limit.route, limit.count, limit.seconds, limit.scope) for limit in DOCUMENTED} == {
        ("POST", "/v2/token", 3, 60, Scope.CLIENT),
        ("GET", "/v2/packages", 80, 60, Scope.TOKEN),
        ("GET", "/v2/packages/{package}/product-information", 60, 60, Scope.PACKAGE),
        ("GET", "/v2/sims/{iccid}/usage", 10, 60, Scope.ICCID),
        ("GET", "/v2/sims/{iccid}/usage", 5, 1, Scope.CLIENT),
        ("GET", "/v2/sims/{iccid}/packages", 10, 60, Scope.ICCID),
        ("POST", "/v2/simulator/webhook", 5, 60, Scope.IP),
        ("POST", "/v2/refund", 5, 60, Scope.IP),
    }
