from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from airalo_async import PRODUCTION_URL, AiraloSession, MemoryStore, SQLiteStore, Timeouts, errors
from airalo_async.testing import FakeAiralo, faults
from tests._until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from airalo_async.models import Order

PACKAGE = "change-7days-1gb"


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo() as fake:
        yield fake


def test_session_is_constructed_outside_a_loop(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'airalo.db'}"
    airalo = AiraloSession("id", "secret", store=url)

    asyncio.run(airalo.close())

    assert isinstance(airalo.store, SQLiteStore)
    assert not (tmp_path / "airalo.db").exists()


def test_session_is_built_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRALO_CLIENT_ID", "id")
    monkeypatch.setenv("AIRALO_CLIENT_SECRET", "secret")
    monkeypatch.setenv("AIRALO_BASE_URL", "https://api.example")
    monkeypatch.setenv("AIRALO_STORE", f"sqlite:///{tmp_path / 'airalo.db'}")

    airalo = AiraloSession.from_env()

    assert "https://api.example" in repr(airalo)
    assert isinstance(airalo.store, SQLiteStore)


def test_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRALO_CLIENT_ID", "id")
    monkeypatch.delenv("AIRALO_CLIENT_SECRET", raising=False)

    with pytest.raises(errors.ArgumentError, match="AIRALO_CLIENT_SECRET"):
        AiraloSession.from_env()


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("client_id", {"client_id": ""}),
        ("client_secret", {"client_secret": " "}),
        ("base_url", {"base_url": "http://partners-api.example"}),
        ("base_url", {"base_url": "ftp://127.0.0.1"}),
        ("store", {"store": "mysql://x"}),
        ("store", {"store": 5}),
        ("timeout.deadline", {"timeout": 0}),
        ("timeout", {"timeout": "60"}),
        ("retry", {"retry": 3}),
        ("sandbox", {"sandbox": "no"}),
        ("ask_after", {"ask_after": "600"}),
    ],
)
def test_broken_rule_is_named(argument: str, arguments: dict[str, object]) -> None:
    with pytest.raises(errors.ArgumentError) as caught:
        AiraloSession(**{"client_id": "id", "client_secret": "secret", **arguments})  # type: ignore[arg-type]

    assert caught.value.argument == argument


def test_secret_is_in_no_repr() -> None:
    airalo = AiraloSession("id", "canary-secret")

    assert "canary-secret" not in repr(airalo)
    assert "canary-secret" not in repr(vars(airalo))


async def test_lent_http_session_and_store_stay_open(fake: FakeAiralo) -> None:
    store = MemoryStore(clock=fake.clock)
    async with aiohttp.ClientSession() as http:
        async with fake.session(http=http, store=store) as airalo:
            await airalo.orders.submit(PACKAGE, reference="cart-17")

        assert not http.closed
    assert (await store.get("cart-17")).order_id == fake.orders[0].order_id


async def test_owned_store_is_closed_with_the_session(fake: FakeAiralo, tmp_path: Path) -> None:
    async with fake.session(store=f"sqlite:///{tmp_path / 'airalo.db'}") as airalo:
        await airalo.orders.submit(PACKAGE, reference="cart-17")

    with pytest.raises(errors.StoreError):
        await airalo.store.get("cart-17")
    await airalo.close()


async def test_store_of_another_identity_is_refused(fake: FakeAiralo) -> None:
    store = MemoryStore(clock=fake.clock)
    async with fake.session(store=store) as airalo:
        await airalo.orders.submit(PACKAGE)
    async with (
        AiraloSession("another", "secret", base_url=fake.url, store=store) as stranger,
        fake.session(store=store, sandbox=not fake.sandbox) as other_mode,
    ):
        for session in (stranger, other_mode):
            with pytest.raises(errors.StoreError, match="use another store") as caught:
                await session.orders.submit(PACKAGE)

            assert caught.value.outcome is errors.Outcome.NOT_SENT
    assert fake.charges() == 1


async def test_wrong_credentials_send_no_order(fake: FakeAiralo) -> None:
    async with AiraloSession(fake.client_id, "wrong", base_url=fake.url, clock=fake.clock) as airalo:
        with pytest.raises(errors.AuthenticationError) as caught:
            await airalo.orders.submit(PACKAGE, reference="cart-17")

        assert caught.value.outcome is errors.Outcome.NOT_SENT
        with pytest.raises(errors.UnknownReferenceError):
            await airalo.store.get("cart-17")


async def test_buying_for_money_in_memory_warns_once() -> None:
    airalo = AiraloSession("id", "secret", base_url=PRODUCTION_URL, timeout=Timeouts(deadline=0.01, connect=0.01))
    await airalo.store.close()

    with pytest.warns(RuntimeWarning, match="in-memory store"), pytest.raises(errors.StoreError):
        await airalo.orders.submit(PACKAGE)
    with pytest.raises(errors.StoreError):  # and no second warning, which would be an error
        await airalo.orders.submit(PACKAGE)
    await airalo.close()


