"""Rows G1 and G2: what an order, a push and a match cost in a full store, and what grows in memory.

Full is a million stored requests and as many pushes and duplicate keys, with random references, tags and request ids:
every index is as deep, and every insertion as far from the last, as it gets.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from airalo_async.models import PushKind
from airalo_async.stores import MemoryStore, SQLiteStore
from airalo_async.stores._sqlite._file import open_file
from tests.benchmarks import growth_on_servers
from tests.benchmarks._growth_steps import STEPS, Step, each, new_purchase, notice, seconds_a_step
from tests.benchmarks._harness import Effort, Ratio, Row, paired

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL, _SMALL = 1_000_000, 1_000
_FILL = (
    """
    INSERT INTO requests (reference, kind, fingerprint, package_id, quantity, metadata, created_at, tag, request_id,
        order_id, state, attempts, updated_at, placed, looks, version)
    SELECT hex(randomblob(16)), 'async_order', hex(randomblob(32)), 'change-7days-1gb', 1, '{"user": 5}', i,
        'ref-' || hex(randomblob(12)), hex(randomblob(13)), i, 'completed', hex(randomblob(60)), i, 0, 0, 3
    """,
    """
    INSERT INTO pushes (key, kind, form, request_id, tag, received_at, state, reference, tries, due_at, fence, error,
        given_unmatched)
    SELECT hex(randomblob(32)), 'order_completed', 'raw', hex(randomblob(13)), 'ref-' || hex(randomblob(12)), i, 'done',
        hex(randomblob(16)), 1, i, 1, '', 0
    """,
    "INSERT INTO keys (key, expires_at) SELECT hex(randomblob(32)), NULL",
)
_NUMBERS = "FROM (WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) SELECT i FROM n)"
_AT_ONCE = 50_000


def _fill(path: Path, rows: int) -> None:
    connection = open_file(path, lock_timeout=5)
    connection.execute("PRAGMA synchronous = OFF")
    for start in range(1, rows + 1, _AT_ONCE):
        for statement in _FILL:
            connection.execute(f"{statement} {_NUMBERS}", (start, min(start + _AT_ONCE - 1, rows)))
    connection.close()


@contextmanager
def _stores(effort: Effort) -> Iterator[tuple[Path, Path]]:
    """Make a full store and a small one."""
    with tempfile.TemporaryDirectory() as folder:
        full, small = Path(folder) / "full.db", Path(folder) / "small.db"
        _fill(full, effort.size(_FULL))
        _fill(small, effort.size(_SMALL))
        yield full, small


def _growth(before: Step | None, step: Step, effort: Effort) -> Ratio:
    size, starts = effort.size(3000, least=50), count(1, effort.size(3000, least=50))
    with _stores(effort) as (full, small):

        def theirs() -> float:
            fresh = small.with_name("fresh.db")
            shutil.copyfile(small, fresh)
            start = next(starts)
            try:
                return asyncio.run(seconds_a_step(SQLiteStore(fresh), before, step, range(start, start + size)))
            finally:
                fresh.unlink()

        def ours() -> float:
            start = next(starts)
            return asyncio.run(seconds_a_step(SQLiteStore(full), before, step, range(start, start + size)))

        return paired(ours, theirs, effort, unit="s")


_KEEP_RECEIVING = """
import asyncio, sys
from tests.benchmarks.growth import resident_after
asyncio.run(resident_after(sys.argv[1], int(sys.argv[2])))
"""


async def resident_after(path: str, pushes: int) -> None:
    """Receive, claim and finish pushes; print the most memory used after a tenth of them and after all, in KiB."""
    store = SQLiteStore(path)
    peaks = []
    for part in (range(pushes // 10), range(pushes // 10, pushes)):
        for start in range(part.start, part.stop, 1000):
            await each(notice, store, range(start, min(start + 1000, part.stop)))
            for push in await store.claim([PushKind.LOW_DATA], lease=60, limit=1000):
                await store.finish(push.id, push.fence)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    await store.close()
    sys.stdout.write(" ".join(map(str, peaks)))


def _flat(effort: Effort) -> Ratio:
    pushes = effort.size(100_000, least=100)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _KEEP_RECEIVING, str(Path(folder) / "bench.db"), str(pushes)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  (this package)
    early, late = map(int, done.stdout.split())
    return Ratio((late / early,), f"{late} ÷ {early} KiB")


async def _bytes_a_waiter(waiters: int) -> float:
    store = MemoryStore()
    for number in range(waiters):
        await store.begin(new_purchase(number), owner="owner", lease=90)
    gc.collect()
    tracemalloc.start()
    tasks = [asyncio.create_task(store.changed(f"cart-{number}", 1, timeout=3600)) for number in range(waiters)]
    await asyncio.sleep(0)
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return used / waiters


def _waiters(effort: Effort) -> Ratio:
    used = asyncio.run(_bytes_a_waiter(effort.size(10_000, least=10)))
    return Ratio((used / 2048,), f"{used:.0f} ÷ 2048 bytes")


ROWS = (
    *(Row("G1", f"{what}, 10⁶ stored requests ÷ 10³", 1.2, partial(_growth, *steps)) for what, steps in STEPS.items()),
    *growth_on_servers.ROWS,
    Row("G2", "memory after 10⁵ pushes ÷ after 10⁴", 1.05, _flat),
    Row("G2", "memory of a waiter ÷ 2 KB, of 10,000", 1.0, _waiters),
)
