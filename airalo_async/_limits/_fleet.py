"""A limiter that counts for a fleet, in the engine that the processes share.

Theory of operation. A call with a documented limit queues in a line of this process, first come first served. One task
for each line asks the engine for as many grants as there are waiters. A grant counts for its period and a while, in
case its call is long on its way; when the answer is there, the call is known to have been counted by then, and the
engine learns that it counts for a period from that instant on and no longer. So the API does not see more calls in a
period than the limit allows, whatever the processes do, and little is left unused: the time that answers take. Calls
without a documented limit never leave this process. While the engine is away, the limiter of this process grants.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
import math
import random
import secrets
from collections import deque
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from airalo_async._limits._documented import DOCUMENTED, SANDBOX, Limit, shape_of
from airalo_async._limits._documented import Scope as Sort
from airalo_async._limits._limiter import LONGEST_PAUSE
from airalo_async._limits._window import MARGIN
from airalo_async.errors import NotSentError, StoreError
from airalo_async.stores._shares import Scope, Settled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from airalo_async._clock import Clock
    from airalo_async._limits._limiter import Limiter
    from airalo_async._limits._protocols import Call
    from airalo_async.stores._fleet import SharedLimits

__all__ = ["FleetLimiter"]

_log = logging.getLogger("airalo_async")

_MOST = 100
_MOST_OPEN = 4096
_LATE = 0.25
_LEAST_LATE = 1.0
_STALE = 0.25
_MOST_STALE = 3
_ASK_AGAIN = 0.02
_LONGEST_STEP = 0.25
_AWAY = 30.0

_Scopes = tuple[Scope, ...]


@frozen(eq=False)
class _Waiter:
    turn: asyncio.Future[str | None]
    deadline: float


@define(eq=False)
class _Line:
    queue: deque[_Waiter] = field(factory=deque)
    task: asyncio.Task[None] | None = None
    rests_until: float = -math.inf


class FleetLimiter:
    """Grants of a fleet.

    Args:
        clock: What waits are measured on; the engine counts on its own.
        engine: Counts.
        local: Grants what has no documented limit, and everything while the engine is away.
        limits: What to stay under.
        sandbox: Whether the limits of sandbox mode apply as well.
    """

    def __init__(
        self,
        clock: Clock,
        engine: SharedLimits,
        local: Limiter,
        limits: Iterable[Limit] = DOCUMENTED,
        *,
        sandbox: bool = False,
    ) -> None:
        self._clock = clock
        self._engine = engine
        self._local = local
        self._limits = (*limits, *(SANDBOX if sandbox else ()))
        self._applying: dict[tuple[str, str], tuple[Limit, ...]] = {}
        self._lines: dict[_Scopes, _Line] = {}
        self._open: dict[float, tuple[_Scopes, str]] = {}
        self._asked_at: dict[str, float] = {}
        self._paused: dict[str, float] = {}
        self._news: list[tuple[Scope, str, float]] = []
        self._pauses: list[tuple[Scope, float]] = []
        self._telling: asyncio.Task[None] | None = None
        self._engine_at = -math.inf
        self._is_away = False
        self._name = secrets.token_hex(6)
        self._numbers = itertools.count()

    def __repr__(self) -> str:
        waiting = sum(len(line.queue) for line in self._lines.values())
        return f"<FleetLimiter {waiting} waiting, {self._local}>"

    def take(self, call: Call) -> bool:
        """Grant a call at once if no documented limit counts it and nothing has to be waited for."""
        return not self._limits_of(call) and self._local.take(call)

    async def wait(self, call: Call, *, deadline: float | None = None) -> float:
        """Return when the call is granted, with the instant at which it was.

        Raises:
            NotSentError: It cannot be granted before the deadline; raised as soon as that is known.
        """
        scopes = self._scopes_of(call)
        if not scopes or self._clock.monotonic() < self._engine_at:
            return await self._local.wait(call, deadline=deadline)
        mark = await self._fresh(scopes, math.inf if deadline is None else deadline)
        if mark is None:
            return await self._local.wait(call, deadline=deadline)
        self._local.take(call)  # so that it knows something when the engine is away
        granted_at = self._clock.monotonic()
        while granted_at in self._open:
            granted_at = math.nextafter(granted_at, math.inf)
        self._open[granted_at] = scopes, mark
        if len(self._open) > _MOST_OPEN:
            del self._open[next(iter(self._open))]  # its call was never sent
        return granted_at

    def settle(self, call: Call, granted_at: float) -> None:
        """Learn that a call that was granted then has its answer, or will have none."""
        self._local.settle(call, granted_at)
        scopes, mark = self._open.get(granted_at, ((), ""))
        if scopes and scopes == self._scopes_of(call):  # a call without a limit may have gone at the same instant
            del self._open[granted_at]
            now = self._clock.monotonic()
            self._tell(*((scope, mark, now + scope.period + MARGIN) for scope in scopes))

    def delay(self, call: Call) -> float:
        """Estimate the seconds until a call that comes now would be granted."""
        return self._local.delay(call)

    def pause(self, call: Call, seconds: float, *, count: int | None = None) -> None:
        """Grant nothing for so long to the scope that the API found used up, in no process."""
        self._local.pause(call, seconds, count=count)
        scopes = self._scopes_of(call)
        named = [scope for scope in scopes if scope.count == count]
        fitting = [scope for scope in scopes if scope.period >= seconds]
        until = self._clock.monotonic() + min(seconds, LONGEST_PAUSE)
        for scope in named or fitting or scopes:
            self._paused[scope.name] = max(until, self._paused.get(scope.name, until))
            self._pauses.append((scope, until))
            self._tell()
        for affected, line in self._lines.items():
            _rest(line, self._clock.monotonic(), self._pause_of(affected), affected)

    async def close(self) -> None:
        """Tell the engine what is still to be told, and stop asking."""
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        for task in tasks:
            task.cancel()
        if self._telling is not None:
            tasks.append(self._telling)
        if tasks:
            await asyncio.wait(tasks)

    def _limits_of(self, call: Call) -> tuple[Limit, ...]:
        found = self._applying.get((call.method, call.route))
        if found is None:
            found = tuple(limit for limit in self._limits if limit.applies(call.method, call.route))
            self._applying[call.method, call.route] = found
        return found

    def _scopes_of(self, call: Call) -> _Scopes:
        return tuple(_scope(limit, call) for limit in self._limits_of(call))

    async def _fresh(self, scopes: _Scopes, deadline: float) -> str | None:
        """Wait for a grant that is as good as new: one that a busy machine held up may end before its call arrives."""
        for _ in range(_MOST_STALE):
            mark = await self._queue(scopes, deadline)
            if mark is None or self._clock.monotonic() < self._asked_at.get(mark.partition(":")[0], 0.0) + _STALE:
                return mark
            self._give_back(scopes, mark)
        return await self._queue(scopes, deadline)

    async def _queue(self, scopes: _Scopes, deadline: float) -> str | None:
        """Wait for a grant of the engine and give its mark, or None when the engine is away."""
        loop = asyncio.get_running_loop()
        line = self._lines.setdefault(scopes, _Line())
        if deadline < line.rests_until:
            raise _too_late(scopes, line.rests_until - self._clock.monotonic())
        waiter = _Waiter(loop.create_future(), deadline)
        line.queue.append(waiter)
        if line.task is None:
            line.task = loop.create_task(self._serve(scopes, line), name="airalo_async shared limits")
        try:
            return await waiter.turn
        except asyncio.CancelledError:
            if waiter in line.queue:
                line.queue.remove(waiter)
            elif not waiter.turn.cancelled() and waiter.turn.exception() is None:
                self._give_back(scopes, waiter.turn.result())
            raise

    async def _serve(self, scopes: _Scopes, line: _Line) -> None:
        """Ask for those who queue, until nobody does."""
        try:
            while line.queue:
                await self._sit_out(scopes, line)
                await self._ask(scopes, line)
        except StoreError as error:
            self._engine_at = self._clock.monotonic() + _AWAY
            if not self._is_away:
                _log.warning("limits are counted in this process alone while the engine is away: %s", error)
            self._is_away = True
        finally:
            # Whoever still waits asks the limiter of this process.
            del self._lines[scopes]
            for waiter in line.queue:
                if not waiter.turn.done():
                    waiter.turn.set_result(None)
            line.queue.clear()

    async def _ask(self, scopes: _Scopes, line: _Line) -> None:
        wanted = min(len(line.queue), _MOST)
        if not wanted:
            return
        name = f"{self._name}.{next(self._numbers)}"
        asked_at = self._clock.monotonic()
        granted = await self._engine.grant(name, wanted, scopes)
        if granted.count:
            self._asked_at[name] = asked_at
            if len(self._asked_at) > _MOST_OPEN:
                del self._asked_at[next(iter(self._asked_at))]
        self._is_away = False
        marks = [f"{name}:{number}" for number in range(granted.count)]
        if self._pause_of(scopes) > 0:  # it came while the engine was asked
            for mark in marks:
                self._give_back(scopes, mark)
            return
        for mark in marks:
            while line.queue and line.queue[0].turn.done():
                line.queue.popleft()  # cancelled at this very moment
            if line.queue:
                line.queue.popleft().turn.set_result(mark)
            else:
                self._give_back(scopes, mark)
        if line.queue and granted.count < wanted:
            _rest(line, self._clock.monotonic(), granted.seconds, scopes)
            step = min(_LONGEST_STEP, _ASK_AGAIN * min(scope.period for scope in scopes))
            # Spread, or all the processes would come back for one grant at the same instant.
            await self._clock.sleep(max(granted.seconds, 0.0) + step * random.random())  # noqa: S311  (no secret)

    async def _sit_out(self, scopes: _Scopes, line: _Line) -> None:
        """Wait for the end of a pause that the engine may not know of yet."""
        seconds = self._pause_of(scopes)
        if seconds > 0:
            _rest(line, self._clock.monotonic(), seconds, scopes)
            await self._clock.sleep(seconds)

    def _pause_of(self, scopes: _Scopes) -> float:
        """Tell how many seconds of a pause are left."""
        now = self._clock.monotonic()
        self._paused = {name: until for name, until in self._paused.items() if until > now}
        return max(self._paused.get(scope.name, now) for scope in scopes) - now

    def _give_back(self, scopes: _Scopes, mark: str | None) -> None:
        if mark is not None:
            self._tell(*((scope, mark, -math.inf) for scope in scopes))

    def _tell(self, *news: tuple[Scope, str, float]) -> None:
        self._news.extend(news)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().create_task(self._tell_all(), name="airalo_async shared limits")

    async def _tell_all(self) -> None:
        """Tell the engine what is new; what comes meanwhile is told in one go."""
        try:
            while self._news or self._pauses:
                news, pauses, self._news, self._pauses = self._news, self._pauses, [], []
                now = self._clock.monotonic()
                for scope, until in pauses:
                    await self._engine.pause_scopes([scope.name], max(0.0, until - now))
                if news:
                    await self._engine.settle_grants(
                        [Settled(scope.name, mark, max(0.0, until - now)) for scope, mark, until in news]
                    )
        except StoreError as error:
            _log.debug("the shared limits did not hear of an answer: %s", error)  # grants end by themselves
        finally:
            self._telling = None


def _scope(limit: Limit, call: Call) -> Scope:
    value = ""
    if limit.scope in {Sort.ICCID, Sort.PACKAGE}:
        value = hashlib.sha256(call.keys.get(limit.scope.value, "").encode()).hexdigest()[:16]
    elif limit.scope is Sort.ENDPOINT:
        value = f"{call.method} {shape_of(call.route)}"
    name = f"{limit.method} {shape_of(limit.route)} {limit.seconds:g} {limit.scope.value} {value}".rstrip()
    counts_for = limit.seconds + MARGIN + max(_LEAST_LATE, limit.seconds * _LATE)
    return Scope(name, limit.count, limit.seconds, counts_for)


def _rest(line: _Line, now: float, seconds: float, scopes: Sequence[Scope]) -> None:
    """Let those fail at once whose deadline is before the next grant, and those who come meanwhile."""
    line.rests_until = max(line.rests_until, now + seconds)
    for waiter in [waiter for waiter in line.queue if waiter.deadline < line.rests_until]:
        line.queue.remove(waiter)
        if not waiter.turn.done():
            waiter.turn.set_exception(_too_late(scopes, line.rests_until - now))
            waiter.turn.exception()


def _too_late(scopes: Sequence[Scope], seconds: float) -> NotSentError:
    message = (
        f"Nothing was sent: the limit {' or '.join(scope.name for scope in scopes)} is used up for another "
        f"{seconds:.1f} s, longer than the deadline allows."
    )
    return NotSentError(message, retry_after=seconds)
