"""A shop for the tests: an aiohttp application with the receiver mounted, on a real socket."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from attrs import field, frozen

from airalo_async.webhooks import OrderCompleted, OrderFailed, WebhookReceiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async.stores import RequestStore


@frozen
class Shop:
    """What it has delivered, and where its pushes go."""

    url: str
    receiver: WebhookReceiver
    delivered: list[OrderCompleted] = field(factory=list[OrderCompleted])
    failed: list[OrderFailed] = field(factory=list[OrderFailed])


@asynccontextmanager
async def open_shop(store: RequestStore, secret: str, *, port: int = 0) -> AsyncIterator[Shop]:
    receiver = WebhookReceiver(store=store, secrets=[secret])
    app = web.Application()
    app.add_subapp("/airalo", receiver.app())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    shop: Shop

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        shop.delivered.append(event)

    @receiver.on(OrderFailed)
    async def apologise(event: OrderFailed) -> None:
        shop.failed.append(event)

    await site.start()
    host, port = runner.addresses[0][:2]
    shop = Shop(f"http://{host}:{port}/airalo", receiver)
    try:
        yield shop
    finally:
        await runner.cleanup()
