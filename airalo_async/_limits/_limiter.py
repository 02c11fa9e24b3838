"""A limiter that stays under the limits of the API, first come first served.

Theory of operation. Each limit has a window for each value of its scope. A window remembers the times of its last N
grants and grants again when the oldest of them is a period and a margin old, so a server that counts strictly never
sees N+1 in a period; a leaky bucket would let 2N-1 through. A call needs all its windows at one instant. What cannot be
granted queues at the first window that blocks it, in order of arrival: nobody overtakes within a scope, and a wait for
one ICCID does not hold up the others. A window has a task that sleeps only while somebody queues at it.
"""

from __future__ import annotations

import asyncio
import itertools
from bisect import insort
from typing import TYPE_CHECKING

from airalo_async._limits._documented import DOCUMENTED, SANDBOX, Limit, Scope, shape_of
from airalo_async._limits._window import Waiter, Window
from airalo_async.errors import NotSentError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airalo_async._clock import Clock
    from airalo_async._limits._protocols import Call

__all__ = ["Limiter"]

LONGEST_PAUSE = 3600.0
"""Seconds; no answer can stop a scope for longer."""

_ROUNDING = 1e-6
_SWEEP_FROM = 256
_NO_LIMIT = -1
_KEYED = frozenset({Scope.ICCID, Scope.PACKAGE})


_Plan = tuple[tuple[Window, ...], tuple[int, ...]]
"""Windows of an endpoint that never vary, and the limits that have a window for each value."""


