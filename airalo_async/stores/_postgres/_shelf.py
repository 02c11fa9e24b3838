"""Moving from and to a PostgreSQL schema."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from airalo_async.stores._optimistic._append import append
from airalo_async.stores._optimistic._reads import FOR_GOOD
from airalo_async.stores._postgres._failures import FAILURES, explain
from airalo_async.stores._records import micros, moment, unpack_request
from airalo_async.stores._shelf import KeyPage, Living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from airalo_async.models import StoredPush
    from airalo_async.stores._postgres._door import Door
    from airalo_async.stores._postgres._driver import Connection
    from airalo_async.stores._postgres._session import PostgresSession

__all__ = ["PostgresShelf"]

_TABLES = ("requests", "pushes", "keys", "identity")
_LOCK = f"LOCK TABLE {', '.join(_TABLES)} IN SHARE ROW EXCLUSIVE MODE"
_SENDING = "SELECT record FROM requests WHERE state = 'sending'"
_HANDLING = "SELECT count(*) FROM pushes WHERE state <> 'done' AND lease_until > $1"
_KEYS = "SELECT key, expires_at FROM keys WHERE key > $1 ORDER BY key LIMIT $2"
_SEAL = (
    "CREATE TABLE seal (moved_to text NOT NULL)",
    """
    CREATE FUNCTION refuse_writes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'it is sealed: it moved to %', (SELECT moved_to FROM seal) USING ERRCODE = '55000';
    END $$
    """,
    *(
        f"CREATE TRIGGER sealed BEFORE INSERT OR UPDATE OR DELETE ON {table} EXECUTE FUNCTION refuse_writes()"
        for table in _TABLES
    ),
)
"""The engine itself refuses: so it does to processes that connected long ago, and it costs no other store anything."""
_UNSEAL = (
    *(f"DROP TRIGGER IF EXISTS sealed ON {table}" for table in _TABLES),
    "DROP FUNCTION IF EXISTS refuse_writes()",
    "DROP TABLE IF EXISTS seal",
)


class PostgresShelf:
    """A connection of its own to the schema of a store.

    Args:
        door: Opens connections.
        session: Commits pushes.
    """

    def __init__(self, door: Door, session: PostgresSession) -> None:
        self._door = door
        self._session = session
        self._connection: Connection | None = None

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        """Commit what is done inside, or nothing."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._door.connect()
        try:
            async with self._connection.transaction():
                yield self._connection
        except FAILURES as error:
            raise explain(error, self._door.where) from error

    async def sealed(self) -> str | None:
        async with self._transaction() as connection:
            return await self._moved_to(connection)

    async def _moved_to(self, connection: Connection) -> str | None:
        if await connection.fetchval("SELECT to_regclass($1)", f'"{self._door.schema}".seal') is None:
            return None
        moved_to: str | None = await connection.fetchval("SELECT moved_to FROM seal")
        return moved_to

    async def seal(self, moved_to: str, now: datetime) -> Living:
        async with self._transaction() as connection:
            await connection.execute(_LOCK)
            requests = [unpack_request(row["record"], None) for row in await connection.fetch(_SENDING)]
            sending = sum(request.attempt.lease_until > now for request in requests)
            living = Living(sending, await connection.fetchval(_HANDLING, micros(now)) or 0)
            if not living and await self._moved_to(connection) is None:
                for statement in _SEAL:
                    await connection.execute(statement)
                await connection.execute("INSERT INTO seal VALUES ($1)", moved_to)
            return living

    async def unseal(self) -> None:
        async with self._transaction() as connection:
            for statement in _UNSEAL:
                await connection.execute(statement)

    async def keys(self, after: str, limit: int) -> KeyPage:
        async with self._transaction() as connection:
            rows = await connection.fetch(_KEYS, after, limit)
        found = [(key, None if ends == FOR_GOOD else moment(ends)) for key, ends in rows]
        return KeyPage(found, found[-1][0] if len(found) == limit else "")

    async def append(self, pushes: Sequence[StoredPush]) -> None:
        await append(self._session, pushes, self._door.where)

    async def close(self) -> None:
        await self._session.close()
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close()
