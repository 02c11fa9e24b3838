"""A store over lanes of batches."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from airalo_async._clock import SystemClock
from airalo_async.errors import StoreError
from airalo_async.stores._optimistic import _reads as reads
from airalo_async.stores._optimistic._hints import Hints, messages
from airalo_async.stores._optimistic._lanes import Lanes
from airalo_async.stores._optimistic._reads import ask
from airalo_async.stores._optimistic._time import EngineClock, EngineTime
from airalo_async.stores._records import micros
from airalo_async.stores._transactional import TransactionalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from airalo_async._clock import Clock
    from airalo_async.models import StoredRequest
    from airalo_async.stores._optimistic._changes import Changes
    from airalo_async.stores._optimistic._engine import Session
    from airalo_async.stores._optimistic._hints import Channel
    from airalo_async.stores._transaction import Transaction

__all__ = ["OptimisticStore"]

T = TypeVar("T")
A = TypeVar("A")

_WRITERS = 2
_READERS = 1
_MOST = 100


class OptimisticStore(TransactionalStore):
    """What the stores on servers share.

    Args:
        clock: What waits are measured on.
        open_session: Makes a session with the engine; without I/O.
        channel: Where messages of other processes come in.
        name: What errors call the engine.
        timeout: Seconds that a unit of work may take.
    """

    def __init__(
        self, clock: Clock | None, open_session: Callable[[], Session], channel: Channel, *, name: str, timeout: float
    ) -> None:
        super().__init__(clock)
        self._name = name
        self._time = EngineTime(self._clock)
        if isinstance(self._clock, SystemClock):
            self._clock = EngineClock(self._time)
        self._writers = Lanes(open_session, self._committed, width=_WRITERS, most=_MOST, timeout=timeout, name=name)
        self._readers = Lanes(open_session, self._committed, width=_READERS, most=_MOST, timeout=timeout, name=name)
        self._hints = Hints(self._waiters, channel, self._look)
        self._waiters.on_first = self._hints.watch
        self._untold: dict[str, int] = {}
        self._untold_due = False
        self._telling: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}{' closed' if self._closed else ''}>"

    async def _write(self, work: Callable[[Transaction], Coroutine[object, None, T]]) -> T:
        self._enter()
        return await self._writers.run(work)

    async def _read(self, work: Callable[[Transaction], Coroutine[object, None, T]]) -> T:
        self._enter()
        return await self._readers.run(work)

    def _enter(self) -> None:
        """Refuse who comes after the end, or from another loop while this store's is alive."""
        if self._closed:
            message = f"the store on {self._name} is closed"
            raise StoreError(message)
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        if self._loop is not None and not self._loop.is_closed():
            message = f"the store on {self._name} belongs to another event loop; open one in each"
            raise StoreError(message)
        if self._loop is not None:
            self._telling = None
            self._writers.drop()
            self._readers.drop()
            self._abandon()
            if self._waiters:
                self._hints.watch()
        self._loop = loop

    def _committed(self, batch: Sequence[Changes]) -> None:
        """Wake who waits for what was committed here, and tell the other processes."""
        versions = {name: row.request.version for changes in batch for name, row in changes.requests.items()}
        due = any(changes.due for changes in batch)
        if versions or due:
            self._waiters.wake(versions, inbox=due)
            self._untold |= versions
            self._untold_due |= due
            if self._telling is None or self._telling.done():
                self._telling = asyncio.get_running_loop().create_task(self._tell(), name="airalo-store-tell")

    async def _tell(self) -> None:
        """Tell what was committed; what is committed meanwhile is told of in one go."""
        while self._untold or self._untold_due:
            versions, due = self._untold, self._untold_due
            self._untold, self._untold_due = {}, False
            try:
                for message in messages(self._hints.sender, versions, due=due):
                    await self._readers.run(partial(_ask, reads.Tell(message)))
            except StoreError:
                return  # it was a hint

    async def _look(self, references: tuple[str, ...]) -> reads.News:
        return await self._readers.run(partial(_look, references))

    async def get(self, reference: str) -> StoredRequest:
        """Get a stored request."""
        request = await super().get(reference)
        if reference in self._waiters:
            self._hints.know(reference, request.version)
        return request

    async def close(self) -> None:
        """Finish what is queued and let the connections go; may be called twice."""
        if self._closed:
            return
        self._closed = True
        self._waiters.wake_all()
        await self._writers.close()
        if self._telling is not None:
            await asyncio.wait([self._telling])
        await self._hints.close()
        await self._readers.close()
        await self._let_go()

    def _abandon(self) -> None:
        """Forget what the sessions shared in a loop that is gone."""

    async def _let_go(self) -> None:
        """Let go what the sessions share."""


async def _ask(read: reads.Read[A], _tx: Transaction) -> A:
    return await ask(read)


async def _look(references: tuple[str, ...], tx: Transaction) -> reads.News:
    return await ask(reads.Look(references, micros(tx.now)))
