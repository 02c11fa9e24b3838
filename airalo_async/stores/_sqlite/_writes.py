"""What units of work have written before SQLite is told, and what of it is worth remembering after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from airalo_async.models import State, StoredPush, StoredRequest
from airalo_async.stores._records import names_of
from airalo_async.stores._sqlite import _statements as sql
from airalo_async.stores._sqlite._push_rows import push_row
from airalo_async.stores._sqlite._request_rows import names_in_other_rows, request_row

if TYPE_CHECKING:
    import sqlite3

__all__ = ["Known", "Writes"]

_LIVING = (State.SENDING, State.ACCEPTED)
_MOST_KNOWN = 1024


@define
class Writes:
    """Rows that were written, to be read again before SQLite has them, and which of them it has not got yet.

    Attributes:
        requests: Stored requests, by reference.
        names: References, by the names of those requests.
        pushes: Pushes, by id.
        keys: When duplicate keys expire, by key, in microseconds; None for never.
        added_pushes: How many of the pushes are new.
        arrived: Whether a push became due.
    """

    requests: dict[str, StoredRequest] = field(factory=dict)
    names: dict[str, str] = field(factory=dict)
    pushes: dict[int, StoredPush] = field(factory=dict)
    keys: dict[str, int | None] = field(factory=dict)
    added_pushes: int = 0
    arrived: bool = False
    _renamed: dict[str, frozenset[str]] = field(factory=dict)
    _unwritten_pushes: dict[int, None] = field(factory=dict)
    _unwritten_keys: dict[str, None] = field(factory=dict)

    def __bool__(self) -> bool:
        return bool(self._renamed or self._unwritten_pushes or self._unwritten_keys)

    def put_request(self, request: StoredRequest, renamed: frozenset[str]) -> None:
        """Write a stored request; ``renamed`` are the columns of names that are new."""
        reference = request.reference
        self.requests[reference] = request
        self.names.update(dict.fromkeys(names_of(request), reference))
        self._renamed[reference] = renamed | self._renamed.get(reference, renamed)

    def put_push(self, push: StoredPush) -> None:
        """Write a push."""
        self.pushes[push.id] = push
        self._unwritten_pushes[push.id] = None

    def put_key(self, key: str, expires_at: int | None) -> None:
        """Write a duplicate key."""
        self.keys[key] = expires_at
        self._unwritten_keys[key] = None

    def absorb(self, later: Writes) -> None:
        """Take in what another unit of work has written after this."""
        if later.requests:
            self.requests.update(later.requests)
            self.names.update(later.names)
            for reference, renamed in later._renamed.items():
                self._renamed[reference] = renamed | self._renamed.get(reference, renamed)
        if later.pushes:
            self.pushes.update(later.pushes)
            self._unwritten_pushes.update(later._unwritten_pushes)
            self.added_pushes += later.added_pushes
            self.arrived = self.arrived or later.arrived
        if later.keys:
            self.keys.update(later.keys)
            self._unwritten_keys.update(later._unwritten_keys)

    def clear(self) -> None:
        """Forget everything: a blank one takes longer to make."""
        if self.requests:
            self.requests.clear()
            self.names.clear()
            self._renamed.clear()
        if self.pushes:
            self.pushes.clear()
            self._unwritten_pushes.clear()
        if self.keys:
            self.keys.clear()
            self._unwritten_keys.clear()
        self.added_pushes, self.arrived = 0, False

    def flush(self, connection: sqlite3.Connection) -> None:
        """Tell SQLite; what was written can still be read here."""
        if self._renamed:
            self._flush_requests(connection)
        if self._unwritten_keys:
            sql.SAVE_KEYS.run(connection, [(key, self.keys[key]) for key in self._unwritten_keys])
            self._unwritten_keys.clear()
        if self._unwritten_pushes:
            sql.SAVE_PUSHES.run(connection, [push_row(self.pushes[push_id]) for push_id in self._unwritten_pushes])
            self._unwritten_pushes.clear()

    def _flush_requests(self, connection: sqlite3.Connection) -> None:
        for renamed in set(self._renamed.values()):
            references = [reference for reference, others in self._renamed.items() if others == renamed]
            sql.save_requests(renamed).run(connection, [request_row(self.requests[each]) for each in references])
        names = [
            (name, reference) for reference in self._renamed for name in names_in_other_rows(self.requests[reference])
        ]
        if names:
            connection.executemany(sql.ADD_NAME, names)
        self._renamed.clear()


class Known:
    """Stored requests that were written last here, kept until another process writes.

    A request is read again soon after it was written: by the settling of its answer, by its push. Those that ended
    are let go.
    """

    def __init__(self) -> None:
        self.requests: dict[str, StoredRequest] = {}
        self.names: dict[str, str] = {}

    def keep(self, requests: dict[str, StoredRequest]) -> None:
        """Remember what was committed."""
        for reference, request in requests.items():
            self._forget(reference)
            if request.state in _LIVING:
                self.requests[reference] = request
                self.names.update(dict.fromkeys(names_of(request), reference))
        while len(self.requests) > _MOST_KNOWN:
            self._forget(next(iter(self.requests)))

    def clear(self) -> None:
        """Forget everything."""
        self.requests.clear()
        self.names.clear()

    def _forget(self, reference: str) -> None:
        request = self.requests.pop(reference, None)
        if request is not None:
            for name in names_of(request):
                self.names.pop(name, None)
