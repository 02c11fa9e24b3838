"""Calls that buy nothing: token, limits, retries, one deadline, typed errors."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from yarl import URL

from airalo_async._limits import Limit, Scope
from airalo_async._pipeline import Pipeline, Timeouts
from airalo_async._transport import Transport
from airalo_async._wire import Request
from airalo_async.errors import (
    AiraloError,
    ArgumentError,
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    NotSentError,
    OutOfStockError,
    PermissionDeniedError,
    RateLimitedError,
    RequestError,
    ResponseError,
    ServerError,
)
from airalo_async.testing import FakeClock
from tests._scripted_api import (
    FlakyResolver,
    Reply,
    ScriptedApi,
    answer,
    closed_port,
    disconnect,
    flaky,
    flaky_session,
    reset,
    scripted_api,
    silence,
    then,
    token,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

GET = Request("GET", "/v2/orders", query=(("page", "2"),))
POST = Request("POST", "/v2/notifications/opt-in", json={"type": "async_orders"})
OK = answer(200, {"data": []})
LIMITED = {"message": "Too Many Attempts."}


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    async with scripted_api() as api:
        yield api


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(ticking=False)


@asynccontextmanager
async def pipeline_to(
    url: str,
    clock: FakeClock,
    http: aiohttp.ClientSession | None = None,
    *,
    limits: tuple[Limit, ...] | None = None,
    draw: float = 0.0,
) -> AsyncIterator[Pipeline]:
    pipeline = Pipeline(
        client_id="client-1",
        client_secret="canary-secret",
        transport=Transport(url, http=http),
        clock=clock,
        limits=limits,
        timeouts=Timeouts(sock_read=5),
        draw=lambda: draw,
    )
    try:
        yield pipeline
    finally:
        await pipeline.close()


@pytest.fixture
async def pipeline(api: ScriptedApi, clock: FakeClock) -> AsyncIterator[Pipeline]:
    async with pipeline_to(api.url, clock) as pipeline:
        yield pipeline


async def waiting(clock: FakeClock, seconds: float) -> None:
    """Let tasks run until one sleeps for so long."""
    for _ in range(10_000):
        if clock.next_due() == pytest.approx(seconds):
            return
        await asyncio.sleep(0)
    pytest.fail(f"nobody sleeps for {seconds} s, but {clock.next_due()}")


async def test_call_carries_the_token(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.then("/v2/orders", OK)

    response = await pipeline.call(GET)

    assert response.body == b'{"data": []}'
    assert api.calls("/v2/orders")[0].path == "/v2/orders?page=2"
    assert api.calls("/v2/orders")[0].headers["authorization"] == "Bearer token-1"


async def test_204_is_a_success(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.then("/v2/notifications/opt-out", answer(204))

    response = await pipeline.call(Request("POST", "/v2/notifications/opt-out", json={"type": "async_orders"}))

    assert (response.status, response.body) == (204, b"")


@pytest.mark.parametrize(
    "first",
    [
        disconnect,
        reset,
        b"garbage\r\n\r\n",
        then(OK[:-3], disconnect),
        *(answer(status) for status in (408, 500, 502, 503, 504)),
    ],
)
async def test_reading_is_tried_again(api: ScriptedApi, pipeline: Pipeline, first: Reply) -> None:
    api.then("/v2/orders", first, OK)

    response = await pipeline.call(GET)

    assert response.status == 200
    # aiohttp itself repeats a GET on a connection that it kept and found dead
    assert len(api.calls("/v2/orders")) >= 2


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (disconnect, RequestError),
        (reset, RequestError),
        (then(OK[:-3], disconnect), RequestError),
        (answer(500), ServerError),
        (answer(503), ServerError),
    ],
)
async def test_writing_is_not_tried_again(
    api: ScriptedApi, pipeline: Pipeline, first: Reply, kind: type[AiraloError]
) -> None:
    api.then("/v2/notifications/opt-in", first, OK)

    with pytest.raises(kind) as caught:
        await pipeline.call(POST)

    assert type(caught.value) is kind
    assert caught.value.outcome is None
    assert len(api.calls("/v2/notifications/opt-in")) == 1
    if isinstance(caught.value, RequestError):
        assert "may have been carried out" in str(caught.value)
        assert caught.value.url == f"{api.url}/v2/notifications/opt-in"
        assert isinstance(caught.value.__cause__, ConnectionError)


async def test_reading_gives_up_after_three_tries(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", answer(502, b"<html><title>Bad gateway</title>"))

    with pytest.raises(ServerError, match="Bad gateway"):
        await pipeline.call(GET)

    assert len(api.calls("/v2/orders")) == 3


async def test_retries_wait_with_full_jitter(api: ScriptedApi, clock: FakeClock) -> None:
    api.then("/v2/orders", answer(500), answer(500), OK)

    async with pipeline_to(api.url, clock, draw=1.0) as pipeline:
        task = asyncio.create_task(pipeline.call(GET))
        await waiting(clock, 0.2)
        clock.advance(0.2)
        await waiting(clock, 0.4)
        clock.advance(0.4)

        assert (await task).status == 200


async def test_503_says_when_to_come_back(api: ScriptedApi, pipeline: Pipeline, clock: FakeClock) -> None:
    api.then("/v2/orders", answer(503, b"", retry_after="7"), OK)
    task = asyncio.create_task(pipeline.call(GET))

    await waiting(clock, 7)
    clock.advance(7)

    assert (await task).status == 200


async def test_retries_end_when_the_budget_is_dry(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", answer(503))

    for _ in range(10):
        with pytest.raises(ServerError):
            await pipeline.call(GET)

    assert len(api.calls("/v2/orders")) == 10 + 7


@pytest.mark.parametrize("request_", [GET, POST])
async def test_failed_connect_is_tried_again_for_all(api: ScriptedApi, clock: FakeClock, request_: Request) -> None:
    api.always(request_.path, OK)
    async with flaky_session(FlakyResolver(2)) as http, pipeline_to(flaky(api), clock, http) as pipeline:
        response = await pipeline.call(request_)

    assert response.status == 200
    assert len(api.calls(request_.path)) == 1


async def test_dead_network_is_not_sent(clock: FakeClock) -> None:
    async with pipeline_to(f"http://127.0.0.1:{closed_port()}", clock) as pipeline:
        with pytest.raises(NotSentError):
            await pipeline.call(POST)


async def test_network_that_dies_later_is_not_sent(api: ScriptedApi, clock: FakeClock) -> None:
    api.always("/v2/notifications/opt-in", OK)
    resolver = FlakyResolver(0)
    async with flaky_session(resolver) as http, pipeline_to(flaky(api), clock, http) as pipeline:
        await pipeline.call(POST)
        resolver.failures = 99

        with pytest.raises(NotSentError, match="ClientConnectorDNSError") as caught:
            await pipeline.call(POST)

    assert (caught.value.method, URL(caught.value.url).path) == ("POST", "/v2/notifications/opt-in")
    assert caught.value.retry_after is None


async def test_refused_token_is_replaced_once(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", OK)
    await pipeline.call(GET)
    api.revoked.add("token-1")

    response = await pipeline.call(GET)

    assert response.status == 200
    assert [seen.headers["authorization"][-1] for seen in api.calls("/v2/orders")] == ["1", "1", "2"]


async def test_fifty_refused_calls_make_one_refresh(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", OK)
    await pipeline.call(GET)
    api.revoked.add("token-1")

    responses = await asyncio.gather(*(pipeline.call(GET) for _ in range(50)))

    assert {response.status for response in responses} == {200}
    assert len(api.calls("/v2/token")) == 2
    assert sum(seen.headers["authorization"] == "Bearer token-2" for seen in api.calls("/v2/orders")) == 50


async def test_second_refusal_ends_the_call(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", answer(401, {"message": "Unauthenticated."}))

    with pytest.raises(AuthenticationError):
        await pipeline.call(GET)

    assert len(api.calls("/v2/orders")) == 2
    assert len(api.calls("/v2/token")) == 2


async def test_order_of_somebody_else_costs_no_token(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders/7", answer(401, {"data": [], "meta": {"message": "This action is unauthorized."}}))

    with pytest.raises(PermissionDeniedError):
        await pipeline.call(Request("GET", "/v2/orders/7", "/v2/orders/{order_id}"))

    assert (len(api.calls("/v2/orders/7")), len(api.calls("/v2/token"))) == (1, 1)


@pytest.mark.parametrize("request_", [GET, POST])
async def test_429_is_waited_out(api: ScriptedApi, pipeline: Pipeline, clock: FakeClock, request_: Request) -> None:
    api.then(request_.path, answer(429, LIMITED, retry_after="1"), OK)
    task = asyncio.create_task(pipeline.call(request_))

    await waiting(clock, 1)
    clock.advance(1)

    assert (await task).status == 200


async def test_429_with_a_date_is_waited_out(api: ScriptedApi, pipeline: Pipeline, clock: FakeClock) -> None:
    when = format_datetime(clock.now() + timedelta(seconds=30), usegmt=True)
    api.then("/v2/orders", answer(429, LIMITED, retry_after=when), OK)
    task = asyncio.create_task(pipeline.call(GET))

    for _ in range(1000):
        if 29 <= (clock.next_due() or 0) <= 30:
            break
        await asyncio.sleep(0)
    clock.advance(30)

    assert (await task).status == 200


@pytest.mark.parametrize("header", ["soon", "-5", "", "1e3"])
async def test_429_with_junk_is_backed_off(api: ScriptedApi, clock: FakeClock, header: str) -> None:
    api.then("/v2/orders", answer(429, LIMITED, retry_after=header), OK)

    async with pipeline_to(api.url, clock, draw=1.0) as pipeline:
        task = asyncio.create_task(pipeline.call(GET))
        await waiting(clock, 1.0)
        clock.advance(1.0)

        assert (await task).status == 200


async def test_429_beyond_the_deadline_is_raised_at_once(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", answer(429, LIMITED, retry_after="900"))

    with pytest.raises(RateLimitedError) as first:
        await pipeline.call(GET)
    with pytest.raises(NotSentError) as second:
        await pipeline.call(GET)

    assert first.value.retry_after == 900
    assert second.value.retry_after == pytest.approx(900)
    assert second.value.url == f"{api.url}/v2/orders"
    assert len(api.calls("/v2/orders")) == 1


async def test_final_429_without_a_wait_is_raised(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", answer(429, LIMITED))

    with pytest.raises(RateLimitedError) as caught:
        await pipeline.call(GET)

    assert caught.value.retry_after is None
    assert len(api.calls("/v2/orders")) == 3


async def test_fifty_tasks_do_not_collect_fifty_429s(api: ScriptedApi, pipeline: Pipeline, clock: FakeClock) -> None:
    api.then("/v2/orders", answer(429, LIMITED, retry_after="10"))
    api.always("/v2/orders", OK)
    first = asyncio.create_task(pipeline.call(GET))
    await waiting(clock, 10)

    others = [asyncio.create_task(pipeline.call(GET)) for _ in range(50)]
    for _ in range(100):
        await asyncio.sleep(0)
    seen = len(api.calls("/v2/orders"))
    clock.advance(10)
    await asyncio.gather(first, *others)

    assert seen == 1
    assert len(api.calls("/v2/orders")) == 52


async def test_limit_that_the_api_names_is_the_one_paused(api: ScriptedApi, clock: FakeClock) -> None:
    route = "/v2/sims/{iccid}/usage"
    limits = (Limit("GET", route, 10, 60, Scope.ICCID), Limit("GET", route, 5, 1, Scope.CLIENT))
    api.then("/v2/sims/1/usage", answer(429, LIMITED, retry_after="900", x_ratelimit_limit="10"))
    api.always("/v2/sims/2/usage", OK)

    async with pipeline_to(api.url, clock, limits=limits) as pipeline:
        with pytest.raises(RateLimitedError):
            await pipeline.call(Request("GET", "/v2/sims/1/usage", route, keys={"iccid": "1"}))

        response = await pipeline.call(Request("GET", "/v2/sims/2/usage", route, keys={"iccid": "2"}))

    assert response.status == 200


async def test_call_waits_for_its_limits(api: ScriptedApi, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    api.always("/v2/orders", OK)
    limits = (Limit("GET", "/v2/orders", 1, 10, Scope.CLIENT),)

    async with pipeline_to(api.url, clock, limits=limits) as pipeline:
        with caplog.at_level(logging.DEBUG, "airalo_async"):
            await pipeline.call(GET)
            task = asyncio.create_task(pipeline.call(GET))
            await waiting(clock, 10.01)
            clock.advance(10.01)
            await task

        with pytest.raises(NotSentError, match="used up") as caught:
            await pipeline.call(GET, deadline=5)

    assert "waited 10.01 s for its limits" in caplog.text
    assert caught.value.retry_after == pytest.approx(10.01)


async def test_grant_that_comes_too_late_is_not_sent(api: ScriptedApi, pipeline: Pipeline, clock: FakeClock) -> None:
    async def never(*_: object, **__: object) -> float:
        await asyncio.Event().wait()
        return 0.0

    api.always("/v2/orders", OK)
    await pipeline.call(GET)
    pipeline._limits.pause(GET, 1)
    pipeline._limits.wait = never  # type: ignore[method-assign]  # an engine that hangs
    task = asyncio.create_task(pipeline.call(GET))
    await waiting(clock, 60)

    clock.advance(60)

    with pytest.raises(NotSentError, match="no grant"):
        await task


async def test_call_ends_at_its_deadline(api: ScriptedApi, pipeline: Pipeline, clock: FakeClock) -> None:
    api.then("/v2/orders", silence)
    task = asyncio.create_task(pipeline.call(GET, deadline=3))
    await api.saw("/v2/orders")

    clock.advance(3)

    with pytest.raises(RequestError, match="no answer before the deadline") as caught:
        await task
    assert "carried out" not in str(caught.value)


async def test_retry_beyond_the_deadline_is_not_made(api: ScriptedApi, clock: FakeClock) -> None:
    api.always("/v2/orders", answer(500))

    async with pipeline_to(api.url, clock, draw=1.0) as pipeline:
        with pytest.raises(ServerError):
            await pipeline.call(GET, deadline=0.1)

    assert len(api.calls("/v2/orders")) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(404, {"data": [], "meta": {"message": "messages.resource_not_found"}}), NotFoundError),
        (answer(422, {"data": {"limit": "The limit must be an integer."}}), InvalidRequestError),
        (answer(422, {"code": 34, "reason": "out of stock"}), OutOfStockError),
        (answer(403, {"message": "Unauthenticated."}), PermissionDeniedError),
        (answer(307, b"", location="http://127.0.0.1:1/"), ResponseError),
    ],
)
async def test_refusal_is_typed_and_final(
    api: ScriptedApi, pipeline: Pipeline, reply: Reply, kind: type[AiraloError]
) -> None:
    api.then("/v2/orders", reply)

    with pytest.raises(kind) as caught:
        await pipeline.call(GET)

    assert type(caught.value) is kind
    assert len(api.calls("/v2/orders")) == 1


async def test_token_is_struck_out_of_an_error_page(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.then("/v2/token", token("canary-token"))
    api.always("/v2/orders", answer(400, b"<html>Bearer canary-token", content_type="text/html"))

    with pytest.raises(InvalidRequestError) as caught:
        await pipeline.call(GET)

    assert caught.value.body == "<html>Bearer ***"


@pytest.mark.parametrize(
    "request_",
    [Request("get", "/v2/orders"), Request("GET", "/v1/orders"), Request("GET", "/v2/packages", language="\n")],
)
async def test_broken_request_is_refused_before_anything_is_sent(
    api: ScriptedApi, pipeline: Pipeline, request_: Request
) -> None:
    with pytest.raises(ArgumentError):
        await pipeline.call(request_)

    assert api.connections == 0


@pytest.mark.parametrize("deadline", [0, -1, float("nan")])
async def test_deadline_must_make_sense(api: ScriptedApi, pipeline: Pipeline, deadline: float) -> None:
    with pytest.raises(ArgumentError, match="deadline"):
        await pipeline.call(GET, deadline=deadline)

    assert api.connections == 0


async def test_secrets_are_in_no_repr_and_no_log(
    api: ScriptedApi, pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    api.then("/v2/token", token("canary-token"))
    api.then("/v2/orders", disconnect, answer(500), OK)

    with caplog.at_level(logging.DEBUG):
        await pipeline.call(GET)

    assert "GET /v2/orders: HTTP 200" in caplog.text
    assert "client-1" not in repr(pipeline)
    assert "canary" not in f"{pipeline!r} {caplog.text}"


async def test_closing_twice_is_fine(api: ScriptedApi, clock: FakeClock) -> None:
    async with pipeline_to(api.url, clock) as pipeline:
        api.then("/v2/orders", OK)
        await pipeline.call(GET)
        await pipeline.close()

        with pytest.raises(NotSentError):
            await pipeline.call(GET)
