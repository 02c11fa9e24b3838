"""The demonstration's shop: a service as a user of the library writes it.

It has an aiohttp application with a route of its own, the receiver mounted beside it, and one SQLite file. Only the
other side, Airalo's, is a fake.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from airalo_async.models import State
from airalo_async.stores import SQLiteStore
from airalo_async.webhooks import OrderCompleted, WebhookReceiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from types import SimpleNamespace

    from airalo_async import AiraloSession
    from airalo_async.testing import FakeAiralo

__all__ = ["Shop", "open_shop"]


class Shop:
    """What the shop has, and what it has seen.

    Attributes:
        fake: Airalo's side.
        airalo: The shop's session with it.
        store: The SQLite file, shared by session and receiver.
        receiver: Takes the pushes.
        url: Where the shop's own application listens.
        package_id: What the customers of the story buy.
        deliveries: What the handler was called with, in order.
        stored_as_sending: References that stood as SENDING on disk at the moment their request left.
    """

    airalo: AiraloSession
    url: str

    def __init__(self, fake: FakeAiralo, path: Path) -> None:
        self.fake = fake
        self.path = path
        self.store = SQLiteStore(path, clock=fake.clock)
        self.receiver = WebhookReceiver(store=self.store, secrets=[fake.client_secret])
        self.receiver.on(OrderCompleted)(self._deliver)
        self.package_id = ""
        self.deliveries: list[OrderCompleted] = []
        self.stored_as_sending: set[str] = set()
        self._news = asyncio.Condition()

    @property
    def webhook_url(self) -> str:
        """Where pushes go."""
        return f"{self.url}/airalo"

    async def delivery(self, reference: str, *, within: float) -> OrderCompleted | None:
        """Wait for the handler to be called for a reference.

        Args:
            reference: The reference.
            within: Seconds of real time.

        Returns:
            What it was called with, or None when it was not.
        """
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: self.deliveries_of(reference))
        except TimeoutError:
            return None
        return self.deliveries_of(reference)[0]

    def deliveries_of(self, reference: str) -> list[OrderCompleted]:
        """List what the handler was called with for a reference."""
        return [event for event in self.deliveries if event.request and event.request.reference == reference]

    def build_app(self) -> web.Application:
        """Put the shop's own route and the receiver into one application."""
        app = web.Application()
        app.router.add_get("/carts/{cart}", self._show_cart)
        app.add_subapp("/airalo", self.receiver.app())
        return app

    def watched_http(self) -> aiohttp.ClientSession:
        """Make a client that looks on the disk, as another process would, each time a purchase is about to leave."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._look_on_disk)
        return aiohttp.ClientSession(trace_configs=[trace])

    async def _deliver(self, event: OrderCompleted) -> None:
        async with self._news:
            self.deliveries.append(event)
            self._news.notify_all()

    async def _show_cart(self, request: web.Request) -> web.Response:
        stored = await self.store.get(request.match_info["cart"])
        return web.json_response({"state": stored.state, "order": stored.order_code})

    async def _look_on_disk(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, sent: aiohttp.TraceRequestStartParams
    ) -> None:
        if sent.method == "POST" and sent.url.path != "/v2/token":
            witness = SQLiteStore(self.path, clock=self.fake.clock)
            self.stored_as_sending |= {request.reference async for request in witness.list(state=State.SENDING)}
            await witness.close()


@asynccontextmanager
async def open_shop(fake: FakeAiralo, path: Path) -> AsyncIterator[Shop]:
    """Open a shop on a free port of this machine, with its records in an SQLite file."""
    shop = Shop(fake, path)
    runner = web.AppRunner(shop.build_app())
    async with shop.watched_http() as http:
        try:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with fake.session(store=shop.store, http=http) as shop.airalo:
                yield shop
        finally:
            await runner.cleanup()
            await shop.store.close()
