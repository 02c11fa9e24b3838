"""Whatever comes, waits and gives up: no window ever sees one call too many, and nobody overtakes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from airalo_async._limits import Limit, Limiter, Scope
from airalo_async._wire import Request
from airalo_async.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUTE = "/v2/sims/{iccid}/usage"
PER_ICCID = Limit("GET", ROUTE, 3, 10, Scope.ICCID)
PER_CLIENT = Limit("GET", ROUTE, 2, 1, Scope.CLIENT)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.sampled_from("abc")),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("advance"), st.sampled_from([0.1, 0.505, 1.01, 4.0, 10.01])),
        st.tuples(st.just("yield"), st.just(0)),
    ),
    max_size=60,
)


async def play(script: Sequence[tuple[str, str | int | float]]) -> tuple[list[tuple[int, str, float]], set[int]]:
    """Play a script to its end; gives number, ICCID and time of each grant, and the numbers that waited."""
    clock = FakeClock(ticking=False)
    limiter = Limiter(clock, (PER_ICCID, PER_CLIENT))
    grants: list[tuple[int, str, float]] = []
    waited: set[int] = set()
    tasks: list[asyncio.Task[None]] = []

    async def call(number: int, iccid: str) -> None:
        request = Request("GET", f"/v2/sims/{iccid}/usage", ROUTE, keys={"iccid": iccid})
        if not limiter.take(request):
            await limiter.wait(request)
            waited.add(number)
        grants.append((number, iccid, clock.monotonic()))

    for kind, value in script:
        if kind == "call":
            tasks.append(asyncio.create_task(call(len(tasks), str(value))))
        elif kind == "cancel" and tasks:
            tasks[int(value) % len(tasks)].cancel()
        elif kind == "advance":
            clock.advance(float(value))
        else:
            await asyncio.sleep(0)
    for _ in range(60):
        for _ in range(10):
            await asyncio.sleep(0)
        clock.advance(1.01)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert len(grants) == sum(result is None for result in results)
    assert repr(limiter).count("waiting") == 0
    return grants, waited


def most_in(times: Sequence[float], seconds: float) -> int:
    return max((sum(start <= time < start + seconds for time in times) for start in times), default=0)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_no_script_breaks_a_limit(script: list[tuple[str, str | int | float]]) -> None:
    grants, waited = asyncio.run(play(script))

    assert most_in([time for _, _, time in grants], PER_CLIENT.seconds) <= PER_CLIENT.count
    for iccid in "abc":
        mine = [(number, time) for number, granted, time in grants if granted == iccid]
        assert most_in([time for _, time in mine], PER_ICCID.seconds) <= PER_ICCID.count
        assert [number for number, _ in mine if number in waited] == sorted({number for number, _ in mine} & waited)
