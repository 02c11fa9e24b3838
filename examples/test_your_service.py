"""Test a service that sells eSIMs, without the network. Run it with pytest.

The fixtures ``airalo_fake`` and ``airalo_session`` come with the library: a real server on loopback, and a session with
it. ``airalo_responses`` is aioresponses, for tests in which one made-up answer is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airalo_async import AiraloSession, errors
from airalo_async.testing import faults

if TYPE_CHECKING:
    from aioresponses import aioresponses

    from airalo_async.testing import FakeAiralo

pytestmark = pytest.mark.asyncio


async def sell(airalo: AiraloSession, package_id: str, cart: str) -> str:
    """Sell one eSIM: the service under test."""
    try:
        order = await airalo.orders.submit(package_id, reference=cart)
    except errors.OutOfStockError:
        return "sold out"
    except errors.OutcomeUnknownError:
        order = await airalo.orders.wait(cart, timeout=30)
    return f"sold {order.sims[0].iccid}"


async def test_two_clicks_are_charged_once(airalo_fake: FakeAiralo, airalo_session: AiraloSession) -> None:
    """A customer who clicks twice pays once."""
    first = await sell(airalo_session, "change-7days-1gb", "cart-17")
    second = await sell(airalo_session, "change-7days-1gb", "cart-17")

    assert first == second
    assert airalo_fake.charges(reference="cart-17") == 1


async def test_lost_answer_is_charged_once(airalo_fake: FakeAiralo, airalo_session: AiraloSession) -> None:
    """An order whose answer gets lost is found again, not bought again."""
    airalo_fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())

    answer = await sell(airalo_session, "change-7days-1gb", "cart-17")

    assert answer.startswith("sold 89")
    assert airalo_fake.charges(reference="cart-17") == 1


async def test_customer_is_told_when_sold_out(airalo_responses: aioresponses) -> None:
    """A refusal of the API becomes a sentence for the customer."""
    url = "https://airalo.test"
    airalo_responses.post(f"{url}/v2/token", payload={"data": {"access_token": "t", "expires_in": 86400}})
    airalo_responses.post(f"{url}/v2/orders", status=422, payload={"code": 34, "reason": "out of stock"})

    async with AiraloSession("id", "secret", base_url=url) as airalo:
        answer = await sell(airalo, "change-7days-1gb", "cart-17")

    assert answer == "sold out"
