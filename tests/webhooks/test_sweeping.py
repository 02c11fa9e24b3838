"""What nobody told of: parked pushes, and a store that fails."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from airalo_async._push import read_facts
from airalo_async.errors import StoreError
from airalo_async.models import PushKind, PushState
from airalo_async.stores import MemoryStore
from airalo_async.webhooks import (
    CreditLimit,
    Event,
    OrderCompleted,
    WebhookReceiver,
)
from tests._until import until
from tests.webhooks._pushes import CREDIT_LIMIT, REQUEST_ID, SECRET, signed, success, write
from tests.webhooks._support import accept, buy, pushes, turns

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pytest

    from airalo_async.models import StoredPush
    from airalo_async.stores import RequestStore
    from airalo_async.testing import FakeClock


async def push(receiver: WebhookReceiver, body: bytes) -> None:
    reply = await receiver.receive(body, signed(body))
    assert reply.status == 200


async def test_push_parked_for_the_grace_time_is_handed_out_once(store: RequestStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET, grace=60)
    seen: list[Event] = []

    @receiver.on_unmatched
    async def stray(event: Event) -> None:
        seen.append(event)

    async with receiver:
        await push(receiver, success())
        clock.advance(59)
        await turns()
        early = len(seen)
        clock.advance(16)
        await until(lambda: receiver.stats.delivered)
        clock.advance(1000)
        await turns()

    assert early == 0
    assert [type(event) for event in seen] == [OrderCompleted]
    assert seen[0].request is None
    assert [stored.state for stored in await pushes(store)] == [PushState.PARKED]


async def test_push_handed_out_is_still_dispatched_when_its_request_appears(
    store: RequestStore, clock: FakeClock
) -> None:
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    stray: list[Event] = []
    seen: list[OrderCompleted] = []

    @receiver.on_unmatched
    async def unmatched(event: Event) -> None:
        stray.append(event)

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        seen.append(event)

    async with receiver:
        await push(receiver, success())
        clock.advance(100)
        await until(lambda: stray)
        await buy(store)
        await accept(store, REQUEST_ID)
        await until(lambda: seen)

    assert len(stray) == 1
    assert seen[0].request is not None


class FlakyStore(MemoryStore):
    """A store that fails as long as it is told to."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock=clock)
        self.broken = True

    async def claim(self, kinds: Collection[PushKind], *, lease: float, limit: int) -> Sequence[StoredPush]:
        if self.broken:
            message = "disk full"
            raise StoreError(message)
        return await super().claim(kinds, lease=lease, limit=limit)

    async def arrived(self, *, timeout: float) -> None:
        if self.broken:
            message = "disk full"
            raise StoreError(message)
        await super().arrived(timeout=timeout)


async def test_dispatching_goes_on_after_the_store_failed(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    store = FlakyStore(clock)
    receiver = WebhookReceiver(store=store, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    async with receiver:
        await push(receiver, write(CREDIT_LIMIT))
        await turns(200)
        complaints = caplog.text.count("disk full")
        store.broken = False
        clock.advance(1)
        await until(lambda: receiver.stats.delivered)

    assert complaints == 1  # it does not spin
    assert receiver.stats.delivered == 1


async def test_wait_that_fails_does_not_spin(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    receiver = WebhookReceiver(store=FlakyStore(clock), secrets=SECRET)

    async with receiver:
        await turns(200)

    assert caplog.text.count("disk full") == 1


async def test_push_that_comes_just_after_a_claim_is_not_missed(clock: FakeClock) -> None:
    class BusyStore(MemoryStore):
        """Pushes come while it claims, and it tells nobody of what came before he began to wait."""

        claims = 0

        async def arrived(self, *, timeout: float) -> None:
            with self._waiters.inbox() as woken, suppress(TimeoutError):
                async with self._clock.timeout(timeout):
                    await woken

        async def claim(self, kinds: Collection[PushKind], *, lease: float, limit: int) -> Sequence[StoredPush]:
            claimed = await super().claim(kinds, lease=lease, limit=limit)
            self.claims += 1
            if not claimed and self.claims < 10:
                body = write(CREDIT_LIMIT | {"remaining": self.claims})
                await self.receive(body, "raw", read_facts(body))
            return claimed

    store = BusyStore(clock=clock)
    receiver = WebhookReceiver(store=store, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    async with receiver:
        await until(lambda: store.claims >= 10)  # the clock stands still: nothing is found by looking

    assert receiver.stats.delivered == len([push async for push in store.inbox()])


async def test_parked_pushes_are_swept_now_and_then(clock: FakeClock) -> None:
    swept: list[float] = []

    class CountingStore(MemoryStore):
        async def sweep(self) -> int:
            swept.append(self.clock.monotonic())
            return await super().sweep()

    receiver = WebhookReceiver(store=CountingStore(clock=clock), secrets=SECRET, sweep_every=15)
    async with receiver:
        await until(lambda: len(swept) == 1)
        clock.advance(14)
        await turns()
        early = len(swept)
        clock.advance(1)
        await until(lambda: len(swept) == 2)

    assert early == 1
