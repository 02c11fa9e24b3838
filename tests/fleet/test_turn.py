"""The turn to fetch the token of a fleet, against an engine on the test's own clock."""

# ruff: noqa: ARG002  (an engine is told more than this one needs)

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from airalo_async._auth._bearer import Bearer
from airalo_async._auth._fleet import LEASE, FleetTokens
from airalo_async._limits import Limiter
from airalo_async._retry import Attempts, Budget, RetryPolicy, Timeouts
from airalo_async.stores._shares import Claim, SealedToken
from airalo_async.testing import FakeClock

if TYPE_CHECKING:
    from airalo_async._outcome import Response
    from airalo_async._transport import Transport


class Engine:
    """One token and one turn, as the engines keep them."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._token: SealedToken | None = None
        self._ends_at = 0.0
        self._owner = ""
        self._turn_ends_at = 0.0

    async def claim_token(
        self, key: str, *, owner: str, lease: float, needed: float = 0.0, refused: str = ""
    ) -> SealedToken | Claim:
        now, token = self._clock.monotonic(), self._token
        if token is not None and token.mark == refused:
            self._token = None
        elif token is not None and self._ends_at > now + needed:
            return SealedToken(token.sealed, token.mark, self._ends_at - now)
        if self._owner not in ("", owner) and self._turn_ends_at > now:
            return Claim(mine=False, seconds=self._turn_ends_at - now)
        self._owner, self._turn_ends_at = owner, now + lease
        return Claim(mine=True, seconds=lease)

    async def put_token(self, key: str, token: SealedToken, *, owner: str) -> bool:
        self._token, self._ends_at, self._owner = token, self._clock.monotonic() + token.seconds, ""
        return True

    async def release_token(self, key: str, *, owner: str) -> None:
        self._owner = ""


class SilentApi:
    """A transport whose calls get no answer."""

    base_url = "https://api.example"

    async def send(self, *_: object) -> Response:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(ticking=False)


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_turn_to_renew_a_token_that_is_still_good_is_kept(clock: FakeClock) -> None:
    engine = Engine(clock)
    tokens = FleetTokens(
        "id",
        "secret",
        shared=engine,
        transport=cast("Transport", SilentApi()),
        limits=Limiter(clock),
        clock=clock,
        timeouts=Timeouts(),
        attempts=lambda: Attempts(RetryPolicy(), Budget()),
    )
    now = clock.monotonic()
    sealed = tokens._seal.close(Bearer("old", renew_at=now + 50, ends_at=now + 100, headers={}), now)
    await engine.put_token(tokens._seal.name, sealed, owner="")
    await tokens.get(now + 60)
    clock.advance(60)
    await tokens.get(clock.monotonic() + 60)  # renews it in the background
    await turns()

    for _ in range(10):
        clock.advance(LEASE / 3)
        await turns()
    other = await engine.claim_token(tokens._seal.name, owner="another process", lease=LEASE, needed=51)
    await tokens.close()

    assert isinstance(other, Claim)
    assert not other.mine
