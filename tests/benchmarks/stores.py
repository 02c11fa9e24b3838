"""Rows C3 and C4: what sharing commits is worth, and what the thread that does it costs."""

from __future__ import annotations

import asyncio
import tempfile
import time
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from airalo_async._clock import SystemClock
from airalo_async._push import read_facts
from airalo_async.stores import SQLiteStore
from airalo_async.stores import _inbox as inbox
from airalo_async.stores._sqlite._worker import Job
from airalo_async.stores._sqlite._writer import Writer
from airalo_async.stores._waiting import Waiters
from tests.benchmarks._harness import Effort, Ratio, Row, paired
from tests.benchmarks._push_bodies import push_body

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from airalo_async.models import PushFacts
    from airalo_async.stores._sqlite._changes import Changes
    from airalo_async.stores._transaction import Transaction

_CONNECTIONS = 64


async def _receive(store: SQLiteStore, bodies: list[bytes], connections: int) -> float:
    """Receive pushes on so many connections at once; pushes a second."""
    waiting = iter(bodies)

    async def connection() -> None:
        for body in waiting:
            await store.receive(body, "raw", read_facts(body))

    started = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return len(bodies) / (time.perf_counter() - started)


def _take_one_at_a_time(store: SQLiteStore) -> None:
    """Make the writer take one unit of work, and so one commit, where it would take all that wait."""
    writer = store._writer

    def gather() -> tuple[list[Job[object]], bool]:
        item = writer._queue.get()
        return ([item], True) if isinstance(item, Job) else ([], item is None)

    writer._gather = gather  # type: ignore[method-assign]


def _slow_down(store: SQLiteStore, seconds: float) -> None:
    """Make every commit take so much longer, as on a slower disk; other threads run meanwhile, as they do then."""
    writer = store._writer
    perform = writer._perform

    def perform_slowly(connection: sqlite3.Connection, jobs: Sequence[Job[object]]) -> Changes:
        changes = perform(connection, jobs)
        time.sleep(seconds)
        return changes

    writer._perform = perform_slowly  # type: ignore[method-assign]


def _numbered(numbers: Iterator[int], pushes: int) -> list[bytes]:
    return [push_body(next(numbers)) for _ in range(pushes)]


def _shared(seconds: float, effort: Effort) -> Ratio:
    pushes, numbers = effort.size(2000, least=8), count(1)

    async def rate(path: Path, *, alone: bool) -> float:
        store = SQLiteStore(path)
        if alone:
            _take_one_at_a_time(store)
        if seconds:
            _slow_down(store, seconds)
        await store.bind("benchmark", sandbox=False)
        try:
            return await _receive(store, _numbered(numbers, pushes), min(_CONNECTIONS, pushes))
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        return paired(
            lambda: asyncio.run(rate(path, alone=False)),
            lambda: asyncio.run(rate(path, alone=True)),
            effort,
            unit="pushes/s",
        )


async def _unit(body: bytes, facts: PushFacts, tx: Transaction) -> object:
    return await inbox.receive(tx, body, "raw", facts)


def _in_line(connection: sqlite3.Connection, writer: Writer, bodies: list[bytes]) -> float:
    """Commit each push where it is received; pushes a second."""
    started = time.perf_counter()
    for body in bodies:
        facts = read_facts(body)
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        job: Job[object] = Job(partial(_unit, body, facts), future)
        writer._perform(connection, [job])
        job.tell()
        future.result()
    return len(bodies) / (time.perf_counter() - started)


def _one_connection(effort: Effort) -> Ratio:
    pushes, numbers = effort.size(1000, least=8), count(1)

    async def ours(path: Path) -> float:
        store = SQLiteStore(path)
        await store.bind("benchmark", sandbox=False)
        try:
            return await _receive(store, _numbered(numbers, pushes), 1)
        finally:
            await store.close()

    async def theirs(path: Path) -> float:
        writer = Writer(path, SystemClock(), Waiters(), lock_timeout=5)
        connection = writer._open()
        try:
            return _in_line(connection, writer, _numbered(numbers, pushes))
        finally:
            connection.close()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        return paired(lambda: asyncio.run(ours(path)), lambda: asyncio.run(theirs(path)), effort, unit="pushes/s")


ROWS = (
    Row("C3", "pushes/s, 64 at once, shared commits ÷ one commit a push", 3.0, partial(_shared, 0.0), at_least=True),
    Row("C3", "the same, every commit 2 ms longer", 15.0, partial(_shared, 0.002), at_least=True),
    Row("C4", "pushes/s, one connection, the writer ÷ committing in line", 0.8, _one_connection, at_least=True),
)
