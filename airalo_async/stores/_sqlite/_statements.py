"""What the store says to SQLite: every statement, so that each can be seen to use an index."""

# ruff: noqa: S608  (what is put together here are names of columns and numbers of parameters; values are bound)

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import frozen

from airalo_async.stores._sqlite._push_rows import PUSH_COLUMNS
from airalo_async.stores._sqlite._request_rows import REQUEST_COLUMNS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from airalo_async.stores._sqlite._columns import Value

_REQUEST = f"SELECT {REQUEST_COLUMNS} FROM requests"
_PUSH = f"SELECT {PUSH_COLUMNS} FROM pushes"
_NAMED = "(SELECT request FROM names WHERE name = ?2)"
_NO_REQUEST = ", ".join(["NULL"] * len(REQUEST_COLUMNS.split(",")))
_PLACE = "ifnull((SELECT id FROM requests WHERE reference = ?1), 0)"

BY_REFERENCE = f"{_REQUEST} WHERE reference = ?"
BY_REQUEST_ID = f"{_REQUEST} WHERE id = ifnull((SELECT id FROM requests WHERE request_id = ?1), {_NAMED})"
BY_TAG = f"{_REQUEST} WHERE id = ifnull((SELECT id FROM requests WHERE tag = ?1), {_NAMED})"
BY_ORDER_ID = f"{_REQUEST} WHERE id = ifnull((SELECT id FROM requests WHERE order_id = ?1), {_NAMED})"
LIST_REQUESTS = f"SELECT id, {REQUEST_COLUMNS} FROM requests WHERE id > {_PLACE} ORDER BY id LIMIT ?2"
LIST_REQUESTS_IN = f"SELECT id, {REQUEST_COLUMNS} FROM requests WHERE state = ?3 AND id > {_PLACE} ORDER BY id LIMIT ?2"
ADD_NAME = """
    INSERT INTO names (name, request) VALUES (?, (SELECT id FROM requests WHERE reference = ?)) ON CONFLICT DO NOTHING
"""
KEY = "SELECT expires_at FROM keys WHERE key = ?"
PUSH = f"{_PUSH} WHERE id = ?"
LAST_PUSH = "SELECT ifnull(max(id), 0) FROM pushes"
LIST_PUSHES = f"{_PUSH} WHERE id > ? ORDER BY id LIMIT ?"
LIST_DONE = f"{_PUSH} WHERE id > ? AND state = 'done' ORDER BY id LIMIT ?"
LIST_PUSHES_IN = f"{_PUSH} WHERE state = ?3 AND state <> 'done' AND id > ?1 ORDER BY id LIMIT ?2"
DUE_UNMATCHED = f"""
    {_PUSH} WHERE state = 'parked' AND given_unmatched = 0 AND received_at < ? AND due_at <= ?
    ORDER BY received_at, id LIMIT ?
"""
PURGE_REQUESTS = """
    UPDATE requests SET result = NULL WHERE id IN (
        SELECT id FROM requests INDEXED BY requests_to_purge
        WHERE result IS NOT NULL AND state IN ('completed', 'failed', 'cancelled', 'rejected', 'not_sent')
            AND updated_at < ? LIMIT ?)
"""
PURGE_PUSHES = """
    UPDATE pushes SET body = NULL WHERE id IN (
        SELECT id FROM pushes INDEXED BY pushes_to_purge
        WHERE body IS NOT NULL AND state IN ('done', 'withheld') AND received_at < ? LIMIT ?)
"""
DROP_KEYS = """
    DELETE FROM keys WHERE key IN (
        SELECT key FROM keys WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ?)
"""
IDENTITY = "SELECT identity FROM identity"
SET_IDENTITY = "INSERT INTO identity (only, identity) VALUES (1, ?)"
LAST_CHANGE = "SELECT ifnull(max(id), 0) FROM changes"
ADD_CHANGE = "INSERT INTO changes (changed, arrived) VALUES (?, ?)"
CHANGES = "SELECT id, changed, arrived FROM changes WHERE id > ? AND id < ? ORDER BY id"
DROP_CHANGES = "DELETE FROM changes WHERE id <= ?"


@lru_cache
def references_among(references: int) -> str:
    """Write the query that tells which of so many references are taken."""
    return f"SELECT reference FROM requests WHERE reference IN ({', '.join('?' * references)})"


@lru_cache
def parked_for(tags: int) -> str:
    """Write the query for parked pushes; parameters: request id, duplicate key, so many tags."""
    return f"""
        {_PUSH} WHERE id IN (
            SELECT id FROM pushes WHERE state = 'parked' AND request_id = ?
            UNION ALL SELECT id FROM pushes WHERE state = 'parked' AND key = ?
            UNION ALL SELECT id FROM pushes WHERE state = 'parked' AND tag IN ({_among(tags)}))
        ORDER BY id
    """


