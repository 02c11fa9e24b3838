"""The token: one call for all, renewed before it ends, in no repr, log or error."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from airalo_async._auth import TokenCache
from airalo_async._limits import Limiter
from airalo_async._retry import Attempts, Budget, RetryPolicy, Timeouts
from airalo_async._transport import Transport
from airalo_async.errors import (
    AiraloError,
    ArgumentError,
    AuthenticationError,
    DecodeError,
    NotSentError,
    PermissionDeniedError,
    RateLimitedError,
    RequestError,
    ServerError,
)
from airalo_async.testing import FakeClock
from tests._scripted_api import Reply, ScriptedApi, answer, closed_port, disconnect, scripted_api, silence, token

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DAY = 86400
SECRET = "canary&secret"
FOREVER = 1e9


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    async with scripted_api() as api:
        yield api


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(ticking=False)


def cache_of(url: str, clock: FakeClock, *, attempts: int = 3) -> TokenCache:
    policy, budget = RetryPolicy(attempts=attempts), Budget()
    return TokenCache(
        "client-1",
        SECRET,
        transport=Transport(url),
        limits=Limiter(clock),
        clock=clock,
        timeouts=Timeouts(sock_read=5),
        attempts=lambda: Attempts(policy, budget, lambda: 0.0),
    )


@pytest.fixture
async def cache(api: ScriptedApi, clock: FakeClock) -> AsyncIterator[TokenCache]:
    cache = cache_of(api.url, clock)
    yield cache
    await cache.close()
    await cache._transport.close()


async def refreshed(cache: TokenCache) -> None:
    """Wait for the refresh that is under way."""
    if cache._refresh is not None:
        await asyncio.wait([cache._refresh])


async def waiting(clock: FakeClock, seconds: float) -> None:
    """Let tasks run until one sleeps for so long."""
    for _ in range(10_000):
        if clock.next_due() == pytest.approx(seconds):
            return
        await asyncio.sleep(0)
    pytest.fail(f"nobody sleeps for {seconds} s")


async def test_token_is_asked_for_with_a_form(api: ScriptedApi, cache: TokenCache) -> None:
    bearer = await cache.get(FOREVER)

    (seen,) = api.calls("/v2/token")
    assert seen.form == {"client_id": ["client-1"], "client_secret": [SECRET], "grant_type": ["client_credentials"]}
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert seen.headers["accept"] == "application/json"
    assert "authorization" not in seen.headers
    assert bearer.headers == {"Accept": "application/json", "Authorization": "Bearer token-1"}


async def test_two_hundred_callers_make_one_call(api: ScriptedApi, cache: TokenCache) -> None:
    bearers = await asyncio.gather(*(cache.get(FOREVER) for _ in range(200)))

    assert len(api.calls("/v2/token")) == 1
    assert {bearer.value for bearer in bearers} == {"token-1"}


async def test_others_get_the_token_when_the_first_is_cancelled(api: ScriptedApi, cache: TokenCache) -> None:
    first, *others = [asyncio.create_task(cache.get(FOREVER)) for _ in range(200)]
    await api.saw("/v2/token")

    first.cancel()
    bearers = await asyncio.gather(*others)

    assert first.cancelled()
    assert len(api.calls("/v2/token")) == 1
    assert {bearer.value for bearer in bearers} == {"token-1"}


async def test_refresh_goes_on_when_all_are_cancelled(api: ScriptedApi, cache: TokenCache) -> None:
    tasks = [asyncio.create_task(cache.get(FOREVER)) for _ in range(3)]
    await api.saw("/v2/token")
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    await refreshed(cache)

    assert (await cache.get(FOREVER)).value == "token-1"
    assert len(api.calls("/v2/token")) == 1


async def test_token_is_kept_for_a_day_at_most(api: ScriptedApi, cache: TokenCache, clock: FakeClock) -> None:
    bearer = await cache.get(FOREVER)

    clock.advance(DAY - 301)
    kept = await cache.get(FOREVER)
    clock.advance(300)
    again = await cache.get(FOREVER)

    assert kept is bearer
    assert again.value == "token-2"
    assert len(api.calls("/v2/token")) == 2


async def test_token_is_renewed_in_the_background_before_it_ends(
    api: ScriptedApi, cache: TokenCache, clock: FakeClock
) -> None:
    bearer = await cache.get(FOREVER)
    clock.advance(DAY - 300)

    meanwhile = [await cache.get(FOREVER) for _ in range(5)]
    await refreshed(cache)

    assert all(each is bearer for each in meanwhile)
    assert (await cache.get(FOREVER)).value == "token-2"
    assert len(api.calls("/v2/token")) == 2


async def test_failed_renewal_is_not_repeated_at_once(
    api: ScriptedApi, cache: TokenCache, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    bearer = await cache.get(FOREVER)
    clock.advance(DAY - 300)
    api.then("/v2/token", answer(401, {"data": [], "meta": {"message": "Client authentication failed"}}))

    with caplog.at_level(logging.WARNING, "airalo_async"):
        for _ in range(3):
            assert await cache.get(FOREVER) is bearer
            await refreshed(cache)
    clock.advance(30)
    await cache.get(FOREVER)
    await refreshed(cache)

    assert "token refresh failed" in caplog.text
    assert len(api.calls("/v2/token")) == 3
    assert (await cache.get(FOREVER)).value == "token-2"


@pytest.mark.parametrize(
    ("expires_in", "lasts", "ends"),
    [
        (100, 94, 96),
        ("100", 94, 96),
        (31622400, DAY - 31, DAY - 29),
        (0, DAY - 31, DAY - 29),
        (-5, DAY - 31, DAY - 29),
        (None, DAY - 31, DAY - 29),
    ],
)
async def test_lifetime_is_the_shorter_of_what_is_said_and_a_day(
    api: ScriptedApi, cache: TokenCache, clock: FakeClock, expires_in: object, lasts: float, ends: float
) -> None:
    api.then("/v2/token", token("short", expires_in))

    bearer = await cache.get(FOREVER)

    assert clock.monotonic() + lasts < bearer.ends_at < clock.monotonic() + ends
    assert bearer.renew_at < bearer.ends_at


async def test_refused_token_is_dropped_once(api: ScriptedApi, cache: TokenCache) -> None:
    old = await cache.get(FOREVER)
    cache.invalidate(old)
    new = await cache.get(FOREVER)

    cache.invalidate(old)

    assert await cache.get(FOREVER) is new
    assert len(api.calls("/v2/token")) == 2


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (
            answer(401, {"data": [], "meta": {"message": "Client authentication failed"}}),
            AuthenticationError,
            "client_secret",
        ),
        (answer(422, {"data": {"client_id": "The selected client id is invalid."}}), AuthenticationError, "client_id"),
        (answer(403, {"code": 89, "reason": "Your IP address is not permitted"}), PermissionDeniedError, "allowlist"),
        (answer(302, b"", location="/login"), AiraloError, "base_url"),
    ],
)
async def test_refusal_says_how_to_mend_it(
    api: ScriptedApi, cache: TokenCache, reply: Reply, kind: type[AiraloError], said: str
) -> None:
    api.then("/v2/token", reply)

    with pytest.raises(kind, match=said):
        await cache.get(FOREVER)

    assert len(api.calls("/v2/token")) == 1


async def test_each_caller_gets_an_error_of_his_own(api: ScriptedApi, cache: TokenCache) -> None:
    api.then("/v2/token", answer(401, {"data": [], "meta": {"message": "Client authentication failed"}}))

    errors = await asyncio.gather(*(cache.get(FOREVER) for _ in range(50)), return_exceptions=True)

    assert len(api.calls("/v2/token")) == 1
    assert len({id(error) for error in errors}) == 50
    assert {(type(error), str(error)) for error in errors} == {(AuthenticationError, str(errors[0]))}
    assert isinstance(errors[0], AuthenticationError)
    assert (errors[0].status, errors[0].reason) == (401, "Client authentication failed")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        {"data": []},
        {"data": {"access_token": ["canary"]}},
        {"data": {"access_token": ""}},
        {"data": {"access_token": "canary\r\nX: 1"}},
        {"data": {"access_token": "canarié"}},
        {"data": {"access_token": "canary" * 5000}},
    ],
)
async def test_answer_without_a_token_is_refused(api: ScriptedApi, cache: TokenCache, body: object) -> None:
    api.then("/v2/token", answer(200, body))

    with pytest.raises(DecodeError) as caught:
        await cache.get(FOREVER)

    assert "canar" not in f"{caught.value} {caught.value.body} {caught.value.__cause__!r} {caught.value.__context__!r}"


@pytest.mark.parametrize("first", [answer(500, b"<html>"), answer(503), disconnect])
async def test_failed_call_is_repeated(api: ScriptedApi, cache: TokenCache, first: Reply) -> None:
    api.then("/v2/token", first)

    assert (await cache.get(FOREVER)).value == "token-1"
    assert len(api.calls("/v2/token")) == 2


@pytest.mark.parametrize(("passed", "calls"), [(30, 4), (0, 3)])
async def test_repeated_call_keeps_the_limit_too(
    api: ScriptedApi, cache: TokenCache, clock: FakeClock, passed: float, calls: int
) -> None:
    for _ in range(2):
        cache.invalidate(await cache.get(FOREVER))
    clock.advance(passed)
    api.then("/v2/token", answer(500))
    task = asyncio.create_task(cache.get(FOREVER))
    await api.saw("/v2/token", 3)
    if passed:
        await waiting(clock, 30.01)
        clock.advance(30.01)

    (result,) = await asyncio.gather(task, return_exceptions=True)

    assert isinstance(result, NotSentError) is (passed == 0)
    assert len(api.calls("/v2/token")) == calls


async def test_persistent_failure_is_a_server_error(api: ScriptedApi, cache: TokenCache) -> None:
    api.always("/v2/token", answer(500, b"<html>"))

    with pytest.raises(ServerError):
        await cache.get(FOREVER)

    assert len(api.calls("/v2/token")) == 3


async def test_no_answer_is_a_request_error(api: ScriptedApi, clock: FakeClock) -> None:
    api.always("/v2/token", disconnect)
    cache = cache_of(api.url, clock, attempts=1)

    with pytest.raises(RequestError, match="no answer") as caught:
        await cache.get(FOREVER)

    assert caught.value.url == f"{api.url}/v2/token"
    assert caught.value.outcome is None
    await cache._transport.close()


async def test_dead_network_is_not_sent(clock: FakeClock) -> None:
    cache = cache_of(f"http://127.0.0.1:{closed_port()}", clock)

    with pytest.raises(NotSentError, match="base_url"):
        await cache.get(FOREVER)

    await cache._transport.close()


async def test_limit_of_three_a_minute_is_kept(api: ScriptedApi, cache: TokenCache, clock: FakeClock) -> None:
    for _ in range(3):
        cache.invalidate(await cache.get(FOREVER))

    with pytest.raises(NotSentError) as caught:
        await cache.get(clock.monotonic() + 30)
    patient = asyncio.create_task(cache.get(FOREVER))
    await waiting(clock, 60.01)
    clock.advance(60.01)

    assert caught.value.retry_after == pytest.approx(60.01)
    assert (await patient).value == "token-4"
    assert len(api.calls("/v2/token")) == 4


async def test_refused_credentials_are_not_asked_about_again_and_again(api: ScriptedApi, cache: TokenCache) -> None:
    api.always("/v2/token", answer(401, {"data": [], "meta": {"message": "Client authentication failed"}}))

    errors = [await asyncio.gather(cache.get(FOREVER), return_exceptions=True) for _ in range(10)]

    assert {type(error) for (error,) in errors} == {AuthenticationError}
    assert len(api.calls("/v2/token")) == 3


async def test_429_is_waited_out(api: ScriptedApi, cache: TokenCache, clock: FakeClock) -> None:
    api.then("/v2/token", answer(429, {"message": "Too Many Attempts."}, retry_after="20"))
    task = asyncio.create_task(cache.get(FOREVER))
    await api.saw("/v2/token")
    await waiting(clock, 20)

    clock.advance(20)

    assert (await task).value == "token-1"
    assert len(api.calls("/v2/token")) == 2


async def test_429_beyond_the_deadline_is_raised(api: ScriptedApi, cache: TokenCache) -> None:
    api.then("/v2/token", answer(429, {"message": "Too Many Attempts."}, retry_after="900"))

    with pytest.raises(RateLimitedError) as caught:
        await cache.get(FOREVER)

    assert caught.value.retry_after == 900
    assert len(api.calls("/v2/token")) == 1


async def test_429_without_a_wait_is_repeated(api: ScriptedApi, cache: TokenCache) -> None:
    api.then("/v2/token", answer(429, {"message": "Too Many Attempts."}))

    assert (await cache.get(FOREVER)).value == "token-1"


async def test_caller_waits_no_longer_than_his_deadline(api: ScriptedApi, cache: TokenCache, clock: FakeClock) -> None:
    api.then("/v2/token", silence)
    task = asyncio.create_task(cache.get(clock.monotonic() + 5))
    await api.saw("/v2/token")

    clock.advance(5)

    with pytest.raises(NotSentError, match="no access token"):
        await task
    assert "refreshing" in repr(cache)


async def test_refresh_ends_at_its_own_deadline(api: ScriptedApi, cache: TokenCache, clock: FakeClock) -> None:
    api.then("/v2/token", silence)
    task = asyncio.create_task(cache.get(FOREVER))
    await api.saw("/v2/token")

    clock.advance(60)

    with pytest.raises(RequestError, match="no answer within 60 s"):
        await task


async def test_closing_ends_the_refresh(api: ScriptedApi, cache: TokenCache) -> None:
    api.then("/v2/token", silence)
    task = asyncio.create_task(cache.get(FOREVER))
    await api.saw("/v2/token")

    await cache.close()

    with pytest.raises(NotSentError, match="closed"):
        await task


async def test_secret_is_struck_out_of_an_error_page(api: ScriptedApi, clock: FakeClock) -> None:
    page = f"<html>{SECRET} canary%26secret</html>".encode()
    api.then("/v2/token", answer(400, page, content_type="text/html"))
    cache = cache_of(api.url, clock, attempts=1)

    with pytest.raises(AuthenticationError) as caught:
        await cache.get(FOREVER)

    assert caught.value.body == "<html>*** ***</html>"
    await cache._transport.close()


async def test_secrets_are_in_no_repr_and_no_log(
    api: ScriptedApi, cache: TokenCache, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    api.then("/v2/token", token("canary-token"))

    with caplog.at_level(logging.DEBUG):
        bearer = await cache.get(FOREVER)

    assert bearer.value == "canary-token"
    assert repr(cache) == f"<TokenCache token={DAY - 30} s left>"
    assert "canary" not in f"{bearer!r} {cache!r} {caplog.text}"
    assert clock.next_due() is None


@pytest.mark.parametrize(("client_id", "client_secret"), [("", "s"), ("c", ""), ("c\n", "s"), ("c", "s\x00")])
def test_credentials_that_cannot_be_are_refused(client_id: str, client_secret: str, clock: FakeClock) -> None:
    with pytest.raises(ArgumentError, match="client_"):
        TokenCache(
            client_id,
            client_secret,
            transport=Transport("https://api.example"),
            limits=Limiter(clock),
            clock=clock,
            timeouts=Timeouts(),
            attempts=lambda: Attempts(RetryPolicy(), Budget()),
        )
