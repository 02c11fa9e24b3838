"""What an engine keeps for a fleet: turns, tokens and grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from yarl import URL

from airalo_async._auth._bearer import Bearer
from airalo_async._auth._seal import Seal
from airalo_async._clock import SystemClock
from airalo_async.stores import open_store
from airalo_async.stores._fleet import Fleet, FleetStore
from airalo_async.stores._shares import Claim, Scope, SealedToken, Settled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = SealedToken(b"\x00sealed\xff", "mark-1", 60.0)
SCOPE = Scope("GET /v2/packages", 3, 60.0, 75.0)
OTHER = Scope("usage", 1, 60.0, 75.0)


@pytest.fixture
async def fleet(url: str) -> AsyncIterator[Fleet]:
    store = open_store(url)
    assert isinstance(store, FleetStore)
    yield store.fleet
    await store.close()


async def lead(fleet: Fleet, owner: str = "a") -> None:
    held = await fleet.claim_token("k", owner=owner, lease=30)
    assert held == Claim(mine=True, seconds=30)


async def test_only_one_has_the_turn(fleet: Fleet) -> None:
    await lead(fleet)
    await lead(fleet)

    held = await fleet.claim_token("k", owner="b", lease=30)

    assert isinstance(held, Claim)
    assert not held.mine
    assert 29 < held.seconds <= 30


async def test_turn_that_ran_out_goes_to_another(fleet: Fleet) -> None:
    await fleet.claim_token("k", owner="a", lease=0)

    await lead(fleet, "b")

    assert not await fleet.put_token("k", TOKEN, owner="a")


async def test_released_turn_goes_to_another(fleet: Fleet) -> None:
    await lead(fleet)
    await fleet.release_token("k", owner="b")
    assert not (await _claim(fleet, "b")).mine

    await fleet.release_token("k", owner="a")

    await lead(fleet, "b")


async def _claim(fleet: Fleet, owner: str) -> Claim:
    held = await fleet.claim_token("k", owner=owner, lease=30)
    assert isinstance(held, Claim)
    return held


async def test_kept_token_is_given_to_all(fleet: Fleet) -> None:
    await lead(fleet)
    assert await fleet.put_token("k", TOKEN, owner="a")

    held = await fleet.claim_token("k", owner="b", lease=30, needed=50)

    assert isinstance(held, SealedToken)
    assert (held.sealed, held.mark) == (TOKEN.sealed, TOKEN.mark)
    assert 59 < held.seconds <= 60


async def test_token_that_ends_too_soon_is_fetched_anew(fleet: Fleet) -> None:
    await lead(fleet)
    await fleet.put_token("k", TOKEN, owner="a")

    held = await fleet.claim_token("k", owner="b", lease=30, needed=61)

    assert held == Claim(mine=True, seconds=30)
    assert isinstance(await fleet.claim_token("k", owner="c", lease=30), SealedToken)


async def test_refused_token_is_dropped_only_while_current(fleet: Fleet) -> None:
    await lead(fleet)
    await fleet.put_token("k", TOKEN, owner="a")

    assert isinstance(await fleet.claim_token("k", owner="b", lease=30, refused="older"), SealedToken)
    assert await fleet.claim_token("k", owner="b", lease=30, refused=TOKEN.mark) == Claim(mine=True, seconds=30)
    assert not (await _claim(fleet, "c")).mine


async def test_grants_end_at_the_limit(fleet: Fleet) -> None:
    assert (await fleet.grant("a", 2, [SCOPE])).count == 2
    assert (await fleet.grant("b", 2, [SCOPE])).count == 1

    granted = await fleet.grant("c", 2, [SCOPE])

    assert granted.count == 0
    assert 74 < granted.seconds <= 75


async def test_call_needs_room_in_all_its_scopes(fleet: Fleet) -> None:
    assert (await fleet.grant("a", 2, [SCOPE, OTHER])).count == 1

    assert (await fleet.grant("b", 1, [SCOPE, OTHER])).count == 0

    assert (await fleet.grant("c", 5, [SCOPE])).count == 2


async def test_answered_call_counts_no_longer_than_told(fleet: Fleet) -> None:
    await fleet.grant("a", 3, [SCOPE])
    await fleet.settle_grants([Settled(SCOPE.name, "a:1", 20.0), Settled(SCOPE.name, "a:2", 100.0)])
    await fleet.settle_grants([Settled(SCOPE.name, "unknown", 0.0)])

    granted = await fleet.grant("b", 1, [SCOPE])

    assert granted.count == 0
    assert 19 < granted.seconds <= 20


async def test_grant_given_back_is_granted_again(fleet: Fleet) -> None:
    await fleet.grant("a", 3, [SCOPE])

    await fleet.settle_grants([Settled(SCOPE.name, "a:0", 0.0)])

    assert (await fleet.grant("b", 2, [SCOPE])).count == 1


async def test_paused_scope_grants_nothing(fleet: Fleet) -> None:
    await fleet.pause_scopes([SCOPE.name], 20)
    await fleet.pause_scopes([SCOPE.name], 10)

    granted = await fleet.grant("a", 1, [SCOPE])

    assert granted.count == 0
    assert 19 < granted.seconds <= 20
    assert (await fleet.grant("a", 1, [OTHER])).count == 1


def test_sealed_token_opens_only_under_the_secret() -> None:
    now = SystemClock().monotonic()
    token = Bearer("very-secret-token", renew_at=now + 40, ends_at=now + 60, headers={})
    seal = Seal("id", "secret", str(URL("https://x.example")))

    sealed = seal.close(token, now)
    opened = seal.open(sealed, now + 5)

    assert b"secret" not in sealed.sealed
    assert opened is not None
    assert (opened.value, opened.headers["Authorization"]) == (token.value, "Bearer very-secret-token")
    assert opened.ends_at == pytest.approx(token.ends_at + 5)
    assert opened.renew_at == pytest.approx(token.renew_at + 5)
    for other in (Seal("id", "other", "https://x.example"), Seal("id2", "secret", "https://x.example")):
        assert other.name != seal.name
        assert other.open(sealed, now) is None
    assert seal.open(SealedToken(b"", "m", 1), now) is None
