from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Answer, Caller, Hook

PACKAGE = "change-7days-1gb"


def _due(fake: FakeAiralo, **delta: float) -> str:
    return (fake.clock.now() + timedelta(**delta)).strftime("%Y-%m-%d %H:%M")


async def _submit(fake: FakeAiralo, caller: Caller, hook: Hook, **changes: Any) -> Answer:
    body = {"package_id": PACKAGE, "quantity": 1, "due_date": _due(fake, days=10), "webhook_url": hook.url}
    return await caller.post("/v2/future-orders", body | changes)


async def _cancel(caller: Caller, *request_ids: Any) -> Answer:
    return await caller.post("/v2/cancel-future-orders", {"request_ids": list(request_ids)})


async def test_future_order_says_how_long_it_can_be_cancelled(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    answer = await _submit(fake, caller, hook)

    assert answer.status == 200
    assert answer.data["due_date"] == _due(fake, days=10)
    assert answer.data["latest_cancellation_date"] == _due(fake, days=9)
    assert len(answer.data["request_id"]) == 25
    assert (fake.charges(), fake.orders) == (1, ())


async def test_future_order_comes_due(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.auto_push = True
    answer = await _submit(fake, caller, hook, description="ref-1")

    await fake.advance(days=9)
    early = len(hook.pushes)
    await fake.advance(days=1)
    await caller.sign_in()
    listed = await caller.get("/v2/future-orders")

    assert (early, len(hook.pushes)) == (0, 1)
    assert hook.pushes[0].json["request_id"] == answer.data["request_id"]
    assert hook.pushes[0].json["data"]["description"] == "ref-1"
    assert fake.orders[0].created_at.strftime("%Y-%m-%d %H:%M") == answer.data["due_date"]
    assert listed.data == []


async def test_due_date_must_be_between_two_days_and_a_year(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    soon = await _submit(fake, caller, hook, due_date=_due(fake, hours=20))
    late = await _submit(fake, caller, hook, due_date=_due(fake, days=400))
    wrong = await _submit(fake, caller, hook, due_date="tomorrow")
    none = await _submit(fake, caller, hook, due_date=None)

    assert soon.data == {"due_date": "Minimum due date must be at least the day after tomorrow in UTC timezone."}
    assert late.data == {"due_date": "Maximum due date must be at most one year from now."}
    assert wrong.data == {"due_date": "The due date does not match the format Y-m-d H:i."}
    assert none.data == {"due_date": "The due date field is required."}
    assert fake.requests == ()


async def test_unknown_package_is_code_34(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    unknown = await _submit(fake, caller, hook, package_id="nothing")
    none = await _submit(fake, caller, hook, quantity=0)

    assert (unknown.status, unknown.body["code"]) == (422, 34)
    assert none.data == {"quantity": "The quantity must be at least 1."}


async def test_failing_packages_are_refused_at_once(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    answer = await _submit(fake, caller, hook, package_id="test-out-of-stock-7days-1gb")

    assert (answer.status, answer.body["code"], fake.requests) == (422, 34, ())


async def test_webhook_must_be_alive(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    hook.alive = 405
    dead = await _submit(fake, caller, hook)
    nowhere = await _submit(fake, caller, hook, webhook_url=None)

    assert dead.data == {"webhook_url": "The webhook url must answer a HEAD request with status 200."}
    assert nowhere.body == {"reason": "User is not opted in and no webhook URL provided."}


async def test_list_filters_by_status_and_due_date(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    near = (await _submit(fake, caller, hook)).data["request_id"]
    far = (await _submit(fake, caller, hook, due_date=_due(fake, days=20))).data["request_id"]
    retry = (await _submit(fake, caller, hook, package_id="test-create-retry-future-order-7days-1gb")).data

    async def ids(**query: str) -> list[str]:
        answer = await caller.get("/v2/future-orders", params=query)
        return [row["request_id"] for row in answer.data]

    assert await ids() == [far, near]
    assert await ids(status="retry") == [retry["request_id"]]
    assert await ids(from_due_date=_due(fake, days=15)) == [far]
    assert await ids(to_due_date=_due(fake, days=15)) == [near]
    row = (await caller.get("/v2/future-orders?limit=1")).body
    assert row["data"][0]["description"] == ""
    assert row["meta"]["per_page"] == "1"
    assert "status=pending" in row["links"]["next"]


async def test_list_refuses_nonsense(caller: Caller) -> None:
    date = await caller.get("/v2/future-orders?from_due_date=soon")
    status = await caller.get("/v2/future-orders?status=lost")

    assert date.data == {"from_due_date": "The from due date is not a valid date."}
    assert status.data == {"status": "The selected status is invalid."}


async def test_cancelled_order_never_comes(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.auto_push = True
    request_id = (await _submit(fake, caller, hook)).data["request_id"]

    answer = await _cancel(caller, request_id)
    await fake.advance(days=11)

    assert (answer.status, answer.body) == (
        200,
        {"data": [], "meta": {"message": "Future orders cancelled successfully"}},
    )
    assert (fake.requests[0].status, fake.orders, hook.pushes, fake.charges()) == ("cancelled", (), [], 0)


async def test_push_after_a_cancellation_is_possible(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    request_id = (await _submit(fake, caller, hook)).data["request_id"]
    await _cancel(caller, request_id)

    status = await fake.push(request_id)

    assert (status, fake.requests[0].status, fake.charges()) == (200, "completed", 1)


async def test_bad_ids_are_named_by_position(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    good = (await _submit(fake, caller, hook)).data["request_id"]
    asynchronous = await caller.order_async(webhook_url=hook.url)
    unknown = "x" * 25

    answer = await _cancel(caller, good, "short", unknown, good, asynchronous, 5)

    assert answer.status == 422
    assert answer.data == {
        "request_ids.1": "Each request ID must be exactly 25 characters long.",
        "request_ids.2": f"Request ID: {unknown} does not exist.",
        "request_ids.3": "The request_ids field has a duplicate value.",
        "request_ids.4": f"Request ID: {asynchronous} does not exist.",
        "request_ids.5": "Each request ID must be exactly 25 characters long.",
    }
    assert fake.requests[0].status == "pending"


async def test_cancelling_has_its_limits(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    request_id = (await _submit(fake, caller, hook)).data["request_id"]
    none = await _cancel(caller)
    many = await _cancel(caller, *("x" * 25 for _ in range(11)))
    await fake.advance(days=9, minutes=2)
    await caller.sign_in()
    late = await _cancel(caller, request_id)
    await fake.advance(days=1)
    await caller.sign_in()
    done = await _cancel(caller, request_id)

    assert none.data == {"request_ids": "The request ids field is required."}
    assert many.data == {"request_ids": "The request ids may not have more than 10 items."}
    assert "less than 24 hours" in late.data["request_ids.0"]
    assert done.data == {"request_ids.0": f"Request ID: {request_id} is already processed and can not be cancelled."}


@pytest.mark.parametrize("state", ["pending", "retry", "failed"])
async def test_trigger_packages_stay_in_their_state(fake: FakeAiralo, caller: Caller, hook: Hook, state: str) -> None:
    slug = f"test-create-{state}-future-order-7days-1gb"
    request_id = (await _submit(fake, caller, hook, package_id=slug)).data["request_id"]
    await fake.advance(days=8)
    await caller.sign_in()

    listed = await caller.get(f"/v2/future-orders?status={state}")
    cancelled = await _cancel(caller, request_id)

    assert [row["status"] for row in listed.data] == [state]
    assert cancelled.status == 200
    assert fake.orders == ()


async def test_sandbox_processes_at_once(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.sandbox = True

    await _submit(fake, caller, hook)

    assert fake.requests[0].status == "completed"


async def test_order_that_cannot_be_placed_fails_when_due(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.auto_push = True
    await _submit(fake, caller, hook)
    fake.stock[PACKAGE] = 0

    await fake.advance(days=10)
    await caller.sign_in()
    listed = await caller.get("/v2/future-orders?status=failed")

    assert hook.pushes[0].json["code"] == 34
    assert len(listed.data) == 1
