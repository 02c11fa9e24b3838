"""The other side of D2: a server in a process of its own that allows so many calls in any window, and not one more.

``python -m tests.benchmarks._strict_server COUNT SECONDS`` listens on loopback and prints its port. It remembers when
each call arrived; one that comes while COUNT others lie less than SECONDS back is a 429. ``GET /refused`` tells how
many there were.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["strict_server"]

_TOKEN = json.dumps({"data": {"token_type": "Bearer", "expires_in": 31622400, "access_token": "t" * 300}}).encode()


class _Window:
    def __init__(self, count: int, seconds: float) -> None:
        self.count = count
        self.seconds = seconds
        self.refused = 0
        self.allowed: deque[float] = deque()

    def allows(self) -> bool:
        now = asyncio.get_running_loop().time()
        while self.allowed and self.allowed[0] <= now - self.seconds:
            self.allowed.popleft()
        if len(self.allowed) >= self.count:
            self.refused += 1
            return False
        self.allowed.append(now)
        return True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(await self._answer(reader))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        for line in head.split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await reader.readexactly(int(line[15:]))
        path = head.split(b" ", 2)[1]
        status, body = 200, b'{"data":[]}'
        if path == b"/v2/token":
            body = _TOKEN
        elif path == b"/refused":
            body = b"%d" % self.refused
        elif not self.allows():
            status, body = 429, b'{"message":"Too Many Attempts."}'
        head = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        return head + body


async def _serve(count: int, seconds: float) -> None:
    server = await asyncio.start_server(_Window(count, seconds).serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def strict_server(count: int, seconds: float) -> Iterator[str]:
    """Run the server; gives its base URL."""
    command = [sys.executable, "-m", "tests.benchmarks._strict_server", str(count), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  (this module)
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
