"""A server on a real socket that answers byte for byte what a test tells it, or breaks off where it is told to."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = [
    "FlakyResolver",
    "Reply",
    "ScriptedApi",
    "Seen",
    "answer",
    "closed_port",
    "disconnect",
    "flaky",
    "flaky_session",
    "hang_up_on_connect",
    "reset",
    "scripted_api",
    "silence",
    "then",
    "token",
]

Reply = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Bytes to send as they are, or what to do with the connection, which ends after it."""


@frozen
class Seen:
    """A request that arrived whole."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode())


@define
class ScriptedApi:
    """What the server was told, and what it has seen."""

    url: str = ""
    connections: int = 0
    seen: list[Seen] = field(factory=list[Seen])
    tokens: int = 0
    revoked: set[str] = field(factory=set[str])
    on_connect: Reply | None = None
    _script: defaultdict[str, deque[Reply]] = field(factory=lambda: defaultdict[str, deque[Reply]](deque))
    _always: dict[str, Reply] = field(factory=dict[str, Reply])
    _arrived: asyncio.Condition = field(factory=asyncio.Condition)
    _tasks: set[asyncio.Task[object]] = field(factory=set[asyncio.Task[object]])

    def then(self, path: str, *replies: Reply) -> None:
        """Answer the next requests of a path, one reply each."""
        self._script[path].extend(replies)

    def always(self, path: str, reply: Reply) -> None:
        """Answer all requests of a path for which nothing else was told."""
        self._always[path] = reply

    def calls(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path.split("?")[0] == path]

    async def saw(self, path: str, count: int = 1) -> None:
        """Wait until so many requests of a path have arrived."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.calls(path)) >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self.on_connect is not None and not isinstance(self.on_connect, bytes):
                await self.on_connect(reader, writer)
                return
            while (seen := await _read_request(reader)) is not None:
                async with self._arrived:
                    self.seen.append(seen)
                    self._arrived.notify_all()
                reply = self._reply_to(seen)
                if not isinstance(reply, bytes):
                    await reply(reader, writer)
                    break
                writer.write(reply)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _reply_to(self, seen: Seen) -> Reply:
        path = seen.path.split("?")[0]
        if seen.headers.get("authorization", "").removeprefix("Bearer ") in self.revoked:
            return answer(401, {"message": "Unauthenticated."})
        if self._script[path]:
            return self._script[path].popleft()
        if path in self._always:
            return self._always[path]
        if path == "/v2/token":
            self.tokens += 1
            return token(f"token-{self.tokens}")
        return answer(404, {"data": [], "meta": {"message": "messages.resource_not_found"}})


@asynccontextmanager
async def scripted_api() -> AsyncIterator[ScriptedApi]:
    """Serve on a free port of the loopback."""
    api = ScriptedApi()
    server = await asyncio.start_server(api.serve, "127.0.0.1", 0)
    api.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield api
    finally:
        server.close()
        await api.stop()
        await server.wait_closed()


def answer(status: int, body: object = b"", **headers: str) -> bytes:
    """Make a whole answer; ``retry_after="1"`` is the header ``retry-after: 1``."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"content-type": "application/json", "content-length": str(len(raw))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + raw


def token(value: str, expires_in: object = 31622400) -> bytes:
    """Make the answer of the token call."""
    data = {"token_type": "Bearer", "expires_in": expires_in, "access_token": value}
    return answer(200, {"data": data, "meta": {"message": "success"}})


async def disconnect(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""


async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Say nothing until the other side gives up."""
    await reader.read()


def hang_up_on_connect(api: ScriptedApi) -> None:
    """Close each connection before a request is read."""
    api.on_connect = disconnect


def then(start: bytes, end: Reply) -> Reply:
    """Send some bytes, then go on with the connection."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await writer.drain()
        assert not isinstance(end, bytes)
        await end(reader, writer)

    return reply


class FlakyResolver(AbstractResolver):
    """Names that cannot be resolved a number of times, and are the loopback after that."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self.failures > 0:
            self.failures -= 1
            message = f"no address for {host}"
            raise OSError(message)
        found = ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)
        return [found]

    async def close(self) -> None:
        """Nothing to close."""


def flaky(api: ScriptedApi) -> str:
    """Give the server's address by a name that has to be resolved."""
    return api.url.replace("127.0.0.1", "flaky.localhost")


def flaky_session(resolver: FlakyResolver) -> aiohttp.ClientSession:
    """Make a session that resolves the name anew for each request."""
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
    return aiohttp.ClientSession(connector=connector)


def closed_port() -> int:
    """Find a port of the loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def _read_request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode().split("\r\n")
    method, path, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, path, headers, body)
