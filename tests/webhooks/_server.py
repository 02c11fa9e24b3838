"""A shop in a process of its own: ``python -m tests.webhooks._server FILE``.

Prints its port, then the id of each push that its handler gets, and ends on SIGTERM as a service does.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from aiohttp import web

from airalo_async.stores import open_store
from airalo_async.webhooks import CreditLimit, WebhookReceiver
from tests.webhooks._pushes import SECRET


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def _serve(path: str) -> None:
    store = open_store(f"sqlite:///{path}")
    receiver = WebhookReceiver(store=store, secrets=SECRET)

    @receiver.on(CreditLimit)
    async def note(event: CreditLimit) -> None:
        _say(event.push_id)

    app = web.Application()
    receiver.register(app, "/airalo")
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    _say(runner.addresses[0][1])
    await ended.wait()
    await runner.cleanup()
    await store.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
