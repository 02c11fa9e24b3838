from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from airalo_async.testing import FakeClock
from tests._until import patience

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def still() -> FakeClock:
    return FakeClock(start=START, ticking=False)


def test_still_clock_moves_by_advance_alone(still: FakeClock) -> None:
    still.advance(90)
    still.advance(timedelta(minutes=1), days=1)

    assert still.now() == START + timedelta(days=1, seconds=150)
    assert still.time() == START.timestamp() + 86_550
    assert still.monotonic() == 86_550


def test_ticking_clock_follows_real_time() -> None:
    clock = FakeClock()

    before = clock.monotonic()

    assert abs(clock.time() - time.time()) < 1
    assert clock.monotonic() >= before
    assert clock.now().tzinfo is UTC


def test_clock_never_goes_back(still: FakeClock) -> None:
    with pytest.raises(ValueError, match="does not go back"):
        still.advance(-1)

    assert still.now() == START


async def test_sleepers_wake_in_the_order_they_are_due(still: FakeClock) -> None:
    woken: list[int] = []

    async def sleeper(seconds: int) -> None:
        await still.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (30, 10, 20)]
    await asyncio.sleep(0)
    still.advance(25)
    await asyncio.sleep(0)

    assert woken == [10, 20]
    assert still.next_due() == 5
    still.advance(5)
    await asyncio.gather(*tasks)
    assert still.next_due() is None


async def test_no_sleep_still_gives_way(still: FakeClock) -> None:
    ran = asyncio.create_task(asyncio.sleep(0))

    await still.sleep(0)

    assert still.next_due() is None
    await ran


async def test_real_time_wakes_a_ticking_sleeper() -> None:
    clock = FakeClock()

    async with patience():
        await clock.sleep(0.001)

    assert clock.monotonic() >= 0.001


async def test_cancelled_sleeper_leaves_no_alarm(still: FakeClock) -> None:
    task = asyncio.create_task(still.sleep(10))
    await asyncio.sleep(0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert still.next_due() is None
    assert "waiting=0" in repr(still)


async def test_sleeper_cancelled_as_it_is_due_stays_cancelled(still: FakeClock) -> None:
    task = asyncio.create_task(still.sleep(10))
    await asyncio.sleep(0)

    task.cancel()
    still.advance(10)

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_timeout_ends_a_block_on_this_clock(still: FakeClock) -> None:
    async def block() -> None:
        async with still.timeout(5):
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await asyncio.sleep(0)
    still.advance(5)

    with pytest.raises(TimeoutError):
        await task


async def test_no_time_at_all_ends_a_block_at_once(still: FakeClock) -> None:
    with pytest.raises(TimeoutError):
        async with still.timeout(0):
            await asyncio.Event().wait()


async def test_block_in_time_is_left_alone(still: FakeClock) -> None:
    async with still.timeout(5):
        await asyncio.sleep(0)
    async with still.timeout(None):
        await asyncio.sleep(0)

    still.advance(10)

    assert still.next_due() is None


async def test_call_is_made_once(still: FakeClock) -> None:
    calls: list[str] = []
    cancel = still.call_later(3, lambda: calls.append("called"))

    still.advance(3)
    still.advance(3)
    cancel()

    assert calls == ["called"]


async def test_calls_taken_back_do_not_pile_up() -> None:
    clock = FakeClock()

    for _ in range(1000):
        clock.call_later(60, lambda: None)()
    kept = clock.call_later(60, lambda: None)

    assert len(clock._alarms) < 300
    assert "waiting=1" in repr(clock)
    kept()


async def test_sums_of_floats_still_come_due() -> None:
    clock = FakeClock(start=START, ticking=False)
    calls: list[int] = []
    clock.advance(1e7)
    clock.call_later(0.3, lambda: calls.append(1))

    for _ in range(3):
        clock.advance(0.1)

    assert calls == [1]
