"""F5: the disk is full, the file read-only, locked or damaged, one write is poison. Nothing is half done."""

# ruff: noqa: ASYNC240  (what the tests look at are small files on a local disk)

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import Outcome, StoreError
from airalo_async.models import State
from airalo_async.stores import SQLiteStore
from airalo_async.stores._sqlite import _file
from airalo_async.testing import FakeAiralo
from tests._until import patience
from tests.stores._support import (
    ALL_KINDS,
    LEASE,
    accept,
    begin,
    completed_body,
    in_one_commit,
    low_data_body,
    push,
    waiters,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from airalo_async import AiraloSession
    from airalo_async.stores._transaction import Transaction

LOCK_TIMEOUT = 0.2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "airalo.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SQLiteStore]:
    opened = SQLiteStore(path, lock_timeout=LOCK_TIMEOUT)
    yield opened
    await opened.close()


@pytest.fixture
def rival(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of another program on the same file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


async def execute(statement: str, tx: Transaction) -> None:
    tx._execute(statement)  # type: ignore[attr-defined]


async def tell_writer(store: SQLiteStore, statement: str) -> None:
    await store._write(lambda tx: execute(statement, tx))


async def limit_pages(store: SQLiteStore, path: Path, more: int) -> None:
    """Let the file grow by so many pages and no further, as a full disk does."""
    with closing(sqlite3.connect(path)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    await tell_writer(store, f"PRAGMA max_page_count = {pages + more}")


def big_body(order_id: int) -> bytes:
    return completed_body(order_id, request_id=f"{order_id:025d}", text="x" * 100_000)


class TestFullDisk:
    async def test_what_does_not_fit_is_refused_and_the_rest_is_kept(self, store: SQLiteStore, path: Path) -> None:
        await accept(store)
        await limit_pages(store, path, 10)

        results = await in_one_commit(
            store,
            *(push(store, low_data_body(str(n))) for n in range(5)),
            push(store, big_body(1)),
            *(push(store, low_data_body(str(n))) for n in range(5, 10)),
        )

        (error,) = [result for result in results if isinstance(result, BaseException)]
        assert isinstance(error, StoreError)
        assert "the disk is full" in str(error)
        assert "make room" in str(error)
        assert len([one async for one in store.inbox()]) == 10

    async def test_full_disk_stores_nothing_of_anything(self, store: SQLiteStore, path: Path) -> None:
        await accept(store)
        await limit_pages(store, path, 2)

        results = await in_one_commit(store, *(push(store, big_body(n)) for n in range(1, 6)))

        assert [type(result) for result in results] == [StoreError] * 5
        assert [one async for one in store.inbox()] == []
        # A duplicate key of a push that was not stored would make Airalo's next try a duplicate.
        await tell_writer(store, "PRAGMA max_page_count = 1000000")
        assert not (await push(store, big_body(1))).duplicate

    async def test_refused_push_can_be_sent_again(self, store: SQLiteStore, path: Path) -> None:
        await accept(store)
        await limit_pages(store, path, 2)
        with pytest.raises(StoreError, match="full"):
            await push(store, completed_body(text="x" * 100_000))
        assert (await store.get("cart-17")).state is State.ACCEPTED

        await tell_writer(store, "PRAGMA max_page_count = 1000000")
        receipt = await push(store, completed_body(text="x" * 100_000))

        assert receipt.request is not None
        assert receipt.request.state is State.COMPLETED
        assert [one.id async for one in store.inbox()] == [1]


async def buy_until_full(airalo: AiraloSession) -> tuple[str, StoreError]:
    for number in range(200):
        try:
            await airalo.orders.submit("change-7days-1gb", reference=f"cart-full-{number}")
        except StoreError as error:
            return f"cart-full-{number}", error
    pytest.fail("the disk never became full")


class TestNothingIsSent:
    async def test_locked_store_sends_nothing(self, store: SQLiteStore, rival: sqlite3.Connection) -> None:
        async with FakeAiralo() as fake, fake.session(store=store) as airalo:
            await airalo.orders.submit("change-7days-1gb", reference="cart-1")
            rival.execute("BEGIN IMMEDIATE")

            with pytest.raises(StoreError, match="locked") as caught:
                await airalo.orders.submit("change-7days-1gb", reference="cart-2")

            rival.execute("ROLLBACK")
            assert caught.value.outcome is Outcome.NOT_SENT
            assert fake.charges(reference="cart-2") == 0
            assert (await airalo.orders.submit("change-7days-1gb", reference="cart-2")).id
            assert fake.charges(reference="cart-2") == 1

    async def test_full_disk_sends_nothing(self, store: SQLiteStore, path: Path) -> None:
        async with FakeAiralo() as fake, fake.session(store=store) as airalo:
            await airalo.orders.submit("change-7days-1gb", reference="cart-1")
            await limit_pages(store, path, 0)

            reference, error = await buy_until_full(airalo)

            # One whose answer could not be stored was sent, and says so; one that could not be begun was not.
            assert error.outcome in {Outcome.NOT_SENT, Outcome.PLACED}
            assert fake.charges(reference=reference) == (error.outcome is Outcome.PLACED)
            await tell_writer(store, "PRAGMA max_page_count = 1000000")


class TestReadOnly:
    async def test_nothing_can_be_written_and_everything_read(
        self, store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = await accept(store)
        await store.close()
        monkeypatch.setattr(_file, "_MODE", "ro")
        reopened = SQLiteStore(path)

        with pytest.raises(StoreError, match=r"cannot be written .* let this user write the file and its folder"):
            await begin(reopened, "cart-18")

        assert await reopened.get("cart-17") == request
        await reopened.close()


class TestLocked:
    async def test_locked_file_is_refused_after_a_bounded_wait(
        self, store: SQLiteStore, rival: sqlite3.Connection
    ) -> None:
        request = await accept(store)
        rival.execute("BEGIN IMMEDIATE")
        turns = 0

        async def spin() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        spinning = asyncio.create_task(spin())
        results = await asyncio.gather(begin(store, "cart-18"), begin(store, "cart-19"), return_exceptions=True)
        spinning.cancel()

        assert [type(result) for result in results] == [StoreError] * 2
        assert "another process holds it locked" in str(results[0])
        # The loop went on all the while.
        assert turns > 100
        assert await store.get("cart-17") == request

        rival.execute("ROLLBACK")
        assert [one.reference async for one in store.list()] == ["cart-17"]
        assert (await begin(store, "cart-18")).state is State.SENDING

    async def test_short_lock_is_waited_for(self, path: Path, rival: sqlite3.Connection) -> None:
        store = SQLiteStore(path, lock_timeout=30)
        await accept(store)
        rival.execute("BEGIN IMMEDIATE")
        writing = [asyncio.create_task(begin(store, f"cart-{n}")) for n in range(20, 30)]
        reading = await store.get("cart-17")

        rival.execute("COMMIT")

        assert reading.state is State.ACCEPTED
        assert [request.state for request in await asyncio.gather(*writing)] == [State.SENDING] * 10
        await store.close()

    async def test_file_locked_while_it_is_opened_is_refused(self, path: Path, rival: sqlite3.Connection) -> None:
        rival.execute("BEGIN EXCLUSIVE")
        store = SQLiteStore(path, lock_timeout=LOCK_TIMEOUT)

        with pytest.raises(StoreError, match="locked"):
            await begin(store)

        rival.execute("ROLLBACK")
        assert (await begin(store)).state is State.SENDING
        await store.close()

    async def test_look_for_changes_that_fails_is_made_again(
        self, store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = await accept(store)
        fails = iter([True, True])
        foreign = store._writer._foreign

        def sometimes(*arguments: object) -> object:
            if next(fails, False):
                message = "a look that fails"
                raise sqlite3.OperationalError(message)
            return foreign(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(store._writer, "_foreign", sometimes)
        waiting = asyncio.create_task(store.changed("cart-17", request.version))
        await waiters(store, 1)
        other = SQLiteStore(path)

        await push(other, completed_body())

        async with patience():
            assert (await waiting).state is State.COMPLETED
        await other.close()


class TestCommitThatFails:
    async def test_nobody_is_told_that_it_was_stored(self, store: SQLiteStore) -> None:
        await accept(store)

        async def forbid_commits(tx: Transaction) -> None:
            def judge(action: int, what: str | None, *_rest: object) -> int:
                forbidden = action == sqlite3.SQLITE_TRANSACTION and what == "COMMIT"
                return sqlite3.SQLITE_DENY if forbidden else sqlite3.SQLITE_OK

            tx._connection.set_authorizer(judge)  # type: ignore[attr-defined]

        async def allow_commits(tx: Transaction) -> None:
            tx._connection.set_authorizer(None)  # type: ignore[attr-defined]

        with pytest.raises(StoreError):
            await store._write(forbid_commits)
        results = await asyncio.gather(*(begin(store, f"cart-{n}") for n in range(5)), return_exceptions=True)
        listed = [request.reference async for request in store.list()]
        await store._write(allow_commits)

        assert [type(result) for result in results] == [StoreError] * 5
        assert listed == ["cart-17"]
        assert (await begin(store, "cart-1")).state is State.SENDING


class TestDamage:
    async def test_damaged_file_is_named(self, store: SQLiteStore, path: Path) -> None:
        await asyncio.gather(*(accept(store, f"cart-{n}", f"{n:025d}") for n in range(300)))
        await store.close()
        content = path.read_bytes()
        path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
        damaged = SQLiteStore(path)

        with pytest.raises(StoreError, match=r"damaged, or no SQLite database .* restore a backup"):
            await damaged.get("cart-150")
        with pytest.raises(StoreError, match="damaged"):
            await begin(damaged, "cart-1000")

        await damaged.close()


class TestGaps:
    async def test_who_missed_too_much_looks_again(
        self, store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("airalo_async.stores._sqlite._writer._PRUNE_EVERY", 1)
        monkeypatch.setattr("airalo_async.stores._sqlite._writer._CHANGES_KEPT", 1)
        request = await accept(store)
        waiting = asyncio.create_task(store.changed("cart-17", request.version))
        arriving = asyncio.create_task(store.arrived(timeout=60))
        await waiters(store, 2)
        other = SQLiteStore(path)

        # The row of the first change is gone when the third is made, perhaps before anybody looked.
        await push(other, completed_body())
        await push(other, low_data_body())
        await push(other, low_data_body("2"))

        async with patience():
            assert (await waiting).state is State.COMPLETED
            await arriving
        assert len(await store.claim(ALL_KINDS, lease=LEASE, limit=9)) == 3
        await other.close()
