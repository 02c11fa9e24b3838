"""Bodies that are too large, too slow, encoded, broken or read already, on real sockets."""

from __future__ import annotations

import asyncio
import gzip
import logging
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, web

from tests._until import until
from tests.webhooks._pushes import CREDIT_LIMIT, signed, write
from tests.webhooks._support import exchange, mounted, pushes, served, turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from airalo_async.stores import MemoryStore
    from airalo_async.testing import FakeClock
    from airalo_async.webhooks import WebhookReceiver

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY = write(CREDIT_LIMIT)


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


def head(*lines: str, path: str = "/airalo", method: str = "POST") -> bytes:
    """Write the head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def signed_head(*lines: str) -> bytes:
    return head(f"airalo-signature: {signed(BODY)['airalo-signature']}", *lines)


async def test_announced_body_over_the_cap_is_refused_unread(receiver: WebhookReceiver) -> None:
    async with mounted(receiver) as port:
        answer = await exchange(port, signed_head("Content-Length: 1000000000"), b"x" * 1000)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer
    assert receiver.stats.rejected == 1


async def test_chunked_body_over_the_cap_is_refused(receiver: WebhookReceiver) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    async with mounted(receiver) as port:
        answer = await exchange(port, signed_head("Transfer-Encoding: chunked"), *[chunk] * 5)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer


async def test_endless_body_is_cut_off(receiver: WebhookReceiver) -> None:
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"

    async with mounted(receiver) as port, asyncio.timeout(5):
        with pytest.raises(ConnectionError):
            await exchange(port, signed_head("Transfer-Encoding: chunked"), *[chunk] * 64)


async def test_body_under_the_cap_may_be_chunked(receiver: WebhookReceiver) -> None:
    chunks = [f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (BODY[:9], BODY[9:])]

    async with mounted(receiver) as port:
        answer = await exchange(
            port, signed_head("Transfer-Encoding: chunked", "Connection: close"), *chunks, b"0\r\n\r\n"
        )

    assert answer.startswith(b"HTTP/1.1 200 ")


class Doorman:
    """A middleware that tells when a request has come in."""

    def __init__(self, receiver: WebhookReceiver) -> None:
        self.entered = asyncio.Event()
        self.app = web.Application(middlewares=[self._tell])
        receiver.register(self.app, "/airalo")

    @web.middleware
    async def _tell(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.entered.set()
        return await handler(request)


async def test_body_may_come_in_pieces(receiver: WebhookReceiver) -> None:
    doorman = Doorman(receiver)

    async with served(doorman.app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(signed_head(f"Content-Length: {len(BODY)}", "Connection: close") + BODY[:9])
        await doorman.entered.wait()
        await turns()
        writer.write(BODY[9:])
        answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("sent", [b"", BODY[:5]], ids=["at the start", "in the middle"])
async def test_stalled_body_is_refused_after_five_seconds(
    receiver: WebhookReceiver, clock: FakeClock, sent: bytes
) -> None:
    doorman = Doorman(receiver)

    async with served(doorman.app) as port:
        waiting = asyncio.create_task(exchange(port, signed_head(f"Content-Length: {len(BODY)}"), sent))
        await doorman.entered.wait()
        await turns()
        clock.advance(4.9)
        await turns()
        early = waiting.done()
        clock.advance(0.2)
        answer = await waiting

    assert not early
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"Connection: close" in answer


async def test_encoded_body_is_refused_before_it_is_inflated(receiver: WebhookReceiver) -> None:
    bomb = gzip.compress(b"0" * 100_000_000, 1)

    async with mounted(receiver) as port:
        answer = await exchange(
            port, signed_head("Content-Encoding: gzip", f"Content-Length: {len(bomb)}"), bomb[:65536]
        )

    assert answer.startswith(b"HTTP/1.1 415 ")
    assert b"Connection: close" in answer


async def test_encoding_behind_another_one_is_refused(receiver: WebhookReceiver) -> None:
    body = gzip.compress(BODY)
    length = f"Content-Length: {len(body)}"

    async with mounted(receiver) as port:
        answer = await exchange(port, signed_head("Content-Encoding: identity", "Content-Encoding: gzip", length), body)

    assert answer.startswith(b"HTTP/1.1 415 ")


async def test_identity_encoding_is_no_encoding(receiver: WebhookReceiver) -> None:
    async with mounted(receiver) as port:
        answer = await exchange(
            port,
            signed_head("Content-Encoding: identity", f"Content-Length: {len(BODY)}", "Connection: close"),
            BODY,
        )

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_broken_chunks_are_no_500(receiver: WebhookReceiver, memory: MemoryStore) -> None:
    async with mounted(receiver) as port:
        answer = await exchange(port, signed_head("Transfer-Encoding: chunked"), b"5\r\nhello\r\n", b"zz\r\n")

    assert answer.split()[1] == b"400"
    assert await pushes(memory) == []


async def test_broken_chunk_in_the_middle_ends_in_time(receiver: WebhookReceiver, clock: FakeClock) -> None:
    doorman = Doorman(receiver)

    async with served(doorman.app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(signed_head("Transfer-Encoding: chunked") + b"5\r\nhello\r\n")
        await doorman.entered.wait()
        await turns()
        writer.write(b"zz\r\n")
        await turns()
        clock.advance(5)
        answer = await reader.read()
        writer.close()

    assert answer.split()[1] in {b"400", b"408"}


async def test_client_who_leaves_in_the_middle_disturbs_nobody(
    receiver: WebhookReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    async with mounted(receiver) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(signed_head(f"Content-Length: {len(BODY)}") + BODY[:5])
        await writer.drain()
        await turns()
        writer.close()
        await until(lambda: receiver.stats.rejected)

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_body_that_a_middleware_read_is_taken(receiver: WebhookReceiver, http: ClientSession) -> None:
    @web.middleware
    async def audit(request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.read()
        return await handler(request)

    parent = web.Application(middlewares=[audit])
    receiver.register(parent, "/airalo")
    async with (
        served(parent) as port,
        http.post(f"http://127.0.0.1:{port}/airalo", data=BODY, headers=signed(BODY)) as answer,
    ):
        assert answer.status == 200


async def test_body_that_a_middleware_read_may_be_too_large(receiver: WebhookReceiver, http: ClientSession) -> None:
    @web.middleware
    async def audit(request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.read()
        return await handler(request)

    parent = web.Application(middlewares=[audit])
    receiver.register(parent, "/airalo")
    body = b"x" * 300_000
    async with served(parent) as port, http.post(f"http://127.0.0.1:{port}/airalo", data=body) as answer:
        assert answer.status == 413


async def test_body_that_a_middleware_ate_is_a_503(receiver: WebhookReceiver, http: ClientSession) -> None:
    @web.middleware
    async def eat(request: web.Request, handler: Handler) -> web.StreamResponse:
        while await request.content.readany():
            pass
        return await handler(request)

    parent = web.Application(middlewares=[eat])
    receiver.register(parent, "/airalo")
    async with (
        served(parent) as port,
        http.post(f"http://127.0.0.1:{port}/airalo", data=BODY, headers=signed(BODY)) as answer,
    ):
        assert (answer.status, await answer.text()) == (
            503,
            "a middleware above has eaten the body; it must use request.read()",
        )
