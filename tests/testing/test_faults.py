from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from airalo_async.testing import faults

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from airalo_async.testing.faults import Fault
    from tests.testing.conftest import Answer, Caller

ORDERS = "/v2/orders"


@pytest.mark.parametrize(
    ("fault", "error", "placed"),
    [
        (faults.drop_before_read(), aiohttp.ServerDisconnectedError, 0),
        (faults.drop_before_commit(), aiohttp.ServerDisconnectedError, 0),
        (faults.reset_before_commit(), aiohttp.ClientOSError, 0),
        (faults.drop_after_commit(), aiohttp.ServerDisconnectedError, 1),
        (faults.reset_after_commit(), aiohttp.ClientOSError, 1),
        (faults.truncate_body(after=20), aiohttp.ClientPayloadError, 1),
        (faults.garbage_status_line(), aiohttp.ClientResponseError, 1),
    ],
    ids=lambda value: value.name if isinstance(value, faults.Fault) else None,
)
async def test_broken_connections_place_what_they_say(
    fake: FakeAiralo, caller: Caller, fault: Fault, error: type[Exception], placed: int
) -> None:
    fake.fail_next("POST", ORDERS, fault)

    with pytest.raises(error):
        await caller.order()

    assert len(fake.orders) == placed
    assert fake.calls[-1].status is None
    assert (await caller.order()).status == 200


async def test_reset_may_follow_a_part_of_the_body(fake: FakeAiralo, caller: Caller) -> None:
    fake.fail_next("POST", ORDERS, faults.truncate_body(after=5, reset=True))

    with pytest.raises(aiohttp.ClientError):
        await caller.order()

    assert len(fake.orders) == 1


@pytest.mark.parametrize(
    ("fault", "status", "body", "placed"),
    [
        (faults.html(), 502, "Bad Gateway", 0),
        (faults.html(200, committed=True), 200, "Server Error", 1),
        (faults.status(503), 503, "Server Error", 0),
        (faults.status(500, "plain", committed=True), 500, "plain", 1),
        (faults.status(500, b"{}", headers={"Content-Type": "application/json"}), 500, "{}", 0),
        (faults.status(409, {"reason": "odd"}, headers={"X-Odd": "1"}), 409, "odd", 0),
        (faults.rate_limited(), 429, "Too Many Attempts.", 0),
        (faults.redirect("/v2/orders"), 307, "", 0),
        (faults.redirect("/v2/orders", 302, committed=True), 302, "", 1),
        (faults.business_error(33, "2"), 422, "remaining: 2.", 0),
        (faults.business_error(53, committed=True), 422, "Something unexpected", 1),
        (faults.business_error(89), 403, "not permitted", 0),
        (faults.unreadable_order(), 200, "surprise", 1),
    ],
    ids=lambda value: value.name if isinstance(value, faults.Fault) else None,
)
async def test_wrong_answers_place_what_they_say(
    fake: FakeAiralo, caller: Caller, fault: Fault, status: int, body: str, placed: int
) -> None:
    fake.fail_next("POST", ORDERS, fault)

    answer = await caller.order()

    assert answer.status == status
    assert body in str(answer.body)
    assert len(fake.orders) == placed


async def test_malformed_json_comes_with_the_usual_status(fake: FakeAiralo, caller: Caller) -> None:
    fake.fail_next("POST", ORDERS, faults.malformed_json())

    with pytest.raises(ValueError, match="Expecting"):
        await caller.order()

    assert fake.calls[-1].status == 200
    assert len(fake.orders) == 1


@pytest.mark.parametrize(("value", "header"), [(1, "1"), ("soon", "soon"), (None, None)])
async def test_retry_after_is_sent_as_it_is(
    fake: FakeAiralo, caller: Caller, value: float | str | None, header: str | None
) -> None:
    fake.fail_next("POST", ORDERS, faults.rate_limited(value))

    answer = await caller.order()

    assert answer.headers.get("Retry-After") == header


async def test_stalled_answer_comes_in_its_time(fake: FakeAiralo, caller: Caller) -> None:
    fake.fail_next("POST", ORDERS, faults.stall(30))
    task = asyncio.create_task(caller.order())
    await fake.settle()
    placed, waiting = len(fake.orders), not task.done()

    await fake.advance(30)

    assert (placed, waiting) == (1, True)
    assert (await task).status == 200


@pytest.mark.parametrize(("fault", "placed"), [(faults.hang_before_commit(), 0), (faults.hang_after_commit(), 1)])
async def test_hanging_answer_never_comes(fake: FakeAiralo, caller: Caller, fault: Fault, placed: int) -> None:
    fake.fail_next("POST", ORDERS, fault)
    task: asyncio.Task[Answer] = asyncio.create_task(caller.order())
    await fake.settle()
    await fake.advance(days=300)
    waiting = not task.done()

    await fake.stop()

    assert waiting
    assert len(fake.orders) == placed
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await task


async def test_caller_who_left_does_no_harm(fake: FakeAiralo, caller: Caller) -> None:
    for fault in (faults.stall(1), faults.hang_after_commit(), faults.stall(1)):
        fake.fail_next("POST", ORDERS, fault)
        task = asyncio.create_task(caller.order())
        await fake.settle()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    fake.fail_next("POST", ORDERS, faults.stall(1))

    await fake.advance(2)

    assert len(fake.orders) == 3


async def test_faults_play_in_turn_and_by_pattern(fake: FakeAiralo, caller: Caller) -> None:
    fake.fail_next("post", ORDERS, faults.status(500), times=2)
    fake.fail_next("POST", ORDERS, faults.status(501))
    fake.fail_next("GET", "/v2/orders/{order_id}", faults.status(502))

    statuses = [(await caller.order()).status for _ in range(4)]
    path = f"/v2/orders/{fake.orders[0].order_id}"
    single = [(await caller.get(path)).status for _ in range(2)]

    assert statuses == [500, 500, 501, 200]
    assert single == [502, 200]


async def test_faults_can_be_taken_back(fake: FakeAiralo, caller: Caller) -> None:
    fake.fail_next("POST", ORDERS, faults.status(500))

    fake.clear_faults()

    assert (await caller.order()).status == 200


async def test_refused_requests_use_up_no_fault(fake: FakeAiralo, caller: Caller) -> None:
    fake.fail_next("POST", ORDERS, faults.drop_after_commit())
    fake.expire_tokens()

    refused = await caller.order()
    await caller.sign_in()

    assert refused.status == 401
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await caller.order()


async def test_token_endpoint_can_fail_too(fake: FakeAiralo, caller: Caller) -> None:
    fake.fail_next("POST", "/v2/token", faults.drop_after_commit())

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await caller.sign_in()

    assert (await caller.get("/v2/balance")).status == 200
