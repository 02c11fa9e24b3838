"""The store: each unit of work runs at once, and is undone if it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from airalo_async.errors import StoreError
from airalo_async.stores._memory._transaction import MemoryTransaction
from airalo_async.stores._transactional import TransactionalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from airalo_async._clock import Clock

__all__ = ["MemoryStore"]

T = TypeVar("T")


class MemoryStore(TransactionalStore):
    """Keeps requests and pushes until the process ends.

    The guarantees against buying twice and losing pushes end with the process too; ``SQLiteStore`` keeps them longer.

    Args:
        clock: What leases and windows are measured on.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self._tx = MemoryTransaction()
        self._closed = False

    def __repr__(self) -> str:
        return f"<MemoryStore requests={len(self._tx.rows)} pushes={len(self._tx.inbox)}>"

    async def _write(self, work: Callable[[MemoryTransaction], Coroutine[object, None, T]]) -> T:
        """Run a unit of work; it never suspends, so it is alone."""
        if self._closed:
            message = "the store is closed"
            raise StoreError(message)
        tx = self._tx
        tx.start(self._clock.now())
        try:
            result = await work(tx)
        except Exception:
            tx.undo()
            raise
        if tx.changed or tx.arrived:
            self._waiters.wake(tx.changed, inbox=tx.arrived)
        return result

    async def _read(self, work: Callable[[MemoryTransaction], Coroutine[object, None, T]]) -> T:
        return await self._write(work)

    async def close(self) -> None:
        """Refuse what comes after; what it holds goes when the store does."""
        self._closed = True
        self._waiters.wake_all()
