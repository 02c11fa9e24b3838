"""The row operations that a backend provides, inside one transaction of its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from airalo_async.models import PushKind, PushState, State, StoredPush, StoredRequest

__all__ = ["Transaction"]


class Transaction(Protocol):
    """Row operations inside one transaction of a backend; all of it is committed, or nothing.

    What it reads stays true until the commit, and it reads what it has written; but the lists (``requests``,
    ``pushes``, ``parked``, ``due_pushes``, ``due_unmatched``) are read before the first write.
    """

    @property
    def now(self) -> datetime:
        """The store's time (UTC), the same during the whole transaction."""
        ...

    async def serialise(self, request_id: str | None, tag: str | None, key: str | None = None) -> None:
        """Make transactions that name this request id or this tag run one after the other.

        Args:
            request_id: What is looked for.
            tag: What is looked for if there is no request id, or no request has it.
            key: A duplicate key that will be taken; a server is then asked for all of it at once.
        """
        ...

    async def request(self, reference: str) -> StoredRequest | None:
        """Find a stored request by its reference."""
        ...

    async def request_by_request_id(self, request_id: str) -> StoredRequest | None:
        """Find a stored request by the request id of any of its attempts."""
        ...

    async def request_by_tag(self, tag: str) -> StoredRequest | None:
        """Find a stored request by the whole tag of any of its attempts."""
        ...

    async def request_by_order_id(self, order_id: int) -> StoredRequest | None:
        """Find a stored request by the order number of any of its attempts."""
        ...

    async def requests(
        self, states: Collection[State] | None, after: StoredRequest | None, limit: int
    ) -> Sequence[StoredRequest]:
        """List stored requests in the order in which they were first stored, after the given one."""
        ...

    async def save_request(self, request: StoredRequest, previous: StoredRequest | None) -> None:
        """Write a stored request; ``previous`` is what this transaction read, None when it is new."""
        ...

    async def take_key(self, key: str, expires_at: datetime | None) -> bool:
        """Take a duplicate key; False when it is taken and has not expired."""
        ...

    async def add_push(self, push: StoredPush) -> StoredPush:
        """Insert a push and give it its id, which grows in the order of commits.

        The last row operation of a unit of work: a server gives the id when it commits.
        """
        ...

    async def push(self, push_id: int) -> StoredPush | None:
        """Find a push by its id."""
        ...

    async def save_push(self, push: StoredPush, previous: StoredPush) -> None:
        """Write a push that this transaction read."""
        ...

    async def parked(self, *, after: int, limit: int) -> Sequence[StoredPush]:
        """List parked pushes by id, after the given id; those whose request is not there may be left out."""
        ...

    async def parked_for(
        self, request_id: str | None, tags: Collection[str], key: str | None = None
    ) -> Sequence[StoredPush]:
        """List by id the parked pushes with this request id, one of these tags, or this duplicate key."""
        ...

    async def due_pushes(self, kinds: Collection[PushKind], limit: int) -> Sequence[StoredPush]:
        """List pending pushes of these kinds that are due, by ``due_at`` and then id.

        Pushes of one reference go one at a time and in the order of their ids: one is passed over while another of its
        reference is under a live lease, or while an older one of these kinds is pending. An older one of a kind that
        the caller has no handler for does not hold it up, or it might wait for ever.
        """
        ...

    async def due_unmatched(self, before: datetime, limit: int) -> Sequence[StoredPush]:
        """List parked pushes received before then that are due and were not given to ``on_unmatched`` yet, by id."""
        ...

    async def pushes(self, state: PushState | None, after: int, limit: int) -> Sequence[StoredPush]:
        """List pushes by id, after the given id."""
        ...

    async def purge(self, before: datetime, limit: int) -> int:
        """Remove at most ``limit`` results and bodies of what ended before then; references, tags and keys stay.

        What ended: requests that are not SENDING, ACCEPTED, UNKNOWN or UNRESOLVED and were last changed before then,
        and pushes that are DONE or WITHHELD and were received before then.
        Returns how many records lost something; when it is less than ``limit``, nothing is left to remove.
        """
        ...

    async def drop_expired_keys(self, limit: int) -> int:
        """Remove at most ``limit`` duplicate keys that have expired; returns how many."""
        ...

    async def identity(self) -> str | None:
        """Tell which client id and mode the store is bound to."""
        ...

    async def set_identity(self, identity: str) -> None:
        """Bind the store."""
        ...
