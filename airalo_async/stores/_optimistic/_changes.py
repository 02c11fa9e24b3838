"""What a unit of work has seen and wants written, to be checked and committed together with that of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen

from airalo_async.models import PushState, StoredPush, StoredRequest
from airalo_async.stores._records import names_of, parked_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from airalo_async.stores._optimistic._reads import Peer

__all__ = ["Changes", "Fact", "Sort", "WrittenPush", "WrittenRequest", "stamp_of_peers"]


class Sort:
    """Sorts of facts, and what their stamps are made of; a stamp is empty where there is nothing.

    Attributes:
        REQUEST: A reference; its version.
        NAME: A name; the reference that it stands for.
        KEY: A duplicate key; until when it holds, in microseconds.
        PUSH: An id; its revision.
        PARKED: A name; the ids of the parked pushes that have it, ``1,2``.
        PEERS: A reference; ids and leases of its pending pushes, ``1:0,2:1767268800000000``.
        IDENTITY: Nothing; whom the store is bound to.
    """

    # No enum: each push has its facts hashed many times, and the hash of a member is a call of its own.
    REQUEST: Final = "r"
    NAME: Final = "n"
    KEY: Final = "k"
    PUSH: Final = "p"
    PARKED: Final = "f"
    PEERS: Final = "g"
    IDENTITY: Final = "i"


Fact = tuple[str, str]
"""Something that can be seen, and can change: its sort and its name."""


@frozen
class WrittenRequest:
    """A stored request to be written.

    Attributes:
        request: As it is to be.
        version: The version that it has; None when it is new.
        names: Names that it did not have.
    """

    request: StoredRequest
    version: int | None
    names: tuple[str, ...]


@frozen
class WrittenPush:
    """A push to be written, that the engine has.

    Attributes:
        push: As it is to be.
        previous: As it is.
        revision: The revision that it has.
    """

    push: StoredPush
    previous: StoredPush
    revision: int


@define
class Changes:
    """What one unit of work has seen and wants written.

    Attributes:
        seen: Stamp by fact; all must still be so when the rest is written.
        torn: Whether it has seen one fact change.
        locks: Keys that no two commits may hold at once.
        requests: Stored requests by reference.
        pushes: Pushes by id.
        added: A new push.
        keys: Duplicate keys, and until when (microseconds, or ``FOR_GOOD``).
        identity: Whom to bind the store to.
        due: Whether it makes a push due.
    """

    seen: dict[Fact, str] = field(factory=dict)
    torn: bool = False
    locks: set[str] = field(factory=set)
    requests: dict[str, WrittenRequest] = field(factory=dict)
    pushes: dict[int, WrittenPush] = field(factory=dict)
    added: StoredPush | None = None
    keys: dict[str, int] = field(factory=dict)
    identity: str | None = None
    due: bool = False

    def __bool__(self) -> bool:
        return bool(self.requests or self.pushes or self.keys or self.added is not None or self.identity is not None)

    def see(self, sort: str, name: str, stamp: str) -> None:
        """Take a fact down."""
        if self.seen.setdefault((sort, name), stamp) != stamp:
            self.torn = True

    def put_request(self, request: StoredRequest, previous: StoredRequest | None) -> None:
        """Have a stored request written, whether for the first time in this unit or not."""
        reference = request.reference
        before = self.requests.get(reference)
        had = set() if previous is None else set(names_of(previous))
        names = dict.fromkeys(name for name in names_of(request) if name not in had)
        if before is not None:
            version, names = before.version, dict.fromkeys(before.names) | names
        else:
            version = None if previous is None else previous.version
            self.see(Sort.REQUEST, reference, "" if version is None else str(version))
        self.requests[reference] = WrittenRequest(request, version, tuple(names))

    def written(self) -> Iterator[Fact]:
        """Tell every fact that writing this changes."""
        for reference, row in self.requests.items():
            yield Sort.REQUEST, reference
            for name in row.names:
                yield Sort.NAME, name
        for push_id, kept in self.pushes.items():
            yield Sort.PUSH, str(push_id)
            yield from _facts_of(kept.push)
            yield from _facts_of(kept.previous)
        if self.added is not None:
            yield from _facts_of(self.added)
        for key in self.keys:
            yield Sort.KEY, key
        if self.identity is not None:
            yield Sort.IDENTITY, ""


def stamp_of_peers(peers: Iterable[Peer]) -> str:
    """Make the stamp of a reference's pending pushes."""
    return ",".join(f"{peer.push_id}:{peer.lease_until}" for peer in peers)


def _facts_of(push: StoredPush) -> Iterator[Fact]:
    for name in parked_names(push):
        yield Sort.PARKED, name
    if push.state is PushState.PENDING and push.reference is not None:
        yield Sort.PEERS, push.reference
