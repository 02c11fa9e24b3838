"""Moving from and to an SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airalo_async.errors import StoreError
from airalo_async.stores._shelf import KeyPage, Living
from airalo_async.stores._sqlite import _statements as sql
from airalo_async.stores._sqlite._columns import micros, moment_or_none
from airalo_async.stores._sqlite._file import explain, open_file
from airalo_async.stores._sqlite._push_rows import push_row
from airalo_async.stores._sqlite._request_rows import REQUEST_COLUMNS, read_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from airalo_async.models import StoredPush

__all__ = ["SQLiteShelf"]

_IS_SEALED = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seal'"
_SENDING = f"SELECT {REQUEST_COLUMNS} FROM requests WHERE state = 'sending'"  # noqa: S608  (names of columns)
_HANDLING = "SELECT count(*) FROM pushes WHERE state <> 'done' AND lease_until > ?"
_KEYS = "SELECT key, expires_at FROM keys WHERE key > ? ORDER BY key LIMIT ?"


class SQLiteShelf:
    """A connection of its own to the file of a store.

    Nobody waits for the event loop while a store is moved, so this one works in it.

    Args:
        path: The file; made if there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what is done inside, or nothing."""
        try:
            if self._connection is None:
                self._connection = open_file(self._path, lock_timeout=5.0)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except (sqlite3.Error, OSError) as error:
            raise explain(error, self._path) from error

    async def sealed(self) -> str | None:
        with self._transaction() as connection:
            return _moved_to(connection)

    async def seal(self, moved_to: str, now: datetime) -> Living:
        with self._transaction() as connection:
            requests = [read_request(*row) for row in connection.execute(_SENDING)]
            sending = sum(request.attempt.lease_until > now for request in requests)
            living = Living(sending, connection.execute(_HANDLING, (micros(now),)).fetchone()[0])
            if not living and _moved_to(connection) is None:
                _seal(connection, moved_to)
            return living

    async def unseal(self) -> None:
        with self._transaction() as connection:
            for name in _triggers():
                connection.execute(f"DROP TRIGGER IF EXISTS {name}")
            connection.execute("DROP TABLE IF EXISTS seal")

    async def keys(self, after: str, limit: int) -> KeyPage:
        with self._transaction() as connection:
            rows = connection.execute(_KEYS, (after, limit)).fetchall()
        return KeyPage([(key, moment_or_none(ends)) for key, ends in rows], rows[-1][0] if len(rows) == limit else "")

    async def append(self, pushes: Sequence[StoredPush]) -> None:
        with self._transaction() as connection:
            last = connection.execute(sql.LAST_PUSH).fetchone()[0]
            if [push.id for push in pushes] != list(range(last + 1, last + 1 + len(pushes))):
                message = f"{self._path}: somebody else adds pushes; move into a store that nobody uses"
                raise StoreError(message)
            sql.SAVE_PUSHES.run(connection, [push_row(push) for push in pushes])

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _moved_to(connection: sqlite3.Connection) -> str | None:
    if connection.execute(_IS_SEALED).fetchone() is None:
        return None
    moved_to: str = connection.execute("SELECT moved_to FROM seal").fetchone()[0]
    return moved_to


def _seal(connection: sqlite3.Connection, moved_to: str) -> None:
    """Let the engine itself refuse: so it does in processes that opened the file long ago, and costs no other store."""
    connection.execute("CREATE TABLE seal (moved_to TEXT NOT NULL)")
    connection.execute("INSERT INTO seal VALUES (?)", (moved_to,))
    said = "it is sealed: it moved to " + moved_to.replace("'", "''")
    for name, (change, table) in _triggers().items():
        connection.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END")


def _triggers() -> dict[str, tuple[str, str]]:
    """Name the triggers of a seal, and what each stands against."""
    return {
        f"sealed_{table}_{change.lower()}": (change, table)
        for table in ("requests", "pushes", "keys", "identity")
        for change in ("INSERT", "UPDATE", "DELETE")
    }
