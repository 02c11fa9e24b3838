"""The engines that a fleet can share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stores._servers import POSTGRES_URL, REDIS_URL, PostgresBackend
from tests.stores.conftest import postgres, redis

if TYPE_CHECKING:
    from tests.stores._servers import RedisBackend

__all__ = ["postgres", "redis"]


@pytest.fixture(params=["postgres", "redis"])
async def url(request: pytest.FixtureRequest) -> str:
    """Where an empty store can be opened."""
    server: PostgresBackend | RedisBackend = request.getfixturevalue(request.param)
    await server.clear()
    if isinstance(server, PostgresBackend):
        return f"{POSTGRES_URL}?schema={server.schema}"
    return f"{REDIS_URL}?prefix={server.prefix}"
