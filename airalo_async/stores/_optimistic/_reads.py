"""What a unit of work can ask an engine for: plain values, so that equal questions of a batch are asked once."""

from __future__ import annotations

from collections.abc import Sequence
from types import coroutine
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import frozen

from airalo_async.models import PushKind, PushState, State, StoredPush, StoredRequest

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "FOR_GOOD",
    "Add",
    "Both",
    "DropKeys",
    "Due",
    "Identity",
    "Kept",
    "Key",
    "Look",
    "Named",
    "News",
    "Parked",
    "ParkedFor",
    "ParkedPage",
    "Peer",
    "Peers",
    "Purge",
    "Push",
    "Pushes",
    "Read",
    "Request",
    "Requests",
    "Tell",
    "Unmatched",
    "ask",
]

A = TypeVar("A")
B = TypeVar("B")
A_co = TypeVar("A_co", covariant=True)

FOR_GOOD = 1 << 62
"""End of a duplicate key that has none."""


@frozen
class Read(Generic[A_co]):
    """A question; ``A_co`` is what its answer is."""


@coroutine
def ask(read: Read[A]) -> Generator[Read[A], A, A]:
    """Hand a question to whoever runs the unit of work, and get its answer."""
    return (yield read)


@frozen
class Both(Read[tuple[A, B]]):
    """Two questions at once, where the second would be asked whatever the first one's answer is."""

    first: Read[A]
    second: Read[B]


@frozen
class Request(Read[StoredRequest | None]):
    """The stored request with this reference."""

    reference: str


@frozen
class Named(Read[StoredRequest | None]):
    """The stored request that was first to have this name: ``request …``, ``tag …`` or ``order …``."""

    name: str


@frozen
class Requests(Read[tuple[StoredRequest, ...]]):
    """Stored requests in these states (None: all), oldest first, after the one with this reference."""

    states: frozenset[State] | None
    after: str | None
    limit: int


@frozen
class Key(Read[int]):
    """Until when a duplicate key holds, in microseconds since the epoch; ``FOR_GOOD``, or 0 when there is none."""

    key: str


@frozen
class Kept:
    """A push as the engine has it; ``revision`` grows with every change of it."""

    push: StoredPush
    revision: int


@frozen
class Push(Read[Kept | None]):
    """The push with this id."""

    push_id: int


@frozen
class Pushes(Read[tuple[Kept, ...]]):
    """Pushes in this state (None: all) by id, after this id."""

    state: PushState | None
    after: int
    limit: int


@frozen
class ParkedPage:
    """Some parked pushes.

    Attributes:
        pushes: Those whose request may be there, by id.
        scanned: Id of the last that was looked at; None when there are no more.
    """

    pushes: tuple[Kept, ...]
    scanned: int | None


@frozen
class Parked(Read[ParkedPage]):
    """Parked pushes whose request may be there, by id, after this id."""

    after: int
    limit: int


@frozen
class ParkedFor(Read[Sequence[Sequence[Kept]]]):
    """Parked pushes by id with each of these names: ``request …``, ``tag …`` or ``key …``."""

    names: tuple[str, ...]


@frozen
class Due(Read[tuple[Kept, ...]]):
    """Pending pushes of these kinds that are due at this instant (microseconds), by ``due_at`` and id.

    An engine leaves out what ``Peers`` would hold up, and may leave out what another process is claiming.
    """

    kinds: frozenset[PushKind]
    now: int
    limit: int


@frozen
class Peer:
    """A pending push, as seen from another one of the same reference; its lease in microseconds, 0 for none."""

    push_id: int
    kind: PushKind
    lease_until: int


@frozen
class Peers(Read[Sequence[Sequence[Peer]]]):
    """All pending pushes of each of these references, by id."""

    references: tuple[str, ...]


@frozen
class Unmatched(Read[tuple[Kept, ...]]):
    """Parked pushes received before an instant, due at another one (microseconds), and not handed out yet, by id."""

    before: int
    now: int
    limit: int


@frozen
class Identity(Read[str | None]):
    """Whom the store is bound to."""


@frozen
class Purge(Read[int]):
    """No question but an order: remove results and bodies of what ended before an instant (microseconds)."""

    before: int
    limit: int


@frozen
class DropKeys(Read[int]):
    """No question but an order: remove duplicate keys that have expired at this instant (microseconds)."""

    now: int
    limit: int


@frozen
class Add(Read[int]):
    """No question but the end of a unit of work: commit it with this push, and tell the push's id."""

    push: StoredPush


@frozen
class News:
    """What a look tells.

    Attributes:
        versions: References that were looked for and are there, and the versions of their requests.
        due: Whether a push is due.
    """

    versions: tuple[tuple[str, int], ...]
    due: bool


@frozen
class Look(Read[News]):
    """How the requests with these references stand, and whether a push is due at this instant (microseconds)."""

    references: tuple[str, ...]
    now: int


@frozen
class Tell(Read[None]):
    """No question but a word to the other processes: these stored requests changed, and whether a push is due."""

    message: str
