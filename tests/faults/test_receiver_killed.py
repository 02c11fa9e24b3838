"""A receiver's process that is killed while pushes come in, and started again."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from airalo_async.models import State
from airalo_async.stores import SQLiteStore
from airalo_async.testing import FakeAiralo
from tests._ports import free_port
from tests._until import until

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

ORDERS = 1000
PACKAGE = "change-7days-1gb"


@asynccontextmanager
async def receiver_process(*arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults._receiver_process", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_receiver_loses_no_push_it_answered(tmp_path: Path) -> None:
    port, path, delivered = free_port(), tmp_path / "airalo.db", tmp_path / "delivered"
    url = f"http://127.0.0.1:{port}/airalo"
    gate = asyncio.Semaphore(50)
    references = [f"cart-{number}" for number in range(ORDERS)]

    async with FakeAiralo(auto_push=True) as fake:
        arguments = (str(path), str(port), fake.client_secret, str(delivered))
        store = SQLiteStore(path, clock=fake.clock)
        async with fake.session(store=store) as airalo:

            async def order(reference: str) -> None:
                async with gate:
                    await airalo.orders.submit_async(PACKAGE, webhook_url=url, reference=reference)

            async with receiver_process(*arguments) as first:
                ordering = asyncio.gather(*map(order, references))
                await until(lambda: len(read(delivered)) > ORDERS // 4)
                first.send_signal(signal.SIGKILL)
                await first.wait()
                await ordering
            async with receiver_process(*arguments):
                await fake.advance(minutes=16)
                for reference in references:
                    await airalo.orders.wait(reference, timeout=60)
                await until(lambda: set(references) <= {line.split()[0] for line in read(delivered)})

        states = Counter([request.state async for request in store.list()])
        pushes = [push async for push in store.inbox()]
        await store.close()

    assert states == {State.COMPLETED: ORDERS}
    assert len(pushes) == len({push.reference for push in pushes}) == ORDERS
    assert fake.charges() == ORDERS


def read(delivered: Path) -> list[str]:
    return delivered.read_text(encoding="utf-8").splitlines() if delivered.exists() else []
