"""The contract of a store: what the rest of the library uses.

It is written once, in ``_purchases`` and ``_inbox``, over the row operations of ``_transaction``, which are what a
backend provides; so every backend weighs evidence by the same code, inside its own transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from airalo_async.models import (
    JSON,
    Alarm,
    Kind,
    StoredPush,
    StoredRequest,
)
from airalo_async.models._twins import plain_init

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncIterator, Collection, Sequence
    from datetime import timedelta

    from airalo_async._clock import Clock
    from airalo_async.models import (
        Evidence,
        PushFacts,
        PushKind,
        PushState,
        State,
    )

__all__ = ["Begun", "NewPurchase", "Receipt", "RequestStore"]


@plain_init
@frozen(eq=False, repr=False)
class NewPurchase:
    """What ``begin`` needs to know of a purchase.

    Attributes:
        reference: The caller's own key.
        kind: What is asked for.
        fingerprint: SHA-256 (hex) of kind and whole body, without the tag.
        package_id: Package asked for; None for vouchers and refunds.
        quantity: eSIMs or voucher codes asked for.
        metadata: The caller's own JSON object.
        tag: Tag of the attempt, with a fresh mark.
        due_at: When a future order comes due (UTC).
    """

    reference: str
    kind: Kind
    fingerprint: str
    package_id: str | None
    quantity: int
    metadata: Mapping[str, JSON]
    tag: str
    due_at: datetime | None = None


@frozen
class Begun:
    """Answer of ``begin``.

    Attributes:
        request: The stored request.
        fresh: Whether the caller now holds a new attempt and must send it; False when an earlier one stands.
    """

    request: StoredRequest
    fresh: bool


@frozen
class Receipt:
    """Answer of ``receive``: committed when it is returned.

    Attributes:
        push: The push as stored; for a duplicate None.
        request: The stored request that it was matched to, as it stands now, else None.
        alarms: Alarms that it raised.
    """

    push: StoredPush | None
    request: StoredRequest | None = None
    alarms: tuple[Alarm, ...] = ()

    @property
    def duplicate(self) -> bool:
        """Whether the push was there before."""
        return self.push is None


class RequestStore(Protocol):
    """What the two halves of the library use; the same for every backend.

    Every change is one committed transaction when its coroutine returns. Any of them raises ``StoreError`` when the
    engine cannot be read or written; then nothing of the change is committed, as far as anyone can tell.
    """

    @property
    def clock(self) -> Clock:
        """The store's clock: leases, windows and deadlines are on it."""
        ...

    async def bind(self, client_id: str, *, sandbox: bool) -> None:
        """Bind the store to one client id and mode at first use.

        Raises:
            StoreError: It belongs to another identity; use another store.
        """
        ...

    async def begin(
        self, purchase: NewPurchase, *, owner: str, lease: float, resubmit: bool = False, after: str | None = None
    ) -> Begun:
        """Commit a purchase as SENDING, or tell how an earlier one under its reference stands.

        Args:
            purchase: What is to be sent.
            owner: Who sends it.
            lease: Seconds for which the sender is taken for alive.
            resubmit: The caller's word that an attempt which may have bought, or failed, may be followed by another.
            after: Tag of the attempt that the word is about; it says nothing of a later one. None: of the latest.

        Raises:
            ReferenceConflictError: The reference was used for another purchase; nothing is to be sent.
        """
        ...

    async def confirm(self, reference: str, tag: str, *, lease: float) -> bool:
        """Commit "still SENDING, still my mark" with a new lease in seconds; False means: do not send."""
        ...

    async def settle(self, reference: str, evidence: Evidence) -> StoredRequest:
        """Apply evidence to a stored request, and match parked pushes that it makes matchable."""
        ...

    async def settle_by_asking(self, reference: str, body: bytes, facts: PushFacts) -> StoredRequest:
        """Apply evidence that asking the API gave, through the inbox, so that handlers run as for a push.

        Args:
            reference: Of the stored request.
            body: What was found, in the form of the push that would have told it.
            facts: What that body says.
        """
        ...

    async def get(self, reference: str) -> StoredRequest:
        """Get a stored request.

        Raises:
            UnknownReferenceError: There is none.
        """
        ...

    async def find(
        self, *, request_id: str | None = None, tag: str | None = None, order_id: int | None = None
    ) -> StoredRequest | None:
        """Find a stored request by one of the three, or None."""
        ...

    def list(self, *, state: State | Collection[State] | None = None) -> AsyncIterator[StoredRequest]:
        """Iterate over stored requests, oldest first."""
        ...

    async def changed(self, reference: str, version: int, *, timeout: float | None = None) -> StoredRequest:
        """Wait until a stored request has a version above the given one, and return it.

        Args:
            reference: Of the stored request.
            version: The version that is known.
            timeout: Seconds on the store's clock.

        Raises:
            TimeoutError: It did not change in time.
            UnknownReferenceError: There is none.
        """
        ...

    async def receive(self, body: bytes, form: str, facts: PushFacts) -> Receipt:
        """Commit a verified push: inbox, duplicate check, match and transition in one transaction."""
        ...

    def begin_receiving(self, body: bytes, form: str, facts: PushFacts) -> Future[Receipt]:
        """Begin to do what ``receive`` does; it goes on whoever stops waiting for it.

        Cancelling the future itself gives up what is not committed yet, as far as the engine can.
        """
        ...

    async def claim(self, kinds: Collection[PushKind], *, lease: float, limit: int) -> Sequence[StoredPush]:
        """Claim due pushes for dispatching, under a lease in seconds, each with a new fence."""
        ...

    async def claim_unmatched(self, *, grace: float, lease: float, limit: int) -> Sequence[StoredPush]:
        """Claim pushes that have been parked for longer than ``grace`` seconds and were not handed out yet."""
        ...

    async def renew(self, push_id: int, fence: int, *, lease: float) -> bool:
        """Push the lease of a claim on; False when the fence is stale."""
        ...

    async def finish(self, push_id: int, fence: int) -> bool:
        """Record that a handler has had the push; False when the fence is stale."""
        ...

    async def fail(self, push_id: int, fence: int, error: str, *, retry_in: float | None) -> bool:
        """Record that a handler failed; it is due again in so many seconds, or dead when None. False: stale fence."""
        ...

    async def replay(self, push_id: int) -> StoredPush:
        """Make a push pending again, whatever its state, with its tries at 0.

        Raises:
            UnknownReferenceError: There is no such push.
        """
        ...

    def inbox(self, *, state: PushState | None = None) -> AsyncIterator[StoredPush]:
        """Iterate over pushes in the order of commits."""
        ...

    async def arrived(self, *, timeout: float) -> None:
        """Return when a push may have become due, or after so many seconds.

        It returns at once for one that became due since the last claim began, and tells of each only once.
        """
        ...

    async def sweep(self) -> int:
        """Match parked pushes again; returns how many found their request."""
        ...

    async def purge(self, *, older_than: timedelta) -> int:
        """Remove bodies and results of what ended so long ago; references, tags and duplicate keys stay."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let the engine go; may be called twice."""
        ...