class Limiter:
    """Grants in this process.

    Args:
        clock: Its monotonic time counts.
        limits: What to stay under; an empty one only obeys pauses.
        sandbox: Whether the limits of sandbox mode apply as well.
    """

    def __init__(self, clock: Clock, limits: Iterable[Limit] = DOCUMENTED, *, sandbox: bool = False) -> None:
        self._clock = clock
        self._now = clock.monotonic
        self._limits = (*limits, *(SANDBOX if sandbox else ()))
        self._plans: dict[tuple[str, str], _Plan] = {}
        self._single: dict[str, dict[str, Window]] = {}
        self._windows: dict[tuple[int, str], Window] = {}
        self._sweep_at = _SWEEP_FROM
        self._tickets = itertools.count()

    def __repr__(self) -> str:
        now = self._now()
        shown = [window.describe(now) for window in self._windows.values() if not window.is_idle(now)]
        return f"<Limiter {'; '.join(shown) or 'idle'}>"

    def take(self, call: Call) -> bool:
        """Grant a call at once if nothing has to be waited for."""
        try:
            window = self._single[call.method][call.route]
        except KeyError:
            return self._take_all(call)
        now = self._now()
        if now < window.free_at or window.queue:
            return False
        log = window.log
        log.append(now)
        if len(log) == window.count:
            window.free_at = log[0] + window.spacing
        return True

    def _take_all(self, call: Call) -> bool:
        now = self._now()
        windows = self._windows_of(call)
        if any(now < window.free_at or window.queue for window in windows):
            return False
        for window in windows:
            window.grant(now)
        return True

    async def wait(self, call: Call, *, deadline: float | None = None) -> float:
        """Return when the call is granted, with the instant at which it was.

        Args:
            call: What is to be sent.
            deadline: Instant of the clock; None waits as long as it takes.

        Raises:
            NotSentError: It cannot be granted before the deadline; raised as soon as that is known.
        """
        windows = self._windows_of(call)
        now = self._now()
        at = max((window.next_free(now) for window in windows), default=now)
        if deadline is not None and at > deadline:
            raise _too_late(max(windows, key=lambda window: window.next_free(now)), at - now)
        turn = asyncio.get_running_loop().create_future()
        with Waiter(next(self._tickets), windows, turn, deadline) as waiter:
            self._place(waiter, now)
            try:
                await turn
            except asyncio.CancelledError:
                self._withdraw(waiter)
                raise
            return waiter.resume(self._now())

    def settle(self, call: Call, granted_at: float) -> None:
        """Learn that a call that was granted then has its answer now."""
        now = self._now()
        for window in self._windows_of(call):
            if window.count is not None:
                window.settle(granted_at, now)

    def delay(self, call: Call) -> float:
        """Estimate the seconds until a call that comes now would be granted."""
        now = self._now()
        return max((window.next_free(now) - now for window in self._windows_of(call)), default=0.0)

    def pause(self, call: Call, seconds: float, *, count: int | None = None) -> None:
        """Grant nothing for so long to the scope that the API found used up.

        Args:
            call: What was turned away.
            seconds: From now; an hour at the most.
            count: The limit that the API named, which tells the scopes of a call apart.
        """
        now = self._now()
        until = now + min(seconds, LONGEST_PAUSE)
        for window in _used_up(self._windows_of(call), seconds, count):
            window.pause(until)
            for waiter in [each for each in window.queue if each.deadline is not None and each.deadline < until]:
                window.queue.remove(waiter)
                waiter.refuse(_too_late(window, until - now))
            self._rest(window)

    def _windows_of(self, call: Call) -> tuple[Window, ...]:
        if len(self._windows) >= self._sweep_at:
            self._sweep()
        plan = self._plans.get((call.method, call.route))
        if plan is None:
            plan = self._learn(call.method, call.route)
        fixed, keyed = plan
        if not keyed:
            return fixed
        return (*[self._window(index, call.keys.get(self._limits[index].scope.value, "")) for index in keyed], *fixed)

    def _learn(self, method: str, route: str) -> _Plan:
        """Find out once which limits count an endpoint; one without any gets a window that can be paused."""
        applying = [index for index, limit in enumerate(self._limits) if limit.applies(method, route)]
        keyed = tuple(index for index in applying if self._limits[index].scope in _KEYED)
        fixed = [self._window(index, self._value(index, method, route)) for index in applying if index not in keyed]
        if not applying:
            fixed.append(self._window(_NO_LIMIT, f"{method} {route}"))
        if len(fixed) == 1 and not keyed:
            self._single.setdefault(method, {})[route] = fixed[0]
        self._plans[method, route] = plan = (tuple(fixed), keyed)
        return plan

    def _value(self, index: int, method: str, route: str) -> str:
        return f"{method} {shape_of(route)}" if self._limits[index].scope is Scope.ENDPOINT else ""

    def _window(self, index: int, value: str) -> Window:
        window = self._windows.get((index, value))
        if window is None:
            window = self._windows[index, value] = self._new_window(index, value)
        return window

    def _new_window(self, index: int, value: str) -> Window:
        if index == _NO_LIMIT:
            return Window(value, None, 0.0)
        limit = self._limits[index]
        if limit.scope is Scope.ENDPOINT:
            name = value
        else:
            name = f"{limit.method} {limit.route} by {limit.scope.value}{f' …{value[-4:]}' if value else ''}"
        return Window(name, limit.count, limit.seconds)

    def _sweep(self) -> None:
        """Forget what no longer counts; done each time the number of windows has doubled."""
        now = self._now()
        self._windows = {key: window for key, window in self._windows.items() if not window.is_idle(now)}
        self._plans.clear()
        self._single.clear()
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._windows))

    def _place(self, waiter: Waiter, now: float) -> None:
        """Grant a waiter, or queue it at the first window that blocks it."""
        for window in waiter.windows:
            if now + _ROUNDING < window.free_at or (window.queue and window.queue[0] < waiter):
                waiter.blocker = window
                insort(window.queue, waiter)
                if window.server is None:
                    window.server = asyncio.get_running_loop().create_task(self._serve(window))
                return
        waiter.grant(now)

    async def _serve(self, window: Window) -> None:
        while window.queue:
            await self._clock.sleep(window.free_at - self._now())
            self._offer(window)
        window.server = None

    def _offer(self, window: Window) -> None:
        """Place those who queue at a window while it has room."""
        now = self._now()
        while window.queue and now + _ROUNDING >= window.free_at:
            waiter = window.queue.pop(0)
            waiter.blocker = None
            if not waiter.turn.done():
                self._place(waiter, now)

    def _withdraw(self, waiter: Waiter) -> None:
        """Leave no hole where a waiter was cancelled, whether it was granted meanwhile or not."""
        if waiter.blocker is not None:
            waiter.blocker.queue.remove(waiter)
            self._rest(waiter.blocker)
        elif waiter.granted:
            for window in waiter.windows:
                window.take_back(waiter.granted_at)
            for window in waiter.windows:
                self._offer(window)
                self._rest(window)

    def _rest(self, window: Window) -> None:
        if not window.queue and window.server is not None:
            window.server.cancel()
            window.server = None


def _used_up(windows: tuple[Window, ...], seconds: float, count: int | None) -> list[Window]:
    """Guess which of a call's windows the API means: the one with that count, else those as long as the wait."""
    named = [window for window in windows if window.count == count and count is not None]
    fitting = [window for window in windows if window.seconds >= seconds]
    return named or fitting or list(windows)


def _too_late(window: Window, seconds: float) -> NotSentError:
    return NotSentError(
        f"Nothing was sent: the limit {window.name} is used up for another {seconds:.1f} s, "
        "longer than the deadline allows.",
        retry_after=seconds,
    )
