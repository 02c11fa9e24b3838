"""The receiver as an aiohttp application: the only file that knows ``aiohttp.web``.

What aiohttp does not do for a sub-application, measured on 3.14: its ``client_max_size`` is ignored, a body may come as
slowly as it likes, compressed bodies are inflated unasked, and after a refusal up to 10 s of body are still read, as
fast as they come. So the body is read here, under a cap and a time limit, and a refusal closes the connection.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web
from attrs import frozen

from airalo_async._clock import Clock
from airalo_async.webhooks._intake import SIGNATURE, Reply

if TYPE_CHECKING:
    from airalo_async.webhooks._intake import Intake
    from airalo_async.webhooks._receiver import WebhookReceiver

__all__ = ["Limits", "build_app"]

_LINGER_SECONDS = 1.0
_LINGER_BYTES = 16 * 1024 * 1024


@frozen
class Limits:
    """What one request may cost.

    Attributes:
        max_body: Bytes of its body.
        body_timeout: Seconds in which the body must have come.
        clock: What measures them.
    """

    max_body: int
    body_timeout: float
    clock: Clock


class _RefusedError(Exception):
    """The request is refused before its body was read to the end."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.reply = Reply(status, text)


def build_app(receiver: WebhookReceiver, intake: Intake, limits: Limits) -> web.Application:
    """Build the application: POST and HEAD, with and without the trailing slash; dispatching while it lives."""

    async def post(request: web.Request) -> web.StreamResponse:
        try:
            body = await _read(request, limits)
        except _RefusedError as error:
            receiver.stats.rejected += 1
            return await _refuse(request, error.reply)
        reply = await intake.receive(body, request.headers.getall(SIGNATURE, ()))
        return web.Response(status=reply.status, text=reply.body)

    async def other(request: web.Request) -> web.StreamResponse:
        receiver.stats.rejected += 1
        return await _refuse(request, Reply(405, "only POST and HEAD"), {"Allow": "HEAD, POST"})

    app = web.Application()
    for path in ("", "/"):
        app.router.add_route("HEAD", path, _head)
        app.router.add_route("POST", path, post)
        app.router.add_route("*", path, other)
    _follow(app, receiver)
    return app


def _follow(app: web.Application, receiver: WebhookReceiver) -> None:
    """Run the receiver for as long as the application.

    It ends on shutdown, not on cleanup: a parent's ``cleanup_ctx`` is left before ours, and may close the store.
    """

    async def start(_: web.Application) -> None:
        await receiver.start()

    async def stop(_: web.Application) -> None:
        await receiver.stop()

    app.on_startup.append(start)
    app.on_shutdown.append(stop)


async def _head(_: web.Request) -> web.Response:
    """Answer the liveness probe."""
    return web.Response()


async def _read(request: web.Request, limits: Limits) -> bytes:
    # Of several, aiohttp goes by the last.
    if {encoding.lower() for encoding in request.headers.getall("Content-Encoding", ())} - {"identity"}:
        raise _RefusedError(415, "send the body as it is, without a content encoding")
    if (request.content_length or 0) > limits.max_body:
        raise _RefusedError(413, "the body is too large")
    if request.content.at_eof():
        return await _read_before(request)
    if request.content.is_eof():  # all of it has come; a buffer never holds more than its own bound
        return request.content.read_nowait()
    body = bytearray()
    try:
        async with limits.clock.timeout(limits.body_timeout):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > limits.max_body:
                    raise _RefusedError(413, "the body is too large")
    except TimeoutError:
        raise _RefusedError(408, "the body did not come in time") from None
    except (web.RequestPayloadError, ConnectionError):
        raise _RefusedError(400, "the body broke off") from None
    return bytes(body)


async def _read_before(request: web.Request) -> bytes:
    """Take the body that a middleware above has read, if it left it where aiohttp keeps it."""
    body = await request.read()
    if not body and request.content_length:
        raise _RefusedError(503, "a middleware above has eaten the body; it must use request.read()")
    return body


async def _refuse(request: web.Request, reply: Reply, headers: dict[str, str] | None = None) -> web.Response:
    """Answer, then close the connection unless the whole body has come.

    Closing with unread bytes makes the kernel reset the connection, and the client may never see the answer. So a
    little more is read and thrown away first.
    """
    response = web.Response(status=reply.status, text=reply.body, headers=headers)
    if request.content.at_eof():
        return response
    response.force_close()
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write_eof()
        if reply.status != 408:
            await _linger(request)
    request.protocol.force_close()
    return response


async def _linger(request: web.Request) -> None:
    if request.transport is not None and request.transport.can_write_eof():
        request.transport.write_eof()
    left = _LINGER_BYTES
    with suppress(TimeoutError, web.RequestPayloadError):
        # Real time, whatever the clock: this is about a socket, and about nobody's lease.
        async with asyncio.timeout(_LINGER_SECONDS):
            while left > 0 and (chunk := await request.content.readany()):
                left -= len(chunk)
