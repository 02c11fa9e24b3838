"""A store is lost, emptied, purged, or comes back from a backup: an old order never settles a new purchase."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from airalo_async import errors
from airalo_async.models import State
from airalo_async.stores import MemoryStore, SQLiteStore
from airalo_async.testing import FakeAiralo, faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from airalo_async.stores import RequestStore

PACKAGE = "change-7days-1gb"
REFERENCE = "cart-17"


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo() as started:
        yield started


async def buy(fake: FakeAiralo, store: RequestStore) -> None:
    async with fake.session(store=store) as airalo:
        await airalo.orders.submit(PACKAGE, reference=REFERENCE)


@asynccontextmanager
async def second_shop(fake: FakeAiralo, _: Path) -> AsyncIterator[RequestStore]:
    await buy(fake, MemoryStore(clock=fake.clock))
    yield MemoryStore(clock=fake.clock)


@asynccontextmanager
async def deleted_file(fake: FakeAiralo, path: Path) -> AsyncIterator[RequestStore]:
    lost = SQLiteStore(path, clock=fake.clock)
    await buy(fake, lost)
    await lost.close()
    os.remove(path)  # noqa: PTH107  (a file of a few pages, in a test)
    store = SQLiteStore(path, clock=fake.clock)
    yield store
    await store.close()


@asynccontextmanager
async def restored_backup(fake: FakeAiralo, path: Path) -> AsyncIterator[RequestStore]:
    store = SQLiteStore(path, clock=fake.clock)
    await store.bind(fake.client_id, sandbox=False)
    await store.close()
    shutil.copy(path, path.with_suffix(".backup"))
    newer = SQLiteStore(path, clock=fake.clock)
    await buy(fake, newer)
    await newer.close()
    shutil.move(path.with_suffix(".backup"), path)
    store = SQLiteStore(path, clock=fake.clock)
    yield store
    await store.close()


@pytest.mark.parametrize("loss", [second_shop, deleted_file, restored_backup])
async def test_old_order_never_settles_a_new_purchase(
    fake: FakeAiralo, tmp_path: Path, loss: Callable[[FakeAiralo, Path], AbstractAsyncContextManager[RequestStore]]
) -> None:
    async with loss(fake, tmp_path / "airalo.db") as store, fake.session(store=store) as airalo:
        fake.fail_next("POST", "/v2/orders", faults.drop_before_commit())
        with pytest.raises(errors.OutcomeUnknownError):
            await airalo.orders.submit(PACKAGE, reference=REFERENCE)
        fake.clock.advance(60)
        (soon,) = await airalo.orders.reconcile()
        fake.clock.advance(days=2)
        (late,) = await airalo.orders.reconcile()
        orphans = [order async for order in airalo.orders.orphans(since=fake.clock.now() - timedelta(days=9))]

    assert (soon.state, late.state) == (State.UNKNOWN, State.UNRESOLVED)
    assert [(alarm.kind, alarm.detail) for alarm in soon.alarms] == [("earlier_orders", fake.orders[0].code)]
    assert [order.id for order in orphans] == [fake.orders[0].order_id]


async def test_new_purchase_is_settled_by_its_own_order_beside_an_old_one(fake: FakeAiralo, tmp_path: Path) -> None:
    async with restored_backup(fake, tmp_path / "airalo.db") as store, fake.session(store=store) as airalo:
        fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
        with pytest.raises(errors.OutcomeUnknownError):
            await airalo.orders.submit(PACKAGE, reference=REFERENCE)
        (settled,) = await airalo.orders.reconcile(REFERENCE)

    assert [settled.order_id] == [order.order_id for order in fake.orders[1:]]


async def test_purged_reference_is_not_bought_again(fake: FakeAiralo, tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "airalo.db", clock=fake.clock)
    await buy(fake, store)
    fake.clock.advance(days=400)
    await store.purge(older_than=timedelta(days=90))
    await buy(fake, store)
    await store.close()

    assert fake.charges(REFERENCE) == 1
