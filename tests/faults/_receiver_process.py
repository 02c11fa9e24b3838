"""A receiver in a process of its own: ``python -m tests.faults._receiver_process STORE PORT SECRET DELIVERED``.

It writes a line for every order that its handler has had, and prints ``ready`` once it listens.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from airalo_async.stores import SQLiteStore
from airalo_async.webhooks import OrderCompleted, WebhookReceiver


async def serve(store_path: str, port: int, secret: str, delivered: Path) -> None:
    store = SQLiteStore(store_path)
    # A short lease, so that what a killed process held is claimed again soon.
    receiver = WebhookReceiver(store=store, secrets=[secret], lease=1.0, sweep_every=0.5)

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        reference = event.request.reference if event.request else "?"
        with delivered.open("a", encoding="utf-8") as lines:
            lines.write(f"{reference} {event.order.id}\n")

    app = web.Application()
    app.add_subapp("/airalo", receiver.app())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
