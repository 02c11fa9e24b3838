"""Leases and fences: who may speak for a push, and for how long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import StoreError
from airalo_async.models import PushKind, PushState
from airalo_async.stores import MemoryStore
from airalo_async.webhooks import CreditLimit, WebhookReceiver
from tests._until import patience, rest, until
from tests.webhooks._pushes import CREDIT_LIMIT, SECRET, signed, write
from tests.webhooks._support import pushes, turns

if TYPE_CHECKING:
    from airalo_async.models import StoredPush
    from airalo_async.stores import RequestStore
    from airalo_async.testing import FakeClock

BODY = write(CREDIT_LIMIT)


async def push(receiver: WebhookReceiver, body: bytes = BODY) -> None:
    reply = await receiver.receive(body, signed(body))
    assert reply.status == 200


async def only(store: RequestStore) -> StoredPush:
    (stored,) = await pushes(store)
    return stored


async def renewed(store: RequestStore, clock: FakeClock, before: StoredPush) -> None:
    """Wait for a renewal; one that went to sleep after the clock was moved is woken by the seconds that follow."""
    async with patience():
        looks = 0
        while (await only(store)).lease_until == before.lease_until:
            looks += 1
            if looks % 20 == 0:
                clock.advance(1)
            await rest()


async def test_lease_is_renewed_while_the_handler_runs(store: RequestStore, clock: FakeClock) -> None:
    first = WebhookReceiver(store=store, secrets=SECRET, lease=60)
    second = WebhookReceiver(store=store, secrets=SECRET)
    entered, go = asyncio.Event(), asyncio.Event()
    stolen: list[CreditLimit] = []

    @first.on(CreditLimit)
    async def slow(_: CreditLimit) -> None:
        entered.set()
        await go.wait()

    @second.on(CreditLimit)
    async def steal(event: CreditLimit) -> None:
        stolen.append(event)

    async with first:
        await push(first)
        await entered.wait()
        async with second:
            for _ in range(12):
                before = await only(store)
                clock.advance(20)
                await renewed(store, clock, before)
            go.set()
            await until(lambda: first.stats.delivered)

    assert stolen == []
    assert (await only(store)).tries == 1


async def test_push_of_a_dead_process_is_claimed_after_its_lease(store: RequestStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    seen: list[CreditLimit] = []

    @receiver.on(CreditLimit)
    async def warn(event: CreditLimit) -> None:
        seen.append(event)

    await push(receiver)
    (claimed,) = await store.claim(list(PushKind), lease=60, limit=1)  # and dies
    async with receiver:
        clock.advance(59)
        await turns()
        early = len(seen)
        clock.advance(15)
        await until(lambda: receiver.stats.delivered)

    assert (early, len(seen)) == (0, 1)
    assert not await store.finish(claimed.id, claimed.fence)


async def test_claim_that_is_lost_cancels_the_handler(
    memory: MemoryStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET, lease=60)
    entered = asyncio.Event()
    ended: list[str] = []

    @receiver.on(CreditLimit)
    async def slow(_: CreditLimit) -> None:
        if entered.is_set():
            return
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async with receiver:
        await push(receiver)
        await entered.wait()
        await memory.replay(1)
        clock.advance(20)
        await until(lambda: ended)
        await until(lambda: receiver.stats.delivered)

    assert receiver.stats.lost == 1
    assert "the claim is lost" in caplog.text
    assert (await only(memory)).state is PushState.DONE


async def test_late_word_of_a_lost_claim_counts_for_nothing(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET, max_tries=1)
    entered, go = asyncio.Event(), asyncio.Event()
    seen: list[CreditLimit] = []

    @receiver.on(CreditLimit)
    async def slow(event: CreditLimit) -> None:
        seen.append(event)
        if len(seen) == 1:
            entered.set()
            await go.wait()
            raise LookupError

    async with receiver:
        await push(receiver)
        await entered.wait()
        await memory.replay(1)
        await until(lambda: receiver.stats.delivered)
        go.set()
        await until(lambda: receiver.stats.lost)

    assert (await only(memory)).state is PushState.DONE
    assert receiver.stats.dead == 0


class FlakyStore(MemoryStore):
    """A store whose answers about claims can fail or hang."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock=clock)
        self.failing: set[str] = set()
        self.hanging: set[str] = set()
        self.bugs: set[str] = set()
        self.calls: list[str] = []

    async def _disturb(self, name: str) -> None:
        self.calls.append(name)
        if name in self.hanging:
            await asyncio.Event().wait()
        if name in self.failing:
            message = "disk full"
            raise StoreError(message)
        if name in self.bugs:
            raise RuntimeError

    async def renew(self, push_id: int, fence: int, *, lease: float) -> bool:
        await self._disturb("renew")
        return await super().renew(push_id, fence, lease=lease)

    async def finish(self, push_id: int, fence: int) -> bool:
        await self._disturb("finish")
        return await super().finish(push_id, fence)


