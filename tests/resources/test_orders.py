"""Looking orders up at the API."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from airalo_async import errors
from airalo_async.testing import FakeAiralo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async import AiraloSession

PACKAGE = "change-7days-1gb"


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo() as fake:
        yield fake


@pytest.fixture
async def airalo(fake: FakeAiralo) -> AsyncIterator[AiraloSession]:
    async with fake.session() as session:
        yield session


async def test_order_is_looked_up_by_number(airalo: AiraloSession) -> None:
    bought = await airalo.orders.submit(PACKAGE, quantity=2)

    found = await airalo.orders.get(bought.id)

    assert (found.id, found.code, found.price) == (bought.id, bought.code, bought.price)
    assert [sim.iccid for sim in found.sims] == [sim.iccid for sim in bought.sims]
    assert found.status is not None
    assert found.status.slug == "completed"


async def test_order_of_somebody_else_is_denied(airalo: AiraloSession) -> None:
    with pytest.raises(errors.PermissionDeniedError):
        await airalo.orders.get(1)


async def test_list_follows_every_filter(airalo: AiraloSession, fake: FakeAiralo) -> None:
    first = await airalo.orders.submit(PACKAGE, description="for Ana")
    await airalo.orders.submit(PACKAGE, description="for Bo")
    today = fake.clock.now().date()

    found = [
        order
        async for order in airalo.orders.list(
            created=(today, today),
            code=first.code,
            status="completed",
            iccid=first.sims[0].iccid,
            description="for Ana",
            include="sims",
        )
    ]

    assert [order.id for order in found] == [first.id]
    assert found[0].sims[0].iccid == first.sims[0].iccid


async def test_list_goes_through_all_pages(airalo: AiraloSession) -> None:
    bought = [await airalo.orders.submit(PACKAGE) for _ in range(5)]

    listing = airalo.orders.list(include=(), page_size=2)

    assert [order.id async for order in listing] == [order.id for order in reversed(bought)]
    assert [len(page.items) async for page in listing.pages()] == [2, 2, 1]


@pytest.mark.parametrize("order_id", [0, -1, True, "5", 1.5])
async def test_order_number_must_be_positive(airalo: AiraloSession, fake: FakeAiralo, order_id: int) -> None:
    with pytest.raises(errors.ArgumentError, match="order_id"):
        await airalo.orders.get(order_id)

    assert fake.calls == ()


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("status", {"status": "lost"}),
        ("include", {"include": ("sims", "money")}),
        ("include", {"include": 5}),
        ("page_size", {"page_size": 0}),
        ("page", {"page": "2"}),
        ("created", {"created": (date(2026, 1, 2), date(2026, 1, 1))}),
        ("created", {"created": ("2026-01-01", "2026-01-02")}),
        ("code", {"code": 20260101}),
        ("iccid", {"iccid": "89x"}),
        ("description", {"description": ""}),
    ],
)
def test_broken_rule_of_a_list_is_named(argument: str, arguments: dict[str, object]) -> None:
    airalo = FakeAiralo().session(base_url="http://127.0.0.1:9")

    with pytest.raises(errors.ArgumentError) as caught:
        airalo.orders.list(**arguments)  # type: ignore[arg-type]  # wrong on purpose

    assert caught.value.argument == argument
    assert f"(got {type(arguments[argument]).__name__})" in str(caught.value) or argument in ("include", "created")


async def test_order_is_asked_for_without_includes(airalo: AiraloSession, fake: FakeAiralo) -> None:
    bought = await airalo.orders.submit(PACKAGE)

    found = await airalo.orders.get(bought.id, include=())

    assert (found.sims, found.status, fake.calls[-1].query) == ((), None, "")


async def test_order_is_asked_for_with_its_user(airalo: AiraloSession) -> None:
    bought = await airalo.orders.submit(PACKAGE)

    found = await airalo.orders.get(bought.id, include="user")

    assert found.user is not None
    assert found.user.name == "Technical user"


async def test_api_may_choose_the_size_of_a_page(airalo: AiraloSession, fake: FakeAiralo) -> None:
    assert [order async for order in airalo.orders.list(page_size=None)] == []

    assert "limit" not in fake.calls[-1].query


@pytest.mark.parametrize(
    ("argument", "by_hand"),
    [
        ("order_id", {}),
        ("order_id", {"order_id": 5, "not_placed": True}),
        ("order_id", {"order_id": "5"}),
        ("request_id", {"request_id": "too short"}),
    ],
)
async def test_broken_rule_of_settling_by_hand_is_named(
    airalo: AiraloSession, argument: str, by_hand: dict[str, object]
) -> None:
    await airalo.orders.submit(PACKAGE, reference="cart-17")

    with pytest.raises(errors.ArgumentError) as caught:
        await airalo.orders.resolve("cart-17", **by_hand)  # type: ignore[arg-type]  # wrong on purpose

    assert caught.value.argument == argument


async def test_days_of_a_list_are_days(airalo: AiraloSession, fake: FakeAiralo) -> None:
    _ = [order async for order in airalo.orders.list(created=(date(2026, 1, 2), date(2026, 1, 31)))]

    assert "filter[created_at]=2026-01-02 - 2026-01-31" in fake.calls[-1].query


async def test_bulk_concurrency_has_bounds(airalo: AiraloSession) -> None:
    for concurrency in (0, 1001, True):
        with pytest.raises(errors.ArgumentError, match="concurrency"):
            _ = [item async for item in airalo.orders.submit_many([], concurrency=concurrency)]


async def test_wait_takes_one_of_two_names(airalo: AiraloSession) -> None:
    with pytest.raises(errors.ArgumentError, match="pending"):
        await airalo.orders.wait()
    with pytest.raises(errors.ArgumentError, match="pending"):
        await airalo.orders.wait("cart-17", request_id="x" * 25)
