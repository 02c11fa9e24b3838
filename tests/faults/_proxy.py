"""A TCP proxy of our own, between a session and a fake, that breaks connections at a chosen byte.

It knows nothing of HTTP. Bytes are counted in each direction from the moment a break was asked for, so that a test can
cut at every offset of one exchange, whichever connection carries it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from airalo_async._clock import Clock

__all__ = ["How", "Proxy", "Way"]

_HOST = "127.0.0.1"
# Closing with this lingering time of zero sends a reset.
_RESET = struct.pack("ii", 1, 0)


class Way(Enum):
    """Towards the server, or back."""

    UP = "up"
    DOWN = "down"


class How(Enum):
    """What happens once the last harmless byte has passed.

    Attributes:
        CLOSE: Both ends are closed in order.
        RESET: Both ends are reset.
        STALL: This way falls silent for good; the connection stays open.
        CORRUPT: The next byte is turned over, and all else passes.
    """

    CLOSE = "close"
    RESET = "reset"
    STALL = "stall"
    CORRUPT = "corrupt"


class Proxy:
    """Passes bytes on to a port of this machine until it is told otherwise.

    Attributes:
        passed: Bytes that came each way since ``break_at`` or ``count`` was called.
        posts: Order requests whose first line came in, since the start.
    """

    def __init__(self, port: int, clock: Clock) -> None:
        self.passed = dict.fromkeys(Way, 0)
        self.posts = 0
        self._target = port
        self._clock = clock
        self._plan: tuple[Way, int, How] | None = None
        self._piece, self._pause = 0, 0.0
        self._server: asyncio.Server | None = None
        self._port = 0
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self._port}"

    async def listen(self) -> None:
        """Listen, on the same port as before if there was one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _End(_Link(self), Way.UP), _HOST, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Stop listening, so that connections are refused, and end those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in tuple(self._links):
            link.end(How.CLOSE)

    def break_at(self, way: Way, after: int, how: How = How.CLOSE) -> None:
        """Break the connection that carries the byte with this number, counted from now."""
        self.count()
        self._plan = (way, after, how)

    def count(self) -> None:
        """Break nothing any more, end the connections that stall, and count from now."""
        self._plan = None
        for link in tuple(self._links):
            if link.is_silent:
                link.end(How.CLOSE)
        self.passed = dict.fromkeys(Way, 0)

    def drip(self, piece: int, *, pause: float = 0.0) -> None:
        """Pass everything on in small pieces, with a pause on the clock after each; 0 bytes for as it comes."""
        self._piece, self._pause = piece, pause

    def begin(self, link: _Link) -> None:
        self._links.add(link)
        self.start(link.connect(self._target))

    def forget(self, link: _Link) -> None:
        self._links.discard(link)

    def start(self, work: object) -> None:
        assert asyncio.iscoroutine(work)
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def take(self, way: Way, data: bytes) -> tuple[bytes, How | None]:
        """Tell what of some bytes passes, and whether the connection breaks after them."""
        if way is Way.UP:
            self.posts += data.count(b"POST /v2/") - data.count(b"POST /v2/token")
        before = self.passed[way]
        self.passed[way] += len(data)
        if self._plan is None or self._plan[0] is not way or self.passed[way] < self._plan[1]:
            return data, None
        _, after, how = self._plan
        room = after - before
        if how is How.CORRUPT and room == len(data):
            return data, None
        self._plan = None
        if how is How.CORRUPT:
            return data[:room] + bytes([data[room] ^ 0xFF]) + data[room + 1 :], None
        return data[:room], how

    async def pour(self, transport: asyncio.Transport, data: bytes) -> None:
        """Write in pieces, if that was asked for."""
        for start in range(0, len(data), self._piece):
            transport.write(data[start : start + self._piece])
            await self._clock.sleep(self._pause)

    @property
    def drips(self) -> bool:
        return self._piece > 0


class _Link:
    """A connection of the client and one to the server."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._ends: dict[Way, asyncio.Transport] = {}
        self._silent: set[Way] = set()
        self._is_over = False
        self._pours = {way: asyncio.Lock() for way in Way}

    @property
    def is_silent(self) -> bool:
        return bool(self._silent)

    def joined(self, way: Way, transport: asyncio.Transport) -> None:
        """Take an end in: bytes that go ``way`` come from it."""
        self._ends[way] = transport
        if self._is_over:
            transport.abort()
            return
        if way is Way.UP:
            transport.pause_reading()
            self._proxy.begin(self)

    async def connect(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _End(self, Way.DOWN), _HOST, port)
        except OSError:
            self.end(How.CLOSE)
            return
        if not self._is_over:
            self._ends[Way.UP].resume_reading()

    def received(self, way: Way, data: bytes) -> None:
        if way in self._silent:
            return
        data, how = self._proxy.take(way, data)
        if self._proxy.drips:
            self._proxy.start(self._drip(way, data, how))
            return
        if data:
            self._to(way).write(data)
        self.end(how, way)

    async def _drip(self, way: Way, data: bytes, how: How | None) -> None:
        async with self._pours[way]:
            await self._proxy.pour(self._to(way), data)
            self.end(how, way)

    def _to(self, way: Way) -> asyncio.Transport:
        return self._ends[Way.DOWN if way is Way.UP else Way.UP]

    def end(self, how: How | None, way: Way | None = None) -> None:
        if how is None:
            return
        if how is How.STALL and way is not None:
            self._silent.add(way)
            return
        self._is_over = True
        self._proxy.forget(self)
        for transport in self._ends.values():
            if how is How.RESET:
                with suppress(OSError):
                    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                transport.abort()
            else:
                transport.close()


class _End(asyncio.Protocol):
    """One socket; what it reads goes ``way``."""

    def __init__(self, link: _Link, way: Way) -> None:
        self._link = link
        self._way = way

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._link.joined(self._way, transport)

    def data_received(self, data: bytes) -> None:
        self._link.received(self._way, data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio names it)
        # What the other side has left is over for this one too; bytes that are on their way still arrive.
        self._link.end(How.CLOSE)
