"""Silence that outlasts a socket's time-out, without waiting for it."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests._until import rest

if TYPE_CHECKING:
    from types import SimpleNamespace

__all__ = ["listening", "outlast"]

_LEAP = 60


async def outlast(task: asyncio.Task[object]) -> None:
    """Let the loop's time pass until a task is done; the time-outs of aiohttp run on it."""
    loop = asyncio.get_running_loop()
    real = loop.time
    with pytest.MonkeyPatch.context() as patched:
        for passed in itertools.count(_LEAP, _LEAP):
            if task.done():
                return
            patched.setattr(loop, "time", lambda passed=passed: real() + passed)
            await rest()


def listening(path: str) -> tuple[aiohttp.ClientSession, asyncio.Event]:
    """Make a session, and an event that is set once the head of an answer from a path was read."""
    read, trace = asyncio.Event(), aiohttp.TraceConfig()

    async def begun(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        if params.url.path == path:
            read.set()

    trace.on_request_end.append(begun)
    return aiohttp.ClientSession(trace_configs=[trace]), read
