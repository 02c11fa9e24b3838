"""What never left this machine is sent again within the deadline, and bought exactly once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from airalo_async._pipeline import Timeouts
from airalo_async.errors import NotSentError
from airalo_async.models import State
from airalo_async.stores import MemoryStore
from airalo_async.testing import FakeAiralo, FakeClock, faults
from tests._scripted_api import FlakyResolver, flaky_session
from tests._until import until
from tests.faults._proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from airalo_async import AiraloSession

    Line = tuple[AiraloSession, Callable[[], Coroutine[object, object, None]]]

PACKAGE = "change-7days-1gb"
REFERENCE = "cart-17"
FIRST_WAIT = 0.2


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo(clock=FakeClock(ticking=False)) as started:
        yield started


@asynccontextmanager
async def refused(fake: FakeAiralo) -> AsyncIterator[Line]:
    """Nobody listens for a while."""
    async with Proxy(fake.port, fake.clock) as proxy, session(fake, base_url=proxy.url) as airalo:
        await airalo.account.balance()
        await proxy.refuse()
        await fake.settle()
        yield airalo, proxy.listen


@asynccontextmanager
async def unresolved(fake: FakeAiralo) -> AsyncIterator[Line]:
    """The name cannot be resolved for a while."""
    resolver = FlakyResolver(0)
    url = fake.url.replace("127.0.0.1", "flaky.localhost")
    async with flaky_session(resolver) as http, session(fake, base_url=url, http=http) as airalo:
        await airalo.account.balance()
        resolver.failures = 1

        async def mend() -> None:
            resolver.failures = 0

        yield airalo, mend


@asynccontextmanager
async def exhausted(fake: FakeAiralo) -> AsyncIterator[Line]:
    """All connections of a borrowed session are busy for a while."""
    timeouts = Timeouts(connect=0.05)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as http,
        session(fake, http=http, timeout=timeouts) as airalo,
    ):
        await airalo.account.balance()
        fake.fail_next("GET", "/v2/balance", faults.hang_before_commit())
        hog = asyncio.create_task(airalo.account.balance())
        await until(lambda: fake.calls[-1].status is None)

        async def mend() -> None:
            hog.cancel()
            await asyncio.wait([hog])

        yield airalo, mend


@asynccontextmanager
async def behind_a_dead_proxy(fake: FakeAiralo) -> AsyncIterator[Line]:
    """The proxy that a borrowed session goes through is down for a while."""
    async with (
        Proxy(fake.port, fake.clock) as proxy,
        aiohttp.ClientSession(proxy=proxy.url) as http,
        session(fake, http=http) as airalo,
    ):
        await airalo.account.balance()
        await proxy.refuse()
        await fake.settle()
        yield airalo, proxy.listen


@asynccontextmanager
async def session(fake: FakeAiralo, **options: object) -> AsyncIterator[AiraloSession]:
    async with fake.session(store=MemoryStore(clock=fake.clock), **options) as airalo:
        yield airalo


@pytest.mark.parametrize("line", [refused, unresolved, exhausted, behind_a_dead_proxy])
async def test_order_that_could_not_leave_is_sent_again(
    fake: FakeAiralo, line: Callable[[FakeAiralo], AbstractAsyncContextManager[Line]]
) -> None:
    async with line(fake) as (airalo, mend):
        buying = asyncio.create_task(airalo.orders.submit(PACKAGE, reference=REFERENCE))
        await until(lambda: (fake.clock.next_due() or FIRST_WAIT + 1) <= FIRST_WAIT)
        await mend()
        fake.clock.advance(FIRST_WAIT)
        order = await buying
        stored = await airalo.store.get(REFERENCE)

    assert [placed.order_id for placed in fake.orders] == [order.id]
    assert (stored.state, len(stored.attempts)) == (State.COMPLETED, 1)


async def test_order_that_can_never_leave_is_not_sent(fake: FakeAiralo) -> None:
    async with Proxy(fake.port, fake.clock) as proxy, session(fake, base_url=proxy.url) as airalo:
        await airalo.account.balance()
        await proxy.refuse()
        await fake.settle()
        buying = asyncio.create_task(airalo.orders.submit(PACKAGE, reference=REFERENCE))
        for _ in range(2):
            await until(lambda: (fake.clock.next_due() or 60) < 1)
            fake.clock.advance(1)
        with pytest.raises(NotSentError):
            await buying
        stored = await airalo.store.get(REFERENCE)
        await proxy.listen()
        order = await airalo.orders.submit(PACKAGE, reference=REFERENCE)

    assert stored.state is State.NOT_SENT
    assert [placed.order_id for placed in fake.orders] == [order.id]
