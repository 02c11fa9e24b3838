from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller, Hook

PACKAGE = "change-7days-1gb"


async def test_async_order_is_accepted_and_placed(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    answer = await caller.post(
        "/v2/orders-async", {"package_id": PACKAGE, "quantity": 2, "webhook_url": hook.url, "description": "mine"}
    )

    assert answer.status == 202
    assert len(answer.data["request_id"]) == 25
    assert answer.data["accepted_at"] == fake.clock.now().strftime("%Y-%m-%d %H:%M:%S")
    request = fake.requests[0]
    assert (request.status, request.kind, request.description, request.pushes) == ("completed", "async", "mine", 0)
    assert request.order_ids == (fake.orders[0].order_id,)
    assert hook.pushes == []


async def test_without_a_webhook_nothing_is_accepted(fake: FakeAiralo, caller: Caller) -> None:
    answer = await caller.post("/v2/orders-async", {"package_id": PACKAGE, "quantity": 1})
    wrong = await caller.post("/v2/orders-async", {"package_id": PACKAGE, "quantity": 99})

    assert (answer.status, answer.body) == (422, {"reason": "User is not opted in and no webhook URL provided."})
    assert wrong.data == {"quantity": "The quantity may not be greater than 50."}
    assert fake.requests == ()


async def test_processing_takes_its_time(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.auto_push = True
    fake.processing_time = 90
    await caller.order_async(webhook_url=hook.url)
    await fake.advance(89)
    before = (fake.requests[0].status, len(fake.orders), fake.charges())

    await fake.advance(1)

    assert before == ("pending", 0, 1)
    assert (fake.requests[0].status, len(fake.orders), fake.charges(), len(hook.pushes)) == ("completed", 1, 1, 1)


async def test_orders_can_wait_to_be_processed_by_hand(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.processing_time = None
    first = await caller.order_async(webhook_url=hook.url)
    second = await caller.order_async(webhook_url=hook.url)
    await fake.advance(days=1)
    before = fake.orders

    order_id = fake.process(first)
    await fake.push(second)

    assert before == ()
    assert [order.order_id for order in fake.orders] == [order_id, order_id + 1]
    assert len(hook.pushes) == 1


async def test_failing_package_ends_in_a_failure_push(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.auto_push = True
    request_id = await caller.order_async(webhook_url=hook.url, package_id="test-out-of-stock-7days-1gb")
    await fake.settle()

    assert hook.pushes[0].json == {
        "request_id": request_id,
        "code": 34,
        "reason": "The requested eSIM package is invalid or it is currently out of stock. Please try again later.",
    }
    assert (fake.requests[0].status, fake.charges()) == ("failed", 0)


async def test_stock_gone_meanwhile_fails_the_order(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.processing_time = 60
    fake.auto_push = True
    fake.stock[PACKAGE] = 5
    await caller.order_async(webhook_url=hook.url, quantity=2)
    fake.stock[PACKAGE] = 1

    await fake.advance(60)

    assert hook.pushes[0].json["reason"] == "SIM quantity is not available. Available quantity: 1."
    assert "code" not in hook.pushes[0].json


async def test_failure_then_completion(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    request_id = await caller.order_async(webhook_url=hook.url)

    await fake.push_failure(request_id, code=33)
    failed = (fake.requests[0].status, fake.orders[0].status, fake.charges())
    await fake.push(request_id)

    assert failed == ("failed", "failed", 0)
    assert (fake.requests[0].status, fake.orders[0].status, fake.charges()) == ("completed", "completed", 1)
    assert hook.pushes[0].json["code"] == 33
    assert hook.pushes[1].json["data"]["sims"]


async def test_failure_can_have_its_own_words(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.processing_time = None
    request_id = await caller.order_async(webhook_url=hook.url)

    await fake.push_failure(request_id, code=None, reason="No luck.")
    await fake.push_failure(request_id, code=53)

    assert hook.pushes[0].json == {"request_id": request_id, "reason": "No luck."}
    assert hook.pushes[1].json["reason"].startswith("Something unexpected happened.")


async def test_twins_share_one_request(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    request_id = await caller.order_async(webhook_url=hook.url, description="ref-1")
    twin = fake.twin(request_id)
    again = fake.twin(twin)
    sync = fake.twin((await caller.order(description="x")).data["id"])

    await fake.push(request_id)
    await fake.push(request_id, order_id=twin)

    assert [push.json["data"]["id"] for push in hook.pushes] == [fake.orders[0].order_id, twin]
    assert fake.requests[0].order_ids == (fake.orders[0].order_id, twin, again)
    assert fake.orders[-1].order_id == sync
    assert fake.orders[-1].request_id is None
    assert fake.charges() == 5


async def test_the_same_push_twice_at_once(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.processing_time = None
    request_id = await caller.order_async(webhook_url=hook.url)

    first, second = await asyncio.gather(fake.push(request_id), fake.push(request_id))

    assert (first, second) == (200, 200)
    assert hook.pushes[0].body == hook.pushes[1].body
    assert fake.charges() == 1
