from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from airalo_async._clock import SystemClock

_SOON = 0.001
_NEVER = 3600.0


def _for_ever() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


async def test_block_is_ended_when_its_time_is_up() -> None:
    clock = SystemClock()

    with pytest.raises(TimeoutError):
        async with clock.timeout(_SOON):
            await _for_ever()

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_block_that_ends_in_time_goes_on() -> None:
    clock = SystemClock()

    async with clock.timeout(_NEVER):
        await asyncio.sleep(0)

    with pytest.raises(TimeoutError):
        async with clock.timeout(_SOON):
            await _for_ever()


@pytest.mark.parametrize("seconds", [0.0, -1.0])
async def test_bound_without_time_ends_the_first_wait(seconds: float) -> None:
    clock = SystemClock()

    with pytest.raises(TimeoutError):
        async with clock.timeout(seconds):
            await _for_ever()


async def test_no_bound_waits_as_long_as_it_takes() -> None:
    clock = SystemClock()

    async with clock.timeout(None):
        await asyncio.sleep(0)


async def test_shorter_bound_overtakes_a_longer_one() -> None:
    clock = SystemClock()

    async with clock.timeout(_NEVER):
        with pytest.raises(TimeoutError):
            async with clock.timeout(_SOON):
                await _for_ever()
        await asyncio.sleep(0)


async def test_outer_bound_ends_the_inner_block_too() -> None:
    clock = SystemClock()
    ended: list[str] = []

    async def wait() -> None:
        try:
            async with clock.timeout(_NEVER):
                await _for_ever()
        except TimeoutError:
            ended.append("inner")

    with pytest.raises(TimeoutError):
        async with clock.timeout(_SOON):
            await wait()

    assert not ended


async def test_bounds_end_each_in_its_own_time() -> None:
    clock = SystemClock()
    ended = []

    async def bounded(name: str, seconds: float) -> None:
        with suppress(TimeoutError):
            async with clock.timeout(seconds):
                await _for_ever()
        ended.append(name)

    await asyncio.gather(bounded("third", 0.05), bounded("second", 0.02), bounded("first", _SOON))

    assert ended == ["first", "second", "third"]


async def test_cancelled_block_stays_cancelled() -> None:
    clock = SystemClock()
    entered = asyncio.Event()

    async def bounded() -> None:
        async with clock.timeout(_NEVER):
            entered.set()
            await _for_ever()

    task = asyncio.create_task(bounded())
    await entered.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_caller_wins_over_the_bound() -> None:
    clock = SystemClock()
    entered = asyncio.Event()

    async def bounded() -> None:
        async with clock.timeout(_SOON):
            entered.set()
            with suppress(asyncio.CancelledError):
                await _for_ever()
            await _for_ever()

    task = asyncio.create_task(bounded())
    await entered.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_error_of_an_ended_block_is_its_own() -> None:
    clock = SystemClock()

    async def fail() -> None:
        async with clock.timeout(_SOON):
            try:
                await _for_ever()
            except asyncio.CancelledError:
                message = "no disk"
                raise OSError(message) from None

    with pytest.raises(OSError, match="no disk"):
        await fail()

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


def test_clock_serves_one_loop_after_another() -> None:
    clock = SystemClock()

    async def wait() -> None:
        async with clock.timeout(_SOON):
            await _for_ever()

    for _ in range(2):
        with pytest.raises(TimeoutError):
            asyncio.run(wait())


async def test_bound_outside_a_task_is_refused() -> None:
    bound = SystemClock().timeout(_NEVER)
    refused = _for_ever()

    def enter() -> None:
        try:
            bound.__aenter__().__await__().__next__()
        except RuntimeError as error:
            refused.set_exception(error)

    asyncio.get_running_loop().call_soon(enter)

    with pytest.raises(RuntimeError, match="inside of a task"):
        await refused
