"""A clock that tests move: real time plus an offset."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["FakeClock"]

# Alarms taken back stay in the heap until they come up; beyond this many the heap is swept.
_SWEEP_AT = 256

# An alarm this close counts as due: sums of floats do not always meet exactly.
_CLOSE = 1e-6


class FakeClock:
    """A clock for tests.

    Args:
        start: Wall time at which it starts; now, if not given.
        ticking: Whether real time passes on it too. One that does not tick moves by ``advance`` alone.
    """

    def __init__(self, *, start: datetime | None = None, ticking: bool = True) -> None:
        self._ticking = ticking
        self._real_start = time.monotonic()
        self._wall_start = time.time() if start is None else start.timestamp()
        self._offset = 0.0
        self._alarms: list[tuple[float, int, _Alarm]] = []
        self._taken_back = 0
        self._order = itertools.count()

    def __repr__(self) -> str:
        return f"<FakeClock {self.now().isoformat()} waiting={len(self._alarms) - self._taken_back}>"

    def monotonic(self) -> float:
        """Tell the seconds that have passed on this clock."""
        real = time.monotonic() - self._real_start if self._ticking else 0.0
        return real + self._offset

    def time(self) -> float:
        """Tell the wall time in seconds since the epoch."""
        return self._wall_start + self.monotonic()

    def now(self) -> datetime:
        """Tell the wall time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, delta: float | timedelta = 0.0, *, days: float = 0.0) -> None:
        """Move the clock forward and wake what comes due; the woken tasks run at the next await.

        Args:
            delta: Seconds, or a timedelta; not negative.
            days: Days, added to ``delta``; not negative.

        Raises:
            ValueError: The clock was asked to go back; it did not move.
        """
        seconds = delta.total_seconds() if isinstance(delta, timedelta) else delta
        seconds += days * 86400
        if seconds < 0:
            msg = f"a clock does not go back: {seconds} s"
            raise ValueError(msg)
        self._offset += seconds
        now = self.monotonic()
        while self._alarms and self._alarms[0][0] <= now + _CLOSE:
            self._pop().fire()

    def next_due(self) -> float | None:
        """Tell in how many seconds the next sleeper or timeout comes due, or None when nothing waits."""
        while self._alarms and self._alarms[0][2].callback is None:
            self._pop()
        return max(0.0, self._alarms[0][0] - self.monotonic()) if self._alarms else None

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved by so many seconds."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        cancel = self.call_later(seconds, lambda: None if woken.done() else woken.set_result(None))
        try:
            await woken
        finally:
            cancel()

    def timeout(self, seconds: float | None) -> _FakeTimeout:
        """Bound a block to so many seconds of this clock."""
        return _FakeTimeout(self, seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back once, after so many seconds of this clock.

        Returns:
            A function that takes the call back; harmless when it was made already.
        """
        alarm = _Alarm(callback)
        heapq.heappush(self._alarms, (self.monotonic() + seconds, next(self._order), alarm))
        if self._ticking:
            alarm.handle = asyncio.get_running_loop().call_later(seconds, alarm.fire)

        def cancel() -> None:
            if alarm.cancel():
                self._taken_back += 1
                if self._taken_back >= _SWEEP_AT and self._taken_back * 2 > len(self._alarms):
                    self._sweep()

        return cancel

    def _pop(self) -> _Alarm:
        alarm = heapq.heappop(self._alarms)[2]
        if alarm.callback is None:
            self._taken_back = max(0, self._taken_back - 1)
        return alarm

    def _sweep(self) -> None:
        self._alarms = [entry for entry in self._alarms if entry[2].callback is not None]
        heapq.heapify(self._alarms)
        self._taken_back = 0


class _Alarm:
    """One call to be made at most once, by the clock or by real time."""

    __slots__ = ("callback", "handle")

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback
        self.handle: asyncio.TimerHandle | None = None

    def fire(self) -> None:
        callback, self.callback = self.callback, None
        if callback is not None:
            callback()

    def cancel(self) -> bool:
        """Take the call back; tells whether it was still to be made."""
        if self.handle is not None:
            self.handle.cancel()
        pending, self.callback = self.callback is not None, None
        return pending


class _FakeTimeout:
    """``asyncio.timeout`` whose end is an alarm of a fake clock."""

    def __init__(self, clock: FakeClock, seconds: float | None) -> None:
        self._clock = clock
        self._seconds = seconds
        self._timeout = asyncio.timeout(None)
        self._cancel: Callable[[], None] | None = None

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        loop = asyncio.get_running_loop()
        if self._seconds is not None and self._seconds <= 0:
            self._timeout.reschedule(loop.time())
        elif self._seconds is not None:
            self._cancel = self._clock.call_later(self._seconds, lambda: self._timeout.reschedule(loop.time()))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._cancel is not None:
            self._cancel()
        await self._timeout.__aexit__(kind, error, trace)
