"""A shop as ``aiohttp.web.run_app`` runs it: ``python -m tests.faults._served STORE PORT SECRET DELIVERED``.

Its handler takes the first order it gets and never ends with it, as a handler does whose database hangs.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from airalo_async.stores import SQLiteStore
from airalo_async.webhooks import OrderCompleted, WebhookReceiver

DRAIN = 0.5
SHUTDOWN = 2.0


def serve(store_path: str, port: int, secret: str, delivered: Path) -> None:
    receiver = WebhookReceiver(store=SQLiteStore(store_path), secrets=[secret], drain=DRAIN)
    stuck: list[int] = []

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        if not stuck:
            stuck.append(event.order.id)
            await asyncio.Event().wait()
        with delivered.open("a", encoding="utf-8") as lines:
            lines.write(f"{event.order.id}\n")

    app = web.Application()
    app.add_subapp("/airalo", receiver.app())
    web.run_app(app, host="127.0.0.1", port=port, shutdown_timeout=SHUTDOWN, print=print_ready)


def print_ready(_: str) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