async def test_any_endpoint_can_be_called(fake: FakeAiralo) -> None:
    async with fake.session() as airalo:
        answer = await airalo.request("GET", "/v2/balance")

        with pytest.raises(errors.ArgumentError, match="path"):
            await airalo.request("GET", "https://elsewhere.example/v2/balance")

    assert isinstance(answer, dict)
    assert "data" in answer


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("method", {"method": 5}),
        ("path", {"path": "/v1/balance"}),
        ("path", {"path": 5}),
        ("params", {"params": [("limit", "1")]}),
        ("params", {"params": {"limit": None}}),
        ("params", {"params": {1: "limit"}}),
        ("json", {"json": {"a": object()}}),
    ],
)
async def test_broken_rule_of_a_free_call_is_named(
    fake: FakeAiralo, argument: str, arguments: dict[str, object]
) -> None:
    async with fake.session() as airalo:
        with pytest.raises(errors.ArgumentError) as caught:
            await airalo.request(**{"method": "GET", "path": "/v2/balance", **arguments})  # type: ignore[arg-type]

    assert caught.value.argument == argument
    assert fake.calls == ()


async def test_pause_of_reconciling_must_be_a_time(fake: FakeAiralo) -> None:
    async with fake.session() as airalo:
        with pytest.raises(errors.ArgumentError, match="every must be"):
            async with airalo.reconciling(every=0):
                pass


async def test_call_that_buys_is_not_repeated_by_request(fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.html(502))
    async with fake.session() as airalo:
        with pytest.raises(errors.ServerError):
            await airalo.request("POST", "/v2/orders", json={"package_id": PACKAGE, "quantity": 1})

    assert [call.path for call in fake.calls if call.method == "POST"] == ["/v2/token", "/v2/orders"]


async def test_free_call_is_counted_by_the_limits_of_its_endpoint(fake: FakeAiralo) -> None:
    async with fake.session() as airalo:
        with pytest.raises(errors.NotFoundError):
            await airalo.request("GET", "/v2/sims/8901234567890123456/usage")

        assert "GET /v2/sims/{iccid}/usage by iccid …3456 1/10 in 60 s" in repr(airalo._pipeline)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (faults.html(502), errors.ServerError),
        (faults.business_error(53), errors.InvalidRequestError),
        (faults.redirect("/v2/orders"), errors.ResponseError),
        (faults.drop_before_commit(), ConnectionError),
    ],
)
async def test_what_was_seen_is_the_cause_of_not_knowing(
    fake: FakeAiralo, fault: faults.Fault, cause: type[Exception]
) -> None:
    fake.fail_next("POST", "/v2/orders", fault)

    async with fake.session() as airalo:
        with pytest.raises(errors.OutcomeUnknownError) as caught:
            await airalo.orders.submit(PACKAGE)

    assert isinstance(caught.value.__cause__, cause)


async def test_slow_purchase_is_cut_off_at_close_and_stays_visible(fake: FakeAiralo) -> None:
    store = MemoryStore(clock=fake.clock)
    airalo = fake.session(store=store)
    fake.fail_next("POST", "/v2/orders", faults.hang_after_commit())
    submitting = asyncio.create_task(airalo.orders.submit(PACKAGE, reference="cart-17"))
    await until(lambda: fake.orders)

    await airalo.close(timeout=0.01)

    with pytest.raises(errors.OutcomeUnknownError, match="was closed"):
        await submitting
    assert (await store.get("cart-17")).state == "sending"


async def submit_slowly(fake: FakeAiralo, airalo: AiraloSession) -> asyncio.Task[Order]:
    """Begin an order that is answered 20 s later."""
    fake.fail_next("POST", "/v2/orders", faults.stall(20))
    submitting = asyncio.create_task(airalo.orders.submit(PACKAGE, reference="cart-17"))
    await until(lambda: fake.orders)
    return submitting


async def test_second_close_waits_for_the_first(fake: FakeAiralo) -> None:
    airalo = fake.session()
    submitting = await submit_slowly(fake, airalo)

    closing = [asyncio.create_task(airalo.close()) for _ in range(2)]
    for _ in range(5):
        await asyncio.sleep(0)
    early = [task.done() for task in closing]
    await fake.advance(seconds=20)
    await asyncio.gather(*closing)

    assert early == [False, False]
    assert submitting.done()
    assert await submitting


async def test_purchase_in_flight_outlasts_a_close_that_is_cancelled(fake: FakeAiralo) -> None:
    airalo = fake.session()
    submitting = await submit_slowly(fake, airalo)
    closing = asyncio.create_task(airalo.close())
    await asyncio.sleep(0)

    closing.cancel()
    await asyncio.wait([closing])
    await fake.advance(seconds=20)
    order = await submitting
    await airalo.close()

    assert closing.cancelled()
    assert order.id == fake.orders[0].order_id
