"""Eight real processes on one store: one token, one budget of calls."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from airalo_async.testing import FakeAiralo, faults
from airalo_async.testing._routing import Limit
from tests._until import patience
from tests.fleet._processes import end, start, token_calls

if TYPE_CHECKING:
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._replies import Reply
    from airalo_async.testing._world import World

PACKAGES = ("GET", "/v2/packages")


def limit_to_80_a_second(fake: FakeAiralo) -> list[float]:
    """Set a limit that a test can fill, and give where arrivals are noted."""
    arrivals: list[float] = []
    routes = fake._server._router._fixed
    route = routes[PACKAGES]

    def note(world: World, incoming: Incoming) -> Reply:
        arrivals.append(time.monotonic())
        reply = route.handler(world, incoming)
        assert not asyncio.iscoroutine(reply)
        return reply  # type: ignore[return-value]  # this handler is plain

    routes[PACKAGES] = evolve(route, handler=note, limits=(Limit(80, 1.0, "client"),))
    return arrivals


async def test_eight_processes_make_one_token_call(url: str) -> None:
    async with FakeAiralo() as fake:
        processes = [await start(fake, url, "once") for _ in range(8)]

        assert [await end(process) for process in processes] == ["done"] * 8

        assert token_calls(fake) == 1


async def test_another_takes_over_from_a_killed_leader(url: str) -> None:
    async with FakeAiralo() as fake:
        fake.fail_next("POST", "/v2/token", faults.hang_before_commit())
        leader = await start(fake, url, "once")
        async with patience():
            while not token_calls(fake):
                await fake.clock.sleep(0.01)
        others = [await start(fake, url, "once") for _ in range(3)]

        leader.kill()

        assert [await end(process) for process in others] == ["done"] * 3
        assert await end(leader) == ""
        assert token_calls(fake) == 2


async def hold(url: str, seconds: int) -> None:
    async with FakeAiralo() as fake:
        arrivals = limit_to_80_a_second(fake)
        processes = [await start(fake, url, "hold", seconds + 3) for _ in range(8)]

        assert [await end(process) for process in processes] == ["done"] * 8

        assert {call.status for call in fake.calls} == {200}
        # From the end of the first period on: before, the processes were starting.
        used = seconds / (arrivals[80 * (seconds + 1)] - arrivals[80])
        print(f"{used:.3f} of the limit used")  # noqa: T201  (a figure to look at)
        assert used >= 0.95


# Real time passes here and both cores are full, so a busy machine would speak instead of the limiter.
@pytest.mark.soak
async def test_eight_processes_fill_a_limit_for_long(url: str) -> None:
    await hold(url, 20)
