"""What the receiver's tests share: waiting without sleeping, purchases, raw sockets."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from airalo_async._tag import make_tag
from airalo_async.models import Accepted, Kind
from airalo_async.stores import MemoryStore
from airalo_async.stores._base import NewPurchase
from tests._until import patience

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async.models import PushFacts, StoredPush, StoredRequest
    from airalo_async.stores import RequestStore
    from airalo_async.stores._base import Receipt
    from airalo_async.testing import FakeClock
    from airalo_async.webhooks import WebhookReceiver

__all__ = ["HeldStore", "accept", "buy", "exchange", "mounted", "pushes", "served", "turns"]


class HeldStore(MemoryStore):
    """A store whose commits of pushes wait until they are let go, or fail."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock=clock)
        self.entered = asyncio.Event()
        self.go = asyncio.Event()
        self.error: Exception | None = None

    async def receive(self, body: bytes, form: str, facts: PushFacts) -> Receipt:
        self.entered.set()
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return await super().receive(body, form, facts)


async def turns(count: int = 20) -> None:
    """Let the loop turn, so that what could happen without time passing has happened."""
    for _ in range(count):
        await asyncio.sleep(0)


async def buy(store: RequestStore, reference: str = "cart-17", *, quantity: int = 1) -> StoredRequest:
    """Commit a purchase as SENDING."""
    purchase = NewPurchase(
        reference=reference,
        kind=Kind.ASYNC_ORDER,
        fingerprint="f" * 64,
        package_id="hallo-7days-1gb",
        quantity=quantity,
        metadata={"user": 5},
        tag=make_tag("client", reference),
    )
    begun = await store.begin(purchase, owner="test", lease=60)
    return begun.request


async def accept(store: RequestStore, request_id: str, reference: str = "cart-17") -> StoredRequest:
    """Record that the API gave a request id."""
    return await store.settle(reference, Accepted(request_id, "{}"))


async def pushes(store: RequestStore) -> list[StoredPush]:
    """List the inbox."""
    return [push async for push in store.inbox()]


@asynccontextmanager
async def served(app: web.Application, *, handler_cancellation: bool = False) -> AsyncIterator[int]:
    """Serve an application on a socket; gives the port."""
    runner = web.AppRunner(app, handler_cancellation=handler_cancellation)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def mounted(receiver: WebhookReceiver) -> AsyncIterator[int]:
    """Serve a receiver below ``/airalo``; gives the port."""
    parent = web.Application()
    receiver.register(parent, "/airalo")
    async with served(parent) as port:
        yield port


async def exchange(port: int, *parts: bytes, half_close: bool = False) -> bytes:
    """Send bytes over a socket of its own and read until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if half_close:
            writer.write_eof()
        async with patience():
            return await reader.read()
    finally:
        writer.close()
