"""What is particular to the store in PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import ArgumentError, StoreError
from airalo_async.models import State
from airalo_async.stores import PostgresStore
from airalo_async.stores._optimistic._engine import TryAgainError, UnfitError
from airalo_async.stores._optimistic._reads import FOR_GOOD
from airalo_async.stores._postgres._driver import InterfaceError, InternalClientError, PostgresError, connect
from airalo_async.stores._postgres._failures import explain, is_disconnect, judge
from airalo_async.stores._postgres._schema import MIGRATIONS, VERSION
from airalo_async.stores._postgres._session import PostgresSession
from airalo_async.stores._postgres._writing import check
from tests.faults._engines import PostgresEngine
from tests.stores._servers import POSTGRES_URL, PostgresBackend, new_schema
from tests.stores._support import accept, begin, completed_body, low_data_body, push

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from airalo_async.stores._optimistic._changes import Changes
    from airalo_async.stores._postgres._driver import Connection
    from airalo_async.stores._postgres._writing import Checked
    from airalo_async.testing._clock import FakeClock


@pytest.fixture
async def own(postgres: PostgresBackend) -> AsyncIterator[PostgresBackend]:
    """A schema that no other test has touched."""
    assert postgres.shared
    backend = PostgresBackend(new_schema())
    yield backend
    await backend.drop()


class MadeUpError(PostgresError):  # type: ignore[misc]  # the driver has no types
    def __init__(self, sqlstate: str) -> None:
        super().__init__("made up")
        self.sqlstate = sqlstate


def test_store_is_made_without_a_server() -> None:
    store = PostgresStore("postgresql://user:hush@127.0.0.1:1/nowhere", schema="shop")

    assert repr(store) == "<PostgresStore PostgreSQL at 127.0.0.1/nowhere, schema shop>"


async def test_server_that_is_away_is_a_store_error() -> None:
    store = PostgresStore("postgresql://user:hush@127.0.0.1:1/nowhere", timeout=2.0)

    with pytest.raises(StoreError, match=r"127\.0\.0\.1/nowhere") as caught:
        await begin(store)

    assert "hush" not in str(caught.value)
    await store.close()


@pytest.mark.parametrize("schema", ["", "Shop", "1shop", "shop; drop", 'a"b', "x" * 49])
def test_odd_schema_is_refused(schema: str) -> None:
    with pytest.raises(ArgumentError, match="lower-case letters"):
        PostgresStore(POSTGRES_URL, schema=schema)


def test_other_url_is_refused() -> None:
    with pytest.raises(ArgumentError, match="postgresql://"):
        PostgresStore("mysql://localhost/airalo")


async def test_schemas_are_stores_of_their_own(own: PostgresBackend, postgres: PostgresBackend) -> None:
    one, two = (PostgresStore(POSTGRES_URL, schema=backend.schema) for backend in (own, postgres))
    await postgres.clear()

    await begin(one)

    assert [request async for request in two.list()] == []
    await asyncio.gather(one.close(), two.close())


async def test_eight_stores_make_the_schema_once(own: PostgresBackend, clock: FakeClock) -> None:
    stores = [own.open(clock) for _ in range(8)]

    await asyncio.gather(*(begin(store, f"cart-{number}") for number, store in enumerate(stores)))

    assert len([request async for request in stores[0].list()]) == 8
    await asyncio.gather(*(store.close() for store in stores))


@pytest.mark.parametrize("version", range(VERSION))
async def test_schema_of_an_older_release_is_migrated(own: PostgresBackend, clock: FakeClock, version: int) -> None:
    connection = await connect(POSTGRES_URL)
    await connection.execute(f"CREATE SCHEMA {own.schema}; SET search_path = {own.schema}")
    for number in range(version):
        for statement in MIGRATIONS[number]:
            await connection.execute(statement)
    await connection.execute("CREATE TABLE schema_version (version integer NOT NULL)")
    await connection.execute("INSERT INTO schema_version VALUES ($1)", version)
    if version:
        await connection.execute("INSERT INTO keys VALUES ('order:7', $1)", FOR_GOOD)
    store = own.open(clock)

    receipt = await push(store, completed_body(7))

    assert receipt.duplicate == bool(version)
    assert await connection.fetchval("SELECT version FROM schema_version") == VERSION
    await connection.close()
    await store.close()


async def test_schema_of_a_newer_release_is_refused(own: PostgresBackend, clock: FakeClock) -> None:
    first, second = own.open(clock), own.open(clock)
    await begin(first)
    connection = await connect(POSTGRES_URL)
    await connection.execute(f"UPDATE {own.schema}.schema_version SET version = {VERSION + 1}")  # noqa: S608  (our own)
    await connection.close()

    with pytest.raises(StoreError, match="upgrade airalo_async"):
        await second.get("cart-17")

    await asyncio.gather(first.close(), second.close())


async def test_lost_connection_is_replaced(own: PostgresBackend) -> None:
    store = PostgresStore(POSTGRES_URL, schema=own.schema)
    await begin(store)
    # Of this store alone: the server is shared with whoever else tests at this moment.
    pids = [session._connection.get_server_pid() for session in store._writers._idle]  # type: ignore[attr-defined]
    connection = await connect(POSTGRES_URL)
    for pid in pids:
        await connection.execute("SELECT pg_terminate_backend($1)", pid)
    await connection.close()

    request = await accept(store, "cart-18")

    assert len(pids) == 1
    assert request.state is State.ACCEPTED
    await store.close()


async def test_commit_without_an_answer_is_told_as_unknown(
    own: PostgresBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, end = PostgresStore(POSTGRES_URL, schema=own.schema), PostgresSession._end
    await begin(store, "cart-1")

    async def end_without_a_connection(self: PostgresSession, connection: Connection) -> None:
        monkeypatch.undo()
        await cut_off(connection)
        await end(self, connection)

    monkeypatch.setattr(PostgresSession, "_end", end_without_a_connection)

    with pytest.raises(StoreError, match="nothing is known to be stored"):
        await begin(store, "cart-2")

    assert (await begin(store, "cart-3")).reference == "cart-3"
    assert [request.reference async for request in store.list()] == ["cart-1", "cart-3"]
    await store.close()


async def test_connection_lost_before_the_commit_is_made_up_for(
    own: PostgresBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PostgresStore(POSTGRES_URL, schema=own.schema)
    await begin(store, "cart-1")

    async def check_without_a_connection(connection: Connection, batch: Sequence[Changes]) -> Checked:
        monkeypatch.undo()
        await cut_off(connection)
        return await check(connection, batch)

    monkeypatch.setattr("airalo_async.stores._postgres._session.check", check_without_a_connection)

    request = await begin(store, "cart-2")

    assert (request.version, len(request.attempts)) == (1, 1)
    await store.close()


async def cut_off(connection: Connection) -> None:
    """End a connection as an administrator does."""
    other = await connect(POSTGRES_URL)
    await other.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    await other.close()


async def test_user_without_rights_is_told_what_is_missing() -> None:
    engine = PostgresEngine()
    try:
        await engine.start()
        connection = await connect(engine.url)
        await connection.execute("CREATE ROLE guest LOGIN")
        await connection.close()
        store = PostgresStore(engine.url.replace("tester@", "guest@"))

        with pytest.raises(StoreError, match="let it create and use the schema"):
            await begin(store)

        await store.close()
    finally:
        engine.remove()


async def test_value_that_cannot_be_kept_spoils_nothing_else(own: PostgresBackend, clock: FakeClock) -> None:
    store = own.open(clock)

    results = await asyncio.gather(
        *(begin(store, f"cart-{number}") for number in range(5)),
        begin(store, "nul \0 in it"),
        *(begin(store, f"cart-{number}") for number in range(5, 10)),
        return_exceptions=True,
    )

    failures = [result for result in results if isinstance(result, BaseException)]
    assert [type(failure) for failure in failures] == [StoreError]
    assert "nothing was stored" in str(failures[0])
    assert len([request async for request in store.list()]) == 10
    await store.close()


async def test_ids_have_no_gaps_after_conflicts(own: PostgresBackend, clock: FakeClock) -> None:
    stores = [own.open(clock) for _ in range(3)]

    await asyncio.gather(
        *(push(store, low_data_body(str(number))) for store in stores for number in range(40)),
        *(push(stores[0], completed_body(number)) for number in range(1, 21)),
    )

    assert [one.id async for one in stores[0].inbox()] == list(range(1, 61))
    await asyncio.gather(*(store.close() for store in stores))


async def test_store_of_another_loop_is_refused(own: PostgresBackend, clock: FakeClock) -> None:
    store = own.open(clock)
    await begin(store)

    def elsewhere() -> None:
        with pytest.raises(StoreError, match="another event loop"):
            asyncio.run(store.get("cart-17"))

    await asyncio.to_thread(elsewhere)
    await store.close()


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ((), []),
        (
            ("fsync=off", "full_page_writes=off", "synchronous_commit=off"),
            ["fsync", "full_page_writes", "synchronous_commit"],
        ),
    ],
    ids=["durable", "forgetful"],
)
async def test_forgetful_server_is_warned_of_once(
    caplog: pytest.LogCaptureFixture, settings: tuple[str, ...], missing: list[str]
) -> None:
    engine = PostgresEngine(*settings)
    try:
        await engine.start()
        store = engine.store(timeout=10)
        with caplog.at_level(logging.WARNING, "airalo_async"):
            await asyncio.gather(*(begin(store, f"cart-{number}") for number in range(300)))
        await store.close()
    finally:
        engine.remove()

    warned = [record.getMessage().partition(": ")[2].partition(" is off, not on: ")[0] for record in caplog.records]
    assert warned == missing


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03", "08006", "57P01", "57P02", "25P03"])
def test_passing_failures_are_tried_again(code: str) -> None:
    assert isinstance(judge(MadeUpError(code), "here"), TryAgainError)


@pytest.mark.parametrize(
    "error", [OSError("reset"), EOFError(), InterfaceError("closed"), InternalClientError("state")]
)
def test_lost_connections_are_told_apart(error: Exception) -> None:
    assert is_disconnect(error)
    assert isinstance(judge(error, "here"), TryAgainError)


@pytest.mark.parametrize("code", ["22021", "23514", "54000"])
def test_values_are_told_from_engines(code: str) -> None:
    assert isinstance(judge(MadeUpError(code), "here"), UnfitError)


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        ("53100", "make room"),
        ("53300", "raise max_connections"),
        ("25006", "address of the primary"),
        ("28P01", "check the URL"),
        ("3D000", "create it"),
        ("42501", "let it create"),
        ("42P01", "restore a backup"),
        ("XX000", "nothing is known to be stored"),
    ],
)
def test_failures_say_how_to_mend_them(code: str, cure: str) -> None:
    assert cure in str(explain(MadeUpError(code), "here"))
    assert isinstance(judge(MadeUpError(code), "here"), StoreError)
