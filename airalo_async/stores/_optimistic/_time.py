"""The engine's time, without asking for it every time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airalo_async._clock import SystemClock
from airalo_async.stores._records import moment

if TYPE_CHECKING:
    from airalo_async._clock import Clock

__all__ = ["EngineClock", "EngineTime"]

_STALE_AFTER = 5.0


class EngineTime:
    """Follows the engine's clock by this machine's monotonic one, from one answer of the engine to the next.

    A clock that was given (tests give one) is taken at its word instead.

    Args:
        clock: The store's clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._given = None if isinstance(clock, SystemClock) else clock
        self._monotonic = SystemClock().monotonic
        self._ahead: int | None = None
        self._noted_at = 0.0

    @property
    def is_stale(self) -> bool:
        """Whether the engine should be asked for its time."""
        if self._given is not None:
            return False
        return self._ahead is None or self._monotonic() > self._noted_at + _STALE_AFTER

    def note(self, engine: int, asked_at: float) -> None:
        """Take the engine's time in microseconds, asked for at an instant of the monotonic clock."""
        self._noted_at = self._monotonic()
        self._ahead = engine - round((asked_at + self._noted_at) / 2 * 1e6)

    def monotonic(self) -> float:
        """Tell the instant to ask at."""
        return self._monotonic()

    def now(self) -> datetime:
        """Tell the time (UTC)."""
        if self._given is not None:
            return self._given.now()
        if self._ahead is None:
            return datetime.now(UTC)
        return moment(self._ahead + round(self._monotonic() * 1e6))


class EngineClock(SystemClock):
    """Tells the engine's time, which leases and windows are on; what waits is measured on this machine.

    Args:
        engine: The engine's time.
    """

    def __init__(self, engine: EngineTime) -> None:
        super().__init__()
        self._engine = engine

    def time(self) -> float:
        """Tell the engine's time in seconds since the epoch."""
        return self._engine.now().timestamp()

    def now(self) -> datetime:
        """Tell the engine's time (UTC)."""
        return self._engine.now()
