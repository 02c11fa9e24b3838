"""The SQLite store: its file, its commits, its threads."""

# ruff: noqa: ASYNC240  (what the tests look at are small files on a local disk)

from __future__ import annotations

import asyncio
import gc
import os
import re
import sqlite3
import stat
import threading
import weakref
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from airalo_async._tag import make_tag
from airalo_async.errors import StoreError
from airalo_async.models import Accepted, Paid, State, Unsent
from airalo_async.stores import SQLiteStore
from airalo_async.stores import _purchases as purchases
from airalo_async.stores._base import Begun, Receipt
from airalo_async.stores._sqlite import _file, _schema, _statements, _writes
from airalo_async.stores._sqlite._transaction import SQLiteTransaction
from tests.stores._support import (
    ALL_KINDS,
    ID,
    LEASE,
    accept,
    begin,
    completed_body,
    in_one_commit,
    low_data_body,
    paid,
    purchase,
    push,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from airalo_async.models import StoredRequest
    from airalo_async.stores._transaction import Transaction
    from airalo_async.testing._clock import FakeClock

Make = Callable[[Path], SQLiteStore]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "airalo.db"


@pytest.fixture
async def make(clock: FakeClock) -> AsyncIterator[Make]:
    """Make stores that are closed at the end."""
    made: list[SQLiteStore] = []

    def one(path: Path) -> SQLiteStore:
        made.append(SQLiteStore(path, clock=clock, lock_timeout=0.2))
        return made[-1]

    yield one
    for store in made:
        await store.close()


@pytest.fixture
def store(make: Make, path: Path) -> SQLiteStore:
    return make(path)


def look(path: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the file, by a connection of our own."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def threads_of(path: Path) -> list[str]:
    return sorted(thread.name for thread in threading.enumerate() if thread.name.endswith(f"of {path.name}"))


async def pragma(name: str, tx: Transaction) -> object:
    value: object = tx._execute(f"PRAGMA {name}").fetchone()[0]  # type: ignore[attr-defined]
    return value


class TestFile:
    async def test_making_a_store_touches_nothing(self, path: Path) -> None:
        store = SQLiteStore(path)

        assert not path.exists()
        await store.close()
        assert not path.exists()

    async def test_only_the_owner_can_read_it(self, store: SQLiteStore, path: Path) -> None:
        before = os.umask(0)
        try:
            await begin(store)
        finally:
            os.umask(before)

        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == {"airalo.db": 0o600, "airalo.db-wal": 0o600, "airalo.db-shm": 0o600}

    async def test_mode_of_a_file_that_is_there_is_left(self, store: SQLiteStore, path: Path) -> None:
        path.touch()
        path.chmod(0o400)

        await begin(store)

        assert stat.S_IMODE(path.stat().st_mode) == 0o400

    async def test_every_connection_is_durable(self, store: SQLiteStore) -> None:
        for run in (store._write, store._read):
            assert await run(lambda tx: pragma("journal_mode", tx)) == "wal"
            assert await run(lambda tx: pragma("synchronous", tx)) == 2

    async def test_reader_cannot_write(self, store: SQLiteStore) -> None:
        async def write(tx: Transaction) -> None:
            tx._execute("DELETE FROM requests")  # type: ignore[attr-defined]

        with pytest.raises(StoreError, match="readonly"):
            await store._read(write)

    async def test_odd_names_are_names(self, tmp_path: Path, make: Make) -> None:
        path = tmp_path / "a b%20?mode=ro#é'.db"
        await begin(make(path))

        assert path.exists()

    async def test_name_tells_what_it_is(self, store: SQLiteStore, path: Path) -> None:
        assert repr(store) == f"<SQLiteStore {path}>"
        await store.close()
        assert repr(store) == f"<SQLiteStore {path} closed>"

    async def test_relative_path_stays_where_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

        store = SQLiteStore("airalo.db")

        assert store.path == tmp_path / "airalo.db"


class TestForeignFile:
    @pytest.mark.parametrize(
        "content", [b"not a database " * 200, b"SQLite format 3\0" + b"x" * 4000], ids=["text", "torn"]
    )
    async def test_file_that_is_no_database_is_refused(self, store: SQLiteStore, path: Path, content: bytes) -> None:
        path.write_bytes(content)

        with pytest.raises(StoreError, match="no SQLite database") as caught:
            await begin(store)

        assert "give the store another file" in str(caught.value)
        assert path.read_bytes() == content

    async def test_database_of_another_program_is_refused(self, store: SQLiteStore, path: Path) -> None:
        look(path, "CREATE TABLE theirs (id)")

        with pytest.raises(StoreError, match="another program; give the store a file of its own"):
            await begin(store)

        assert look(path, "PRAGMA journal_mode") == [("delete",)]
        assert look(path, "SELECT name FROM sqlite_master") == [("theirs",)]

    async def test_newer_schema_is_refused(self, store: SQLiteStore, path: Path, make: Make) -> None:
        await begin(store)
        await store.close()
        look(path, f"PRAGMA user_version = {_schema.VERSION + 1}")

        with pytest.raises(StoreError, match=r"written by a newer release .* upgrade airalo_async"):
            await make(path).get("cart-17")

    async def test_missing_folder_is_named(self, tmp_path: Path, make: Make) -> None:
        path = tmp_path / "missing" / "airalo.db"

        with pytest.raises(StoreError, match="make the folder") as caught:
            await begin(make(path))

        assert str(path) in str(caught.value)

    async def test_folder_instead_of_a_file_is_refused(self, tmp_path: Path, make: Make) -> None:
        with pytest.raises(StoreError, match="cannot be opened"):
            await begin(make(tmp_path))

    async def test_it_is_opened_again_when_mended(self, tmp_path: Path, make: Make) -> None:
        store = make(tmp_path / "missing" / "airalo.db")
        with pytest.raises(StoreError):
            await begin(store)

        (tmp_path / "missing").mkdir()

        assert (await begin(store)).state is State.SENDING

    async def test_file_without_write_ahead_log_is_refused(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        # SQLite keeps a database in memory out of write-ahead logging, as it does one on some network file systems.
        connect = sqlite3.connect
        monkeypatch.setattr(_file, "_create", lambda _path: None)
        monkeypatch.setattr(sqlite3, "connect", lambda *_args, **_options: connect(":memory:"))

        with pytest.raises(StoreError, match="local disk"):
            await begin(make(Path("unused.db")))


class TestClosing:
    async def test_reader_is_closed_before_the_writer(
        self, store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await begin(store)
        await store.get("cart-17")
        ended: list[bool] = []
        stop = store._writer.stop

        def note_and_stop() -> None:
            ended.append(store._reader._ended.is_set())
            stop()

        monkeypatch.setattr(store._writer, "stop", note_and_stop)

        await store.close()

        assert ended == [True]
        assert not path.with_name("airalo.db-wal").exists()


class TestMigration:
    @pytest.mark.parametrize("look_at", ["user_version", "application_id", "sqlite_master"])
    async def test_new_file_that_another_process_prepares_meanwhile_is_shared(
        self, path: Path, make: Make, monkeypatch: pytest.MonkeyPatch, look_at: str
    ) -> None:
        connect = sqlite3.connect

        class Overtaken(sqlite3.Connection):
            def execute(self, statement: str, *parameters: Any) -> Any:
                answer = super().execute(statement, *parameters)
                if look_at not in statement or sqlite3.connect is connect:
                    return answer
                seen = answer.fetchone()
                monkeypatch.setattr(sqlite3, "connect", connect)
                _file.open_file(path, lock_timeout=1).close()
                return SimpleNamespace(fetchone=lambda: seen)

        monkeypatch.setattr(sqlite3, "connect", partial(connect, factory=Overtaken))

        assert (await begin(make(path))).state is State.SENDING

    async def test_file_of_an_older_release_is_brought_forward(
        self, path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = make(path)
        request = await begin(old)
        await old.close()
        monkeypatch.setattr(_file, "MIGRATIONS", (*_schema.MIGRATIONS, ("CREATE TABLE more (id INTEGER)",)))
        monkeypatch.setattr(_file, "VERSION", 2)

        assert await make(path).get("cart-17") == request
        assert look(path, "PRAGMA user_version") == [(2,)]
        assert look(path, "SELECT * FROM more") == []

    async def test_migration_that_fails_changes_nothing(
        self, path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = ("CREATE TABLE more (id INTEGER)", "CREATE TABLE more (id INTEGER)")
        monkeypatch.setattr(_file, "MIGRATIONS", (*_schema.MIGRATIONS, broken))
        monkeypatch.setattr(_file, "VERSION", 2)

        with pytest.raises(StoreError, match="already exists"):
            await begin(make(path))

        assert look(path, "PRAGMA user_version") == [(0,)]
        assert look(path, "SELECT name FROM sqlite_master") == []

    def test_version_is_the_number_of_migrations(self) -> None:
        assert len(_schema.MIGRATIONS) == _schema.VERSION == 1


class TestSharedCommits:
    async def test_what_waits_is_committed_at_once(self, store: SQLiteStore, path: Path) -> None:
        await in_one_commit(store, *(begin(store, f"cart-{n}") for n in range(100)))

        assert look(path, "SELECT count(*) FROM changes") == [(1,)]
        assert look(path, "SELECT count(*) FROM requests") == [(100,)]

    async def test_result_is_told_after_the_commit(self, store: SQLiteStore, path: Path) -> None:
        async def one(reference: str) -> None:
            await begin(store, reference)
            assert (reference, "sending") in look(path, "SELECT reference, state FROM requests")

        assert await in_one_commit(store, *(one(f"cart-{n}") for n in range(30))) == [None] * 30

    async def test_units_of_one_commit_see_each_other(self, store: SQLiteStore, path: Path) -> None:
        tag = (await begin(store)).attempt.tag

        await in_one_commit(
            store,
            push(store, completed_body(tag=tag)),
            push(store, completed_body(tag=tag)),
            store.claim(ALL_KINDS, lease=LEASE, limit=5),
        )

        assert look(path, "SELECT count(*) FROM changes") == [(2,)]
        assert look(path, "SELECT id, tries, reference FROM pushes") == [(1, 1, "cart-17")]

    async def test_many_share_a_commit_where_few_parameters_are_taken(self, store: SQLiteStore, path: Path) -> None:
        async def narrow(tx: Transaction) -> None:
            assert isinstance(tx, SQLiteTransaction)
            tx._connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)

        await begin(store, "first")
        await store._write(narrow)
        bodies = [completed_body(n, request_id=f"{n:025d}", tag=make_tag("client", str(n))) for n in range(1, 301)]

        pushes = [push(store, body) for body in bodies]
        results = await in_one_commit(store, *(begin(store, f"cart-{n}") for n in range(300)), *pushes)

        assert [result for result in results if isinstance(result, BaseException)] == []
        assert look(path, "SELECT count(*) FROM changes") == [(2,)]

    async def test_push_and_answer_meet_within_one_commit(self, store: SQLiteStore, path: Path) -> None:
        tag = (await begin(store)).attempt.tag
        accepted = Accepted(ID, "{}", tag)

        await in_one_commit(store, push(store, completed_body()), store.settle("cart-17", accepted))

        assert (await store.get("cart-17")).state is State.COMPLETED
        assert look(path, "SELECT count(*) FROM changes") == [(2,)]

    async def test_name_found_in_the_file_leads_to_what_was_written_since(self, store: SQLiteStore) -> None:
        tag = (await accept(store)).attempt.tag
        store._writer._known.clear()

        await in_one_commit(store, store.settle("cart-17", paid(7, tag)), push(store, completed_body(8)))

        after = await store.get("cart-17")
        assert (after.order_id, [alarm.kind for alarm in after.alarms]) == (7, ["twin"])

    async def test_pushes_of_one_commit_find_what_the_file_has(self, store: SQLiteStore) -> None:
        await accept(store, "by-id")
        tag = (await begin(store, "by-tag")).attempt.tag
        earlier = (await begin(store, "by-earlier-tag")).attempt.tag
        await store.settle("by-earlier-tag", Unsent(earlier))
        await begin(store, "by-earlier-tag")
        await push(store, low_data_body())
        store._writer._known.clear()

        receipts = await in_one_commit(
            store,
            push(store, completed_body(1)),
            push(store, completed_body(2, request_id="other", tag=tag)),
            push(store, completed_body(3, request_id=None, tag=earlier)),
            push(store, completed_body(4, request_id="nobody")),
            push(store, low_data_body()),
        )

        found = [receipt.push and receipt.push.reference for receipt in receipts if isinstance(receipt, Receipt)]
        assert found == ["by-id", "by-tag", "by-earlier-tag", None, None]
        assert [push.state async for push in store.inbox()] == ["pending"] * 4 + ["parked"]

    async def test_purchases_of_one_commit_find_what_the_file_has(self, store: SQLiteStore) -> None:
        await begin(store, "known")
        store._writer._known.clear()

        def again(reference: str) -> Coroutine[object, object, Begun]:
            return store.begin(purchase(reference), owner="owner", lease=LEASE)

        begun = await in_one_commit(store, again("new"), again("known"), again("new"), again("other"))

        assert [isinstance(one, Begun) and one.fresh for one in begun] == [True, False, False, True]
        assert [request.reference async for request in store.list()] == ["known", "new", "other"]

    async def test_cancelled_caller_does_not_undo_the_commit(self, store: SQLiteStore) -> None:
        tasks = [asyncio.create_task(begin(store, f"cart-{n}")) for n in range(20)]
        await asyncio.sleep(0)

        for task in tasks[::2]:
            task.cancel()

        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in done] == [True, False] * 10
        # What was handed in is carried out, whoever waits for it.
        assert len([request async for request in store.list()]) == 20

    async def test_requests_of_one_commit_are_listed_in_their_order(self, store: SQLiteStore) -> None:
        await begin(store, "first")

        async def begin_and_settle(tx: Transaction) -> None:
            new = purchase("third")
            await purchases.begin(tx, new, "owner", LEASE, resubmit=False)
            await purchases.settle(tx, "third", paid(3, new.tag))

        await in_one_commit(
            store,
            begin(store, "second"),
            store._write(begin_and_settle),
            store.settle("first", paid(1)),
            begin(store, "fourth"),
        )

        assert [request.reference async for request in store.list()] == ["first", "second", "third", "fourth"]
        assert [request.order_id async for request in store.list()] == [1, None, 3, None]

    async def test_many_rows_are_written_in_pieces(self, store: SQLiteStore) -> None:
        await in_one_commit(store, *(push(store, low_data_body(str(n))) for n in range(1101)))

        assert [one.id async for one in store.inbox()] == list(range(1, 1102))

    async def test_remembered_requests_are_bounded(self, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_writes, "_MOST_KNOWN", 5)

        requests = [await begin(store, f"cart-{n}") for n in range(10)]

        assert list(store._writer._known.requests) == [f"cart-{n}" for n in range(5, 10)]
        for n, request in enumerate(requests):
            settled = await store.settle(f"cart-{n}", paid(n + 1, request.attempt.tag))
            assert settled.version == 2
        assert (store._writer._known.requests, store._writer._known.names) == ({}, {})


class TestPoison:
    async def test_unit_that_fails_is_undone_alone(self, store: SQLiteStore, path: Path) -> None:
        async def poison(tx: Transaction) -> None:
            request = await tx.request("first")
            assert request is not None
            await tx.save_request(evolve(request, version=99), request)
            await tx.take_key("key", None)
            message = "poison"
            raise ZeroDivisionError(message)

        before = await begin(store, "first")

        results = await in_one_commit(
            store,
            *(begin(store, f"cart-{n}") for n in range(5)),
            store._write(poison),
            *(begin(store, f"cart-{n}") for n in range(5, 10)),
        )

        assert [type(result) for result in results].count(ZeroDivisionError) == 1
        assert await store.get("first") == before
        assert look(path, "SELECT count(*) FROM requests") == [(11,)]
        assert look(path, "SELECT count(*) FROM keys") == [(0,)]

    async def test_value_that_cannot_be_stored_fails_alone(self, store: SQLiteStore, path: Path) -> None:
        await begin(store, "first")

        results = await in_one_commit(
            store,
            *(begin(store, f"cart-{n}") for n in range(5)),
            begin(store, "cart-\ud800"),
            *(begin(store, f"cart-{n}") for n in range(5, 10)),
        )

        (error,) = [result for result in results if isinstance(result, Exception)]
        assert isinstance(error, StoreError)
        assert "surrogates not allowed" in str(error)
        assert look(path, "SELECT count(*) FROM requests") == [(11,)]

    async def test_metadata_that_is_no_json_fails_alone(self, store: SQLiteStore, path: Path) -> None:
        odd = purchase("odd", metadata={"user": object()})  # type: ignore[dict-item]

        results = await in_one_commit(
            store, begin(store, "first"), store.begin(odd, owner="owner", lease=LEASE), begin(store, "last")
        )

        assert [type(result) for result in results if isinstance(result, Exception)] == [TypeError]
        assert look(path, "SELECT reference FROM requests") == [("first",), ("last",)]

    async def test_unit_that_fails_alone_leaves_nothing(self, store: SQLiteStore) -> None:
        with pytest.raises(StoreError, match="surrogates"):
            await begin(store, "cart-\ud800")

        assert [request async for request in store.list()] == []

    async def test_unit_of_work_may_not_wait(self, store: SQLiteStore) -> None:
        never: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def waits(_tx: Transaction) -> None:
            await never

        with pytest.raises(RuntimeError, match="awaited something else"):
            await store._write(waits)

    async def test_unit_of_work_lists_before_it_writes(self, store: SQLiteStore) -> None:
        async def writes_and_lists(tx: Transaction) -> None:
            await tx.take_key("key", None)
            await tx.pushes(None, 0, 10)

        with pytest.raises(RuntimeError, match="lists rows before it writes"):
            await store._write(writes_and_lists)

    async def test_order_number_of_more_than_63_bits_is_kept_in_the_result(self, store: SQLiteStore) -> None:
        tag = (await begin(store)).attempt.tag

        await store.settle("cart-17", Paid(2**70, "C-7", 2, '{"id": 1180591620717411303424}', tag))

        after = await store.get("cart-17")
        assert (after.state, after.order_id, after.attempt.order_id) == (State.COMPLETED, None, 2**70)
        assert await store.find(order_id=2**70) == after


def statements() -> dict[str, str]:
    """Every statement, by its name."""
    found: dict[str, str] = {}
    for name, value in vars(_statements).items():
        if isinstance(value, _statements.Bulk):
            found[name] = value.sql(3)
        elif isinstance(value, str) and name.isupper() and not name.startswith("_") and not name.endswith("COLUMNS"):
            found[name] = value
    return found | {
        "ahead": _statements.ahead(2, 2, 2),
        "parked_for": _statements.parked_for(2),
        "references_among": _statements.references_among(2),
        "save_requests": _statements.save_requests(frozenset({"tag", "order_id"})).sql(3),
        "due_pushes": _statements.due_pushes(3),
    }


class TestIndexes:
    @pytest.mark.parametrize("name", statements())
    async def test_no_statement_looks_at_every_row(self, store: SQLiteStore, path: Path, name: str) -> None:
        await begin(store)
        query = statements()[name]
        numbers = [int(number) for number in re.findall(r"\?(\d+)", query)]
        parameters = [1] * (max(numbers) if numbers else query.count("?"))

        with closing(sqlite3.connect(path)) as connection:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", parameters)]

        # The one row of the identity, the ends of two tables and the rows of an INSERT are no search.
        searches = [step for step in plan if name not in {"IDENTITY", "LAST_PUSH", "LAST_CHANGE"}]
        assert [step for step in searches if re.match(r"SCAN (?!\d+ CONSTANT ROWS?)", step)] == []
        assert not any("TEMP B-TREE" in step for step in plan)


class TestThreads:
    async def test_threads_end_when_the_store_is_closed(self, tmp_path: Path) -> None:
        path = tmp_path / "threads.db"
        store = SQLiteStore(path)
        await begin(store)
        await store.get("cart-17")
        assert threads_of(path) == ["reader of threads.db", "writer of threads.db"]

        await store.close()

        assert threads_of(path) == []

    async def test_threads_end_when_the_store_is_dropped(self, path: Path) -> None:
        store = SQLiteStore(path)
        await begin(store)
        await store.get("cart-17")
        ended = [store._writer._ended, store._reader._ended]
        gone = weakref.ref(store)

        del store
        gc.collect()

        assert gone() is None
        assert all(await asyncio.gather(*(asyncio.to_thread(event.wait, 10) for event in ended)))

    async def test_thread_that_cannot_start_is_an_error(
        self, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_self: threading.Thread) -> None:
            message = "can't start new thread"
            raise RuntimeError(message)

        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", refuse)
            with pytest.raises(StoreError, match="can't start new thread"):
                await begin(store)

        assert (await begin(store)).state is State.SENDING

    async def test_work_for_a_thread_that_has_ended_is_refused(self, store: SQLiteStore) -> None:
        await begin(store)
        started, gate = threading.Event(), threading.Event()

        async def hold(_tx: Transaction) -> None:
            started.set()
            gate.wait(10)

        holding = asyncio.create_task(store._write(hold))
        await asyncio.to_thread(started.wait, 10)
        store._writer.stop()
        late = asyncio.create_task(begin(store, "late"))
        await asyncio.sleep(0)
        gate.set()

        await holding
        with pytest.raises(StoreError, match="closed"):
            await late

    def test_store_goes_from_one_loop_to_the_next(self, path: Path) -> None:
        store = SQLiteStore(path)

        asyncio.run(accept(store))
        completed = asyncio.run(push(store, completed_body()))
        asyncio.run(store.close())

        assert completed.request is not None

    async def test_second_running_loop_is_refused(self, store: SQLiteStore) -> None:
        await begin(store)

        with pytest.raises(StoreError, match="open a second store"):
            await asyncio.to_thread(asyncio.run, begin(store, "cart-18"))

    def test_loop_that_is_gone_is_told_nothing(self, path: Path) -> None:
        store = SQLiteStore(path)
        loop = asyncio.new_event_loop()
        task = loop.create_task(begin(store))
        loop.call_soon(loop.stop)
        loop.run_forever()
        task.cancel()
        loop.run_until_complete(asyncio.wait([task]))
        loop.close()

        assert asyncio.run(get_and_close(store)).state is State.SENDING


async def get_and_close(store: SQLiteStore) -> StoredRequest:
    try:
        return await store.get("cart-17")
    finally:
        await store.close()
