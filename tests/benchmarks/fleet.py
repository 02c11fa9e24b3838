"""Row G3: how many token calls it takes when eight processes start at once on one store."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from airalo_async.testing import FakeAiralo
from tests.benchmarks._harness import Effort, Ratio, Row
from tests.benchmarks._private import private
from tests.faults._engines import PostgresEngine, RedisEngine
from tests.fleet._processes import end, start, token_calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults._engines import Engine

_PROCESSES = 8


async def _token_calls(url: str) -> float:
    async with FakeAiralo() as fake:
        processes = [await start(fake, url, "once") for _ in range(_PROCESSES)]
        said = [await end(process) for process in processes]
        assert said == ["done"] * _PROCESSES
        return token_calls(fake)


def _once(engine: Callable[[], Engine], effort: Effort) -> Ratio:
    rounds = []
    for _ in range(effort.rounds):
        with private(engine) as started:
            rounds.append(asyncio.run(_token_calls(started.url)))
    return Ratio(tuple(rounds), f"{_PROCESSES} processes")


ROWS = (
    Row("G3", "Redis: token calls of 8 processes that start at once ÷ 1", 1.0, partial(_once, RedisEngine)),
    Row("G3", "PostgreSQL: token calls of 8 processes that start at once ÷ 1", 1.0, partial(_once, PostgresEngine)),
)
