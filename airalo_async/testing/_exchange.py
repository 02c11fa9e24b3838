"""One request and its answer, in the hands of a fault."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from airalo_async.testing._replies import Reply
    from airalo_async.testing._world import World

__all__ = ["Exchange"]

# Closing with this lingering time of zero sends a reset.
_RESET = struct.pack("ii", 1, 0)


class Exchange:
    """What a fault can do to a request.

    Args:
        request: The request on the wire.
        world: Whose clock and end are waited for.
        carry_out: Reads the request and does what it asks for.
    """

    def __init__(self, request: web.BaseRequest, world: World, carry_out: Callable[[], Awaitable[Reply]]) -> None:
        self._request = request
        self._world = world
        self._carry_out = carry_out

    async def read(self) -> None:
        """Read the whole request."""
        await self._request.read()

    async def commit(self) -> Reply:
        """Carry the request out; gives the answer it would have had."""
        return await self._carry_out()

    def close(self) -> None:
        """Close the connection."""
        if (transport := self._request.transport) is not None:
            transport.close()

    def reset(self) -> None:
        """Reset the connection."""
        if (transport := self._request.transport) is not None:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()

    async def hang(self, seconds: float | None = None) -> None:
        """Wait, so many seconds of the fake's clock or until it stops."""
        self._world.agenda.request_ended()
        try:
            with contextlib.suppress(TimeoutError):
                async with self._world.clock.timeout(seconds):
                    await self._world.stopping.wait()
        finally:
            self._world.agenda.request_began()

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        if (transport := self._request.transport) is not None:
            transport.write(data)
            # A reset would throw away what has not left yet.
            await asyncio.sleep(0)

    async def send_part(self, reply: Reply, length: int) -> None:
        """Send the head of an answer and the beginning of its body."""
        lines = [
            f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
            f"Content-Type: {reply.content_type}",
            f"Content-Length: {len(reply.body)}",
            *(f"{name}: {value}" for name, value in reply.headers),
        ]
        await self.send_raw("\r\n".join(lines).encode() + b"\r\n\r\n" + reply.body[:length])
