"""Servers to keep stores on while tests run: the local ones, or those that the environment names.

``AIRALO_TEST_POSTGRES`` and ``AIRALO_TEST_REDIS`` are URLs. Everything is kept in a schema, or under a prefix, of its
own, and removed at the end. Where no server answers, tests skip; with ``AIRALO_REQUIRE_SERVERS=1`` they fail.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import pytest

from airalo_async.stores._postgres import PostgresStore
from airalo_async.stores._postgres._driver import connect
from airalo_async.stores._redis import RedisStore
from airalo_async.stores._redis._driver import Redis

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from airalo_async.stores._transactional import TransactionalStore
    from airalo_async.testing._clock import FakeClock

T = TypeVar("T")

POSTGRES_URL = os.environ.get("AIRALO_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/test")
REDIS_URL = os.environ.get("AIRALO_TEST_REDIS", "redis://127.0.0.1:6379/0")

_TABLES = ("requests", "names", "pushes", "parked", "keys", "identity", "tokens", "grants")


def in_thread(work: Coroutine[object, object, T]) -> T:
    """Run a coroutine in a loop of its own, whatever loop the test has."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


def unreachable(what: str, variable: str, url: str, error: object) -> None:
    """Skip, or fail where servers are a must."""
    reason = f"{what} does not answer at {url} ({error}); start one, or name another one in {variable}"
    if os.environ.get("AIRALO_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class PostgresBackend:
    """One schema, emptied for each test."""

    shared = True

    def __init__(self, schema: str) -> None:
        self.schema = schema

    def open(self, clock: FakeClock) -> TransactionalStore:
        return PostgresStore(POSTGRES_URL, schema=self.schema, clock=clock)

    async def clear(self) -> None:
        connection = await connect(POSTGRES_URL, timeout=5)
        exists = await connection.fetchval("SELECT to_regclass($1)", f"{self.schema}.requests")
        if exists is not None:
            await connection.execute("; ".join(f"DELETE FROM {self.schema}.{table}" for table in _TABLES))  # noqa: S608  (our own names)
        await connection.close()

    async def drop(self) -> None:
        connection = await connect(POSTGRES_URL, timeout=5)
        await connection.execute(f"DROP SCHEMA IF EXISTS {self.schema} CASCADE")
        await connection.close()


class RedisBackend:
    """One prefix, emptied for each test."""

    shared = True

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def open(self, clock: FakeClock) -> TransactionalStore:
        return RedisStore(REDIS_URL, prefix=self.prefix, clock=clock)

    async def clear(self) -> None:
        client = Redis.from_url(REDIS_URL, socket_connect_timeout=5)
        keys = [key async for key in client.scan_iter(match=f"{{{self.prefix}}}:*", count=1000)]
        for start in range(0, len(keys), 500):
            await client.unlink(*keys[start : start + 500])
        await client.aclose()

    drop = clear


def new_schema() -> str:
    return f"airalo_test_{os.getpid()}_{secrets.token_hex(4)}"
