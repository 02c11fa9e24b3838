"""Purchases: at most one that may have been carried out, and a verdict whatever happens."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from airalo_async._limits import Limit, Scope
from airalo_async._pipeline import Pipeline, Timeouts
from airalo_async._transport import Transport
from airalo_async._wire import Request
from airalo_async.errors import (
    AiraloError,
    ArgumentError,
    AuthenticationError,
    DecodeError,
    InvalidRequestError,
    NotSentError,
    Outcome,
    OutcomeUnknownError,
    OutOfStockError,
    PermissionDeniedError,
    RateLimitedError,
    ResponseError,
    ServerError,
    StoreError,
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
from tests._silence import listening, outlast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

    from airalo_async._outcome import Verdict

ORDER = Request("POST", "/v2/orders", json={"package_id": "x", "quantity": 1})
PLACED = answer(200, {"data": {"id": 1}})
UNAUTHENTICATED = answer(401, {"message": "Unauthenticated."})
OUT_OF_STOCK = answer(422, {"code": 34, "reason": "none"})
LOST = False
LIMITED = {"message": "Too Many Attempts."}


class Confirm:
    """What the sender commits before it sends again; answers what the test says, or raises it."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0

    async def __call__(self) -> bool:
        self.calls += 1
        given = self.answers.pop(0) if self.answers else True
        if isinstance(given, Exception):
            raise given
        return given


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
    fresh: bool = False,
) -> AsyncIterator[Pipeline]:
    pipeline = Pipeline(
        client_id="client-1",
        client_secret="canary-secret",
        transport=Transport(url, http=http, fresh_order_connections=fresh),
        clock=clock,
        limits=limits,
        timeouts=Timeouts(sock_read=5),
        draw=lambda: 0.0,
    )
    try:
        yield pipeline
    finally:
        await pipeline.close()


@pytest.fixture
async def pipeline(api: ScriptedApi, clock: FakeClock) -> AsyncIterator[Pipeline]:
    async with pipeline_to(api.url, clock) as pipeline:
        yield pipeline


async def buy(pipeline: Pipeline, confirm: Confirm | None = None, request: Request = ORDER) -> Verdict:
    return await pipeline.send_purchase(await pipeline.prepare(request), confirm or Confirm())


async def waiting(clock: FakeClock, seconds: float) -> None:
    """Let tasks run until one sleeps for so long."""
    for _ in range(10_000):
        if clock.next_due() == pytest.approx(seconds):
            return
        await asyncio.sleep(0)
    pytest.fail(f"nobody sleeps for {seconds} s, but {clock.next_due()}")


