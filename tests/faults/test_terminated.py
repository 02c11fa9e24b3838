"""A shop gets SIGTERM while pushes pour in: what it answered 200 is stored, and it ends in time."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from airalo_async.stores import SQLiteStore
from airalo_async.testing import FakeAiralo
from tests._ports import free_port
from tests._until import patience, until
from tests.faults._served import DRAIN, SHUTDOWN
from tests.flow._shop import open_shop

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "change-7days-1gb"
PUSHES = 400
AT_ONCE = 40
SLACK = 5.0


async def test_terminated_shop_keeps_what_it_answered(tmp_path: Path) -> None:
    port, path, delivered = free_port(), tmp_path / "airalo.db", tmp_path / "delivered"
    statuses: dict[str, int | None] = {}
    gate = asyncio.Semaphore(AT_ONCE)
    async with FakeAiralo(limits=False) as fake:
        webhook = f"http://127.0.0.1:{port}/airalo"
        store = SQLiteStore(path, clock=fake.clock)
        request_ids = await orders_waiting(fake, store, webhook)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults._served", str(path), str(port), fake.client_secret, str(delivered),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"

        async def push(request_id: str) -> None:
            async with gate:
                statuses[request_id] = await fake.push(request_id)

        pushing = asyncio.gather(*map(push, request_ids))
        await until(lambda: len(statuses) > PUSHES // 4)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DRAIN + SHUTDOWN + SLACK):
            code = await process.wait()
        await pushing

        stored = {push.request_id async for push in store.inbox()}
        answered = {request_id for request_id, status in statuses.items() if status == 200}
        async with open_shop(store, fake.client_secret, port=port) as shop:
            had = {int(line) for line in delivered.read_text().split()}
            ordered = {order.order_id for order in fake.orders}
            async with patience():
                # Whatever a leap of the clock tears out of a handler's hands is due again when its lease has run out.
                while had | {event.order.id for event in shop.delivered} != ordered:
                    await until(lambda: not len(shop.receiver._dispatcher))
                    await fake.advance(minutes=1)
        await store.close()

    assert code == 0
    assert len(answered) > PUSHES // 4
    assert answered <= stored


async def orders_waiting(fake: FakeAiralo, store: SQLiteStore, webhook: str) -> list[str]:
    """Buy orders whose pushes are still to come."""
    async with fake.session(store=store, limits=()) as airalo:
        pending = await asyncio.gather(
            *(airalo.orders.submit_async(PACKAGE, webhook_url=webhook) for _ in range(PUSHES))
        )
    return [order.request_id for order in pending]
