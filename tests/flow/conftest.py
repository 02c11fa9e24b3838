from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airalo_async.stores import MemoryStore, SQLiteStore
from airalo_async.testing import FakeAiralo
from tests.flow._shop import Shop, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from airalo_async import AiraloSession
    from airalo_async.stores import RequestStore


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo() as fake:
        yield fake


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, fake: FakeAiralo, tmp_path: Path) -> AsyncIterator[RequestStore]:
    if request.param == "memory":
        opened: RequestStore = MemoryStore(clock=fake.clock)
    else:
        opened = SQLiteStore(tmp_path / "airalo.db", clock=fake.clock)
    yield opened
    await opened.close()


@pytest.fixture
async def airalo(fake: FakeAiralo, store: RequestStore) -> AsyncIterator[AiraloSession]:
    async with fake.session(store=store) as session:
        yield session


@pytest.fixture
async def shop(fake: FakeAiralo, store: RequestStore) -> AsyncIterator[Shop]:
    async with open_shop(store, fake.client_secret) as opened:
        yield opened
