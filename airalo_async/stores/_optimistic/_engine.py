"""What an engine must be able to do, and how it says that it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from airalo_async.stores._optimistic._changes import Changes
    from airalo_async.stores._optimistic._reads import Read

__all__ = ["Session", "TryAgainError", "UnfitError", "Verdict"]

Verdict = int | None
"""What became of the changes of one unit of work: committed, with the id of its new push (0 if it has none); or None:
what it had seen was no longer so, and nothing of it is written."""


class TryAgainError(Exception):
    """The engine gave up for a reason that passes, and nothing is committed."""


class UnfitError(Exception):
    """There is a value that the engine cannot keep, and nothing is committed; its cause says more."""


class Session(Protocol):
    """A conversation with the engine, for one batch at a time.

    Every method may raise ``TryAgainError`` or ``UnfitError``, after which nothing of the batch is committed; and
    ``StoreError`` when the engine is away, or nobody can tell what is committed. After any of them, and after a
    cancellation, ``start`` begins anew.
    """

    async def start(self) -> datetime:
        """Begin a batch; tells the store's time (UTC)."""
        ...

    async def read(self, asked: Sequence[Read[object]]) -> Sequence[object]:
        """Answer questions in their order, all at once."""
        ...

    async def commit(self, batch: Sequence[Changes]) -> Sequence[Verdict]:
        """Write the changes of those units of work that have seen only what is still so, and end the batch.

        Each fact that one of them writes was seen by no later one.
        """
        ...

    def drop(self) -> None:
        """Let the connection go at once, whatever is under way."""
        ...

    async def close(self) -> None:
        """Let the connection go in good order."""
        ...
