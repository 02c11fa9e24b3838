"""Handles the pushes that the receivers have stored; start as many as you need. Ends with SIGTERM.

Each push is claimed under a lease by one worker. When that worker dies, another one gets the push.
"""

from __future__ import annotations

import asyncio
import os
import signal

from airalo_async.stores import open_store
from airalo_async.webhooks import OrderCompleted, WebhookReceiver

NAME = os.environ.get("NAME", "worker")


async def deliver(event: OrderCompleted) -> None:
    """Do what has to be done once an order is here; after a crash it may be called again."""
    reference = event.request.reference if event.request else "somebody"
    print(f"mailed: {reference} (order {event.order.code}, by {NAME})", flush=True)


async def main() -> None:
    """Handle pushes until the signal comes."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = open_store(os.environ["AIRALO_STORE"])
    receiver = WebhookReceiver(store=store, secrets=[os.environ["AIRALO_CLIENT_SECRET"]])
    receiver.on(OrderCompleted)(deliver)
    async with receiver:
        print(f"{NAME}: ready", flush=True)
        await stop.wait()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