@lru_cache
def ahead(keys: int, ids: int, tags: int) -> str:
    """Write the query for what pushes will ask for: which duplicate keys are there, and stored requests by name.

    Parameters: so many keys, request ids and tags, then as many names as the last two together.
    """
    return f"""
        SELECT 'key', key, {_NO_REQUEST} FROM keys WHERE key IN ({_among(keys)})
        UNION ALL SELECT 'name', 'request ' || request_id, {REQUEST_COLUMNS} FROM requests
            WHERE request_id IN ({_among(ids)})
        UNION ALL SELECT 'name', 'tag ' || tag, {REQUEST_COLUMNS} FROM requests WHERE tag IN ({_among(tags)})
        UNION ALL SELECT 'earlier', name, {_NO_REQUEST} FROM names WHERE name IN ({_among(ids + tags)})
    """


def _among(values: int) -> str:
    return ", ".join("?" * values)


@lru_cache
def due_pushes(kinds: int) -> str:
    """Write the query for due pushes of one kind, for a caller with handlers for so many kinds.

    Parameters: the kind, now, how many at most, then all kinds of the caller.
    """
    among = ", ".join(f"?{number}" for number in range(4, 4 + kinds))
    return f"""
        SELECT due_at, {PUSH_COLUMNS} FROM pushes AS one
        WHERE state = 'pending' AND kind = ?1 AND due_at <= ?2 AND NOT EXISTS (
            SELECT 1 FROM pushes AS other
            WHERE other.state = 'pending' AND other.reference = one.reference AND other.id <> one.id
                AND (other.lease_until > ?2 OR (other.id < one.id AND other.kind IN ({among}))))
        ORDER BY due_at, id LIMIT ?3
    """


@frozen
class Bulk:
    """An INSERT of many rows at once, or an update of those that are there.

    One statement for many rows is not only less work: the interpreter lock changes hands at every step of a
    statement, and under a busy event loop each change costs more than the row.
    """

    table: str
    columns: str
    conflict: str

    def sql(self, rows: int) -> str:
        """Write the statement for so many rows."""
        row = f"({', '.join('?' * len(self.columns.split(',')))})"
        return f"INSERT INTO {self.table} ({self.columns}) VALUES {', '.join([row] * rows)} {self.conflict}"

    def run(self, connection: sqlite3.Connection, rows: Sequence[tuple[Value, ...]]) -> None:
        """Write the rows, eights of them and what is left over, so that few statements have to be prepared."""
        start = 0
        while start < len(rows):
            left = len(rows) - start
            size = left if left < 8 else min(left & ~7, _MOST_ROWS)
            values = [value for row in rows[start : start + size] for value in row]
            connection.execute(_bulk_sql(self, size), values)
            start += size


_MOST_ROWS = 32
"""Of 22 columns, the widest there are: some builds of SQLite take no more than 999 parameters."""


@lru_cache
def _bulk_sql(bulk: Bulk, rows: int) -> str:
    return bulk.sql(rows)


def _set(columns: str) -> str:
    return ", ".join(f"{column} = excluded.{column}" for column in columns.split(", "))


_REQUEST_CHANGES = (
    "state, attempts, updated_at, due_at, order_code, result, placed, refusal, alarms, looks, looked_at, version"
)
_REQUEST_NAMES = "tag, request_id, order_id"
_REQUEST_ROW = (
    f"reference, kind, fingerprint, package_id, quantity, metadata, created_at, {_REQUEST_CHANGES}, {_REQUEST_NAMES}"
)
_PUSH_CHANGES = "state, reference, tries, next_at, lease_until, due_at, fence, error, given_unmatched"
_PUSH_ROW = f"id, key, kind, form, request_id, tag, received_at, body, {_PUSH_CHANGES}"

SAVE_PUSHES = Bulk("pushes", _PUSH_ROW, f"ON CONFLICT (id) DO UPDATE SET {_set(_PUSH_CHANGES)}")
SAVE_KEYS = Bulk("keys", "key, expires_at", "ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at")


@lru_cache
def save_requests(renamed: frozenset[str]) -> Bulk:
    """Tell how requests are written whose columns of these names are new.

    SQLite rewrites the index of every column that is set, on a page of its own for each request: the indexes of names
    are in no order. Those of the other names stay untouched.
    """
    columns = ", ".join((_REQUEST_CHANGES, *sorted(renamed)))
    return Bulk("requests", _REQUEST_ROW, f"ON CONFLICT (reference) DO UPDATE SET {_set(columns)}")
