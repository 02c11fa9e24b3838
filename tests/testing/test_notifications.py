from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from airalo_async.webhooks import OrderCompleted, decode_event

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller, Hook

PACKAGE = "change-7days-1gb"
KINDS = ("async_orders", "webhook_low_data", "email_credit_limit")


async def test_notifications_can_be_pushed(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.credit = Decimal("225.35")
    iccid = (await caller.order()).data["sims"][0]["iccid"]

    await fake.push_low_data(hook.url, iccid, "3days")
    await fake.push_credit_limit(hook.url, 80)

    assert hook.pushes[0].json == {
        "level": "3days",
        "package_name": PACKAGE,
        "remaining_percentage": 100,
        "iccid": iccid,
    }
    assert hook.pushes[1].json == {"message": "Surpassed 80% of the credit limit balance", "remaining": 222.11}


async def test_used_data_is_told_to_who_opted_in(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    await caller.post("/v2/notifications/opt-in", {"type": "webhook_low_data", "webhook_url": hook.url})
    iccid = (await caller.order()).data["sims"][0]["iccid"]

    fake.use_data(iccid, 800)
    await fake.settle()
    fake.use_data(iccid, 200)
    await fake.advance(days=7)

    told = [(push.json["level"], push.json["remaining_percentage"]) for push in hook.pushes]
    assert told == [("75%", 22), ("90%", 3), ("3days", 3), ("1days", 3)]


async def test_spent_credit_is_told_level_by_level(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.credit = fake.credit_limit = Decimal(10)
    await caller.post(
        "/v2/notifications/opt-in", {"type": "webhook_credit_limit", "webhook_url": hook.url, "levels": [50, 80]}
    )

    for _ in range(3):
        await caller.order()
    await fake.settle()

    assert [push.json for push in hook.pushes] == [
        {"message": "Surpassed 50% of the credit limit balance", "remaining": 3.52},
        {"message": "Surpassed 80% of the credit limit balance", "remaining": 0.28},
    ]


async def test_simulator_sends_every_event(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    answers = [
        await caller.post("/v2/simulator/webhook", body | {"webhook_url": hook.url})
        for body in (
            {"event": "low_data_notification", "type": "expire_1", "iccid": "8900000"},
            {"event": "credit_limit_notification", "level": "70"},
            {"event": "async_order_notification"},
        )
    ]

    assert [answer.body for answer in answers] == [{"success": "Notification sent"}] * 3
    low, credit, order = [push.json for push in hook.pushes]
    assert (low["level"], low["iccid"]) == ("1days", "8900000")
    assert credit["message"] == "Surpassed 70% of the credit limit balance"
    assert len(order["request_id"]) == 25
    assert len(order["data"]["sims"]) == 1
    assert fake.orders == ()


async def test_simulated_orders_are_pushes_of_their_own(caller: Caller, hook: Hook) -> None:
    body = {"event": "async_order_notification", "webhook_url": hook.url}

    await caller.post("/v2/simulator/webhook", body)
    await caller.post("/v2/simulator/webhook", body)

    first, second = (decode_event(push.body) for push in hook.pushes)
    assert isinstance(first, OrderCompleted)
    assert isinstance(second, OrderCompleted)
    assert first.order.id != second.order.id


@pytest.mark.parametrize("kind", KINDS)
async def test_opting_out_ends_one_kind_alone(caller: Caller, hook: Hook, kind: str) -> None:
    for opted in KINDS:
        contact = {"email": "a@example.com"} if opted.startswith("email") else {"webhook_url": hook.url}
        await caller.post("/v2/notifications/opt-in", {"type": opted, **contact})

    answer = await caller.post("/v2/notifications/opt-out", {"type": kind})

    assert (answer.status, answer.body) == (204, "")
    assert {*await _left(caller), kind} == {*KINDS}


async def _left(caller: Caller) -> list[str]:
    """Opt out of what the API shows until it shows nothing more; gives what that was."""
    left: list[str] = []
    while (data := (await caller.get("/v2/notifications/opt-in")).data) != []:
        left.append(data["notification"]["type"])
        await caller.post("/v2/notifications/opt-out", {"type": left[-1]})
    return left


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (
            {"event": "party"},
            422,
            "Event must be one of: low_data_notification, credit_limit_notification, async_order_notification",
        ),
        ({"event": "low_data_notification"}, 422, "Type must be one of: expire_1, expire_3, data_75, data_90"),
        ({"event": "credit_limit_notification", "level": 60}, 422, "Level must be one of: 50, 70, 80, 90"),
        ({"event": "async_order_notification"}, 400, "User is not opted in"),
        (
            {"event": "async_order_notification", "webhook_url": "http://127.0.0.1:1/"},
            400,
            "Could not push data to http://127.0.0.1:1/",
        ),
    ],
)
async def test_simulator_refuses_what_it_cannot_send(
    caller: Caller, body: dict[str, Any], status: int, expected: str
) -> None:
    answer = await caller.post("/v2/simulator/webhook", body)

    assert answer.status == status
    assert expected in json.dumps(answer.body)


async def test_simulator_needs_a_webhook_not_an_address(caller: Caller, hook: Hook) -> None:
    body = {"event": "low_data_notification", "type": "data_75"}
    await caller.post("/v2/notifications/opt-in", {"type": "email_low_data", "email": "a@example.com"})
    by_mail = await caller.post("/v2/simulator/webhook", body)
    await caller.post("/v2/notifications/opt-in", {"type": "webhook_low_data", "webhook_url": hook.url})

    by_hook = await caller.post("/v2/simulator/webhook", body)

    assert by_mail.body == {"error": "User is not configured for webhook push"}
    assert (by_hook.status, len(hook.pushes)) == (200, 1)
