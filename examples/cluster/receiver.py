"""Takes pushes, and answers once they are on disk; put as many as you need behind a balancer. Port: PORT.

It has no handlers. What it has stored is handled by the workers.
"""

from __future__ import annotations

import os

from aiohttp import web

from airalo_async.stores import open_store
from airalo_async.webhooks import WebhookReceiver


async def build_app() -> web.Application:
    """Make an application whose one route is the receiver's."""
    store = open_store(os.environ["AIRALO_STORE"])
    receiver = WebhookReceiver(store=store, secrets=[os.environ["AIRALO_CLIENT_SECRET"]])

    async def close_store(_app: web.Application) -> None:
        await store.close()

    app = web.Application()
    app.add_subapp("/airalo", receiver.app())
    app.on_cleanup.append(close_store)
    return app


def say(_text: str) -> None:
    """Tell that the port is open."""
    print(f"{os.environ.get('NAME', 'receiver')}: ready", flush=True)


if __name__ == "__main__":
    web.run_app(build_app(), host="127.0.0.1", port=int(os.environ["PORT"]), print=say)