async def test_order_is_sent_once_and_placed(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.then("/v2/orders", PLACED)
    confirm = Confirm()

    verdict = await buy(pipeline, confirm)

    assert (verdict.outcome, verdict.error) == (Outcome.PLACED, None)
    assert verdict.response is not None
    assert verdict.response.body == b'{"data": {"id": 1}}'
    assert confirm.calls == 0
    assert len(api.calls("/v2/orders")) == 1


async def test_preparing_sends_no_order(api: ScriptedApi, pipeline: Pipeline) -> None:
    prepared = await pipeline.prepare(ORDER)

    assert [seen.path for seen in api.seen] == ["/v2/token"]
    assert prepared.request is ORDER
    assert "token-1" not in repr(prepared)


@pytest.mark.parametrize(
    ("reply", "outcome", "kind", "cause"),
    [
        (disconnect, Outcome.UNKNOWN, OutcomeUnknownError, ConnectionError),
        (reset, Outcome.UNKNOWN, OutcomeUnknownError, ConnectionError),
        (b"garbage\r\n\r\n", Outcome.UNKNOWN, OutcomeUnknownError, ConnectionError),
        (then(PLACED[:-3], disconnect), Outcome.PLACED, DecodeError, ConnectionError),
        (
            then(answer(422, {"code": 34, "reason": "x"})[:-3], disconnect),
            Outcome.UNKNOWN,
            OutcomeUnknownError,
            ConnectionError,
        ),
        (answer(200, b"<html>", content_type="text/html"), Outcome.UNKNOWN, OutcomeUnknownError, ResponseError),
        (answer(307, b"", location="/v2/orders"), Outcome.UNKNOWN, OutcomeUnknownError, ResponseError),
        (answer(500, b"<html>"), Outcome.UNKNOWN, OutcomeUnknownError, ServerError),
        (answer(502), Outcome.UNKNOWN, OutcomeUnknownError, ServerError),
        (answer(503, b"", retry_after="1"), Outcome.UNKNOWN, OutcomeUnknownError, ServerError),
        (answer(422, {"code": 53, "reason": "Something"}), Outcome.UNKNOWN, OutcomeUnknownError, InvalidRequestError),
        (OUT_OF_STOCK, Outcome.REJECTED, OutOfStockError, None),
        (answer(403, {"code": 89, "reason": "Your IP"}), Outcome.REJECTED, PermissionDeniedError, None),
        (answer(422, {"data": {"quantity": "too many"}}), Outcome.REJECTED, InvalidRequestError, None),
    ],
)
async def test_what_may_have_been_bought_is_never_sent_again(
    api: ScriptedApi,
    pipeline: Pipeline,
    reply: Reply,
    outcome: Outcome,
    kind: type[AiraloError],
    cause: type[Exception] | None,
) -> None:
    api.then("/v2/orders", reply)
    api.always("/v2/orders", PLACED)
    confirm = Confirm()

    verdict = await buy(pipeline, confirm)

    assert verdict.outcome is outcome
    assert verdict.error is not None
    assert type(verdict.error) is kind
    assert verdict.error.outcome is outcome
    assert cause is None or isinstance(verdict.error.__cause__, cause)
    assert (len(api.calls("/v2/orders")), confirm.calls) == (1, 0)


async def test_silence_is_unknown(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.then("/v2/orders", silence)
    buying = asyncio.create_task(buy(pipeline))
    await api.saw("/v2/orders")

    await outlast(buying)

    verdict = await buying
    assert verdict.outcome is Outcome.UNKNOWN
    assert isinstance(verdict.error, OutcomeUnknownError)
    assert isinstance(verdict.error.__cause__, TimeoutError)
    assert len(api.calls("/v2/orders")) == 1


async def test_silence_within_the_answer_is_placed(api: ScriptedApi, clock: FakeClock) -> None:
    api.then("/v2/orders", then(PLACED[:-3], silence))
    http, head_is_read = listening("/v2/orders")
    async with http, pipeline_to(api.url, clock, http) as pipeline:
        buying = asyncio.create_task(buy(pipeline))
        await head_is_read.wait()

        await outlast(buying)

    verdict = await buying
    assert verdict.outcome is Outcome.PLACED
    assert isinstance(verdict.error, DecodeError)
    assert isinstance(verdict.error.__cause__, TimeoutError)
    assert len(api.calls("/v2/orders")) == 1


async def test_truncated_answer_keeps_what_arrived(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.then("/v2/orders", then(PLACED[:-3], disconnect))

    verdict = await buy(pipeline)

    assert verdict.response is not None
    assert verdict.response.body == b'{"data": {"id": '
    assert isinstance(verdict.error, DecodeError)
    assert verdict.error.body == '{"data": {"id": '


async def test_voucher_refusal_filed_under_200_is_a_refusal(api: ScriptedApi, pipeline: Pipeline) -> None:
    body = {"data": {"vouchers.0.package_id": "invalid"}, "meta": {"message": "the parameter is invalid"}}
    api.then("/v2/voucher/esim", answer(200, body))
    request = Request("POST", "/v2/voucher/esim", json={"vouchers": [{"package_id": "x", "quantity": 1}]})

    verdict = await buy(pipeline, request=request)

    assert verdict.outcome is Outcome.REJECTED
    assert isinstance(verdict.error, InvalidRequestError)
    assert verdict.error.fields == {"vouchers.0.package_id": "invalid"}


async def test_failed_connects_are_sent_again_once_confirmed(api: ScriptedApi, clock: FakeClock) -> None:
    api.always("/v2/orders", PLACED)
    resolver, confirm = FlakyResolver(0), Confirm()
    async with flaky_session(resolver) as http, pipeline_to(flaky(api), clock, http) as pipeline:
        prepared = await pipeline.prepare(ORDER)
        resolver.failures = 2

        verdict = await pipeline.send_purchase(prepared, confirm)

    assert verdict.outcome is Outcome.PLACED
    assert (len(api.calls("/v2/orders")), confirm.calls) == (1, 2)


async def test_network_that_stays_away_is_not_sent(api: ScriptedApi, clock: FakeClock) -> None:
    resolver, confirm = FlakyResolver(0), Confirm()
    async with flaky_session(resolver) as http, pipeline_to(flaky(api), clock, http) as pipeline:
        prepared = await pipeline.prepare(ORDER)
        resolver.failures = 99

        verdict = await pipeline.send_purchase(prepared, confirm)

    assert verdict.outcome is Outcome.NOT_SENT
    assert isinstance(verdict.error, NotSentError)
    assert isinstance(verdict.error.__cause__, ConnectionError)
    assert confirm.calls == 2
    assert resolver.failures == 96


@pytest.mark.parametrize("reply", [UNAUTHENTICATED, answer(429, LIMITED)])
async def test_call_turned_away_is_sent_again_once_confirmed(
    api: ScriptedApi, pipeline: Pipeline, reply: Reply
) -> None:
    api.then("/v2/orders", reply, PLACED)
    confirm = Confirm()

    verdict = await buy(pipeline, confirm)

    assert verdict.outcome is Outcome.PLACED
    assert (len(api.calls("/v2/orders")), confirm.calls) == (2, 1)


async def test_refused_token_is_replaced_for_the_second_try(api: ScriptedApi, pipeline: Pipeline) -> None:
    prepared = await pipeline.prepare(ORDER)
    api.revoked.add("token-1")
    api.then("/v2/orders", PLACED)

    verdict = await pipeline.send_purchase(prepared, Confirm())

    assert verdict.outcome is Outcome.PLACED
    assert [seen.headers["authorization"] for seen in api.calls("/v2/orders")] == ["Bearer token-1", "Bearer token-2"]


async def test_second_401_is_a_refusal(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", UNAUTHENTICATED)
    confirm = Confirm()

    verdict = await buy(pipeline, confirm)

    assert verdict.outcome is Outcome.REJECTED
    assert isinstance(verdict.error, AuthenticationError)
    assert (len(api.calls("/v2/orders")), confirm.calls) == (2, 1)


async def test_final_429_is_not_sent(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", answer(429, LIMITED))

    verdict = await buy(pipeline)

    assert verdict.outcome is Outcome.NOT_SENT
    assert isinstance(verdict.error, RateLimitedError)
    assert verdict.error.outcome is Outcome.NOT_SENT
    assert len(api.calls("/v2/orders")) == 3


async def test_429_beyond_the_deadline_ends_at_once(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.always("/v2/orders", answer(429, LIMITED, retry_after="900"))
    confirm = Confirm()

    verdict = await buy(pipeline, confirm)
    with pytest.raises(NotSentError) as caught:
        await pipeline.prepare(ORDER)

    assert isinstance(verdict.error, RateLimitedError)
    assert verdict.error.retry_after == 900
    assert caught.value.retry_after == pytest.approx(900)
    assert (len(api.calls("/v2/orders")), confirm.calls) == (1, 0)


async def test_429_is_waited_out_before_it_is_confirmed(api: ScriptedApi, pipeline: Pipeline, clock: FakeClock) -> None:
    api.then("/v2/orders", answer(429, LIMITED, retry_after="20"), PLACED)
    confirm = Confirm()
    task = asyncio.create_task(buy(pipeline, confirm))
    await waiting(clock, 20)
    before = confirm.calls

    clock.advance(20)

    assert (await task).outcome is Outcome.PLACED
    assert (before, confirm.calls) == (0, 1)


@pytest.mark.parametrize(
    ("reply", "outcome"), [(UNAUTHENTICATED, Outcome.REJECTED), (answer(429, LIMITED), Outcome.NOT_SENT)]
)
async def test_lost_mark_stops_the_sender(api: ScriptedApi, pipeline: Pipeline, reply: Reply, outcome: Outcome) -> None:
    api.then("/v2/orders", reply)
    api.always("/v2/orders", PLACED)

    verdict = await buy(pipeline, Confirm(LOST))

    assert verdict.outcome is outcome
    assert len(api.calls("/v2/orders")) == 1


async def test_store_that_fails_to_confirm_stops_the_sender(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.then("/v2/orders", answer(429, LIMITED))
    api.always("/v2/orders", PLACED)
    broken = StoreError("disk full")

    verdict = await buy(pipeline, Confirm(broken))

    assert verdict.outcome is Outcome.NOT_SENT
    assert verdict.error is not None
    assert verdict.error.__cause__ is broken
    assert len(api.calls("/v2/orders")) == 1


async def test_store_that_hangs_stops_the_sender_at_the_deadline(
    api: ScriptedApi, pipeline: Pipeline, clock: FakeClock
) -> None:
    api.then("/v2/orders", answer(429, LIMITED))
    asked = asyncio.Event()

    async def hang() -> bool:
        asked.set()
        await asyncio.Event().wait()
        return True

    task = asyncio.create_task(pipeline.send_purchase(await pipeline.prepare(ORDER), hang))
    await asked.wait()
    clock.advance(60)
    verdict = await task

    assert verdict.outcome is Outcome.NOT_SENT
    assert verdict.error is not None
    assert isinstance(verdict.error.__cause__, TimeoutError)


async def test_token_that_cannot_be_replaced_ends_in_a_refusal(api: ScriptedApi, pipeline: Pipeline) -> None:
    prepared = await pipeline.prepare(ORDER)
    api.revoked.add("token-1")
    api.always("/v2/token", answer(401, {"data": [], "meta": {"message": "Client authentication failed"}}))
    confirm = Confirm()

    verdict = await pipeline.send_purchase(prepared, confirm)

    assert verdict.outcome is Outcome.REJECTED
    assert isinstance(verdict.error, AuthenticationError)
    assert isinstance(verdict.error.__cause__, AuthenticationError)
    assert confirm.calls == 0


async def test_second_try_goes_through_the_limits_again(api: ScriptedApi, clock: FakeClock) -> None:
    api.then("/v2/orders", UNAUTHENTICATED, PLACED)
    limits = (Limit("POST", "/v2/orders", 1, 20, Scope.CLIENT),)
    async with pipeline_to(api.url, clock, limits=limits) as pipeline:
        task = asyncio.create_task(buy(pipeline))
        await waiting(clock, 20.01)
        before = len(api.calls("/v2/orders"))
        clock.advance(20.01)
        verdict = await task

    assert before == 1
    assert verdict.outcome is Outcome.PLACED


async def test_silence_at_the_deadline_is_unknown(api: ScriptedApi, pipeline: Pipeline, clock: FakeClock) -> None:
    api.then("/v2/orders", silence)
    task = asyncio.create_task(pipeline.send_purchase(await pipeline.prepare(ORDER, deadline=3), Confirm()))
    await api.saw("/v2/orders")

    clock.advance(3)
    verdict = await task

    assert verdict.outcome is Outcome.UNKNOWN
    assert isinstance(verdict.error, OutcomeUnknownError)
    assert verdict.error.url == f"{api.url}/v2/orders"


async def test_order_that_comes_too_late_is_not_sent(api: ScriptedApi, pipeline: Pipeline, clock: FakeClock) -> None:
    prepared = await pipeline.prepare(ORDER)
    clock.advance(60)

    verdict = await pipeline.send_purchase(prepared, Confirm())

    assert verdict.outcome is Outcome.NOT_SENT
    assert api.calls("/v2/orders") == []


async def test_cancellation_is_raised_through(api: ScriptedApi, pipeline: Pipeline) -> None:
    api.then("/v2/orders", silence)
    task = asyncio.create_task(buy(pipeline))
    await api.saw("/v2/orders")

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancellation_before_a_second_try_is_raised_through(
    api: ScriptedApi, pipeline: Pipeline, clock: FakeClock
) -> None:
    api.then("/v2/orders", answer(429, LIMITED, retry_after="20"))
    task = asyncio.create_task(buy(pipeline))
    await waiting(clock, 20)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(api.calls("/v2/orders")) == 1


async def test_fresh_orders_have_connections_of_their_own(api: ScriptedApi, clock: FakeClock) -> None:
    api.always("/v2/orders", PLACED)

    async with pipeline_to(api.url, clock, fresh=True) as pipeline:
        for _ in range(3):
            await buy(pipeline)

    assert api.connections == 4


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(401, {"data": [], "meta": {"message": "Client authentication failed"}}), AuthenticationError),
        (answer(422, {"data": {"client_id": "The selected client id is invalid."}}), AuthenticationError),
        (answer(403, {"code": 89, "reason": "Your IP"}), PermissionDeniedError),
        (answer(500, b"<html>"), NotSentError),
        (answer(200, b"<html>"), NotSentError),
        (answer(429, LIMITED, retry_after="900"), NotSentError),
        (disconnect, NotSentError),
    ],
)
async def test_order_without_a_token_is_not_sent(
    api: ScriptedApi, pipeline: Pipeline, reply: Reply, kind: type[AiraloError]
) -> None:
    api.always("/v2/token", reply)

    with pytest.raises(kind) as caught:
        await pipeline.prepare(ORDER)

    assert caught.value.outcome is Outcome.NOT_SENT
    assert api.calls("/v2/orders") == []
    if isinstance(caught.value, NotSentError):
        assert caught.value.url == f"{api.url}/v2/orders"
        assert caught.value.retry_after == (900 if isinstance(caught.value.__cause__, RateLimitedError) else None)


async def test_dead_network_is_not_sent(clock: FakeClock) -> None:
    async with pipeline_to(f"http://127.0.0.1:{closed_port()}", clock) as pipeline:
        with pytest.raises(NotSentError) as caught:
            await pipeline.prepare(ORDER)

    assert caught.value.outcome is Outcome.NOT_SENT


async def test_broken_order_is_refused_before_anything_is_sent(api: ScriptedApi, pipeline: Pipeline) -> None:
    with pytest.raises(ArgumentError):
        await pipeline.prepare(Request("POST", "/v2/orders", json={"quantity": float("nan")}))

    assert api.connections == 0


async def test_secrets_are_in_no_verdict_and_no_log(
    api: ScriptedApi, pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    api.then("/v2/token", token("canary-token"))
    api.then("/v2/orders", answer(500, b"<html>Bearer canary-token", content_type="text/html"))

    with caplog.at_level(logging.DEBUG):
        verdict = await buy(pipeline)

    assert verdict.error is not None
    cause = verdict.error.__cause__
    assert isinstance(cause, ServerError)
    assert "canary" not in f"{verdict!r} {verdict.error!r} {cause!r} {vars(cause)} {caplog.text}"
