"""The server side of C1, in a process of its own: a receiver over SQLite, or a bare aiohttp handler.

Prints its port, serves until its standard input ends, then exits.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

from airalo_async.stores import open_store
from airalo_async.webhooks import WebhookReceiver
from tests.benchmarks._push_bodies import SECRET

PATH = "/airalo"


async def _bare(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="stored")


async def _serve(side: str, url: str) -> None:
    app = web.Application()
    store = None
    if side == "bare":
        app.router.add_post(PATH, _bare)
    else:
        store = open_store(url)
        WebhookReceiver(store=store, secrets=SECRET).register(app, PATH)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()
    if store is not None:
        await store.close()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:3]))
