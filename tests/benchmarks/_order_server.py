"""The other side of the order benchmarks: a plain aiohttp server in a process of its own.

``python -m tests.benchmarks._order_server LATENCY [CERTIFICATE]`` listens on loopback and prints its port. Every order
is answered after so many seconds with an order of two eSIMs (2.2 KB) that echoes its description and has a number of
its own. With a certificate (key and certificate in one PEM file) it speaks TLS.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from tests.benchmarks._bodies import order_body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["order_server"]

_ACCESS = ".".join(("h" * 100, "p" * 150, "s" * 48))
_TOKEN = json.dumps({"data": {"token_type": "Bearer", "expires_in": 31622400, "access_token": _ACCESS}}).encode()


def _cut() -> tuple[bytes, bytes]:
    """Cut the answer where its number and description go: made anew each time, it would be most of the server."""
    data = {key: value for key, value in json.loads(order_body())["data"].items() if key not in ("id", "description")}
    text = json.dumps({"data": data, "meta": {"message": "success"}}, separators=(",", ":")).encode()
    return b'{"data":{', text.removeprefix(b'{"data":{')


def _application(latency: float) -> web.Application:
    numbers = itertools.count(100_000)
    head, tail = _cut()

    async def order(request: web.Request) -> web.Response:
        asked = json.loads(await request.read())
        if latency:
            await asyncio.sleep(latency)
        description = json.dumps(asked.get("description") or "").encode()
        body = head + b'"id":%d,"description":%s,' % (next(numbers), description) + tail
        return web.Response(body=body, content_type="application/json")

    async def token(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=_TOKEN, content_type="application/json")

    application = web.Application()
    application.add_routes([web.post("/v2/orders", order), web.post("/v2/token", token)])
    return application


async def _serve(latency: float, certificate: str | None) -> None:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    runner = web.AppRunner(_application(latency), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


@contextmanager
def order_server(latency: float = 0.0, certificate: Path | None = None) -> Iterator[str]:
    """Run the server; gives its base URL."""
    command = [sys.executable, "-m", "tests.benchmarks._order_server", str(latency)]
    if certificate is not None:
        command.append(str(certificate))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  (this module)
        try:
            assert process.stdout is not None
            scheme = "http" if certificate is None else "https"
            yield f"{scheme}://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
