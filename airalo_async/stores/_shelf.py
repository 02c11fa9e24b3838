"""What moving needs of an engine, beside the row operations that every store has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from airalo_async.models import StoredPush

__all__ = ["KeyPage", "Living", "Shelf"]


@frozen
class Living:
    """What is under way in a store.

    Attributes:
        sending: Purchases that are SENDING under a live lease.
        handling: Pushes that are claimed under a live lease.
    """

    sending: int
    handling: int

    def __bool__(self) -> bool:
        return bool(self.sending or self.handling)


@frozen
class KeyPage:
    """Some duplicate keys.

    Attributes:
        keys: Each key, and when it expires; None for never.
        last: Where to go on; empty when there are no more.
    """

    keys: Sequence[tuple[str, datetime | None]]
    last: str


class Shelf(Protocol):
    """One engine, under a store.

    Any of them may raise ``StoreError``; then nothing is known to be changed.
    """

    async def sealed(self) -> str | None:
        """Tell where the store moved to; None when it is not sealed."""
        ...

    async def seal(self, moved_to: str, now: datetime) -> Living:
        """Make the engine refuse every write from now on, in one commit; with something under way, do nothing."""
        ...

    async def unseal(self) -> None:
        """Let the engine take writes again."""
        ...

    async def keys(self, after: str, limit: int) -> KeyPage:
        """List duplicate keys; ``after`` is ``last`` of the page before, or empty."""
        ...

    async def append(self, pushes: Sequence[StoredPush]) -> None:
        """Add pushes that follow on the last one, all in one commit, each under the id that it has."""
        ...

    async def close(self) -> None:
        """Let go what was opened."""
        ...
