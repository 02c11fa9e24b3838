from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airalo_async.stores import MemoryStore, open_store
from airalo_async.testing import FakeClock
from airalo_async.webhooks import WebhookReceiver
from tests.webhooks._pushes import SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from airalo_async.stores import RequestStore


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(ticking=False)


@pytest.fixture
async def memory(clock: FakeClock) -> AsyncIterator[MemoryStore]:
    store = MemoryStore(clock=clock)
    yield store
    await store.close()


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> AsyncIterator[RequestStore]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/airalo.db"
    opened = open_store(url, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
def receiver(memory: MemoryStore) -> WebhookReceiver:
    return WebhookReceiver(store=memory, secrets=[SECRET])
