"""What a fleet's limiter tells the engine, against an engine that only listens."""

# ruff: noqa: ARG002  (an engine is told more than this one needs)

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from airalo_async._limits import Limit, Limiter, Scope
from airalo_async._limits._fleet import FleetLimiter
from airalo_async._wire import Request
from airalo_async.errors import NotSentError
from airalo_async.stores._shares import Granted
from airalo_async.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airalo_async.stores._shares import Scope as Counted
    from airalo_async.stores._shares import Settled

PACKAGES = Request("GET", "/v2/packages")
BALANCE = Request("GET", "/v2/balance")
TWO = (Limit("GET", "/v2/packages", 2, 60, Scope.TOKEN),)


class Engine:
    """Grants everything, or nothing for a while."""

    def __init__(self) -> None:
        self.settled: list[str] = []
        self.free_in = 0.0
        self.answers = asyncio.Event()
        self.answers.set()

    async def grant(self, mark: str, wanted: int, scopes: Sequence[Counted]) -> Granted:
        await self.answers.wait()
        return Granted(0, self.free_in) if self.free_in else Granted(wanted, 0.0)

    async def settle_grants(self, settled: Sequence[Settled]) -> None:
        self.settled += [one.mark for one in settled]

    async def pause_scopes(self, names: Sequence[str], seconds: float) -> None:
        pass


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_answer_of_another_call_at_the_same_instant_settles_nothing() -> None:
    clock, engine = FakeClock(ticking=False), Engine()
    limiter = FleetLimiter(clock, engine, Limiter(clock, TWO), TWO)
    granted_at = await limiter.wait(PACKAGES)
    assert limiter.take(BALANCE)

    limiter.settle(BALANCE, clock.monotonic())
    await asyncio.sleep(0)
    early = list(engine.settled)
    limiter.settle(PACKAGES, granted_at)
    await limiter.close()

    assert early == []
    assert len(engine.settled) == 1


async def test_grants_that_were_asked_for_before_a_pause_are_given_back() -> None:
    clock, engine = FakeClock(ticking=False), Engine()
    limiter = FleetLimiter(clock, engine, Limiter(clock, TWO), TWO)
    engine.answers.clear()
    waiting = asyncio.create_task(limiter.wait(PACKAGES))
    await turns()

    limiter.pause(PACKAGES, 30)
    engine.answers.set()
    await turns()
    early = waiting.done()
    clock.advance(30)
    await waiting
    await limiter.close()

    assert not early
    assert len(engine.settled) == 1


async def test_who_comes_while_others_sit_a_pause_out_is_refused_at_once() -> None:
    clock, engine = FakeClock(ticking=False), Engine()
    limiter = FleetLimiter(clock, engine, Limiter(clock, TWO), TWO)
    limiter.pause(PACKAGES, 900)
    patient = asyncio.create_task(limiter.wait(PACKAGES))
    await turns()

    hasty = asyncio.create_task(limiter.wait(PACKAGES, deadline=clock.monotonic() + 60))
    await turns()
    at_once = hasty.done()
    clock.advance(900)
    await asyncio.wait([hasty, patient])
    await limiter.close()

    assert at_once
    assert isinstance(hasty.exception(), NotSentError)


async def test_who_comes_while_others_wait_for_a_used_up_limit_is_refused_at_once() -> None:
    clock, engine = FakeClock(ticking=False), Engine()
    limiter = FleetLimiter(clock, engine, Limiter(clock, TWO), TWO)
    engine.free_in = 50
    patient = asyncio.create_task(limiter.wait(PACKAGES))
    await turns()

    hasty = asyncio.create_task(limiter.wait(PACKAGES, deadline=clock.monotonic() + 40))
    await turns()
    at_once = hasty.done()
    engine.free_in = 0
    clock.advance(60)
    await asyncio.wait([hasty, patient])
    await limiter.close()

    assert at_once
    assert isinstance(hasty.exception(), NotSentError)


async def test_pause_tells_who_waits_at_once_that_it_is_too_long() -> None:
    clock, engine = FakeClock(ticking=False), Engine()
    limiter = FleetLimiter(clock, engine, Limiter(clock, TWO), TWO)
    engine.free_in = 50
    waiting = asyncio.create_task(limiter.wait(PACKAGES, deadline=clock.monotonic() + 60))
    await turns()

    limiter.pause(PACKAGES, 900)
    await turns()
    at_once = waiting.done()
    clock.advance(900)
    await asyncio.wait([waiting])
    await limiter.close()

    assert at_once
    assert isinstance(waiting.exception(), NotSentError)
