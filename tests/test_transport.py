"""How far a request got: every row of broken sockets, on real ones."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

from airalo_async import _transport
from airalo_async._outcome import Response, Sent
from airalo_async._retry import Timeouts
from airalo_async._transport import Failure, Transport
from airalo_async._wire import Request
from airalo_async.errors import ArgumentError
from tests._scripted_api import (
    FlakyResolver,
    Reply,
    ScriptedApi,
    answer,
    closed_port,
    disconnect,
    hang_up_on_connect,
    reset,
    scripted_api,
    silence,
    then,
)
from tests._silence import listening, outlast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ORDER = Request("POST", "/v2/orders", json={"package_id": "x", "quantity": 1})
HEADERS = {"Accept": "application/json", "Authorization": "Bearer canary-token"}
SHORT = Timeouts(connect=0.2, sock_connect=0.2)
PATIENT = Timeouts()
PLACED = {"data": {"id": 1}}


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    async with scripted_api() as api:
        yield api


@asynccontextmanager
async def transport_to(
    base_url: str, http: aiohttp.ClientSession | None = None, *, fresh: bool = False
) -> AsyncIterator[Transport]:
    transport = Transport(base_url, http=http, fresh_order_connections=fresh)
    try:
        yield transport
    finally:
        await transport.close()


async def send(
    base_url: str, timeouts: Timeouts = PATIENT, http: aiohttp.ClientSession | None = None
) -> Response | Failure:
    async with transport_to(base_url, http) as transport:
        return await transport.send(ORDER, HEADERS, timeouts)


def failed(result: Response | Failure) -> Failure:
    assert isinstance(result, Failure)
    return result


async def test_whole_answer_is_given_as_it_is(api: ScriptedApi) -> None:
    api.then("/v2/orders", answer(200, PLACED, x_ratelimit_limit="80", Set_Cookie="a=b"))

    result = await send(api.url)

    assert isinstance(result, Response)
    assert (result.status, result.body) == (200, b'{"data": {"id": 1}}')
    assert result.headers["x-ratelimit-limit"] == "80"
    assert result.headers["set-cookie"] == "a=b"


async def test_request_goes_out_as_it_should(api: ScriptedApi) -> None:
    api.then("/v2/orders", answer(200, PLACED))

    await send(api.url)

    (seen,) = api.seen
    assert (seen.method, seen.path, seen.json) == ("POST", "/v2/orders", {"package_id": "x", "quantity": 1})
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["authorization"] == "Bearer canary-token"
    assert seen.headers["user-agent"].startswith("airalo-async/")
    assert seen.body == b'{"package_id":"x","quantity":1}'


async def test_repeated_headers_are_joined(api: ScriptedApi) -> None:
    api.then("/v2/orders", answer(200, PLACED).replace(b"\r\n\r\n", b"\r\nVia: a\r\nVia: b\r\n\r\n"))

    result = await send(api.url)

    assert isinstance(result, Response)
    assert result.headers["via"] == "a, b"


async def test_language_is_asked_for(api: ScriptedApi) -> None:
    api.then("/v2/packages", answer(200, PLACED))

    async with transport_to(api.url) as transport:
        await transport.send(Request("GET", "/v2/packages", language="pt-BR"), HEADERS, PATIENT)

    assert api.seen[0].headers["accept-language"] == "pt-BR"
    assert "content-type" not in api.seen[0].headers


# Row 1: nothing left this machine.


async def test_unknown_host_proves_unsent() -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=FlakyResolver(99))) as http:
        result = failed(await send("https://nowhere.example", http=http))

    assert result.sent is Sent.NO
    assert "ClientConnectorDNSError" in result.detail


async def test_refused_connection_proves_unsent() -> None:
    result = failed(await send(f"http://127.0.0.1:{closed_port()}"))

    assert result.sent is Sent.NO
    assert "ClientConnectorError" in result.detail


async def test_failed_tls_proves_unsent(api: ScriptedApi) -> None:
    api.on_connect = _gibberish

    result = failed(await send(api.url.replace("http:", "https:")))

    assert result.sent is Sent.NO


async def test_hanging_tls_proves_unsent(api: ScriptedApi) -> None:
    api.on_connect = silence

    result = failed(await send(api.url.replace("http:", "https:"), SHORT))

    assert result.sent is Sent.NO
    assert isinstance(result.error, TimeoutError)


async def test_exhausted_pool_proves_unsent(api: ScriptedApi) -> None:
    api.then("/v2/orders", silence)
    connector = aiohttp.TCPConnector(limit=1)
    async with aiohttp.ClientSession(connector=connector) as http, transport_to(api.url, http) as transport:
        first = asyncio.create_task(transport.send(ORDER, HEADERS, PATIENT))
        await api.saw("/v2/orders")

        second = failed(await transport.send(ORDER, HEADERS, SHORT))
        first.cancel()
        await asyncio.wait([first])

    assert second.sent is Sent.NO
    assert len(api.seen) == 1


async def test_closed_session_proves_unsent(api: ScriptedApi) -> None:
    http = aiohttp.ClientSession()
    await http.close()

    result = failed(await send(api.url, http=http))

    assert result.sent is Sent.NO
    assert api.connections == 0


async def test_closed_transport_sends_nothing(api: ScriptedApi) -> None:
    transport = Transport(api.url)
    await transport.close()

    result = failed(await transport.send(ORDER, HEADERS, PATIENT))

    assert result.sent is Sent.NO
    assert api.connections == 0
    assert "closed" in repr(transport)


# Row 2: a proxy that is down, or that refuses the tunnel.


async def test_dead_proxy_proves_unsent() -> None:
    async with aiohttp.ClientSession(proxy=f"http://user:canary-pass@127.0.0.1:{closed_port()}") as http:
        result = failed(await send("https://api.example", http=http))

    assert result.sent is Sent.NO
    assert "ClientProxyConnectionError" in result.detail
    assert "canary-pass" not in f"{result!r} {result.error!r}"


async def test_refused_tunnel_proves_unsent(api: ScriptedApi) -> None:
    api.on_connect = _refuse_tunnel

    async with aiohttp.ClientSession(proxy=api.url.replace("//", "//user:canary-pass@")) as http:
        result = failed(await send("https://api.example", http=http))

    assert result.sent is Sent.NO
    assert "ClientHttpProxyError" in result.detail
    assert "canary" not in f"{result!r} {result.error!r} {result.error.args}"


# Rows 3 and 4: the connection breaks, before or after the order was read.


async def test_connection_closed_on_accept_proves_nothing(api: ScriptedApi) -> None:
    hang_up_on_connect(api)

    result = failed(await send(api.url))

    assert result.sent is Sent.MAYBE


@pytest.mark.parametrize("reply", [disconnect, reset])
async def test_order_read_without_an_answer_proves_nothing(api: ScriptedApi, reply: Reply) -> None:
    api.then("/v2/orders", reply)

    result = failed(await send(api.url))

    assert result.sent is Sent.MAYBE
    assert result.response is None
    assert len(api.seen) == 1


async def test_silence_after_an_order_proves_nothing(api: ScriptedApi) -> None:
    api.then("/v2/orders", silence)
    sending = asyncio.create_task(send(api.url))
    await api.saw("/v2/orders")

    await outlast(sending)

    result = failed(await sending)
    assert (result.sent, result.response) == (Sent.MAYBE, None)
    assert isinstance(result.error, TimeoutError)


async def test_stale_connection_proves_nothing_and_is_not_resent(api: ScriptedApi) -> None:
    async with transport_to(api.url) as transport:
        api.then("/v2/orders", answer(200, PLACED), reset)
        await transport.send(ORDER, HEADERS, PATIENT)

        result = failed(await transport.send(ORDER, HEADERS, PATIENT))

    assert result.sent is Sent.MAYBE
    assert (len(api.seen), api.connections) == (2, 1)


# Row 5: cancelled from outside.


async def test_cancellation_is_raised_through(api: ScriptedApi) -> None:
    api.then("/v2/orders", silence)
    task = asyncio.create_task(send(api.url))
    await api.saw("/v2/orders")

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancellation_within_the_body_is_raised_through(api: ScriptedApi) -> None:
    api.then("/v2/orders", then(answer(200, PLACED)[:-4], silence))
    http, head_is_read = listening("/v2/orders")
    async with http:
        task = asyncio.create_task(send(api.url, http=http))
        await head_is_read.wait()

        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task


# Row 6: garbage instead of a status line; aiohttp says status 400, which nobody sent.


async def test_garbage_status_line_proves_nothing(api: ScriptedApi) -> None:
    api.then("/v2/orders", b"\x00\x01 garbage canary\r\n\r\n")

    result = failed(await send(api.url))

    assert result.sent is Sent.MAYBE
    assert result.response is None
    assert not hasattr(result.error, "status")
    assert result.detail == "ClientResponseError: the answer is not HTTP"


# Row 7: the status line says 2xx, the body does not arrive whole.


@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("end", [disconnect, reset])
async def test_truncated_success_was_carried_out(api: ScriptedApi, status: int, end: Reply) -> None:
    api.then("/v2/orders", then(answer(status, PLACED)[:-4], end))

    result = failed(await send(api.url))

    assert result.sent is Sent.ANSWERED
    assert result.response is not None
    assert result.response.status == status
    assert result.response.body in {b"", b'{"data": {"id":'}


@pytest.mark.parametrize("status", [200, 202])
async def test_success_that_falls_silent_was_carried_out(api: ScriptedApi, status: int) -> None:
    api.then("/v2/orders", then(answer(status, PLACED)[:-4], silence))
    http, head_is_read = listening("/v2/orders")
    async with http:
        sending = asyncio.create_task(send(api.url, http=http))
        await head_is_read.wait()

        await outlast(sending)

    result = failed(await sending)
    assert result.sent is Sent.ANSWERED
    assert result.response is not None
    assert result.response.status == status


async def test_unreadable_encoding_of_a_success_was_carried_out(api: ScriptedApi) -> None:
    api.then("/v2/orders", answer(200, b"this is no gzip", content_encoding="gzip"))

    result = failed(await send(api.url))

    assert result.sent is Sent.ANSWERED


async def test_truncated_refusal_proves_nothing(api: ScriptedApi) -> None:
    api.then("/v2/orders", then(answer(422, {"code": 34, "reason": "x"})[:-4], disconnect))

    result = failed(await send(api.url))

    assert result.sent is Sent.MAYBE
    assert result.response is not None
    assert result.response.status == 422


async def test_answer_without_end_is_cut_at_the_cap(api: ScriptedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MOST_BODY", 1000)
    api.then("/v2/orders", answer(200, b"x" * 100_000))

    result = failed(await send(api.url))

    assert result.sent is Sent.ANSWERED
    assert "over 1000 bytes" in result.detail


# Row 8: statuses are answers, redirects too.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(api: ScriptedApi, status: int) -> None:
    api.then("/v2/orders", answer(status, b"", location=f"{api.url}/v2/elsewhere"))

    result = await send(api.url)

    assert isinstance(result, Response)
    assert result.status == status
    assert [seen.path for seen in api.seen] == ["/v2/orders"]


@pytest.mark.parametrize("status", [200, 401, 422, 429, 500, 502, 503, 504])
async def test_any_status_is_an_answer(api: ScriptedApi, status: int) -> None:
    api.then("/v2/orders", answer(status, b"<html>", content_type="text/html"))

    result = await send(api.url)

    assert isinstance(result, Response)
    assert (result.status, result.body) == (status, b"<html>")


# Sessions.


async def test_borrowed_session_is_used_and_left_open(api: ScriptedApi) -> None:
    api.always("/v2/orders", answer(200, PLACED))

    async with aiohttp.ClientSession(headers={"X-Mine": "1"}) as http:
        await send(api.url, http=http)
        closed = http.closed

    assert not closed
    assert api.seen[0].headers["x-mine"] == "1"


async def test_habits_of_a_borrowed_session_do_not_matter(api: ScriptedApi) -> None:
    api.then("/v2/orders", answer(500, b"<html>"))

    async def send_twice(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        await handler(request)
        return await handler(request)

    async with aiohttp.ClientSession(raise_for_status=True, middlewares=(send_twice,)) as http:
        result = await send(api.url, http=http)

    assert isinstance(result, Response)
    assert len(api.seen) == 1


async def test_own_session_is_made_in_the_loop_and_closed(api: ScriptedApi) -> None:
    transport = await asyncio.to_thread(Transport, api.url)
    api.always("/v2/orders", answer(200, PLACED))
    await transport.send(ORDER, HEADERS, PATIENT)
    own = transport._own

    await transport.close()
    await transport.close()

    assert own is not None
    assert own.closed


async def test_connections_are_kept_and_reused(api: ScriptedApi) -> None:
    api.always("/v2/orders", answer(200, PLACED))

    async with transport_to(api.url) as transport:
        for _ in range(3):
            await transport.send(ORDER, HEADERS, PATIENT, fresh=True)

    assert api.connections == 1


async def test_fresh_orders_open_a_connection_each(api: ScriptedApi) -> None:
    api.always("/v2/orders", answer(200, PLACED))

    async with transport_to(api.url, fresh=True) as transport:
        for _ in range(3):
            await transport.send(ORDER, HEADERS, PATIENT, fresh=True)
        for _ in range(3):
            await transport.send(ORDER, HEADERS, PATIENT)

    assert api.connections == 4


async def test_fresh_orders_need_own_connections() -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ArgumentError, match="force_close"):
            Transport("https://api.example", http=http, fresh_order_connections=True)


@pytest.mark.filterwarnings("ignore:.*auth.*:DeprecationWarning")  # aiohttp takes it for now, and so may callers
async def test_session_with_auth_of_its_own_is_refused() -> None:
    async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("user", "canary")) as http:
        with pytest.raises(ArgumentError, match="auth"):
            Transport("https://api.example", http=http)


def test_address_in_the_clear_is_refused() -> None:
    with pytest.raises(ArgumentError, match="base_url"):
        Transport("http://api.example")


async def test_request_that_cannot_be_sent_is_refused(api: ScriptedApi) -> None:
    async with transport_to(api.url) as transport:
        with pytest.raises(ArgumentError):
            await transport.send(Request("GET", "/v2/packages", language="a\r\nb"), HEADERS, PATIENT)

    assert api.connections == 0


def test_url_for_people_has_no_query() -> None:
    request = Request("GET", "/v2/orders", query=(("filter[iccid]", "8901"),))

    assert Transport("https://api.example/").url_of(request) == "https://api.example/v2/orders"


async def test_failure_keeps_the_token_to_itself(api: ScriptedApi) -> None:
    replies: list[Reply] = [disconnect, reset, silence, b"garbage\r\n\r\n", then(answer(200, PLACED)[:-4], disconnect)]
    for reply in replies:
        api.then("/v2/orders", reply)

        error = failed(await send(api.url, Timeouts(sock_read=1))).error

        assert "canary" not in f"{error!r} {error.args} {vars(error)}"
        assert error.__context__ is None
        assert error.__traceback__ is None


async def _gibberish(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"I do not speak TLS\r\n")
    await writer.drain()


async def _refuse_tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(answer(403, b"canary", proxy_authenticate="Basic"))
    await writer.drain()
