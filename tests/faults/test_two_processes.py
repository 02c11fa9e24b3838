"""Two processes, one store file, one reference: one of them buys, and both get the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airalo_async.models import State
from airalo_async.stores import SQLiteStore
from airalo_async.testing import FakeAiralo, faults
from tests._until import until
from tests.faults._doomed import Doom
from tests.faults._zygote import zygote

if TYPE_CHECKING:
    from pathlib import Path

PATHS = {"order": "/v2/orders", "async_order": "/v2/orders-async"}
REFERENCE = "cart-17"


@pytest.mark.parametrize("kind", PATHS)
async def test_two_processes_with_one_reference_buy_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "airalo.db"
    async with FakeAiralo() as fake, zygote() as one, zygote() as other:
        # The answer waits until both processes have come, so that one finds the other sending.
        fake.fail_next("POST", PATHS[kind], faults.stall(20))
        arguments = (fake.url, [fake.client_id, fake.client_secret], str(path), kind, REFERENCE)
        for process in (one, other):
            await process.start("buy", Doom(), *arguments)
        await until(lambda: [call.path for call in fake.calls].count("/v2/balance") == 2 and fake.orders)
        fake.clock.advance(20)
        ends = [await process.end() for process in (one, other)]
        store = SQLiteStore(path, clock=fake.clock)
        stored = [request async for request in store.list()]
        await store.close()

    assert ends == [(0, []), (0, [])]
    assert [call.path for call in fake.calls].count(PATHS[kind]) == 1
    assert fake.charges() == len(stored) == len(stored[0].attempts) == 1
    assert stored[0].state in (State.COMPLETED, State.ACCEPTED)
