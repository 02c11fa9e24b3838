"""The backends that the contract is held against."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from airalo_async.stores._redis._driver import RedisError
from airalo_async.testing._clock import FakeClock
from tests.stores._servers import (
    POSTGRES_URL,
    REDIS_URL,
    PostgresBackend,
    RedisBackend,
    in_thread,
    new_schema,
    unreachable,
)
from tests.stores._support import Backend, MemoryBackend, SQLiteBackend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from airalo_async.stores._transactional import TransactionalStore


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(start=datetime(2026, 1, 1, 12, tzinfo=UTC), ticking=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresBackend]:
    """A schema of its own, removed at the end."""
    backend = PostgresBackend(new_schema())
    try:
        in_thread(backend.drop())
    except OSError as error:
        unreachable("PostgreSQL", "AIRALO_TEST_POSTGRES", POSTGRES_URL, error)
    yield backend
    in_thread(backend.drop())


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisBackend]:
    """A prefix of its own, removed at the end."""
    backend = RedisBackend(new_schema())
    try:
        in_thread(backend.drop())
    except (OSError, RedisError) as error:
        unreachable("Redis", "AIRALO_TEST_REDIS", REDIS_URL, error)
    yield backend
    in_thread(backend.drop())


@pytest.fixture(params=["memory", "sqlite", "postgres", "redis"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "memory":
        return MemoryBackend()
    if request.param == "sqlite":
        return SQLiteBackend(tmp_path)
    server: PostgresBackend | RedisBackend = request.getfixturevalue(request.param)
    await server.clear()
    return server


@pytest.fixture
async def store(backend: Backend, clock: FakeClock) -> AsyncIterator[TransactionalStore]:
    opened = backend.open(clock)
    yield opened
    await opened.close()


@pytest.fixture
async def other(backend: Backend, clock: FakeClock) -> AsyncIterator[TransactionalStore]:
    """A second store on the same backend, as another process would open it."""
    assert backend.shared, "every store of this backend is for itself"
    opened = backend.open(clock)
    yield opened
    await opened.close()
