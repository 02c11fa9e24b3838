"""A small shop: its own routes, and the receiver mounted beside them in the same application.

Runs on the built-in fake and plays a customer. With AIRALO_CLIENT_ID and AIRALO_CLIENT_SECRET in the environment it
serves the shop at PORT (8080) and buys from the API itself; AIRALO_WEBHOOK_URL is the public URL of its path /airalo.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from airalo_async import AiraloSession
from airalo_async.errors import UnknownReferenceError
from airalo_async.testing import FakeAiralo
from airalo_async.webhooks import OrderCompleted, WebhookReceiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Shop:
    """The shop's own part: what customers call, and what happens when an eSIM has come."""

    def __init__(self, airalo: AiraloSession) -> None:
        self.airalo = airalo
        self.webhook_url = ""
        self.delivered: asyncio.Queue[str] = asyncio.Queue()

    async def checkout(self, request: web.Request) -> web.Response:
        """Order what is in a cart. A customer who clicks twice pays once."""
        cart = request.match_info["cart"]
        pending = await self.airalo.orders.submit_async(
            "change-7days-1gb", reference=cart, metadata={"mail": "jo@example.com"}, webhook_url=self.webhook_url
        )
        return web.json_response({"request_id": pending.request_id}, status=202)

    async def status(self, request: web.Request) -> web.Response:
        """Tell how a cart stands."""
        try:
            stored = await self.airalo.store.get(request.match_info["cart"])
        except UnknownReferenceError:
            raise web.HTTPNotFound from None
        return web.json_response({"state": stored.state, "order": stored.order_code})

    async def deliver(self, event: OrderCompleted) -> None:
        """Send an eSIM to its buyer. If this raises, it is called again later."""
        if event.request is None:
            return
        print(f"E-mail to {event.request.metadata['mail']}: your eSIM {event.order.sims[0].iccid} is ready.")
        await self.delivered.put(event.request.reference)


def build_app(shop: Shop, secret: str) -> web.Application:
    """Put the shop and the receiver into one application."""
    receiver = WebhookReceiver(store=shop.airalo.store, secrets=[secret])
    receiver.on(OrderCompleted)(shop.deliver)

    async def settle_in_the_background(_: web.Application) -> AsyncIterator[None]:
        async with shop.airalo, shop.airalo.reconciling():
            yield

    app = web.Application()
    app.cleanup_ctx.append(settle_in_the_background)
    app.router.add_post("/carts/{cart}", shop.checkout)
    app.router.add_get("/carts/{cart}", shop.status)
    app.add_subapp("/airalo", receiver.app())
    return app


async def play_customer(shop: Shop, url: str) -> None:
    """Check a cart out, wait for the eSIM, and look."""
    async with aiohttp.ClientSession(url) as browser:
        for _ in range(2):
            async with browser.post("/carts/cart-17") as answer:
                print(f"POST /carts/cart-17: {answer.status} {await answer.json()}")
        cart = await shop.delivered.get()
        async with browser.get(f"/carts/{cart}") as answer:
            print(f"GET /carts/{cart}: {answer.status} {await answer.json()}")


async def run_on_the_fake() -> None:
    """Serve the shop on a free port, buy from the fake, and play a customer."""
    with tempfile.TemporaryDirectory() as folder:
        async with FakeAiralo(auto_push=True) as fake:
            shop = Shop(fake.session(store=f"sqlite:///{Path(folder) / 'airalo.db'}"))
            runner = web.AppRunner(build_app(shop, fake.client_secret))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            shop.webhook_url = f"{url}/airalo"
            try:
                await play_customer(shop, url)
            finally:
                await runner.cleanup()
            print(f"Bought {fake.charges(reference='cart-17')} time.")


if __name__ == "__main__":
    if "AIRALO_CLIENT_ID" in os.environ:
        shop = Shop(AiraloSession.from_env())
        shop.webhook_url = os.environ["AIRALO_WEBHOOK_URL"]
        web.run_app(build_app(shop, os.environ["AIRALO_CLIENT_SECRET"]), port=int(os.environ.get("PORT", "8080")))
    else:
        asyncio.run(run_on_the_fake())