@pytest.fixture
def flaky(clock: FakeClock) -> FlakyStore:
    return FlakyStore(clock)


async def test_lease_survives_a_short_failure_of_the_store(flaky: FlakyStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=flaky, secrets=SECRET, lease=60)
    entered, go = asyncio.Event(), asyncio.Event()

    @receiver.on(CreditLimit)
    async def slow(_: CreditLimit) -> None:
        entered.set()
        await go.wait()

    async with receiver:
        await push(receiver)
        await entered.wait()
        flaky.failing = {"renew"}
        clock.advance(20)
        await until(lambda: flaky.calls == ["renew"])
        await turns()
        flaky.failing = set()
        clock.advance(20)
        await until(lambda: len(flaky.calls) == 2)
        await turns()
        go.set()
        await until(lambda: receiver.stats.delivered)

    assert receiver.stats.lost == 0


@pytest.mark.parametrize("how", ["failing", "hanging"])
async def test_lease_that_cannot_be_renewed_in_time_is_lost(flaky: FlakyStore, clock: FakeClock, how: str) -> None:
    receiver = WebhookReceiver(store=flaky, secrets=SECRET, lease=60)
    entered = asyncio.Event()
    ended: list[float] = []

    @receiver.on(CreditLimit)
    async def slow(_: CreditLimit) -> None:
        if entered.is_set():
            return
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(clock.monotonic())

    async with receiver:
        await push(receiver)
        await entered.wait()
        started_at = clock.monotonic()
        getattr(flaky, how).add("renew")
        while not ended:
            clock.advance(10)
            await turns()

    assert 60 <= ended[0] - started_at <= 80
    assert receiver.stats.lost == 1


@pytest.mark.parametrize("how", ["failing", "hanging"])
async def test_end_that_cannot_be_stored_is_stored_later(flaky: FlakyStore, clock: FakeClock, how: str) -> None:
    receiver = WebhookReceiver(store=flaky, secrets=SECRET, lease=60)
    seen: list[CreditLimit] = []

    @receiver.on(CreditLimit)
    async def warn(event: CreditLimit) -> None:
        seen.append(event)

    getattr(flaky, how).add("finish")
    async with receiver:
        await push(receiver)
        await until(lambda: "finish" in flaky.calls)
        flaky.failing.clear()
        flaky.hanging.clear()
        while not receiver.stats.delivered:
            clock.advance(10)
            await turns()

    assert len(seen) == 1


async def test_end_is_not_insisted_on_when_the_claim_is_gone(flaky: FlakyStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=flaky, secrets=SECRET, lease=60, concurrency=1)
    seen: list[CreditLimit] = []

    @receiver.on(CreditLimit)
    async def warn(event: CreditLimit) -> None:
        seen.append(event)

    flaky.failing = {"finish", "renew"}
    async with receiver:
        await push(receiver)
        await until(lambda: "finish" in flaky.calls)
        while len(seen) == 1:
            clock.advance(10)
            await turns()
        flaky.failing = set()
        while not receiver.stats.delivered:
            clock.advance(10)
            await turns()

    assert len(seen) == 2
    assert (await only(flaky)).state is PushState.DONE


async def test_store_with_a_bug_leaves_the_push_to_its_lease(
    flaky: FlakyStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = WebhookReceiver(store=flaky, secrets=SECRET, lease=60)
    seen: list[CreditLimit] = []

    @receiver.on(CreditLimit)
    async def warn(event: CreditLimit) -> None:
        seen.append(event)

    flaky.bugs = {"finish"}
    async with receiver:
        await push(receiver)
        await until(lambda: caplog.text)
        flaky.bugs = set()
        clock.advance(75)
        await until(lambda: receiver.stats.delivered)

    assert "the store failed after a handler ended: RuntimeError in _disturb" in caplog.text
    assert len(seen) == 2
