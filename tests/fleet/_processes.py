"""Processes of a fleet, started by a test or a benchmark."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import airalo_async
from tests._until import patience

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo

__all__ = ["end", "start", "token_calls"]

ROOT = Path(airalo_async.__file__).parent.parent


async def start(fake: FakeAiralo, store: str, work: str, amount: float = 0.0) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.fleet._worker", fake.url, fake.client_id, fake.client_secret, store, work, str(amount)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )


async def end(process: asyncio.subprocess.Process) -> str:
    async with patience():
        out, _ = await process.communicate()
    return out.decode().strip()


def token_calls(fake: FakeAiralo) -> int:
    return sum(call.path == "/v2/token" for call in fake.calls)
