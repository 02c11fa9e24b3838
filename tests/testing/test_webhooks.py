from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest

from airalo_async.testing._json import php_json, sign

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller, Hook

PACKAGE = "change-7days-1gb"


async def test_push_carries_the_order_signed(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    request_id = await caller.order_async(webhook_url=hook.url, quantity=2, description="ref-1")

    status = await fake.push(request_id)

    assert status == 200
    push = hook.pushes[0]
    assert push.headers["airalo-signature"] == sign(push.body, fake.client_secret)
    assert push.headers["Content-Type"] == "application/json"
    assert b"https:\\/\\/" in push.body
    assert push.json["request_id"] == request_id
    assert push.json["data"]["description"] == "ref-1"
    assert len(push.json["data"]["sims"]) == 2
    assert fake.requests[0].pushes == 1


@pytest.mark.parametrize("shape", ["top", "inside", "flat"])
async def test_request_id_stands_where_the_shape_has_it(
    fake: FakeAiralo, caller: Caller, hook: Hook, shape: Literal["top", "inside", "flat"]
) -> None:
    fake.push_shape = shape
    request_id = await caller.order_async(webhook_url=hook.url)

    await fake.push(request_id)

    body = hook.pushes[0].json
    order: dict[str, Any] = body if shape == "flat" else body["data"]
    carrier = order if shape == "inside" else body
    assert (len(order["sims"]), carrier["request_id"]) == (1, request_id)
    assert php_json(body).count(request_id) == 1


async def test_pushes_go_out_by_themselves(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.auto_push = True

    request_id = await caller.order_async(webhook_url=hook.url)
    await fake.settle()

    assert [push.json["request_id"] for push in hook.pushes] == [request_id]


async def test_opted_in_address_gets_the_push(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    await caller.post("/v2/notifications/opt-in", {"type": "async_orders", "webhook_url": hook.url})
    request_id = await caller.order_async()
    assert await fake.push(request_id) == 200
    await caller.post("/v2/notifications/opt-out", {"type": "async_orders"})

    assert await fake.push(request_id) is None
    assert len(hook.pushes) == 1


async def test_sandbox_ignores_the_opt_in(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.sandbox = True
    await caller.post("/v2/notifications/opt-in", {"type": "async_orders", "webhook_url": hook.url})
    quiet = await caller.order_async()
    loud = await caller.order_async(webhook_url=hook.url)

    statuses = [await fake.push(quiet), await fake.push(loud)]

    assert statuses == [None, 200]


async def test_indented_push_is_signed_over_its_php_form(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.push_signing = "php"
    request_id = await caller.order_async(webhook_url=hook.url, description="ü/")

    await fake.push(request_id)

    push = hook.pushes[0]
    assert b"\n  " in push.body
    assert push.headers["airalo-signature"] == sign(php_json(push.json), fake.client_secret)
    assert push.headers["airalo-signature"] != sign(push.body, fake.client_secret)


@pytest.mark.parametrize("signing", ["none", "wrong"])
async def test_strangers_pushes_do_not_verify(
    fake: FakeAiralo, caller: Caller, hook: Hook, signing: Literal["none", "wrong"]
) -> None:
    fake.push_signing = signing
    request_id = await caller.order_async(webhook_url=hook.url)

    await fake.push(request_id)

    push = hook.pushes[0]
    assert push.headers.get("airalo-signature") != sign(push.body, fake.client_secret)
    assert ("airalo-signature" in push.headers) == (signing == "wrong")


async def test_refused_push_is_repeated_twenty_times(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    hook.status = 503
    request_id = await caller.order_async(webhook_url=hook.url)

    status = await fake.push(request_id)
    await fake.advance(minutes=14)
    early = len(hook.pushes)
    await fake.advance(hours=6)

    assert (status, early, len(hook.pushes)) == (503, 1, 21)
    assert len({push.body for push in hook.pushes}) == 1
    assert fake.requests[0].pushes == 21


@pytest.mark.parametrize(("status", "repeated"), [(201, 0), (203, 0), (204, 1), (302, 1), (500, 1)])
async def test_a_status_from_204_on_is_a_failure(
    fake: FakeAiralo, caller: Caller, hook: Hook, status: int, repeated: int
) -> None:
    hook.status = status
    await fake.push(await caller.order_async(webhook_url=hook.url))
    hook.status = 200

    await fake.advance(hours=6)

    assert len(hook.pushes) == 1 + repeated


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/nobody", "nonsense", "ftp://example.com", "http://[::bad"])
async def test_unreachable_webhooks_give_no_status(fake: FakeAiralo, caller: Caller, url: str) -> None:
    request_id = await caller.order_async(webhook_url=url)

    assert await fake.push(request_id) is None


@pytest.mark.parametrize("url", ["https://shop.example/airalo", "http://192.0.2.1/"])
async def test_nothing_leaves_this_machine(fake: FakeAiralo, caller: Caller, url: str) -> None:
    due = (fake.clock.now() + timedelta(days=9)).strftime("%Y-%m-%d %H:%M")
    body = {"package_id": PACKAGE, "quantity": 1, "due_date": due, "webhook_url": url}

    accepted = await caller.post("/v2/future-orders", body)

    assert accepted.status == 200
    assert await fake.push(accepted.data["request_id"]) is None


async def test_other_machines_are_called_on_demand(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.remote_webhooks = True

    status = await fake.push(await caller.order_async(webhook_url=hook.url.replace("127.0.0.1", "localhost")))

    assert status == 200


async def test_waiting_pushes_can_be_sent_at_once(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    done = await caller.order_async(webhook_url=hook.url)
    waiting = [await caller.order_async(webhook_url=hook.url) for _ in range(2)]
    await fake.push(done)

    sent = await fake.push_waiting()

    assert sent == 2
    assert [push.json["request_id"] for push in hook.pushes[1:]] == waiting
    assert await fake.push_waiting() == 0


async def test_bytes_can_be_pushed_raw(fake: FakeAiralo, hook: Hook) -> None:
    status = await fake.push_raw(hook.url, b"\xff{", {"airalo-signature": "00"})

    assert status == 200
    assert (hook.pushes[0].body, hook.pushes[0].headers["airalo-signature"]) == (b"\xff{", "00")
