"""Rows D1 and D2: what the limiter costs, and how close it comes to a strict limit without ever going over."""

from __future__ import annotations

import asyncio
import math
import time
from functools import cache
from typing import TYPE_CHECKING

import aiohttp
from aiolimiter import AsyncLimiter

from airalo_async._clock import SystemClock
from airalo_async._limits import Limit, Limiter, Scope
from airalo_async._pipeline import Pipeline
from airalo_async._transport import Transport
from airalo_async._wire import Request
from tests.benchmarks._harness import Effort, Ratio, Row, paired
from tests.benchmarks._strict_server import strict_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_CALL = Request("GET", "/v2/packages")
_MANY = 10**6
_COUNT = 40
_SECONDS = 1.0
_TASKS = 50
_CALLS = 240


def _seconds_a_grant(grants: Callable[[int], Awaitable[None]], times: int) -> float:
    async def main() -> float:
        started = time.perf_counter()
        await grants(times)
        return (time.perf_counter() - started) / times

    return asyncio.run(main())


async def _ours(times: int) -> None:
    limiter = Limiter(SystemClock(), (Limit("GET", "/v2/packages", _MANY, 60, Scope.TOKEN),))
    for _ in range(times):
        if not limiter.take(_CALL):
            await limiter.wait(_CALL)


async def _theirs(times: int) -> None:
    limiter = AsyncLimiter(_MANY, 60)
    for _ in range(times):
        await limiter.acquire()


def _grant(effort: Effort) -> Ratio:
    times = effort.size(200_000)
    return paired(
        lambda: _seconds_a_grant(_ours, times), lambda: _seconds_a_grant(_theirs, times), effort, unit="s a grant"
    )


async def _call_all(url: str, calls: int, seconds: float) -> tuple[float, int]:
    """Make so many calls from 50 tasks; gives seconds from the first to the last, and how many were refused."""
    limits = (Limit("GET", "/v2/packages", _COUNT, seconds, Scope.TOKEN),)
    left = calls
    async with aiohttp.ClientSession() as http:
        pipeline = Pipeline(
            client_id="c", client_secret="s", transport=Transport(url, http=http), clock=SystemClock(), limits=limits
        )

        async def task() -> None:
            nonlocal left
            while left > 0:
                left -= 1
                await pipeline.call(_CALL)

        async with http.get(f"{url}/refused") as answer:  # connections are there when the clock starts
            await answer.read()
        started = time.perf_counter()
        await asyncio.gather(*(task() for _ in range(_TASKS)))
        took = time.perf_counter() - started
        async with http.get(f"{url}/refused") as answer:
            refused = int(await answer.read())
        await pipeline.close()
    return took, refused


@cache  # both rows of D2 are of the same calls
def _strict(effort: Effort) -> tuple[tuple[float, ...], tuple[int, ...]]:
    calls = effort.size(_CALLS, least=_COUNT + 1)
    seconds = _SECONDS if effort.scale == 1 else 0.05
    ideal = (math.ceil(calls / _COUNT) - 1) * seconds
    ratios, refusals = [], []
    for _ in range(effort.rounds):
        with strict_server(_COUNT, seconds) as url:
            took, refused = asyncio.run(_call_all(url, calls, seconds))
        ratios.append(took / ideal)
        refusals.append(refused)
    return tuple(ratios), tuple(refusals)


def _pace(effort: Effort) -> Ratio:
    ratios, refusals = _strict(effort)
    return Ratio(ratios, f"{_COUNT} in {_SECONDS:g} s, {_CALLS} calls, {sum(refusals)} 429s")


def _refused(effort: Effort) -> Ratio:
    _, refusals = _strict(effort)
    return Ratio(tuple(map(float, refusals)), f"{_CALLS} calls a round")


ROWS = (
    Row("D1", "a grant that need not wait ÷ aiolimiter's", 0.5, _grant),
    Row("D2", "50 tasks at a strict limit ÷ the ideal time", 1.05, _pace),
    Row("D2", "429s of the strict server in a round", 0.0, _refused),
)
