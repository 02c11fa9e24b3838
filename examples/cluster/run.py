"""Runs the cluster on this machine, on the built-in fake: two submitters, two receivers and two workers on one store.

The store is an SQLite file, or what AIRALO_STORE names. On the API the three programs run with AIRALO_CLIENT_ID,
AIRALO_CLIENT_SECRET, AIRALO_WEBHOOK_URL and AIRALO_STORE in their environment.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from airalo_async.models import State
from airalo_async.stores import open_store
from airalo_async.testing import FakeAiralo

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping, Sequence

PROGRAMS = Path(__file__).parent
ORDERS = 12


class Output:
    """Shows what the programs print, and knows when all that is waited for has been printed."""

    def __init__(self) -> None:
        self._lines: set[str] = set()
        self._news = asyncio.Condition()

    async def follow(self, process: Process) -> None:
        """Show every line of a program until it ends."""
        assert process.stdout is not None
        async for line in process.stdout:
            text = line.decode().rstrip()
            print(text)
            async with self._news:
                self._lines.add(text.partition(" (")[0])
                self._news.notify_all()

    async def wait_for(self, lines: set[str]) -> None:
        """Return when each of these lines was printed by some program; what stands in brackets is not looked at."""
        async with self._news:
            await self._news.wait_for(lambda: lines <= self._lines)


@asynccontextmanager
async def started(program: str, *words: str, output: Output, env: Mapping[str, str]) -> AsyncIterator[Process]:
    """Start a program; it is ended with SIGTERM, unless it has ended by itself."""
    path = str(PROGRAMS / program)
    process = await asyncio.create_subprocess_exec(
        sys.executable, path, *words, env=env, stdout=asyncio.subprocess.PIPE
    )
    following = asyncio.create_task(output.follow(process))
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await following


def free_port() -> int:
    """Find a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def run(store_url: str) -> None:
    """Start the programs, let them buy, and show what became of it."""
    shop = secrets.token_hex(3)
    references = [f"{shop}-{number}" for number in range(1, ORDERS + 1)]
    async with FakeAiralo(auto_push=True) as fake:
        env = {
            **os.environ,
            "AIRALO_BASE_URL": fake.url,
            "AIRALO_CLIENT_ID": fake.client_id,
            "AIRALO_CLIENT_SECRET": fake.client_secret,
            "AIRALO_STORE": store_url,
        }
        await sell(references, env)
        await show(references, store_url, fake)


async def sell(references: Sequence[str], env: Mapping[str, str]) -> None:
    """Run receivers and workers until the submitters have their orders and every order is mailed."""
    async with AsyncExitStack() as stack:
        output = Output()
        ports = free_port(), free_port()
        for number, port in enumerate(ports, 1):
            mine = {**env, "PORT": str(port), "NAME": f"receiver {number}"}
            await stack.enter_async_context(started("receiver.py", output=output, env=mine))
            mine = {**env, "NAME": f"worker {number}"}
            await stack.enter_async_context(started("worker.py", output=output, env=mine))
        await output.wait_for({f"{name} {number}: ready" for name in ("receiver", "worker") for number in (1, 2)})
        buyers: list[Process] = []
        for number, port in enumerate(ports):
            mine = {**env, "AIRALO_WEBHOOK_URL": f"http://127.0.0.1:{port}/airalo"}
            buyer = started("submitter.py", *references[number::2], output=output, env=mine)
            buyers.append(await stack.enter_async_context(buyer))
        if any([await buyer.wait() for buyer in buyers]):
            raise SystemExit(1)
        async with asyncio.timeout(60):
            await output.wait_for({f"mailed: {reference}" for reference in references})


async def show(references: Sequence[str], store_url: str, fake: FakeAiralo) -> None:
    """Compare the store with what the fake has charged."""
    store = open_store(store_url)
    requests = [await store.get(reference) for reference in references]
    await store.close()
    completed = sum(request.state is State.COMPLETED for request in requests)
    charged = sum(fake.charges(reference=reference) for reference in references)
    print(f"cluster: {completed} of {len(references)} orders completed, {charged} charged")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(os.environ.get("AIRALO_STORE", f"sqlite:///{Path(folder) / 'airalo.db'}")))
