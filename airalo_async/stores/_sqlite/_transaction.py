"""The row operations of a store on one SQLite connection in one thread; none of them ever suspends.

One transaction serves many units of work. What they write is kept in memory, where the next unit finds it, and told to
SQLite in as few statements as there are tables; so a unit that fails is undone by forgetting it.
"""

from __future__ import annotations

from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING

from airalo_async.models import PushState, State
from airalo_async.models._evolve import evolve
from airalo_async.stores._sqlite import _statements as sql
from airalo_async.stores._sqlite._ahead import Ahead, look_ahead
from airalo_async.stores._sqlite._columns import fits, micros
from airalo_async.stores._sqlite._push_rows import read_push
from airalo_async.stores._sqlite._request_rows import read_request
from airalo_async.stores._sqlite._writes import Known, Writes

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from airalo_async.models import PushFacts, PushKind, StoredPush, StoredRequest

__all__ = ["SQLiteTransaction"]

_MOST_AHEAD = 192
"""Pushes ask with up to five parameters each, and some builds of SQLite take no more than 999."""

_NAMES = frozenset({"tag", "request_id", "order_id"})


class SQLiteTransaction:
    """The units of work of one transaction, one after the other.

    Attributes:
        now: The store's time (UTC).
        written: What the units of work so far have written.
    """

    now: datetime

    def __init__(self, connection: sqlite3.Connection, known: Known | None = None) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._known = known or Known()
        self.written = Writes()
        self._unit = Writes()
        self._ahead = Ahead()
        self._new: frozenset[str] = frozenset()
        self._last_push: int | None = None

    def look_ahead(self, facts: Sequence[PushFacts]) -> None:
        """Look up at once what pushes will ask for; before the first unit of work.

        What is beyond the most that one statement asks for asks for itself.
        """
        self._ahead = look_ahead(self._connection, facts[:_MOST_AHEAD], self._known.names)

    def expect(self, references: Sequence[str]) -> None:
        """Ask at once which of the purchases that are to begin are new; before the first unit of work.

        Nobody else can write meanwhile, so those that are stay so until one of the units begins them.
        """
        asked = references[:_MOST_AHEAD]
        if len(asked) > 1:
            known = self._execute(sql.references_among(len(asked)), asked).fetchall()
            self._new = frozenset(asked).difference(reference for (reference,) in known)

    def start_unit(self, now: datetime) -> None:
        """Begin a unit of work, and forget what the one before has written if it was not kept."""
        self.now = now
        self._unit.clear()

    def keep_unit(self) -> None:
        """Add what a unit of work has written, which did not fail, to what is to be committed."""
        self.written.absorb(self._unit)

    def finish(self) -> None:
        """Tell SQLite what was written."""
        self.written.flush(self._connection)

    def _flush(self) -> None:
        """Tell SQLite what was written, so that a query sees it."""
        if self._unit:
            message = "a unit of work lists rows before it writes any"
            raise RuntimeError(message)
        self.written.flush(self._connection)

    async def serialise(self, request_id: str | None, tag: str | None, key: str | None = None) -> None:
        """Writers are one after the other already."""

    async def request(self, reference: str) -> StoredRequest | None:
        return self._request(reference)

    async def request_by_request_id(self, request_id: str) -> StoredRequest | None:
        return self._named(f"request {request_id}", sql.BY_REQUEST_ID, request_id)

    async def request_by_tag(self, tag: str) -> StoredRequest | None:
        return self._named(f"tag {tag}", sql.BY_TAG, tag)

    async def request_by_order_id(self, order_id: int) -> StoredRequest | None:
        return self._named(f"order {order_id}", sql.BY_ORDER_ID, fits(order_id))

    def _request(self, reference: str) -> StoredRequest | None:
        for requests in (self._unit.requests, self.written.requests, self._known.requests):
            if reference in requests:
                return requests[reference]
        return None if reference in self._new else self._select(sql.BY_REFERENCE, reference)

    def _named(self, name: str, query: str, value: str | int | None) -> StoredRequest | None:
        for names in (self._unit.names, self.written.names, self._known.names):
            if name in names:
                return self._request(names[name])
        found = self._ahead.requests[name] if name in self._ahead.requests else self._select(query, value, name)
        if found is None:
            return None
        return self._unit.requests.get(found.reference) or self.written.requests.get(found.reference) or found

    def _select(self, query: str, *parameters: str | int | None) -> StoredRequest | None:
        row = self._execute(query, parameters).fetchone()
        return None if row is None else read_request(*row)

    async def requests(
        self, states: Collection[State] | None, after: StoredRequest | None, limit: int
    ) -> Sequence[StoredRequest]:
        self._flush()
        place = None if after is None else after.reference
        if states is None:
            rows = self._execute(sql.LIST_REQUESTS, (place, limit)).fetchall()
        else:
            found = [self._execute(sql.LIST_REQUESTS_IN, (place, limit, state.value)) for state in frozenset(states)]
            rows = list(merge(*(cursor.fetchall() for cursor in found), key=itemgetter(0)))[:limit]
        return [read_request(*row[1:]) for row in rows]

    async def save_request(self, request: StoredRequest, previous: StoredRequest | None) -> None:
        self._unit.put_request(request, _renamed(request, previous))

    async def take_key(self, key: str, expires_at: datetime | None) -> bool:
        now = micros(self.now)
        for keys in (self._unit.keys, self.written.keys):
            if key in keys:
                found: tuple[int | None] | None = (keys[key],)
                break
        else:
            found = None if key in self._ahead.free_keys else self._execute(sql.KEY, (key,)).fetchone()
        if found is not None and (found[0] is None or found[0] > now):
            return False
        self._unit.put_key(key, None if expires_at is None else micros(expires_at))
        return True

    async def add_push(self, push: StoredPush) -> StoredPush:
        if self._last_push is None:
            last: int = self._execute(sql.LAST_PUSH).fetchone()[0]
            self._last_push = last
        self._unit.added_pushes += 1
        push = evolve(push, id=self._last_push + self.written.added_pushes + self._unit.added_pushes)
        self._put(push)
        return push

    async def push(self, push_id: int) -> StoredPush | None:
        for pushes in (self._unit.pushes, self.written.pushes):
            if push_id in pushes:
                return pushes[push_id]
        row = self._execute(sql.PUSH, (push_id,)).fetchone()
        return None if row is None else read_push(*row)

    async def save_push(self, push: StoredPush, previous: StoredPush) -> None:  # noqa: ARG002  (part of the contract)
        self._put(push)

    def _put(self, push: StoredPush) -> None:
        self._unit.put_push(push)
        if push.state is PushState.PENDING and push.due_at <= self.now:
            self._unit.arrived = True

    async def parked(self, *, after: int, limit: int) -> Sequence[StoredPush]:
        return await self.pushes(PushState.PARKED, after, limit)

    async def parked_for(
        self, request_id: str | None, tags: Collection[str], key: str | None = None
    ) -> Sequence[StoredPush]:
        rows = self._execute(sql.parked_for(len(tags)), (request_id, key, *tags)).fetchall()
        found = {push.id: push for push in (read_push(*row) for row in rows)}
        for pushes in (self.written.pushes, self._unit.pushes):
            for push in pushes.values():
                found.pop(push.id, None)
                names_it = push.key == key or push.tag in tags or (push.request_id or "") == request_id
                if push.state is PushState.PARKED and names_it:
                    found[push.id] = push
        return [found[push_id] for push_id in sorted(found)]

    async def due_pushes(self, kinds: Collection[PushKind], limit: int) -> Sequence[StoredPush]:
        self._flush()
        query, now, names = sql.due_pushes(len(kinds)), micros(self.now), [kind.value for kind in kinds]
        found = [self._execute(query, (name, now, limit, *names)).fetchall() for name in names]
        return [read_push(*row[1:]) for row in list(merge(*found, key=itemgetter(0, 1)))[:limit]]

    async def due_unmatched(self, before: datetime, limit: int) -> Sequence[StoredPush]:
        self._flush()
        rows = self._execute(sql.DUE_UNMATCHED, (micros(before), micros(self.now), limit)).fetchall()
        return [read_push(*row) for row in rows]

    async def pushes(self, state: PushState | None, after: int, limit: int) -> Sequence[StoredPush]:
        self._flush()
        if state is None:
            rows = self._execute(sql.LIST_PUSHES, (after, limit)).fetchall()
        elif state is PushState.DONE:
            rows = self._execute(sql.LIST_DONE, (after, limit)).fetchall()
        else:
            rows = self._execute(sql.LIST_PUSHES_IN, (after, limit, state.value)).fetchall()
        return [read_push(*row) for row in rows]

    async def purge(self, before: datetime, limit: int) -> int:
        self._flush()
        requests = self._execute(sql.PURGE_REQUESTS, (micros(before), limit)).rowcount
        return requests + self._execute(sql.PURGE_PUSHES, (micros(before), limit - requests)).rowcount

    async def drop_expired_keys(self, limit: int) -> int:
        self._flush()
        return self._execute(sql.DROP_KEYS, (micros(self.now), limit)).rowcount

    async def identity(self) -> str | None:
        row = self._execute(sql.IDENTITY).fetchone()
        return None if row is None else row[0]

    async def set_identity(self, identity: str) -> None:
        self._execute(sql.SET_IDENTITY, (identity,))


def _renamed(request: StoredRequest, previous: StoredRequest | None) -> frozenset[str]:
    """Tell which columns of names are new; all of those of a new row, so that new rows are written in their order."""
    if previous is None:
        return _NAMES
    differs = {
        "tag": request.attempts[-1].tag != previous.attempts[-1].tag,
        "request_id": request.request_id != previous.request_id,
        "order_id": request.order_id != previous.order_id,
    }
    return frozenset([name for name, different in differs.items() if different])
