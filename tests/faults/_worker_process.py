"""One of several workers on a port and a store: ``python -m tests.faults._worker_process URL PORT SECRET LINES MODE``.

It writes a line for every order that its handler has had, and prints ``ready`` once it listens. MODE is ``deliver``;
or ``hang``: its handler writes its line and never returns. SIGTERM ends it in good order.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from airalo_async.stores import open_store
from airalo_async.webhooks import OrderCompleted, WebhookReceiver

SHUTDOWN = 5.0


async def build(url: str, secret: str, lines: Path, mode: str) -> web.Application:
    store = open_store(url)
    # A short lease, so that what a killed worker held is claimed again soon.
    receiver = WebhookReceiver(store=store, secrets=[secret], lease=1.0, sweep_every=0.5, drain=SHUTDOWN)

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        with lines.open("a", encoding="utf-8") as file:
            file.write(f"{event.request.reference if event.request else '?'}\n")
        if mode == "hang":
            await asyncio.Event().wait()

    async def announce(_app: web.Application) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    async def close_store(_app: web.Application) -> None:
        await store.close()

    app = web.Application()
    app.add_subapp("/airalo", receiver.app())
    app.on_startup.append(announce)
    app.on_cleanup.append(close_store)
    return app


if __name__ == "__main__":
    web.run_app(
        build(sys.argv[1], sys.argv[3], Path(sys.argv[4]), sys.argv[5]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        reuse_port=True,
        print=None,
        shutdown_timeout=SHUTDOWN,
    )
