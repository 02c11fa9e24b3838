"""``RequestStore`` over a backend that can run a unit of work in one transaction."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from airalo_async._clock import Clock, SystemClock
from airalo_async.models import PushState, State, StoredRequest
from airalo_async.models._rules import demand, refuse
from airalo_async.stores import _inbox as inbox
from airalo_async.stores import _purchases as purchases
from airalo_async.stores._waiting import Waiters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence

    from airalo_async.models import Evidence, PushFacts, PushKind, StoredPush
    from airalo_async.stores._base import Begun, NewPurchase, Receipt
    from airalo_async.stores._shelf import Shelf
    from airalo_async.stores._transaction import Transaction

__all__ = ["TransactionalStore"]

T = TypeVar("T")
_PAGE = 200


async def _requests(
    states: Collection[State] | None, after: StoredRequest | None, tx: Transaction
) -> Sequence[StoredRequest]:
    return await tx.requests(states, after, _PAGE)


async def _pushes(state: PushState | None, after: int, tx: Transaction) -> Sequence[StoredPush]:
    return await tx.pushes(state, after, _PAGE)


class TransactionalStore(ABC):
    """A store; a backend gives it ``_write``, ``_read`` and ``close``.

    After a commit the backend tells ``_waiters`` which references changed and whether pushes may have become due,
    whether this process committed it or another.
    """

    def __init__(self, clock: Clock | None) -> None:
        self._clock: Clock = SystemClock() if clock is None else clock
        self._waiters = Waiters()
        self._seen = 0

    @abstractmethod
    async def _write(self, work: Callable[[Transaction], Coroutine[object, None, T]]) -> T:
        """Run one unit of work in a transaction, and return its result once that is committed."""

    @abstractmethod
    async def _read(self, work: Callable[[Transaction], Coroutine[object, None, T]]) -> T:
        """Run one unit of work that writes nothing."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what is under way and let the engine go; may be called twice."""

    def open_shelf(self) -> Shelf:
        """Open what moving needs of the engine.

        Raises:
            ArgumentError: It cannot be moved.
        """
        raise refuse("store", "must outlive its process, which what is kept in memory does not", self)

    @property
    def clock(self) -> Clock:
        """The store's clock."""
        return self._clock

    async def bind(self, client_id: str, *, sandbox: bool) -> None:
        """Bind the store to one client id and mode at first use."""
        mode = "sandbox" if sandbox else "production"
        await self._write(lambda tx: purchases.bind(tx, client_id, mode))

    async def begin(
        self, purchase: NewPurchase, *, owner: str, lease: float, resubmit: bool = False, after: str | None = None
    ) -> Begun:
        """Commit a purchase as SENDING, or tell how an earlier one under its reference stands."""
        return await self._write(lambda tx: purchases.begin(tx, purchase, owner, lease, resubmit=resubmit, after=after))

    async def confirm(self, reference: str, tag: str, *, lease: float) -> bool:
        """Commit "still SENDING, still my mark" with a new lease in seconds."""
        return await self._write(lambda tx: purchases.confirm(tx, reference, tag, lease))

    async def settle(self, reference: str, evidence: Evidence) -> StoredRequest:
        """Apply evidence to a stored request."""
        return await self._write(lambda tx: purchases.settle(tx, reference, evidence))

    async def settle_by_asking(self, reference: str, body: bytes, facts: PushFacts) -> StoredRequest:
        """Apply evidence that asking the API gave, through the inbox."""
        return await self._write(lambda tx: purchases.settle_by_asking(tx, reference, body, facts))

    async def get(self, reference: str) -> StoredRequest:
        """Get a stored request."""
        return await self._read(lambda tx: purchases.get(tx, reference))

    async def find(
        self, *, request_id: str | None = None, tag: str | None = None, order_id: int | None = None
    ) -> StoredRequest | None:
        """Find a stored request by one of the three, or None."""
        if request_id is not None:
            return await self._read(lambda tx: tx.request_by_request_id(request_id))
        if tag is not None:
            return await self._read(lambda tx: tx.request_by_tag(tag))
        if order_id is not None:
            return await self._read(lambda tx: tx.request_by_order_id(order_id))
        return None

    async def list(self, *, state: State | Collection[State] | None = None) -> AsyncIterator[StoredRequest]:
        """Iterate over stored requests, oldest first."""
        states = (state,) if isinstance(state, State) else state
        last: StoredRequest | None = None
        while True:
            page = await self._read(partial(_requests, states, last))
            for request in page:
                yield request
            if len(page) < _PAGE:
                return
            last = page[-1]

    async def changed(self, reference: str, version: int, *, timeout: float | None = None) -> StoredRequest:
        """Wait until a stored request has a version above the given one, and return it."""
        async with self._clock.timeout(timeout):
            while True:
                with self._waiters.request(reference) as woken:
                    request = await self.get(reference)
                    if request.version > version:
                        return request
                    await woken

    async def receive(self, body: bytes, form: str, facts: PushFacts) -> Receipt:
        """Commit a verified push."""
        return await self._write(lambda tx: inbox.receive(tx, body, form, facts))

    def begin_receiving(self, body: bytes, form: str, facts: PushFacts) -> asyncio.Future[Receipt]:
        """Begin to commit a verified push."""
        return asyncio.create_task(self.receive(body, form, facts))

    async def claim(self, kinds: Collection[PushKind], *, lease: float, limit: int) -> Sequence[StoredPush]:
        """Claim due pushes for dispatching."""
        self._seen = self._waiters.arrivals
        return await self._write(lambda tx: inbox.claim(tx, kinds, lease, limit))

    async def claim_unmatched(self, *, grace: float, lease: float, limit: int) -> Sequence[StoredPush]:
        """Claim pushes that have been parked for longer than the grace time."""
        return await self._write(lambda tx: inbox.claim_unmatched(tx, grace, lease, limit))

    async def renew(self, push_id: int, fence: int, *, lease: float) -> bool:
        """Push the lease of a claim on."""
        return await self._write(lambda tx: inbox.renew(tx, push_id, fence, lease))

    async def finish(self, push_id: int, fence: int) -> bool:
        """Record that a handler has had the push."""
        return await self._write(lambda tx: inbox.finish(tx, push_id, fence))

    async def fail(self, push_id: int, fence: int, error: str, *, retry_in: float | None) -> bool:
        """Record that a handler failed."""
        return await self._write(lambda tx: inbox.fail(tx, push_id, fence, error, retry_in))

    async def replay(self, push_id: int) -> StoredPush:
        """Make a push pending again."""
        return await self._write(lambda tx: inbox.replay(tx, push_id))

    async def inbox(self, *, state: PushState | None = None) -> AsyncIterator[StoredPush]:
        """Iterate over pushes in the order of commits."""
        after = 0
        while True:
            page = await self._read(partial(_pushes, state, after))
            for push in page:
                yield push
            if len(page) < _PAGE:
                return
            after = page[-1].id

    async def arrived(self, *, timeout: float) -> None:
        """Return when a push may have become due that was not told of yet, or after so many seconds."""
        if self._waiters.arrivals == self._seen:
            with self._waiters.inbox() as woken, suppress(TimeoutError):
                async with self._clock.timeout(timeout):
                    await woken
        self._seen = self._waiters.arrivals

    async def sweep(self) -> int:
        """Match parked pushes again."""
        after, matched = await self._write(partial(inbox.sweep, after=0))
        while after:
            after, found = await self._write(partial(inbox.sweep, after=after))
            matched += found
        return matched

    async def purge(self, *, older_than: timedelta) -> int:
        """Remove bodies and results of what ended so long ago.

        Raises:
            ArgumentError: It is no length of time; nothing was removed.
        """
        demand("older_than", "must be a timedelta", older_than, kept=isinstance(older_than, timedelta))
        purged, some = 0, _PAGE
        while some == _PAGE:
            some = await self._write(lambda tx: tx.purge(tx.now - older_than, _PAGE))
            purged += some
        while await self._write(lambda tx: tx.drop_expired_keys(_PAGE)) == _PAGE:
            pass
        return purged
