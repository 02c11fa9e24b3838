"""Who runs which unit of work when: a queue, and a few lanes that take all that waits and run it as one batch."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from airalo_async.errors import StoreError
from airalo_async.stores._optimistic._batch import converse
from airalo_async.stores._optimistic._engine import TryAgainError, UnfitError
from airalo_async.stores._optimistic._unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from airalo_async.stores._optimistic._changes import Changes
    from airalo_async.stores._optimistic._engine import Session
    from airalo_async.stores._transaction import Transaction

__all__ = ["Lanes"]

T = TypeVar("T")

_WATCH_EVERY = 0.25
"""Seconds between two looks for units of work that take too long."""

_log = logging.getLogger("airalo_async")


class Lanes:
    """Runs units of work; while a batch is under way the next one gathers.

    Args:
        open_session: Makes the session of a lane; without I/O.
        committed: Called with what each batch has committed.
        width: Batches under way at once, each on a connection of its own.
        most: Units in a batch.
        timeout: Seconds that a unit of work may take, waiting included.
        name: What an error calls the engine.
    """

    def __init__(
        self,
        open_session: Callable[[], Session],
        committed: Callable[[Sequence[Changes]], None],
        *,
        width: int,
        most: int,
        timeout: float,
        name: str,
    ) -> None:
        self._open_session = open_session
        self._committed = committed
        self._width = width
        self._most = most
        self._timeout = timeout
        self._name = name
        self._waiting: deque[Unit[object]] = deque()
        self._idle: list[Session] = []
        self._running: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._under_way: set[Unit[object]] = set()
        self._watch: asyncio.TimerHandle | None = None

    async def run(self, work: Callable[[Transaction], Coroutine[object, None, T]]) -> T:
        """Run a unit of work, and return its result when it is committed.

        Raises:
            StoreError: It is not known to be committed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        unit = Unit(work, future, loop.time() + self._timeout)
        # The queue takes units of any result, and never looks at one.
        self._waiting.append(unit)  # type: ignore[arg-type]
        if self._busy < self._width:
            self._busy += 1
            task = loop.create_task(self._drain(), name=f"airalo-store-{self._name}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if self._watch is None:
            self._watch = loop.call_later(_WATCH_EVERY, self._look_for_late)
        return await future

    def _look_for_late(self) -> None:
        """Tell those who have waited for too long; one timer for all, where each would have one of its own."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for unit in (*self._waiting, *self._under_way):
            if unit.expires <= now:
                unit.fail(self._too_late())
        working = self._waiting or self._under_way
        self._watch = loop.call_later(_WATCH_EVERY, self._look_for_late) if working else None

    async def close(self) -> None:
        """Finish what waits, and let the connections go."""
        if self._running:
            await asyncio.wait(self._running)
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        while self._idle:
            await self._idle.pop().close()

    def drop(self) -> None:
        """Let the connections go without a word, as after the end of their loop."""
        self._running.clear()
        self._busy = 0
        self._watch = None
        self._under_way.clear()
        self._waiting.clear()
        self._idle.clear()

    async def _drain(self) -> None:
        # Whoever else has something to write in this turn of the loop comes along.
        await asyncio.sleep(0)
        session = self._idle.pop() if self._idle else self._open_session()
        try:
            while units := self._take():
                self._under_way.update(units)
                again = await self._run(session, units)
                self._under_way.difference_update(units)
                self._waiting.extendleft(reversed(again))
        finally:
            # In the same breath in which the queue was seen empty, or the next unit would wait for nobody.
            self._busy -= 1
            self._idle.append(session)

    def _take(self) -> Sequence[Unit[object]]:
        """Take the next batch; who has gone is left out."""
        units: list[Unit[object]] = []
        while self._waiting and len(units) < self._most:
            unit = self._waiting.popleft()
            if not unit.future.done():
                units.append(unit)
        return units

    async def _run(self, session: Session, units: Sequence[Unit[object]]) -> Sequence[Unit[object]]:
        """Run a batch; tells what is to be run again."""
        try:
            async with asyncio.timeout(self._timeout):
                return await converse(session, units, self._committed)
        except TryAgainError:
            return units
        except UnfitError as error:
            return await self._part(session, units, error)
        except TimeoutError:
            session.drop()
            _fail(units, self._too_late())
        except StoreError as error:
            _fail(units, error)
        except asyncio.CancelledError:
            session.drop()
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, somebody waits for each of the units)
            _log.exception("the store on %s failed in a way that it should not", self._name)
            session.drop()
            failure = StoreError(f"{self._name}: {type(error).__name__}; nothing is known to be stored")
            failure.__cause__ = error
            _fail(units, failure)
        return ()

    async def _part(self, session: Session, units: Sequence[Unit[object]], error: UnfitError) -> Sequence[Unit[object]]:
        """Run the units of a batch one by one, when one of them spoils it for all."""
        if len(units) == 1:
            failure = StoreError(f"{self._name}: {error}; nothing was stored")
            failure.__cause__ = error.__cause__
            _fail(units, failure)
            return ()
        again: list[Unit[object]] = []
        for unit in units:
            if not unit.future.done():
                again += await self._run(session, [unit])
        return again

    def _too_late(self) -> StoreError:
        return StoreError(f"{self._name} did not answer in {self._timeout:g} s; nothing is known to be stored")


def _fail(units: Sequence[Unit[object]], error: StoreError) -> None:
    for unit in units:
        # One exception raised in many tasks would collect all their tracebacks.
        failure = StoreError(str(error))
        failure.__cause__ = error.__cause__
        unit.fail(failure)
