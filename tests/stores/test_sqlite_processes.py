"""The SQLite store between real processes: shared, forked, killed, and left open."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import airalo_async
from airalo_async.models import State
from airalo_async.stores import SQLiteStore
from tests._until import patience
from tests.stores._support import ALL_KINDS, ID, LEASE, accept, begin, completed_body, push, waiters

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(airalo_async.__file__).parent.parent
HEAD = """
import asyncio, os, sqlite3, sys
from airalo_async.errors import StoreError
from airalo_async.stores import SQLiteStore
from tests.stores._support import *
path = sys.argv[1]
"""


def environment() -> Mapping[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


async def start(program: str, path: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HEAD + textwrap.dedent(program),
        str(path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    )


def run(program: str, path: Path) -> list[str]:
    """Run a program to its end, which must come by itself."""
    # Newer interpreters warn of a fork beside threads, which is what one of the programs is about.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", HEAD + textwrap.dedent(program), str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=20, env=environment())  # noqa: S603  (our own program)
    assert done.stderr == ""
    return done.stdout.splitlines()


async def test_waiter_wakes_for_a_push_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "airalo.db"
    store = SQLiteStore(path)
    request = await accept(store)
    await store.claim(ALL_KINDS, lease=LEASE, limit=1)
    waiting = asyncio.create_task(store.changed("cart-17", request.version))
    arriving = asyncio.create_task(store.arrived(timeout=60))
    await waiters(store, 2)

    program = """
        async def main():
            store = SQLiteStore(path)
            await push(store, completed_body())
            await store.close()
        asyncio.run(main())
    """
    other = await start(program, path)

    async with patience():
        assert (await waiting).state is State.COMPLETED
        await arriving
        assert await other.wait() == 0
    (claimed,) = await store.claim(ALL_KINDS, lease=LEASE, limit=1)
    assert claimed.request_id == ID
    await store.close()


async def test_writer_that_looks_at_once_finds_the_first_waiter(tmp_path: Path) -> None:
    store, other = SQLiteStore(tmp_path / "airalo.db"), SQLiteStore(tmp_path / "airalo.db")
    request = await accept(store)
    nudge, rest, looked = store._waiters.on_first, store._writer._rest, threading.Event()
    assert nudge is not None

    def look() -> None:
        rest()
        looked.set()

    def nudge_and_let_it_look() -> None:
        looked.clear()
        nudge()
        assert looked.wait(30)

    store._writer._rest, store._waiters.on_first = look, nudge_and_let_it_look  # type: ignore[method-assign]
    waiting = asyncio.create_task(store.changed("cart-17", request.version))
    await waiters(store, 1)

    await push(other, completed_body())

    async with patience():
        assert (await waiting).state is State.COMPLETED
    await store.close()
    await other.close()


async def test_processes_share_the_work_without_overlap(tmp_path: Path) -> None:
    path = tmp_path / "airalo.db"
    program = """
        async def main():
            store = SQLiteStore(path)
            async def one(n):
                begun = await store.begin(purchase(f"cart-{n}"), owner=str(os.getpid()), lease=60)
                return begun.fresh
            print(sum(await asyncio.gather(*(one(n) for n in range(200)))))
            await store.close()
        asyncio.run(main())
    """

    others = [await start(program, path) for _ in range(3)]
    fresh = [int((await other.communicate())[0]) for other in others]

    assert sum(fresh) == 200
    store = SQLiteStore(path)
    assert len([request async for request in store.list()]) == 200
    await store.close()


async def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    program = """
        async def main():
            store = SQLiteStore(path)
            async def one(n):
                request = await begin(store, f"cart-{n}")
                await store.settle(f"cart-{n}", paid(n + 1, request.attempt.tag))
                os.write(1, f"cart-{n}\\n".encode())
            for start in range(0, 100000, 20):
                await asyncio.gather(*(one(n) for n in range(start, start + 20)))
        asyncio.run(main())
    """
    for turn in range(3):
        path = tmp_path / f"airalo-{turn}.db"
        other = await start(program, path)
        assert other.stdout is not None
        acknowledged = [(await other.stdout.readline()).decode().strip() for _ in range(50)]

        other.send_signal(signal.SIGKILL)

        acknowledged += (await other.stdout.read()).decode().splitlines()
        await other.wait()
        store = SQLiteStore(path)
        kept = {request.reference async for request in store.list(state=State.COMPLETED)}
        await store.close()
        assert set(acknowledged[:-1]) <= kept
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_store_is_refused_after_a_fork(tmp_path: Path) -> None:
    program = """
        store = SQLiteStore(path)
        untouched = SQLiteStore(path)
        asyncio.run(begin(store))
        child = os.fork()
        if child == 0:
            async def use():
                try:
                    await begin(store, "cart-18")
                except StoreError as error:
                    print("refused" if "open a new one here" in str(error) else error)
                await store.close()
                await begin(untouched, "cart-19")
                await untouched.close()
            asyncio.run(use())
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
        async def go_on():
            await begin(store, "cart-20")
            print(sorted([request.reference async for request in store.list()]))
            await store.close()
        asyncio.run(go_on())
    """

    lines = run(program, tmp_path / "airalo.db")

    assert lines == ["refused", "['cart-17', 'cart-19', 'cart-20']"]


def test_program_that_never_closes_ends(tmp_path: Path) -> None:
    program = """
        store = SQLiteStore(path)
        async def main():
            await begin(store)
            await store.get("cart-17")
        asyncio.run(main())
        print("done")
    """

    assert run(program, tmp_path / "airalo.db") == ["done"]


async def test_program_that_leaves_work_behind_a_lock_ends(tmp_path: Path) -> None:
    path = tmp_path / "airalo.db"
    store = SQLiteStore(path)
    await begin(store, "first")
    await store.close()
    program = """
        async def main():
            store = SQLiteStore(path, lock_timeout=60)
            task = asyncio.create_task(begin(store))
            while not store._writer._pid:
                await asyncio.sleep(0)
        asyncio.run(main())
        print("done")
    """

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        lines = await asyncio.to_thread(run, program, path)

    assert lines == ["done"]
