"""The commit before the 200: what fails, what is late, and what goes on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import StoreError
from airalo_async.webhooks import Reply, WebhookReceiver
from tests._until import patience
from tests.webhooks._pushes import CREDIT_LIMIT, LOW_DATA, SECRET, signed, write
from tests.webhooks._support import HeldStore, pushes, turns

if TYPE_CHECKING:
    from airalo_async.testing import FakeClock


BODY = write(CREDIT_LIMIT)


@pytest.fixture
def held(clock: FakeClock) -> HeldStore:
    return HeldStore(clock)


async def test_failing_store_is_a_503(held: HeldStore, caplog: pytest.LogCaptureFixture) -> None:
    receiver = WebhookReceiver(store=held, secrets=SECRET)
    held.error = StoreError("disk full")
    held.go.set()

    reply = await receiver.receive(BODY, signed(BODY))

    assert (reply.status, receiver.stats.unstored) == (503, 1)
    assert "StoreError: disk full" in caplog.text


async def test_store_with_a_bug_is_a_503_too(held: HeldStore, caplog: pytest.LogCaptureFixture) -> None:
    receiver = WebhookReceiver(store=held, secrets=SECRET)
    held.error = RuntimeError(BODY.decode())
    held.go.set()

    reply = await receiver.receive(BODY, signed(BODY))

    assert reply.status == 503
    assert "RuntimeError in receive" in caplog.text
    assert "Surpassed" not in caplog.text


async def test_log_that_fails_keeps_no_answer_back(held: HeldStore, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: logging.LogRecord) -> bool:
        raise LookupError

    receiver = WebhookReceiver(store=held, secrets=SECRET)
    held.go.set()
    logger = logging.getLogger("airalo_async.webhooks")
    logger.addFilter(fail)
    try:
        with caplog.at_level(logging.INFO, logger.name):
            async with patience():
                reply = await receiver.receive(BODY, signed(BODY))
    finally:
        logger.removeFilter(fail)

    assert reply == Reply(200, "stored")


async def test_slow_commit_is_a_503_and_goes_on(held: HeldStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=held, secrets=SECRET)
    waiting = asyncio.create_task(receiver.receive(BODY, signed(BODY)))
    await turns()

    clock.advance(5)
    slow = await waiting
    held.go.set()
    again = await receiver.receive(BODY, signed(BODY))

    assert slow == Reply(503, "the push is not stored yet; send it again")
    assert receiver.stats.unstored == 1
    assert again == Reply(200, "duplicate")
    assert len(await pushes(held)) == 1


async def test_each_push_has_its_own_five_seconds(held: HeldStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=held, secrets=SECRET)
    first = asyncio.create_task(receiver.receive(BODY, signed(BODY)))
    await turns()
    clock.advance(3)
    other = write(LOW_DATA)
    second = asyncio.create_task(receiver.receive(other, signed(other)))
    await turns()

    clock.advance(2)
    slow = await first
    await turns()
    early = second.done()
    clock.advance(2.9)
    held.go.set()
    in_time = await second

    assert (slow.status, early, in_time.status) == (503, False, 200)


async def test_late_failure_of_a_slow_commit_is_silent(held: HeldStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=held, secrets=SECRET)
    waiting = asyncio.create_task(receiver.receive(BODY, signed(BODY)))
    await turns()

    clock.advance(5)
    reply = await waiting
    held.error = StoreError("gone")
    held.go.set()
    await turns()

    assert reply.status == 503  # and no "exception was never retrieved", which is an error in these tests


async def test_duplicate_waits_for_the_winner(held: HeldStore) -> None:
    receiver = WebhookReceiver(store=held, secrets=SECRET)
    both = [asyncio.create_task(receiver.receive(BODY, signed(BODY))) for _ in range(2)]
    await turns()
    early = [task.done() for task in both]

    held.go.set()
    replies = await asyncio.gather(*both)

    assert early == [False, False]
    assert sorted(reply.body for reply in replies) == ["duplicate", "stored"]


async def test_caller_who_gives_up_does_not_stop_the_commit(held: HeldStore) -> None:
    receiver = WebhookReceiver(store=held, secrets=SECRET)
    waiting = asyncio.create_task(receiver.receive(BODY, signed(BODY)))
    await turns()

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.go.set()
    await turns()

    assert len(await pushes(held)) == 1


async def test_shutdown_waits_for_commits_under_way(held: HeldStore) -> None:
    receiver = WebhookReceiver(store=held, secrets=SECRET)
    await receiver.start()
    waiting = asyncio.create_task(receiver.receive(BODY, signed(BODY)))
    await turns()

    stopping = asyncio.create_task(receiver.stop())
    await turns()
    early = stopping.done()
    held.go.set()
    await stopping

    assert not early
    assert (await waiting).status == 200


async def test_shutdown_gives_up_a_commit_that_hangs(held: HeldStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=held, secrets=SECRET, commit_timeout=100, drain=10)
    await receiver.start()
    waiting = asyncio.create_task(receiver.receive(BODY, signed(BODY)))
    await turns()

    stopping = asyncio.create_task(receiver.stop())
    await turns()
    clock.advance(10)
    await stopping

    assert (await waiting).status == 503
    assert await pushes(held) == []
