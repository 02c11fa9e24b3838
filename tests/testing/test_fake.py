from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import pytest

from airalo_async._tag import make_tag
from airalo_async.testing import FakeAiralo, _agenda, faults
from tests._until import patience
from tests.testing.conftest import Caller

if TYPE_CHECKING:
    from tests.testing.conftest import Hook


def test_misspelled_setting_is_an_error() -> None:
    with pytest.raises(TypeError, match="auto_pusch"):
        FakeAiralo(auto_pusch=True)  # type: ignore[call-arg]
    with pytest.raises(AttributeError, match="auto_pusch"):
        FakeAiralo().auto_pusch = True  # type: ignore[attr-defined]


async def test_charges_are_counted_by_reference(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    mine = [make_tag(fake.client_id, "cart-17") for _ in range(3)]
    await caller.order(description=f"{mine[0]} text")
    await caller.order_async(webhook_url=hook.url, description=mine[1])
    failed = await caller.order_async(webhook_url=hook.url, description=mine[2])
    await caller.order(description=make_tag(fake.client_id, "cart-18"))
    await caller.order()
    before = fake.charges(reference="cart-17")

    await fake.push_failure(failed)

    assert (before, fake.charges("cart-17"), fake.charges("cart-18"), fake.charges("cart-19")) == (3, 2, 1, 0)
    assert fake.charges() == 4


async def test_charges_count_whatever_the_api_shows(fake: FakeAiralo, caller: Caller) -> None:
    fake.descriptions = "dropped"

    await caller.order(description=make_tag(fake.client_id, "cart-17"))

    assert fake.charges("cart-17") == 1


async def test_calls_are_kept_without_secrets(fake: FakeAiralo, caller: Caller) -> None:
    await caller.order(description="kept")
    await caller.get("/v2/orders?limit=5")

    token, order, listing = fake.calls
    assert (token.method, token.path, token.body) == ("POST", "/v2/token", b"")
    assert order.json()["description"] == "kept"
    assert (order.path, order.status) == ("/v2/orders", 200)
    assert "authorization" not in order.headers
    assert order.headers["accept"] == "application/json"
    assert (listing.query, listing.body) == ("limit=5", b"")


async def test_calls_show_before_they_are_answered(fake: FakeAiralo, caller: Caller) -> None:
    fake.fail_next("POST", "/v2/orders", faults.hang_after_commit())
    task = asyncio.create_task(caller.order(description="sent"))
    await fake.settle()

    call = fake.calls[-1]
    task.cancel()

    assert (call.path, call.status, call.json()["description"]) == ("/v2/orders", None, "sent")


async def test_calls_need_not_be_kept(http: aiohttp.ClientSession) -> None:
    async with FakeAiralo(record_calls=False) as fake:
        caller = Caller(fake, http)
        await caller.sign_in()

        assert fake.calls == ()


def test_secret_is_not_shown() -> None:
    fake = FakeAiralo(client_secret="canary")

    assert repr(fake) == "<FakeAiralo not started orders=0>"
    assert fake.url == ""


async def test_port_and_credentials_can_be_chosen(http: aiohttp.ClientSession) -> None:
    async with FakeAiralo(host="::1", client_id="me", client_secret="mine") as fake:
        caller = Caller(fake, http)

        token = await caller.sign_in()

    assert token
    assert fake.url == f"http://[::1]:{fake.port}"


async def test_stopped_fake_refuses_connections_and_comes_back(fake: FakeAiralo, caller: Caller) -> None:
    url = fake.url
    await caller.order()
    await fake.stop_listening()

    with pytest.raises(aiohttp.ClientConnectorError):
        await caller.order()
    await fake.start()

    assert (fake.url, (await caller.order()).status, len(fake.orders)) == (url, 200, 2)


async def test_stopped_fake_can_still_be_read(http: aiohttp.ClientSession) -> None:
    async with FakeAiralo() as fake:
        caller = Caller(fake, http)
        await caller.sign_in()
        await caller.order()

    await fake.stop()

    assert len(fake.orders) == 1


async def test_ids_repeat_with_a_seed_alone(http: aiohttp.ClientSession) -> None:
    runs = []
    for seed in (7, 7, None, None):
        async with FakeAiralo(seed=seed) as fake:
            caller = Caller(fake, http)
            token = await caller.sign_in()
            request_id = await caller.order_async(webhook_url="http://127.0.0.1:1/")
            runs.append((token, request_id, fake.orders[0].order_id, fake.orders[0].iccids))

    assert runs[0] == runs[1]
    assert not any(set(one) & set(other) for one, other in [(runs[1], runs[2]), (runs[2], runs[3])])


async def test_advancing_goes_on_without_a_hanging_webhook(
    fake: FakeAiralo, caller: Caller, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agenda, "_PATIENCE", 0.05)
    fake.auto_push = True
    hook.open.clear()
    await caller.order_async(webhook_url=hook.url)

    await fake.advance(minutes=16)

    assert fake.requests[0].pushes == 2
    assert len(hook.pushes) == 2


async def test_advance_wakes_sleepers_one_by_one(fake: FakeAiralo, caller: Caller) -> None:
    seen: list[float] = []

    async def poll() -> None:
        for delay in (2, 5, 15):
            await fake.clock.sleep(delay)
            await caller.get("/v2/balance")
            seen.append(round(fake.clock.monotonic() - start))

    start = fake.clock.monotonic()
    task = asyncio.create_task(poll())
    await fake.settle()

    await fake.advance(60)

    assert seen == [2, 7, 22]
    await task


async def test_failing_work_is_logged(fake: FakeAiralo, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("broken")

    with caplog.at_level(logging.ERROR):
        fake._world.agenda.start(fail())
        await fake.settle()

    assert "work of the fake failed" in caplog.text


async def test_settling_gives_up_on_a_request_without_end(
    fake: FakeAiralo, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_agenda, "_PATIENCE", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", fake.port)
    writer.write(
        f"POST /v2/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{".encode()
    )
    await writer.drain()

    async with patience():
        await fake.settle()

    assert fake.orders == ()
    writer.close()
    await reader.read()


async def test_a_thousand_async_orders_all_arrive(fake: FakeAiralo, caller: Caller, hook: Hook) -> None:
    fake.auto_push = True
    gate = asyncio.Semaphore(50)

    async def order() -> str:
        async with gate:
            return await caller.order_async(webhook_url=hook.url)

    accepted = await asyncio.gather(*(order() for _ in range(1000)))
    await fake.settle()

    assert len(set(accepted)) == 1000
    assert {push.json["request_id"] for push in hook.pushes} == set(accepted)
    assert len(hook.pushes) == fake.charges() == 1000


async def test_session_points_at_the_fake(fake: FakeAiralo) -> None:
    async with fake.session() as session:
        order = await session.orders.submit("change-7days-1gb", quantity=2, reference="cart-17")

    assert len(order.sims) == 2
    assert fake.charges(reference="cart-17") == 1
