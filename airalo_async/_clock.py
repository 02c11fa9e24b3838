"""The seam through which time enters: everything that waits takes a clock, and tests move it."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, datetime
from time import monotonic as _monotonic
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """Wall time, monotonic time, and waiting for either to pass."""

    def time(self) -> float:
        """Tell the wall time in seconds since the epoch; callable from any thread."""
        ...

    def now(self) -> datetime:
        """Tell the wall time as an aware UTC datetime."""
        ...

    def monotonic(self) -> float:
        """Tell seconds from an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when so many seconds have passed on this clock."""
        ...

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        """Bound a block as ``asyncio.timeout`` does, in seconds of this clock."""
        ...


class SystemClock:
    """The machine's own time."""

    def __init__(self) -> None:
        self._alarm: _Alarm | None = None

    def time(self) -> float:
        """Tell the wall time in seconds since the epoch."""
        return time.time()

    def now(self) -> datetime:
        """Tell the wall time as an aware UTC datetime."""
        return datetime.now(UTC)

    monotonic = staticmethod(_monotonic)  # not wrapped: the limiter asks before every call

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        """Bound a block to so many seconds; it may end a hundredth of a second late."""
        if seconds is None or seconds <= 0:
            return asyncio.timeout(seconds)
        loop = asyncio.get_running_loop()
        if self._alarm is None or self._alarm.loop is not loop:
            self._alarm = _Alarm(loop)
        return _Bound(self._alarm, seconds)


_SLACK = 0.01


class _Alarm:
    """One timer of a loop for all that is bounded there.

    Nearly every block ends long before its bound. A timer for each would be made only to be taken back, and that is
    most of what ``asyncio.timeout`` costs.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.bounds: dict[_Bound, float] = {}
        self._rings_at = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def add(self, bound: _Bound, seconds: float) -> None:
        self.bounds[bound] = ends_at = self.loop.time() + seconds
        if ends_at < self._rings_at:
            self._set(ends_at)

    def _set(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = at
        self._timer = self.loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._rings_at, self._timer = math.inf, None
        now = self.loop.time()
        for bound in [bound for bound, ends_at in self.bounds.items() if ends_at <= now]:
            del self.bounds[bound]
            bound.expire()
        if self.bounds:
            # However many end one shortly after the other, all of them are looked through a hundred times a second.
            self._set(max(min(self.bounds.values()), now + _SLACK))


class _Bound:
    """``asyncio.timeout`` on a shared timer."""

    __slots__ = ("_alarm", "_cancelling", "_expired", "_seconds", "_task")

    def __init__(self, alarm: _Alarm, seconds: float) -> None:
        self._alarm = alarm
        self._seconds = seconds
        self._expired = False

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            message = "a timeout is for the inside of a task"
            raise RuntimeError(message)
        self._task = task
        self._cancelling = task.cancelling()
        self._alarm.add(self, self._seconds)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._expired:
            del self._alarm.bounds[self]
        elif self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            # Nobody else cancelled the task, so what ended the block was this bound alone.
            raise TimeoutError from error

    def expire(self) -> None:
        self._expired = True
        self._task.cancel()
