"""Serve a fake in a process of its own: ``python -m airalo_async.testing [port]``.

Prints one line of JSON with the URL and the credentials, then serves until its standard input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import threading

from airalo_async.testing._fake import FakeAiralo

__all__ = ["main"]


async def _serve(arguments: argparse.Namespace) -> None:
    fake = FakeAiralo(
        port=arguments.port, auto_push=True, limits=arguments.limits, record_calls=False, sandbox=arguments.sandbox
    )
    async with fake:
        known = {"url": fake.url, "client_id": fake.client_id, "client_secret": fake.client_secret}
        print(json.dumps(known), flush=True)  # noqa: T201  (what the parent process reads)
        await _input_ended(sys.stdin.fileno())


async def _input_ended(descriptor: int) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def drain() -> None:
        while os.read(descriptor, 4096):
            pass
        loop.call_soon_threadsafe(ended.set)

    # A daemon, so that an interrupted program need not wait for its input.
    threading.Thread(target=drain, daemon=True).start()
    await ended.wait()


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m airalo_async.testing", description=__doc__)
    parser.add_argument("port", nargs="?", type=int, default=0, help="port to listen on; a free one, if not given")
    parser.add_argument("--limits", action="store_true", help="count requests against the documented limits")
    parser.add_argument("--sandbox", action="store_true", help="behave as a company in sandbox mode does")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
