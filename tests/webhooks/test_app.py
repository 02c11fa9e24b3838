"""The receiver mounted on aiohttp, on real sockets: every trap that was measured there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, web

from airalo_async.errors import ArgumentError
from airalo_async.webhooks import CreditLimit, WebhookReceiver
from tests._until import until
from tests.webhooks._pushes import CREDIT_LIMIT, SECRET, signed, write
from tests.webhooks._support import HeldStore, exchange, mounted, pushes, served, turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from airalo_async.stores import MemoryStore
    from airalo_async.testing import FakeClock

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


@pytest.mark.parametrize("path", ["/airalo", "/airalo/"])
async def test_push_is_taken_with_and_without_slash(receiver: WebhookReceiver, http: ClientSession, path: str) -> None:
    async with (
        mounted(receiver) as port,
        http.post(f"http://127.0.0.1:{port}{path}", data=BODY, headers=signed(BODY)) as answer,
    ):
        assert (answer.status, await answer.text()) == (200, "stored")


@pytest.mark.parametrize("path", ["/airalo", "/airalo/"])
async def test_probe_is_answered_without_auth_or_store(memory: MemoryStore, http: ClientSession, path: str) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)
    await memory.close()

    async with mounted(receiver) as port, http.head(f"http://127.0.0.1:{port}{path}") as answer:
        assert (answer.status, await answer.read()) == (200, b"")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_other_methods_are_refused(receiver: WebhookReceiver, http: ClientSession, method: str) -> None:
    async with mounted(receiver) as port, http.request(method, f"http://127.0.0.1:{port}/airalo") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "HEAD, POST")


async def test_repeated_signature_header_is_refused(receiver: WebhookReceiver) -> None:
    signature = f"airalo-signature: {signed(BODY)['airalo-signature']}"

    async with mounted(receiver) as port:
        answer = await exchange(
            port, head(signature, signature, f"Content-Length: {len(BODY)}", "Connection: close"), BODY
        )

    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_signature_header_that_is_not_ascii_is_refused(receiver: WebhookReceiver) -> None:
    request = head("airalo-signature: X", f"Content-Length: {len(BODY)}", "Connection: close")

    async with mounted(receiver) as port:
        answer = await exchange(port, request.replace(b"X", b"\xff\xfe" * 64), BODY)

    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("cancelled", [False, True], ids=["left running", "cancelled"])
async def test_push_of_a_client_who_left_is_stored(clock: FakeClock, *, cancelled: bool) -> None:
    held = HeldStore(clock)
    receiver = WebhookReceiver(store=held, secrets=SECRET)
    parent = web.Application()
    receiver.register(parent, "/airalo")

    async with served(parent, handler_cancellation=cancelled) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(signed_head(f"Content-Length: {len(BODY)}") + BODY)
        await held.entered.wait()
        writer.transport.abort()
        await turns()
        held.go.set()
        await until(lambda: receiver.stats.stored)

    assert len(await pushes(held)) == 1


@pytest.mark.parametrize("append", [True, False])
@pytest.mark.parametrize("path", ["/airalo", "/airalo/"])
async def test_normalising_parent_redirects_nothing(
    receiver: WebhookReceiver, http: ClientSession, path: str, *, append: bool
) -> None:
    normalise = web.normalize_path_middleware(append_slash=append, remove_slash=not append)
    parent = web.Application(middlewares=[normalise])
    receiver.register(parent, "/airalo")

    async with served(parent) as port:
        url = f"http://127.0.0.1:{port}{path}"
        async with http.head(url, allow_redirects=False) as probe:
            probed = probe.status
        async with http.post(url, data=BODY, headers=signed(BODY), allow_redirects=False) as answer:
            posted = answer.status

    assert (probed, posted) == (200, 200)


async def test_cap_of_the_parent_is_not_ours(receiver: WebhookReceiver, http: ClientSession) -> None:
    parent = web.Application(client_max_size=10)
    receiver.register(parent, "/airalo")

    async with (
        served(parent) as port,
        http.post(f"http://127.0.0.1:{port}/airalo", data=BODY, headers=signed(BODY)) as answer,
    ):
        assert answer.status == 200


async def test_parent_that_asks_for_a_password_lets_us_answer(receiver: WebhookReceiver, http: ClientSession) -> None:
    @web.middleware
    async def auth(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/airalo") and "Authorization" not in request.headers:
            raise web.HTTPUnauthorized
        return await handler(request)

    parent = web.Application(middlewares=[auth])
    receiver.register(parent, "/airalo")
    async with served(parent) as port:
        async with http.get(f"http://127.0.0.1:{port}/") as other:
            refused = other.status
        async with http.post(f"http://127.0.0.1:{port}/airalo", data=BODY, headers=signed(BODY)) as answer:
            taken = answer.status

    assert (refused, taken) == (401, 200)


async def test_receiver_can_be_an_application_of_its_own(receiver: WebhookReceiver, http: ClientSession) -> None:
    async with (
        served(receiver.app()) as port,
        http.post(f"http://127.0.0.1:{port}/", data=BODY, headers=signed(BODY)) as answer,
    ):
        assert answer.status == 200


async def test_receiver_can_be_mounted_deep_and_twice(receiver: WebhookReceiver, http: ClientSession) -> None:
    inner = web.Application()
    receiver.register(inner, "/airalo")
    parent = web.Application()
    parent.add_subapp("/hooks", inner)
    receiver.register(parent, "/old")

    async with served(parent) as port:
        answers = []
        for path in ("/hooks/airalo", "/old"):
            async with http.post(f"http://127.0.0.1:{port}{path}", data=BODY, headers=signed(BODY)) as answer:
                answers.append(await answer.text())

    assert answers == ["stored", "duplicate"]
    assert "not dispatching" in repr(receiver)


@pytest.mark.parametrize("path", ["", "/"])
async def test_root_is_no_place_to_mount(receiver: WebhookReceiver, path: str) -> None:
    with pytest.raises(ArgumentError, match=r"receiver\.app\(\)"):
        receiver.register(web.Application(), path)


async def test_handlers_run_for_as_long_as_the_application(receiver: WebhookReceiver, http: ClientSession) -> None:
    seen: list[CreditLimit] = []

    @receiver.on(CreditLimit)
    async def warn(event: CreditLimit) -> None:
        seen.append(event)

    async with mounted(receiver) as port:
        async with http.post(f"http://127.0.0.1:{port}/airalo", data=BODY, headers=signed(BODY)):
            await until(lambda: receiver.stats.delivered)
        running = repr(receiver)

    assert [event.message for event in seen] == [CREDIT_LIMIT["message"]]
    assert running.startswith("<WebhookReceiver dispatching")
    assert repr(receiver).startswith("<WebhookReceiver not dispatching")


async def test_handlers_end_before_the_parent_closes_the_store(memory: MemoryStore, http: ClientSession) -> None:
    receiver = WebhookReceiver(store=memory, secrets=SECRET)
    order: list[str] = []
    entered, go = asyncio.Event(), asyncio.Event()
    releasing: list[asyncio.Task[None]] = []

    @receiver.on(CreditLimit)
    async def slow(event: CreditLimit) -> None:
        entered.set()
        await go.wait()
        order.append(f"handled {event.push_id}")

    async def resources(_: web.Application) -> AsyncIterator[None]:
        yield
        order.append("closed")
        await memory.close()

    async def release(_: web.Application) -> None:
        releasing.append(asyncio.create_task(later()))

    async def later() -> None:
        await turns(100)
        go.set()

    parent = web.Application()
    parent.cleanup_ctx.append(resources)
    parent.on_shutdown.append(release)
    receiver.register(parent, "/airalo")
    async with (
        served(parent) as port,
        http.post(f"http://127.0.0.1:{port}/airalo", data=BODY, headers=signed(BODY)),
    ):
        await entered.wait()

    assert order == ["handled 1", "closed"]
    assert receiver.stats.delivered == 1


async def test_connection_is_kept_after_a_push(receiver: WebhookReceiver) -> None:
    request = signed_head(f"Content-Length: {len(BODY)}") + BODY
    last = signed_head(f"Content-Length: {len(BODY)}", "Connection: close") + BODY

    async with mounted(receiver) as port:
        answer = await exchange(port, request, last)

    assert answer.count(b"HTTP/1.1 200 ") == 2
