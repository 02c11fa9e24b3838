"""The row operations of a store over questions to an engine; what they write is kept for the commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.models import PushState
from airalo_async.models._evolve import evolve
from airalo_async.stores._optimistic import _reads as reads
from airalo_async.stores._optimistic._changes import Changes, Sort, WrittenPush, stamp_of_peers
from airalo_async.stores._optimistic._reads import ask
from airalo_async.stores._records import micros

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from airalo_async.models import PushKind, State, StoredPush, StoredRequest
    from airalo_async.stores._optimistic._reads import Kept, Peer

__all__ = ["OptimisticTransaction"]


class OptimisticTransaction:
    """One run of one unit of work.

    Args:
        now: The store's time (UTC).

    Attributes:
        changes: What it has seen and wants written.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.changes = Changes()
        self._requests: dict[str, StoredRequest | None] = {}
        self._named: dict[str, str | None] = {}
        self._ahead: dict[str, StoredRequest | None] = {}
        self._ends: dict[str, int] = {}
        self._pushes: dict[int, Kept] = {}

    async def serialise(self, request_id: str | None, tag: str | None, key: str | None = None) -> None:
        """Take them down; the commit locks them before it looks whether all is as it was."""
        self.changes.locks.update(name for name in (request_id, tag) if name)
        name = f"request {request_id}" if request_id else f"tag {tag}" if tag else None
        if key is not None and name is not None:
            self._ends[key], self._ahead[name] = await ask(reads.Both(reads.Key(key), reads.Named(name)))

    async def request(self, reference: str) -> StoredRequest | None:
        if reference not in self._requests:
            self._see_request(reference, await ask(reads.Request(reference)))
        return self._requests[reference]

    async def request_by_request_id(self, request_id: str) -> StoredRequest | None:
        return await self._by_name(f"request {request_id}")

    async def request_by_tag(self, tag: str) -> StoredRequest | None:
        return await self._by_name(f"tag {tag}")

    async def request_by_order_id(self, order_id: int) -> StoredRequest | None:
        return await self._by_name(f"order {order_id}")

    async def _by_name(self, name: str) -> StoredRequest | None:
        if name not in self._named:
            found = self._ahead[name] if name in self._ahead else await ask(reads.Named(name))
            self._named[name] = None if found is None else found.reference
            self.changes.see(Sort.NAME, name, "" if found is None else found.reference)
            if found is not None:
                self._see_request(found.reference, found)
        reference = self._named[name]
        return None if reference is None else self._requests[reference]

    def _see_request(self, reference: str, request: StoredRequest | None) -> None:
        if reference not in self.changes.requests:
            self.changes.see(Sort.REQUEST, reference, "" if request is None else str(request.version))
            self._requests[reference] = request

    async def requests(
        self, states: Collection[State] | None, after: StoredRequest | None, limit: int
    ) -> Sequence[StoredRequest]:
        among = None if states is None else frozenset(states)
        return await ask(reads.Requests(among, None if after is None else after.reference, limit))

    async def save_request(self, request: StoredRequest, previous: StoredRequest | None) -> None:
        self.changes.put_request(request, previous)
        self._requests[request.reference] = request
        for name in self.changes.requests[request.reference].names:
            if self._named.get(name) is None:
                self._named[name] = request.reference

    async def take_key(self, key: str, expires_at: datetime | None) -> bool:
        ends = self.changes.keys.get(key)
        if ends is None:
            ends = self._ends[key] if key in self._ends else await ask(reads.Key(key))
            self.changes.see(Sort.KEY, key, str(ends or ""))
        if ends > micros(self.now):
            return False
        self.changes.keys[key] = reads.FOR_GOOD if expires_at is None else micros(expires_at)
        return True

    async def add_push(self, push: StoredPush) -> StoredPush:
        """End the unit of work: it goes on when it is committed, with nothing but to return."""
        self._note(push)
        return evolve(push, id=await ask(reads.Add(push)))

    async def push(self, push_id: int) -> StoredPush | None:
        if push_id in self.changes.pushes:
            return self.changes.pushes[push_id].push
        kept = await self._kept(push_id)
        return None if kept is None else kept.push

    async def _kept(self, push_id: int) -> Kept | None:
        if push_id not in self._pushes:
            kept = await ask(reads.Push(push_id))
            if kept is None:
                self.changes.see(Sort.PUSH, str(push_id), "")
                return None
            self._see_pushes((kept,))
        return self._pushes[push_id]

    def _see_pushes(self, found: Iterable[Kept]) -> Sequence[StoredPush]:
        """Take note of pushes; one that is not written need not stay as it is."""
        self._pushes.update((kept.push.id, kept) for kept in found)
        return [kept.push for kept in found]

    async def save_push(self, push: StoredPush, previous: StoredPush) -> None:
        written = self.changes.pushes.get(push.id)
        if written is None:
            kept = await self._kept(push.id)
            if kept is None or kept.push != previous:
                self.changes.torn = True
                return
            self.changes.see(Sort.PUSH, str(push.id), str(kept.revision))
            written = WrittenPush(push, previous, kept.revision)
        self.changes.pushes[push.id] = WrittenPush(push, written.previous, written.revision)
        self._note(push)

    def _note(self, push: StoredPush) -> None:
        if push.state is PushState.PENDING and push.due_at <= self.now:
            self.changes.due = True

    async def parked(self, *, after: int, limit: int) -> Sequence[StoredPush]:
        found: list[Kept] = []
        scanned: int | None = after
        while scanned is not None and len(found) < limit:
            page = await ask(reads.Parked(scanned, limit - len(found)))
            found += page.pushes
            scanned = page.scanned
        return self._see_pushes(found)

    async def parked_for(
        self, request_id: str | None, tags: Collection[str], key: str | None = None
    ) -> Sequence[StoredPush]:
        names = [] if request_id is None else [f"request {request_id}"]
        names += [f"tag {tag}" for tag in tags]
        names += [] if key is None else [f"key {key}"]
        found: dict[int, StoredPush] = {}
        for name, pushes in zip(names, await ask(reads.ParkedFor(tuple(names))), strict=True):
            self.changes.see(Sort.PARKED, name, ",".join(str(kept.push.id) for kept in pushes))
            found |= {push.id: push for push in self._see_pushes(pushes)}
        return [found[push_id] for push_id in sorted(found)]

    async def due_pushes(self, kinds: Collection[PushKind], limit: int) -> Sequence[StoredPush]:
        now = micros(self.now)
        due = self._see_pushes(await ask(reads.Due(frozenset(kinds), now, limit)))
        references = tuple(dict.fromkeys(push.reference for push in due if push.reference is not None))
        if not references:
            return due
        # Another worker may claim another push of the same reference at this moment; neither row tells of it.
        self.changes.locks.update(f"peers {reference}" for reference in references)
        peers = dict(zip(references, await ask(reads.Peers(references)), strict=True))
        for reference, pending in peers.items():
            self.changes.see(Sort.PEERS, reference, stamp_of_peers(pending))
        return [
            push for push in due if push.reference is None or not _is_held_up(push, peers[push.reference], kinds, now)
        ]

    async def due_unmatched(self, before: datetime, limit: int) -> Sequence[StoredPush]:
        return self._see_pushes(await ask(reads.Unmatched(micros(before), micros(self.now), limit)))

    async def pushes(self, state: PushState | None, after: int, limit: int) -> Sequence[StoredPush]:
        return self._see_pushes(await ask(reads.Pushes(state, after, limit)))

    async def purge(self, before: datetime, limit: int) -> int:
        return await ask(reads.Purge(micros(before), limit))

    async def drop_expired_keys(self, limit: int) -> int:
        return await ask(reads.DropKeys(micros(self.now), limit))

    async def identity(self) -> str | None:
        found = await ask(reads.Identity())
        self.changes.see(Sort.IDENTITY, "", found or "")
        return found

    async def set_identity(self, identity: str) -> None:
        self.changes.identity = identity


def _is_held_up(push: StoredPush, peers: Iterable[Peer], kinds: Collection[PushKind], now: int) -> bool:
    others = [peer for peer in peers if peer.push_id != push.id]
    return any(peer.lease_until > now or (peer.push_id < push.id and peer.kind in kinds) for peer in others)
