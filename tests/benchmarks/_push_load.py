"""The load side of C1, in a process of its own: signed pushes over so many kept connections.

``python -m tests.benchmarks._push_load PORT CONNECTIONS FIRST COUNT`` prints pushes a second.
"""

from __future__ import annotations

import asyncio
import sys
import time

from tests.benchmarks._push_bodies import push_request


class _Connection(asyncio.Protocol):
    """Sends the next push as soon as the last one is answered."""

    def __init__(self, requests: list[bytes]) -> None:
        self._requests = requests
        self._seen = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self) -> None:
        if self._requests:
            self._transport.write(self._requests.pop())
        else:
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if self._seen.startswith(b"HTTP/1.1 200 ") and self._seen.endswith(b"\r\n\r\nstored"):
            self._seen = b""
            self.send()
        elif not self.done.done() and b"\r\n\r\n" in self._seen and not self._seen.endswith(b"\r\n\r\n"):
            self.done.set_exception(ConnectionError(repr(self._seen)))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed"))


async def _load(port: int, connections: int, first: int, count: int) -> float:
    requests = [push_request(number) for number in range(first, first + count)]
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: _Connection(requests), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    started = time.perf_counter()
    for connection in opened:
        connection.send()
    await asyncio.gather(*(connection.done for connection in opened))
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(_load(*map(int, sys.argv[1:5])))}\n")
