from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airalo_async.testing import FakeAiralo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async import AiraloSession
    from airalo_async.models import SimDetails


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo() as fake:
        yield fake


@pytest.fixture
async def airalo(fake: FakeAiralo) -> AsyncIterator[AiraloSession]:
    async with fake.session() as session:
        yield session


@pytest.fixture
async def sim(airalo: AiraloSession) -> SimDetails:
    """An eSIM that was bought, as the account knows it."""
    order = await airalo.orders.submit("change-7days-1gb", reference="cart-1")
    return await airalo.sims.get(order.sims[0].iccid)
