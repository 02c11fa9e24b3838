"""Sessions of a fleet: what they find in the engine, and what they do without it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from airalo_async._auth._bearer import Bearer
from airalo_async._limits import Limit, Scope
from airalo_async.errors import AuthenticationError, NotSentError, RateLimitedError
from airalo_async.stores import open_store
from airalo_async.stores._fleet import FleetStore
from airalo_async.stores._shares import SealedToken
from airalo_async.testing import FakeAiralo, faults
from tests._until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async import AiraloSession

BALANCE = ("GET", "/v2/balance")
PACKAGES = ("GET", "/v2/packages")
TWO = (Limit(*PACKAGES, 2, 60, Scope.TOKEN),)
AWAY = ("redis://127.0.0.1:1/0", "postgresql://root@127.0.0.1:1/test")


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo() as opened:
        yield opened


def token_calls(fake: FakeAiralo) -> int:
    return sum(call.path == "/v2/token" for call in fake.calls)


async def test_revoked_token_is_replaced_once_for_all(fake: FakeAiralo, url: str) -> None:
    async with fake.session(store=url) as one, fake.session(store=url) as two:
        await one.request(*BALANCE)
        await two.request(*BALANCE)
        fake.revoke_tokens()

        await asyncio.gather(one.request(*BALANCE), two.request(*BALANCE))

    assert token_calls(fake) == 2


async def test_background_renewal_is_one_token_call(fake: FakeAiralo, url: str) -> None:
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(fake.session(store=url)) for _ in range(5)]
        await asyncio.gather(*(session.request(*BALANCE) for session in sessions))
        old = held_token(sessions[0])
        await let_token_end_soon(sessions[0])
        # Each counts from when it heard of the token, and the last one to hear of it must find it due too.
        await fake.advance(max(held_token(session).renew_at for session in sessions) - fake.clock.monotonic())

        await asyncio.gather(*(session.request(*BALANCE) for session in sessions))
        await until(lambda: all(held_token(session).value != old.value for session in sessions))

        assert len({held_token(session).value for session in sessions}) == 1
    assert {call.status for call in fake.calls} == {200}
    assert token_calls(fake) == 2


def held_token(session: AiraloSession) -> Bearer:
    token = session._pipeline._tokens._token  # type: ignore[attr-defined]  # a fleet's
    assert isinstance(token, Bearer)
    return token


async def let_token_end_soon(session: AiraloSession) -> None:
    """Shorten what the engine has on a clock of its own, as if the day were nearly over there too."""
    assert isinstance(session.store, FleetStore)
    fleet, name = session.store.fleet, session._pipeline._tokens._seal.name  # type: ignore[attr-defined]  # a fleet's
    held = await fleet.claim_token(name, owner="x", lease=5)
    assert isinstance(held, SealedToken)
    await fleet.claim_token(name, owner="x", lease=5, needed=held.seconds + 1)
    assert await fleet.put_token(name, SealedToken(held.sealed, held.mark, 100), owner="x")


async def test_store_holds_no_readable_token(fake: FakeAiralo, url: str) -> None:
    async with fake.session(store=url) as session:
        await session.request(*BALANCE)
        token = session._pipeline._tokens
        bearer = await token.get(fake.clock.monotonic() + 5)
        assert isinstance(session.store, FleetStore)
        name = token._seal.name  # type: ignore[attr-defined]  # a fleet's

        held = await session.store.fleet.claim_token(name, owner="thief", lease=1)

    assert isinstance(held, SealedToken)
    assert bearer.value.encode() not in held.sealed


async def test_refused_credentials_end_the_turn(fake: FakeAiralo, url: str) -> None:
    async with fake.session(store=url) as one, fake.session(store=url) as two:
        fake.fail_next("POST", "/v2/token", faults.status(401, {"message": "no"}))
        with pytest.raises(AuthenticationError):
            await one.request(*BALANCE)

        await two.request(*BALANCE)

    assert token_calls(fake) == 2


async def test_damaged_token_is_replaced(fake: FakeAiralo, url: str) -> None:
    async with fake.session(store=url) as session:
        assert isinstance(session.store, FleetStore)
        fleet, name = session.store.fleet, session._pipeline._tokens._seal.name  # type: ignore[attr-defined]  # a fleet's
        await fleet.claim_token(name, owner="x", lease=5)
        await fleet.put_token(name, SealedToken(b"x" * 40, "m", 600), owner="x")

        await session.request(*BALANCE)

    assert token_calls(fake) == 1


async def test_limit_is_one_for_all_sessions(fake: FakeAiralo, url: str) -> None:
    async with (
        fake.session(store=url, limits=TWO, timeout=5) as one,
        fake.session(store=url, limits=TWO, timeout=5) as two,
    ):
        await one.request(*PACKAGES)
        await two.request(*PACKAGES)

        with pytest.raises(NotSentError, match="used up") as caught:
            await one.request(*PACKAGES)

    assert caught.value.retry_after is not None
    assert 50 < caught.value.retry_after < 80


async def test_pause_holds_for_all_sessions(fake: FakeAiralo, url: str) -> None:
    async with (
        fake.session(store=url, limits=TWO, timeout=5) as one,
        fake.session(store=url, limits=TWO, timeout=5) as two,
    ):
        await one.request(*BALANCE)
        fake.fail_next(*PACKAGES, faults.rate_limited(30))
        with pytest.raises((RateLimitedError, NotSentError)):
            await one.request(*PACKAGES)
        with pytest.raises(NotSentError, match="used up"):
            await one.request(*PACKAGES)
        await one.close()  # tells what it has to tell

        with pytest.raises(NotSentError, match="used up"):
            await two.request(*PACKAGES)


async def test_cancelled_waiter_leaves_no_hole(fake: FakeAiralo, url: str) -> None:
    limits = (Limit(*PACKAGES, 1, 1, Scope.TOKEN),)
    async with fake.session(store=url, limits=limits) as session:
        await session.request(*PACKAGES)
        waiting = [asyncio.create_task(session.request(*PACKAGES)) for _ in range(3)]
        await fake.clock.sleep(0.05)

        waiting[0].cancel()
        waiting[1].cancel()

        assert await waiting[2] is not None
        assert waiting[0].cancelled()


async def test_grant_that_was_not_taken_is_given_back(fake: FakeAiralo, url: str) -> None:
    async with fake.session(store=url, limits=TWO, timeout=5) as session:
        await session.request(*BALANCE)
        for _ in range(20):
            task = asyncio.create_task(session.request(*PACKAGES))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        await session.request(*PACKAGES)

        assert "FleetLimiter 0 waiting" in repr(session._pipeline)


@pytest.mark.parametrize("store", AWAY)
async def test_sessions_go_on_alone_without_the_engine(
    fake: FakeAiralo, store: str, caplog: pytest.LogCaptureFixture
) -> None:
    opened = open_store(store)
    with caplog.at_level(logging.WARNING, "airalo_async"):
        async with fake.session(store=opened, limits=TWO, timeout=5) as session:
            await session.request(*PACKAGES)
            await session.request(*PACKAGES)
            with pytest.raises(NotSentError, match="used up"):
                await session.request(*PACKAGES)
    await opened.close()

    warnings = [record.getMessage() for record in caplog.records]
    assert sum("counted in this process alone" in text for text in warnings) == 1
    assert sum("fetched for this process alone" in text for text in warnings) == 1
