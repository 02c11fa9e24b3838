"""A shop for the tests: an aiohttp application with the receiver mounted, on a real socket."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from attrs import field, frozen

from airalo_async.models import PushState
from airalo_async.webhooks import OrderCompleted, OrderFailed, WebhookReceiver
from tests._until import patience, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async.stores import RequestStore
    from airalo_async.testing import FakeAiralo


@frozen
class Shop:
    """What it has delivered, and where its pushes go."""

    url: str
    receiver: WebhookReceiver
    delivered: list[OrderCompleted] = field(factory=list[OrderCompleted])
    failed: list[OrderFailed] = field(factory=list[OrderFailed])

    async def caught_up(self, fake: FakeAiralo) -> None:
        """Let time pass until no push waits for its handler.

        A leap of the clock may tear a push out of a handler's hands, or end a renewal while the disk is at work; the
        push is due again when its lease has run out.
        """
        async with patience():
            while [push async for push in self.receiver.inbox(state=PushState.PENDING)]:
                await until(lambda: not len(self.receiver._dispatcher))
                await fake.advance(minutes=1)


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
