"""Several receivers behind one port, on one store: duplicates, kills, rolling restarts, and a waiter elsewhere."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from airalo_async.stores import open_store
from airalo_async.stores._redis._driver import RedisError
from airalo_async.stores._transactional import TransactionalStore
from airalo_async.webhooks import sign
from tests._ports import free_port
from tests._until import patience, rest, until
from tests.benchmarks._push_bodies import SECRET, push_body
from tests.faults._worker_process import SHUTDOWN
from tests.stores._servers import (
    POSTGRES_URL,
    REDIS_URL,
    PostgresBackend,
    RedisBackend,
    new_schema,
    unreachable,
)
from tests.stores._support import accept

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Iterable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

ORDERS = 200


@pytest.fixture(params=["sqlite", "postgres", "redis"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A store of its own, removed at the end."""
    name = new_schema()
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'airalo.db'}"
        return
    backend = PostgresBackend(name) if request.param == "postgres" else RedisBackend(name)
    try:
        await backend.clear()
    except (OSError, RedisError) as error:
        address = POSTGRES_URL if request.param == "postgres" else REDIS_URL
        unreachable(request.param, f"AIRALO_TEST_{request.param.upper()}", address, error)
    yield f"{POSTGRES_URL}?schema={name}" if request.param == "postgres" else f"{REDIS_URL}?prefix={name}"
    await backend.drop()


@pytest.fixture
async def store(url: str) -> AsyncIterator[TransactionalStore]:
    opened = open_store(url)
    assert isinstance(opened, TransactionalStore)
    yield opened
    await opened.close()


@asynccontextmanager
async def process(module: str, *arguments: str) -> AsyncIterator[Process]:
    """Run a module until the block ends; it has said that it is ready."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.faults.{module}", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert started.stdout is not None
    try:
        async with patience():
            assert await started.stdout.readline() == b"ready\n"
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


def worker(url: str, port: int, lines: Path, mode: str = "deliver") -> AbstractAsyncContextManager[Process]:
    return process("_worker_process", url, str(port), SECRET, str(lines), mode)


def request_id(number: int) -> str:
    return f"bench-{number:019}"


def signed(number: int) -> tuple[bytes, dict[str, str]]:
    body = push_body(number)
    return body, {"Content-Type": "application/json", "airalo-signature": sign(body, SECRET)}


async def push(port: int, number: int) -> int:
    """Push once, over a connection of its own, so that any worker may get it; 0 when nobody answered."""
    body, headers = signed(number)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(20)) as http,
            http.post(f"http://127.0.0.1:{port}/airalo", data=body, headers=headers) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0


async def push_until_taken(port: int, numbers: Iterable[int]) -> Counter[int]:
    """Push each of them as Airalo does, again until it is answered 200."""
    seen: Counter[int] = Counter()
    gate = asyncio.Semaphore(16)

    async def one(number: int) -> None:
        async with gate:
            while (status := await push(port, number)) != 200:
                seen[status] += 1
                await rest()
            seen[200] += 1

    await asyncio.gather(*map(one, numbers))
    return seen


async def order(store: TransactionalStore, numbers: Iterable[int]) -> set[str]:
    numbers = list(numbers)
    await asyncio.gather(*(accept(store, f"cart-{number}", request_id(number)) for number in numbers))
    return {f"cart-{number}" for number in numbers}


def read(lines: Path) -> list[str]:
    return lines.read_text(encoding="utf-8").splitlines() if lines.exists() else []


async def until_delivered(lines: Path, wanted: set[str]) -> None:
    await until(lambda: wanted <= set(read(lines)))


async def test_duplicates_to_two_workers_are_delivered_once(
    url: str, store: TransactionalStore, tmp_path: Path
) -> None:
    port, lines = free_port(), tmp_path / "lines"
    wanted = await order(store, range(1, ORDERS + 1))

    async with worker(url, port, lines), worker(url, port, lines):
        twice = [number for number in range(1, ORDERS + 1) for _ in range(2)]
        seen = await push_until_taken(port, twice)
        await until_delivered(lines, wanted)

    assert seen == {200: 2 * ORDERS}
    assert Counter(read(lines)) == dict.fromkeys(wanted, 1)
    assert len([one async for one in store.inbox()]) == ORDERS


async def test_lease_of_a_killed_worker_passes_on(url: str, store: TransactionalStore, tmp_path: Path) -> None:
    port, held, lines = free_port(), tmp_path / "held", tmp_path / "lines"
    wanted = await order(store, range(1, 9))

    async with worker(url, port, held, "hang") as doomed:
        await push_until_taken(port, range(1, 9))
        await until_delivered(held, wanted)
        doomed.send_signal(signal.SIGKILL)
        await doomed.wait()
    async with worker(url, port, lines):
        await until_delivered(lines, wanted)

    assert Counter(read(lines)) == dict.fromkeys(wanted, 1)


async def test_rolling_restart_under_load_loses_nothing(url: str, store: TransactionalStore, tmp_path: Path) -> None:
    port, lines = free_port(), tmp_path / "lines"
    wanted = await order(store, range(1, ORDERS + 1))
    took: list[float] = []

    async with worker(url, port, lines) as first, worker(url, port, lines) as second:
        pushing = asyncio.create_task(push_until_taken(port, range(1, ORDERS + 1)))
        await until(lambda: len(read(lines)) >= ORDERS // 10)
        took.append(await terminate(first))
        async with worker(url, port, lines):
            took.append(await terminate(second))
            await pushing
            await until_delivered(lines, wanted)

    kept = [one.key async for one in store.inbox()]
    assert first.returncode == second.returncode == 0
    assert max(took) < SHUTDOWN + 5
    assert Counter(kept) == {f"order:{number}": 1 for number in range(1, ORDERS + 1)}
    assert set(read(lines)) == wanted


async def terminate(running: Process) -> float:
    started = time.monotonic()
    running.send_signal(signal.SIGTERM)
    await running.wait()
    return time.monotonic() - started


async def test_push_to_one_process_wakes_a_waiter_in_another(
    url: str, store: TransactionalStore, tmp_path: Path
) -> None:
    port = free_port()
    await order(store, [1])

    async with (
        worker(url, port, tmp_path / "lines"),
        process("_waiter_process", url, "cart-1") as waiter,
    ):
        await push_until_taken(port, [1])
        assert waiter.stdout is not None
        async with patience():
            state = await waiter.stdout.readline()

    assert state == b"completed\n"
