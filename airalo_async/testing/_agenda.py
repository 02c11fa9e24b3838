"""What the fake does by itself: at a time of its clock, or in a task that it waits for."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from airalo_async.testing._clock import FakeClock

__all__ = ["Agenda"]

_log = logging.getLogger(__name__)

# Turns of the loop without anything to do that pass for quiet: enough for an answer to be read and the next request to
# arrive when both ends live in this loop.
_QUIET_TURNS = 25

# Real seconds of quiet at the end of an advance: a store's thread may still be about to wake its task.
_QUIET_SECONDS = 0.005

# Real seconds of rest at each stop of an advance: a store's thread gets nowhere beside a loop that only turns.
_REST = 0.001

# Stops of one advance for those who are not the fake.
_MOST_STOPS = 500

# Real seconds to wait for work that does not end, such as a receiver that hangs, before time moves on without it.
_PATIENCE = 2.0


class Agenda:
    """Alarms and tasks of one fake.

    Args:
        clock: Its clock.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[object]] = set()
        self._alarms: dict[Callable[[], None], float] = {}
        self._turns = 0
        self._requests = 0

    def later(self, seconds: float, work: Callable[[], Coroutine[object, object, object]]) -> Callable[[], None]:
        """Start work after so many seconds of the clock; returns what takes it back."""

        def start() -> None:
            self._alarms.pop(cancel, None)
            self.start(work())

        cancel = self._clock.call_later(seconds, start)
        self._alarms[cancel] = self._clock.monotonic() + seconds
        return cancel

    def start(self, work: Coroutine[object, object, object]) -> None:
        """Start work now; it is waited for before the fake calls itself quiet."""
        self._turns += 1
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def request_began(self) -> None:
        """Count a request that is being answered."""
        self._turns += 1
        self._requests += 1

    def request_ended(self) -> None:
        """Count it off."""
        self._turns += 1
        self._requests -= 1

    async def advance(self, seconds: float) -> None:
        """Move the clock, stopping at whatever comes due on the way, until nothing more happens.

        What the fake does by itself happens on time. Others who sleep on its clock are woken in time for it, or after a
        fraction of the way: a month must not stop for each of somebody's looks every few seconds.
        """
        left, patience = seconds, seconds / _MOST_STOPS
        await self.settle()
        while left > 0:
            own = min(self._alarms.values(), default=float("inf")) - self._clock.monotonic()
            due = self._clock.next_due()
            step = min(left, max(own, 0.0), left if due is None else max(due, patience))
            self._clock.advance(step)
            left -= step
            await self._quiet(_REST)
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is being done and no request has come for a while."""
        await self._quiet(_QUIET_SECONDS)

    async def _quiet(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        turns, seen, since = 0, self._turns, loop.time()
        while self._tasks or self._requests or turns < _QUIET_TURNS or loop.time() - since < seconds:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(0 if turns < _QUIET_TURNS else _REST)
            turns += 1
            if seen != self._turns:
                turns, seen, since = 0, self._turns, loop.time()
            elif (self._tasks or self._requests) and loop.time() - since >= _PATIENCE:
                return

    async def close(self) -> None:
        """Take back every alarm and end every task."""
        for cancel in tuple(self._alarms):
            cancel()
        self._alarms.clear()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        self._turns += 1
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("work of the fake failed", exc_info=error)
