"""Row operations over dicts of immutable values."""

from __future__ import annotations

import heapq
import json
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from airalo_async.models import PushState, State, StoredPush, StoredRequest
from airalo_async.models._evolve import evolve

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from airalo_async.models import PushKind

__all__ = ["MemoryTransaction"]

K = TypeVar("K")
V = TypeVar("V")

_PARKED = ("parked", "")
_GONE = (PushState.DONE, PushState.WITHHELD)
_OPEN = (State.SENDING, State.ACCEPTED, State.UNKNOWN, State.UNRESOLVED)


class MemoryTransaction:
    """Row operations over dicts; what they did is kept in a list of undoings until the unit of work is over."""

    now: datetime

    def __init__(self) -> None:
        self.rows: dict[str, StoredRequest] = {}
        self.inbox: dict[int, StoredPush] = {}
        self.changed: list[str] = []
        self.arrived = False
        self._identity: str | None = None
        self._keys: dict[str, datetime | None] = {}
        self._order: list[str] = []
        self._places: dict[str, int] = {}
        self._by_tag: dict[str, str] = {}
        self._by_request_id: dict[str, str] = {}
        self._by_order_id: dict[int, str] = {}
        self._groups: dict[tuple[str, str], dict[int, None]] = {}
        self._due: dict[PushKind, list[tuple[datetime, int]]] = {}
        self._undo: list[tuple[Callable[..., object], tuple[object, ...]]] = []

    def start(self, now: datetime) -> None:
        self.now = now
        self.changed = []
        self.arrived = False
        self._undo.clear()

    def undo(self) -> None:
        while self._undo:
            undo, arguments = self._undo.pop()
            undo(*arguments)

    def _put(self, mapping: dict[K, V], key: K, value: V) -> None:
        if key in mapping:
            self._undo.append((mapping.__setitem__, (key, mapping[key])))
        else:
            self._undo.append((mapping.pop, (key,)))
        mapping[key] = value

    async def serialise(self, request_id: str | None, tag: str | None, key: str | None = None) -> None:
        """Every unit of work is alone already."""

    async def request(self, reference: str) -> StoredRequest | None:
        return self.rows.get(reference)

    async def request_by_request_id(self, request_id: str) -> StoredRequest | None:
        return self._referred(self._by_request_id.get(request_id))

    async def request_by_tag(self, tag: str) -> StoredRequest | None:
        return self._referred(self._by_tag.get(tag))

    async def request_by_order_id(self, order_id: int) -> StoredRequest | None:
        return self._referred(self._by_order_id.get(order_id))

    def _referred(self, reference: str | None) -> StoredRequest | None:
        return None if reference is None else self.rows[reference]

    async def requests(
        self, states: Collection[State] | None, after: StoredRequest | None, limit: int
    ) -> Sequence[StoredRequest]:
        found: list[StoredRequest] = []
        for place in range(0 if after is None else self._places[after.reference] + 1, len(self._order)):
            request = self.rows[self._order[place]]
            if states is None or request.state in states:
                found.append(request)
                if len(found) == limit:
                    break
        return found

    async def save_request(self, request: StoredRequest, previous: StoredRequest | None) -> None:
        reference = request.reference
        if previous is None:
            if request.metadata:
                request = evolve(request, metadata=json.loads(json.dumps(request.metadata)))
            self._put(self._places, reference, len(self._order))
            self._order.append(reference)
            self._undo.append((self._order.pop, ()))
        self._put(self.rows, reference, request)
        for attempt in request.attempts:
            if attempt.tag not in self._by_tag:
                self._put(self._by_tag, attempt.tag, reference)
            self._name(attempt.request_id, attempt.order_id, reference)
        self._name(request.request_id, request.order_id, reference)
        self.changed.append(reference)

    def _name(self, request_id: str | None, order_id: int | None, reference: str) -> None:
        if request_id is not None and request_id not in self._by_request_id:
            self._put(self._by_request_id, request_id, reference)
        if order_id is not None and order_id not in self._by_order_id:
            self._put(self._by_order_id, order_id, reference)

    async def take_key(self, key: str, expires_at: datetime | None) -> bool:
        if key in self._keys:
            ends = self._keys[key]
            if ends is None or ends > self.now:
                return False
        self._put(self._keys, key, expires_at)
        return True

    async def add_push(self, push: StoredPush) -> StoredPush:
        push = evolve(push, id=len(self.inbox) + 1)
        self._put(self.inbox, push.id, push)
        self._index(None, push)
        return push

    async def push(self, push_id: int) -> StoredPush | None:
        return self.inbox.get(push_id)

    async def save_push(self, push: StoredPush, previous: StoredPush) -> None:
        self._put(self.inbox, push.id, push)
        self._index(previous, push)

    def _index(self, previous: StoredPush | None, push: StoredPush) -> None:
        """Bring the parked and the pending up to date, and take note of how to bring them back."""
        self._undo.append((self._move, (push, previous)))
        self._move(previous, push)
        if push.state is PushState.PENDING and push.due_at <= self.now:
            self.arrived = True

    def _move(self, before: StoredPush | None, after: StoredPush | None) -> None:
        if before is None or after is None or after.state is not before.state:
            for name, push_id in _names(before):
                group = self._groups[name]
                del group[push_id]
                if not group:
                    del self._groups[name]
            for name, push_id in _names(after):
                self._groups.setdefault(name, {})[push_id] = None
        if after is not None and after.state is PushState.PENDING:
            heapq.heappush(self._due.setdefault(after.kind, []), (after.due_at, after.id))

    async def parked(self, *, after: int, limit: int) -> Sequence[StoredPush]:
        parked = self._groups.get(_PARKED, ())
        return [self.inbox[id_] for id_ in heapq.nsmallest(limit, (id_ for id_ in parked if id_ > after))]

    async def parked_for(
        self, request_id: str | None, tags: Collection[str], key: str | None = None
    ) -> Sequence[StoredPush]:
        names = [("request_id", request_id), ("key", key), *(("tag", tag) for tag in tags)]
        ids = {id_ for kind, name in names if name is not None for id_ in self._groups.get((kind, name), ())}
        return [self.inbox[id_] for id_ in sorted(ids)]

    async def due_pushes(self, kinds: Collection[PushKind], limit: int) -> Sequence[StoredPush]:
        due: list[tuple[datetime, int]] = []
        found: dict[int, StoredPush] = {}
        heaps = [heap for kind in kinds if (heap := self._due.get(kind))]
        while len(found) < limit and (heap := min((heap for heap in heaps if heap), default=None)) is not None:
            if heap[0][0] > self.now:
                break
            entry = heapq.heappop(heap)
            push = self.inbox.get(entry[1])
            # What a later change or an undoing has left behind is dropped here, when it comes up.
            if push and push.state is PushState.PENDING and push.due_at == entry[0] and push.id not in found:
                due.append(entry)
                if not self._is_held_up(push, kinds):
                    found[push.id] = push
        for entry in due:
            heapq.heappush(self._due[self.inbox[entry[1]].kind], entry)
        return list(found.values())

    def _is_held_up(self, push: StoredPush, kinds: Collection[PushKind]) -> bool:
        if push.reference is None:
            return False
        others = (self.inbox[id_] for id_ in self._groups["reference", push.reference] if id_ != push.id)
        return any(_is_leased(other, self.now) or (other.id < push.id and other.kind in kinds) for other in others)

    async def due_unmatched(self, before: datetime, limit: int) -> Sequence[StoredPush]:
        parked = (self.inbox[id_] for id_ in sorted(self._groups.get(_PARKED, ())))
        ready = (
            push
            for push in parked
            if not push.given_unmatched and push.received_at < before and push.due_at <= self.now
        )
        return list(islice(ready, limit))

    async def pushes(self, state: PushState | None, after: int, limit: int) -> Sequence[StoredPush]:
        ids = range(after + 1, len(self.inbox) + 1)
        found = (self.inbox[id_] for id_ in ids if state is None or self.inbox[id_].state is state)
        return list(islice(found, limit))

    async def purge(self, before: datetime, limit: int) -> int:
        ended = (
            row
            for row in self.rows.values()
            if row.result is not None and row.state not in _OPEN and row.updated_at < before
        )
        requests = list(islice(ended, limit))
        for row in requests:
            self._put(self.rows, row.reference, evolve(row, result=None))
        gone = (
            push
            for push in self.inbox.values()
            if push.body is not None and push.state in _GONE and push.received_at < before
        )
        pushes = list(islice(gone, limit - len(requests)))
        for push in pushes:
            self._put(self.inbox, push.id, evolve(push, body=None))
        return len(requests) + len(pushes)

    async def drop_expired_keys(self, limit: int) -> int:
        expired = (key for key, ends in self._keys.items() if ends is not None and ends <= self.now)
        keys = list(islice(expired, limit))
        for key in keys:
            ends = self._keys.pop(key)
            self._undo.append((self._keys.__setitem__, (key, ends)))
        return len(keys)

    async def identity(self) -> str | None:
        return self._identity

    async def set_identity(self, identity: str) -> None:
        self._undo.append((setattr, (self, "_identity", self._identity)))
        self._identity = identity


def _is_leased(push: StoredPush, now: datetime) -> bool:
    return push.lease_until is not None and push.lease_until > now


def _names(push: StoredPush | None) -> Iterator[tuple[tuple[str, str], int]]:
    """Tell under what a push is looked for in the state that it is in, and its id."""
    if push is None:
        return
    if push.state is PushState.PARKED:
        yield _PARKED, push.id
        yield ("key", push.key), push.id
        if push.request_id is not None:
            yield ("request_id", push.request_id), push.id
        if push.tag is not None:
            yield ("tag", push.tag), push.id
    elif push.state is PushState.PENDING and push.reference is not None:
        yield ("reference", push.reference), push.id
