"""What a fleet's limiter tells the engine, against an engine that only listens."""

# ruff: noqa: ARG002  (an engine is told more than this one needs)

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from airalo_async._limits import Limit, Limiter, Scope
from airalo_async._limits._fleet import FleetLimiter
from airalo_async._wire import Request
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
    """Grants everything."""

    def __init__(self) -> None:
        self.settled: list[str] = []

    async def grant(self, mark: str, wanted: int, scopes: Sequence[Counted]) -> Granted:
        return Granted(wanted, 0.0)

    async def settle_grants(self, settled: Sequence[Settled]) -> None:
        self.settled += [one.mark for one in settled]

    async def pause_scopes(self, names: Sequence[str], seconds: float) -> None:
        pass


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
