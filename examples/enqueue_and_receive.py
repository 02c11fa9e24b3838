"""Order by push: enqueue an async order and one for later, receive the pushes that deliver them, and wait for them.

Runs on the built-in fake. With AIRALO_CLIENT_ID and AIRALO_CLIENT_SECRET in the environment it runs on the API itself,
and spends money; then AIRALO_WEBHOOK_URL is the public URL that leads to PORT (8080) of this machine, path /airalo.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from airalo_async import AiraloSession
from airalo_async.testing import FakeAiralo
from airalo_async.webhooks import OrderCompleted, OrderFailed, WebhookReceiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async.models import FutureOrder, Order
    from airalo_async.stores import RequestStore


async def enqueue(airalo: AiraloSession, webhook_url: str) -> Order:
    """Order two eSIMs and wait for them."""
    pending = await airalo.orders.submit_async(
        "change-7days-1gb",
        quantity=2,
        reference="cart-17",
        metadata={"user": 5},
        webhook_url=webhook_url,
    )
    print(f"Accepted as {pending.request_id}.")
    return await airalo.orders.wait(pending, timeout=60)


async def plan(airalo: AiraloSession, webhook_url: str) -> FutureOrder:
    """Have an eSIM bought in 30 days."""
    return await airalo.future_orders.submit(
        "change-7days-1gb",
        due_date=datetime.now(UTC) + timedelta(days=30),
        reference="trip-8",
        webhook_url=webhook_url,
    )


def build_receiver(store: RequestStore, secret: str, mailbox: asyncio.Queue[str]) -> WebhookReceiver:
    """Make a receiver with a handler for what comes and for what fails."""
    receiver = WebhookReceiver(store=store, secrets=[secret])

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        user = event.request.metadata["user"] if event.request else "somebody"
        await mailbox.put(f"{len(event.order.sims)} eSIMs of order {event.order.code} for user {user}")

    @receiver.on(OrderFailed)
    async def apologise(event: OrderFailed) -> None:
        await mailbox.put(f"bad news: order {event.request_id} failed, {event.reason}")

    return receiver


@asynccontextmanager
async def listening(receiver: WebhookReceiver, port: int) -> AsyncIterator[int]:
    """Serve the receiver; gives the port."""
    app = web.Application()
    app.add_subapp("/airalo", receiver.app())
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def main(airalo: AiraloSession, webhook_url: str, mailbox: asyncio.Queue[str]) -> None:
    """Order now, and order for later but think better of it."""
    order = await enqueue(airalo, webhook_url)
    print(f"Order {order.code} is here.")
    print(f"To be mailed: {await mailbox.get()}.")
    future = await plan(airalo, webhook_url)
    print(f"Planned for {future.due_date:%Y-%m-%d}; to be cancelled until {future.latest_cancellation_date:%Y-%m-%d}.")
    await airalo.future_orders.cancel(future.request_id)
    print(f"It is {(await airalo.store.get('trip-8')).state}.")


async def run() -> None:
    """Open a session with the API if there are credentials, and with the fake otherwise."""
    mailbox: asyncio.Queue[str] = asyncio.Queue()
    if "AIRALO_CLIENT_ID" in os.environ:
        async with AiraloSession.from_env() as airalo:
            receiver = build_receiver(airalo.store, os.environ["AIRALO_CLIENT_SECRET"], mailbox)
            async with listening(receiver, port=int(os.environ.get("PORT", "8080"))):
                await main(airalo, os.environ["AIRALO_WEBHOOK_URL"], mailbox)
        return
    with tempfile.TemporaryDirectory() as folder:
        store_url = f"sqlite:///{Path(folder) / 'airalo.db'}"
        async with FakeAiralo(auto_push=True) as fake, fake.session(store=store_url) as airalo:
            receiver = build_receiver(airalo.store, fake.client_secret, mailbox)
            async with listening(receiver, port=0) as port:
                await main(airalo, f"http://127.0.0.1:{port}/airalo", mailbox)


if __name__ == "__main__":
    asyncio.run(run())
