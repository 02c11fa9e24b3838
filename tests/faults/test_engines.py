"""The server under a store is killed and started again, or hangs, while receivers and sessions are at work."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from airalo_async._limits import Limit, Scope
from airalo_async.errors import NotSentError, StoreError
from airalo_async.models import PushState, State
from airalo_async.testing import FakeAiralo, faults, sign_push
from airalo_async.webhooks import WebhookReceiver
from tests._until import patience, rest, until
from tests.faults._engines import PostgresEngine, RedisEngine
from tests.stores._support import accept, begin, waiters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async import AiraloSession
    from airalo_async.stores._transactional import TransactionalStore
    from tests.faults._engines import Engine

SECRET = "a made-up client secret"
TIMEOUT = 1.0
PUSHES = 300
PACKAGES = ("GET", "/v2/packages")
TWO_A_MINUTE = (Limit(*PACKAGES, 2, 60, Scope.TOKEN),)


@pytest.fixture(params=["redis", "postgres"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    started: Engine = RedisEngine() if request.param == "redis" else PostgresEngine()
    try:
        await started.start()
        yield started
    finally:
        started.remove()


@pytest.fixture
async def store(engine: Engine) -> AsyncIterator[TransactionalStore]:
    first = engine.store(timeout=30)
    await first.find(order_id=1)  # makes the tables, which takes a slow disk longer than the timeout under test
    await first.close()
    opened = engine.store(timeout=TIMEOUT)
    yield opened
    await opened.close()


def signed(number: int) -> tuple[bytes, dict[str, str]]:
    sims = [{"iccid": str(number)}]
    order = {"request_id": f"{number:025d}", "id": number, "code": f"C-{number}", "sims": sims}
    return sign_push(order, SECRET)


async def until_taken(receiver: WebhookReceiver, number: int, seen: Counter[int]) -> None:
    """Push as Airalo does: again and again until it is answered 200."""
    body, headers = signed(number)
    while True:
        reply = await receiver.receive(body, headers)
        seen[reply.status] += 1
        if reply.status == 200:
            return
        await rest()


async def test_killed_engine_loses_no_push_that_was_answered(engine: Engine, store: TransactionalStore) -> None:
    receiver = WebhookReceiver(store=store, secrets=[SECRET])
    for number in range(1, PUSHES + 1, 10):
        await accept(store, f"cart-{number}", f"{number:025d}")
    seen: Counter[int] = Counter()
    first = [asyncio.create_task(until_taken(receiver, number, seen)) for number in range(1, PUSHES // 2)]
    async with patience():
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        engine.crash()
        rest = [asyncio.create_task(until_taken(receiver, number, seen)) for number in range(PUSHES // 2, PUSHES + 1)]
        await until(lambda: seen[503])
        await engine.start()
        await asyncio.gather(*first, *rest)

    kept = [push async for push in store.inbox()]
    completed = [request.reference async for request in store.list(state=State.COMPLETED)]
    assert set(seen) == {200, 503}
    assert Counter(push.key for push in kept) == {f"order:{number}": 1 for number in range(1, PUSHES + 1)}
    assert [push.id for push in kept] == sorted(push.id for push in kept)
    assert len(completed) == PUSHES // 10
    assert len([push for push in kept if push.state is PushState.PENDING]) == PUSHES // 10


async def test_hanging_engine_is_answered_503_in_time(engine: Engine, store: TransactionalStore) -> None:
    receiver = WebhookReceiver(store=store, secrets=[SECRET])
    await receiver.receive(*signed(1))
    engine.freeze()
    started = time.monotonic()

    replies = await asyncio.gather(*(receiver.receive(*signed(number)) for number in range(2, 40)))
    took = time.monotonic() - started
    engine.thaw()

    assert {reply.status for reply in replies} == {503}
    assert took < TIMEOUT + 3
    seen: Counter[int] = Counter()
    async with patience():
        await asyncio.gather(*(until_taken(receiver, number, seen) for number in range(1, 40)))
    assert len([push async for push in store.inbox()]) == 39


async def test_hanging_engine_lets_nothing_be_sent(engine: Engine, store: TransactionalStore) -> None:
    await begin(store, "cart-1")
    engine.freeze()

    with pytest.raises(StoreError, match=r"did not answer|nothing is known to be stored"):
        await begin(store, "cart-2")

    engine.thaw()
    async with patience():
        assert (await store.get("cart-1")).state is State.SENDING


async def test_waiter_outlives_a_restart(engine: Engine, store: TransactionalStore) -> None:
    request = await accept(store)
    waiting = asyncio.create_task(store.changed("cart-17", request.version))
    await waiters(store, 1)
    await store.get("cart-17")  # reads go one after the other, so the waiter has had its first look
    engine.crash()
    await engine.start()
    writer = engine.store(timeout=TIMEOUT)
    receiver = WebhookReceiver(store=writer, secrets=[SECRET])
    body, headers = sign_push({"request_id": "A" * 25, "id": 7, "code": "C-7", "sims": [{"iccid": "1"}]}, SECRET)

    async with patience():
        while (await receiver.receive(body, headers)).status != 200:
            await rest()
        woken = await waiting

    assert woken.state is State.COMPLETED
    await writer.close()


async def test_limits_outlive_an_engine_that_hangs(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAiralo() as fake, fleet(fake, engine) as (one, other):
        await one.request(*PACKAGES)
        engine.freeze()
        with caplog.at_level(logging.WARNING, "airalo_async"):
            await one.request(*PACKAGES)
            with pytest.raises(NotSentError, match="used up"):
                await one.request(*PACKAGES)
        engine.thaw()
        await fake.advance(minutes=2)  # on the clock of the sessions; that of the engine stays

        await one.request(*PACKAGES)

        with pytest.raises(NotSentError, match="used up"):
            await other.request(*PACKAGES)
    assert sum("counted in this process alone" in line for line in caplog.messages) == 1


async def test_token_outlives_an_engine_that_hangs(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAiralo() as fake, fleet(fake, engine) as (one, other):
        await one.store.find(request_id="none")  # opens its connections
        engine.freeze()
        with caplog.at_level(logging.WARNING, "airalo_async"):
            await asyncio.gather(*(one.request("GET", "/v2/balance") for _ in range(20)))
        engine.thaw()
        fake.revoke_tokens()

        await one.request("GET", "/v2/balance")
        await other.request("GET", "/v2/balance")

        assert [call.path for call in fake.calls].count("/v2/token") == 2
    assert sum("fetched for this process alone" in line for line in caplog.messages) == 1


async def test_token_that_cannot_be_shared_is_used_alone(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    async with FakeAiralo() as fake, fleet(fake, engine) as (one, other):
        fake.fail_next("POST", "/v2/token", faults.stall(1))
        asking = asyncio.create_task(one.request("GET", "/v2/balance"))
        await until(lambda: fake.calls)
        engine.freeze()
        with caplog.at_level(logging.WARNING, "airalo_async"):
            await fake.advance(1)
            await asking
        engine.thaw()

        await other.request("GET", "/v2/balance")  # when the turn that nobody could end has ended by itself

        assert [call.path for call in fake.calls].count("/v2/token") == 2
    assert sum("could not be shared" in line for line in caplog.messages) == 1


@asynccontextmanager
async def fleet(fake: FakeAiralo, engine: Engine) -> AsyncIterator[tuple[AiraloSession, AiraloSession]]:
    """Open two sessions that share an engine, each with a store of its own."""
    async with AsyncExitStack() as stack:
        stores = [engine.store(timeout=3 * TIMEOUT) for _ in range(2)]
        for store in stores:
            stack.push_async_callback(store.close)
        sessions = [fake.session(store=store, limits=TWO_A_MINUTE, timeout=20) for store in stores]
        one, other = [await stack.enter_async_context(session) for session in sessions]
        yield one, other
