"""The grants of one limit for one value of its scope."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import asyncio

__all__ = ["MARGIN", "Waiter", "Window"]

MARGIN = 0.01
"""Seconds on top of each period: clocks differ, and two calls may come closer together on their way."""

_MOST_LATE = 0.25
"""Part of a period; a slow API must not halve what is allowed."""


class Waiter:
    """A call that waits for its grant.

    Args:
        ticket: Its place in the order of arrival.
        windows: All that have to grant it.
        turn: Done when it is granted.
        deadline: Instant of the clock until which it can wait, or None.
    """

    __slots__ = ("blocker", "deadline", "granted", "granted_at", "ticket", "turn", "windows")

    def __init__(
        self, ticket: int, windows: tuple[Window, ...], turn: asyncio.Future[None], deadline: float | None
    ) -> None:
        self.ticket = ticket
        self.windows = windows
        self.turn = turn
        self.deadline = deadline
        self.granted = False
        self.granted_at = 0.0
        self.blocker: Window | None = None

    def __lt__(self, other: Waiter) -> bool:
        return self.ticket < other.ticket

    def __enter__(self) -> Self:
        for window in self.windows:
            window.pending += 1
        return self

    def __exit__(self, *_: object) -> None:
        for window in self.windows:
            window.pending -= 1

    def grant(self, now: float) -> None:
        """Let it go, and write that down in all its windows."""
        for window in self.windows:
            window.grant(now)
        self.blocker = None
        self.granted = True
        self.granted_at = now
        self.turn.set_result(None)

    def resume(self, now: float) -> float:
        """Count it from now, when it goes on: a busy loop may have let time pass since its grant."""
        for window in self.windows:
            window.postpone(self.granted_at, now)
        return now

    def refuse(self, error: Exception) -> None:
        """Let it fail; it has left the queue."""
        self.blocker = None
        if not self.turn.done():
            self.turn.set_exception(error)
            self.turn.exception()  # so that nobody misses it when the waiter is cancelled at the same moment


class Window:
    """A sliding log of the last grants.

    The API counts a call when it gets it, at the earliest when it was granted and at the latest when it was answered:
    a burst that has to open its connections first is counted late. So a period is stretched by the longest time from
    grant to answer that was seen in the last one or two of them.

    Args:
        name: For people: the limit and the value that it counts.
        count: Grants allowed in a period; None for no limit, so that the window can only be paused.
        seconds: Length of the period.
    """

    __slots__ = (
        "count",
        "free_at",
        "late",
        "late_before",
        "log",
        "name",
        "paused_until",
        "pending",
        "queue",
        "seconds",
        "server",
        "spacing",
        "turns_at",
    )

    def __init__(self, name: str, count: int | None, seconds: float) -> None:
        self.name = name
        self.count = count
        self.seconds = seconds
        self.spacing = seconds + MARGIN
        self.late = self.late_before = 0.0
        self.turns_at = -math.inf
        self.log: deque[float] = deque(maxlen=count or 0)
        self.paused_until = -math.inf
        self.free_at = -math.inf
        self.pending = 0
        self.queue: list[Waiter] = []
        self.server: asyncio.Task[None] | None = None

    def grant(self, now: float) -> None:
        """Write a grant down; the caller has seen that ``now`` is not before ``free_at``."""
        log = self.log
        log.append(now)
        if len(log) == self.count:
            self.free_at = log[0] + self.spacing

    def postpone(self, at: float, now: float) -> None:
        """Count a grant from now."""
        if at < now and at in self.log:
            self.log.remove(at)
            self.grant(now)
            self.free_at = max(self.free_at, self.paused_until)  # a pause may have come since its grant

    def settle(self, granted_at: float, now: float) -> None:
        """Learn from an answer how late its call may have been counted."""
        if now >= self.turns_at:
            self.late_before = self.late if now < self.turns_at + self.seconds else 0.0
            self.late = 0.0
            self.turns_at = now + self.seconds
        self.late = max(self.late, min(now - granted_at, self.seconds * _MOST_LATE))
        self.spacing = self.seconds + MARGIN + max(self.late, self.late_before)
        if len(self.log) == self.count:
            self.free_at = max(self.paused_until, self.log[0] + self.spacing)

    def take_back(self, at: float) -> None:
        """Undo a grant that nobody used."""
        if at in self.log:
            self.log.remove(at)
            self.free_at = self.paused_until

    def pause(self, until: float) -> None:
        """Grant nothing before an instant."""
        self.paused_until = max(self.paused_until, until)
        self.free_at = max(self.free_at, until)

    def next_free(self, now: float) -> float:
        """Tell the instant at which a call that comes now would be granted, behind all that queue."""
        at = max(now, self.paused_until)
        if self.count is None:
            return at
        beyond = len(self.log) + len(self.queue) - self.count
        if beyond < 0:
            return at
        rounds, index = divmod(beyond, self.count)
        slot = self.log[index] if index < len(self.log) else at
        return max(at, slot + (rounds + 1) * self.spacing)

    def is_idle(self, now: float) -> bool:
        """Tell whether forgetting it would change nothing."""
        return not self.pending and now > self.paused_until and (not self.log or now > self.log[-1] + self.spacing)

    def describe(self, now: float) -> str:
        """Say how much is used, who waits and until when."""
        used = sum(at + self.spacing > now for at in self.log)
        parts = [f"{self.name} {used}/{self.count} in {self.seconds:g} s" if self.count else self.name]
        if self.paused_until > now:
            parts.append(f"paused for {self.paused_until - now:.1f} s")
        if self.queue:
            parts.append(f"{len(self.queue)} waiting, next in {max(0.0, self.free_at - now):.1f} s")
        return ", ".join(parts)
