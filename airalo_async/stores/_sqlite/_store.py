"""The store: what is public of it, and which thread does what."""

from __future__ import annotations

import asyncio
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from airalo_async.errors import StoreError
from airalo_async.stores import _inbox as inbox
from airalo_async.stores import _purchases as purchases
from airalo_async.stores._sqlite._shelf import SQLiteShelf
from airalo_async.stores._sqlite._worker import Job, Reader, opened
from airalo_async.stores._sqlite._writer import Writer
from airalo_async.stores._transactional import TransactionalStore

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Coroutine

    from airalo_async._clock import Clock
    from airalo_async.models import PushFacts
    from airalo_async.stores._base import Begun, NewPurchase, Receipt
    from airalo_async.stores._sqlite._worker import Worker
    from airalo_async.stores._transaction import Transaction

__all__ = ["SQLiteStore"]

T = TypeVar("T")


class SQLiteStore(TransactionalStore):
    """Keeps requests and pushes in an SQLite file, on disk before anything else happens.

    Made without touching the file, which is opened at first use. Commits are written through to the disk
    (``synchronous=FULL``); whether the disk keeps them in a power cut is up to the disk.

    Args:
        path: The file, on a local disk; made with mode 0600 if there is none. Its folder must be there.
        clock: What leases and windows are measured on.
        lock_timeout: Seconds to wait while another process holds the file, before ``StoreError``.
    """

    def __init__(self, path: str | os.PathLike[str], *, clock: Clock | None = None, lock_timeout: float = 5.0) -> None:
        super().__init__(clock)
        self.path = Path(path).absolute()
        self._writer = Writer(self.path, self._clock, self._waiters, lock_timeout=lock_timeout)
        self._reader = Reader(self.path, self._clock, self._waiters, lock_timeout=lock_timeout)
        self._waiters.on_first = self._writer.nudge
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opened = False
        self._closed = False
        # A store that is dropped without being closed lets its threads go.
        weakref.finalize(self, _stop, self._writer, self._reader)

    def __repr__(self) -> str:
        return f"<SQLiteStore {self.path}{' closed' if self._closed else ''}>"

    async def begin(
        self, purchase: NewPurchase, *, owner: str, lease: float, resubmit: bool = False, after: str | None = None
    ) -> Begun:
        """Commit a purchase as SENDING, or tell how an earlier one under its reference stands."""
        return await self._hand_in(
            self._writer,
            lambda tx: purchases.begin(tx, purchase, owner, lease, resubmit=resubmit, after=after),
            reference=purchase.reference,
        )

    async def receive(self, body: bytes, form: str, facts: PushFacts) -> Receipt:
        """Commit a verified push."""
        return await self.begin_receiving(body, form, facts)

    def begin_receiving(self, body: bytes, form: str, facts: PushFacts) -> asyncio.Future[Receipt]:
        """Begin to commit a verified push; the writer needs no task of ours for it."""
        return self._hand_in(self._writer, lambda tx: inbox.receive(tx, body, form, facts), facts)

    async def _write(self, work: Callable[[Transaction], Coroutine[object, None, T]]) -> T:
        result = await self._hand_in(self._writer, work)
        self._opened = True
        return result

    async def _read(self, work: Callable[[Transaction], Coroutine[object, None, T]]) -> T:
        if not self._opened:
            # The writer goes first: it makes the file, and from then on misses no change.
            await self._write(opened)
        return await self._hand_in(self._reader, work)

    def _hand_in(
        self,
        worker: Worker,
        work: Callable[[Transaction], Coroutine[object, None, T]],
        facts: PushFacts | None = None,
        reference: str | None = None,
    ) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        try:
            self._serve(loop)
            worker.hand_in(Job(work, future, facts, reference))
        except StoreError as error:
            future.set_exception(error)
        return future

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve this event loop from now on; the one before must have ended: its waiters would be woken from here."""
        if self._closed:
            message = f"the store on {self.path} is closed"
            raise StoreError(message)
        if loop is not self._loop and self._loop is not None and self._loop.is_running():
            message = f"the store on {self.path} serves another running event loop; open a second store on the file"
            raise StoreError(message)
        self._loop = loop

    def open_shelf(self) -> SQLiteShelf:
        """Open what moving needs of the engine."""
        return SQLiteShelf(self.path)

    async def close(self) -> None:
        """Finish what is queued and close the file; may be called twice.

        The file is whole by itself then: the connection that is closed last empties the write-ahead log into it, which
        SQLite leaves undone when two are closed at the same instant.
        """
        self._closed = True
        try:
            self._reader.stop()
            await self._reader.join()
        finally:
            self._writer.stop()
        await self._writer.join()
        self._waiters.wake_all()


def _stop(writer: Writer, reader: Reader) -> None:
    reader.stop()
    writer.stop()
