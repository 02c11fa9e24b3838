"""The end of a receiver: handlers end or are cancelled, and nothing is left running."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from airalo_async.models import PushState
from airalo_async.stores import MemoryStore
from airalo_async.webhooks import (
    CreditLimit,
    WebhookReceiver,
)
from tests._until import until
from tests.webhooks._pushes import CREDIT_LIMIT, SECRET, signed, write
from tests.webhooks._support import HeldStore, pushes, turns

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from airalo_async.models import PushKind, StoredPush
    from airalo_async.testing import FakeClock


class CountingStore(MemoryStore):
    """A store that counts how often it is asked for pushes."""

    claims = 0

    async def claim(self, kinds: Collection[PushKind], *, lease: float, limit: int) -> Sequence[StoredPush]:
        self.claims += 1
        return await super().claim(kinds, lease=lease, limit=limit)


async def push(receiver: WebhookReceiver, body: bytes) -> None:
    reply = await receiver.receive(body, signed(body))
    assert reply.status == 200


def notice(number: int) -> bytes:
    return write(CREDIT_LIMIT | {"remaining": number})


async def stop_at_work(receiver: WebhookReceiver) -> tuple[asyncio.Task[None], asyncio.Event]:
    """Stop a receiver while its handler is at work; gives the stopping, and what lets handlers end."""
    entered, go = asyncio.Event(), asyncio.Event()

    @receiver.on(CreditLimit)
    async def slow(_: CreditLimit) -> None:
        entered.set()
        await go.wait()

    await receiver.start()
    await push(receiver, notice(1))
    await entered.wait()
    stopping = asyncio.create_task(receiver.stop())
    await turns()
    return stopping, go


async def test_shutdown_lets_handlers_end_and_claims_no_more(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)
    stopping, go = await stop_at_work(receiver)
    await push(receiver, notice(2))
    await turns()
    early = stopping.done()
    go.set()
    await stopping

    assert not early
    assert [stored.state for stored in await pushes(memory)] == [PushState.DONE, PushState.PENDING]


async def test_shutdown_cancels_handlers_that_take_too_long(
    memory: MemoryStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    first = WebhookReceiver(store=memory, secrets=SECRET, lease=60, drain=10)
    second = WebhookReceiver(store=memory, secrets=SECRET)
    entered = asyncio.Event()
    ended: list[str] = []

    @first.on(CreditLimit)
    async def hang(_: CreditLimit) -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    @second.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        ended.append("done")

    await first.start()
    await push(first, write(CREDIT_LIMIT))
    await entered.wait()
    stopping = asyncio.create_task(first.stop())
    await turns()
    clock.advance(10)
    await stopping
    after_stop = [(stored.state, stored.tries) for stored in await pushes(memory)]
    async with second:
        await turns()
        early = list(ended)
        clock.advance(60)
        await until(lambda: second.stats.delivered)

    assert after_stop == [(PushState.PENDING, 1)]
    assert early == ["cancelled"]
    assert ended == ["cancelled", "done"]
    assert "1 handlers were cancelled at shutdown" in caplog.text


async def test_shutdown_ends_although_a_handler_refuses(
    memory: MemoryStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET, drain=5)
    entered, go = asyncio.Event(), asyncio.Event()

    @receiver.on(CreditLimit)
    async def stubborn(_: CreditLimit) -> None:
        entered.set()
        while not go.is_set():
            try:
                await go.wait()
            except asyncio.CancelledError:  # the misbehaviour that this is about
                continue

    await receiver.start()
    await push(receiver, write(CREDIT_LIMIT))
    await entered.wait()
    stopping = asyncio.create_task(receiver.stop())
    for _ in range(2):
        await turns()
        clock.advance(5)
    await stopping
    go.set()
    await turns()

    assert "refuse to be cancelled" in caplog.text


async def test_shutdown_that_is_cancelled_leaves_no_task(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)
    entered = asyncio.Event()

    @receiver.on(CreditLimit)
    async def hang(_: CreditLimit) -> None:
        entered.set()
        await asyncio.Event().wait()

    await receiver.start()
    await push(receiver, write(CREDIT_LIMIT))
    await entered.wait()
    stopping = asyncio.create_task(receiver.stop())
    await turns()
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    await turns()

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_dispatcher_starts_again_after_its_end(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    async with receiver:
        pass
    async with receiver:
        await push(receiver, write(CREDIT_LIMIT))
        await until(lambda: receiver.stats.delivered)

    assert receiver.stats.delivered == 1


async def test_last_user_ends_the_dispatcher(receiver: WebhookReceiver) -> None:
    async with receiver:
        async with receiver:
            pass
        running = repr(receiver)

    assert running.startswith("<WebhookReceiver dispatching")
    assert repr(receiver).startswith("<WebhookReceiver not dispatching")


async def test_stopping_what_never_started_is_harmless(receiver: WebhookReceiver) -> None:
    await receiver.stop()

    async with receiver:
        running = repr(receiver)

    assert running.startswith("<WebhookReceiver dispatching")


async def test_start_while_it_stops_goes_on_dispatching(memory: MemoryStore) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)
    stopping, go = await stop_at_work(receiver)
    async with receiver:
        go.set()
        await stopping
        await push(receiver, notice(2))
        await turns()
        delivered = receiver.stats.delivered

    assert delivered == 2


async def test_start_while_commits_are_waited_for_goes_on_dispatching(clock: FakeClock) -> None:
    store = HeldStore(clock)
    receiver = WebhookReceiver(store=store, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    await receiver.start()
    pushing = asyncio.create_task(push(receiver, notice(1)))
    await store.entered.wait()
    stopping = asyncio.create_task(receiver.stop())
    await turns()
    async with receiver:
        store.go.set()
        await asyncio.gather(stopping, pushing)
        await push(receiver, notice(2))
        await turns()
        delivered = receiver.stats.delivered
    await turns()

    assert delivered == 2
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_retry_is_in_time_after_a_restart(memory: MemoryStore, clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET, backoff=2, sweep_every=900)

    @receiver.on(CreditLimit)
    async def fail_once(_: CreditLimit) -> None:
        if not receiver.stats.failures:
            raise ValueError

    async with receiver:
        await push(receiver, write(CREDIT_LIMIT))
        await turns()
    async with receiver:
        await turns()
        clock.advance(3)
        await turns()

    assert receiver.stats.delivered == 1


def test_receiver_rests_in_another_loop_too(clock: FakeClock) -> None:
    store = CountingStore(clock=clock)
    receiver = WebhookReceiver(store=store, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    async def claims_at_rest() -> int:
        async with receiver:
            await turns()
            before = store.claims
            await turns()
            return store.claims - before

    assert [asyncio.run(claims_at_rest()) for _ in range(2)] == [0, 0]


def test_receiver_that_was_never_stopped_starts_in_another_loop(clock: FakeClock) -> None:
    receiver = WebhookReceiver(store=MemoryStore(clock=clock), secrets=SECRET)

    @receiver.on(CreditLimit)
    async def warn(_: CreditLimit) -> None:
        pass

    async def live() -> str:
        async with receiver:
            await push(receiver, write(CREDIT_LIMIT))
            await turns()
        return repr(receiver)

    asyncio.run(receiver.start())
    after = asyncio.run(live())

    assert receiver.stats.delivered == 1
    assert after.startswith("<WebhookReceiver not dispatching")
