"""The store in memory: what is its own beside the contract."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from airalo_async.models import PushKind, PushState, State
from airalo_async.stores import MemoryStore
from tests._until import patience
from tests.stores._support import ALL_KINDS, LEASE, accept, begin, completed_body, low_data_body, push, settled, waiters

if TYPE_CHECKING:
    from airalo_async.models import StoredRequest
    from airalo_async.stores._transaction import Transaction
    from airalo_async.testing._clock import FakeClock


@pytest.fixture
def store(clock: FakeClock) -> MemoryStore:
    return MemoryStore(clock=clock)


def test_store_is_made_outside_a_loop() -> None:
    store = MemoryStore()

    request = asyncio.run(begin(store))
    again = asyncio.run(begin_twice(store))

    assert request.state is State.SENDING
    assert again.reference == "cart-18"


def test_who_waited_in_a_closed_loop_stands_in_nobodys_way() -> None:
    store = MemoryStore()
    closed = asyncio.new_event_loop()
    forgotten = closed.create_task(store.arrived(timeout=3600))
    closed.run_until_complete(asyncio.sleep(0))
    closed.close()

    async def receive() -> None:
        async with patience():
            waiting = asyncio.create_task(store.arrived(timeout=3600))
            await asyncio.sleep(0)
            await push(store, low_data_body())
            await waiting

    asyncio.run(receive())

    assert not forgotten.done()


async def begin_twice(store: MemoryStore) -> StoredRequest:
    await store.get("cart-17")
    return await begin(store, "cart-18")


async def test_name_tells_how_much_it_holds(store: MemoryStore) -> None:
    await accept(store)
    await push(store, low_data_body())

    assert repr(store) == "<MemoryStore requests=1 pushes=1>"


async def test_unit_of_work_that_fails_is_undone(store: MemoryStore, clock: FakeClock) -> None:
    await store.bind("client", sandbox=False)
    await push(store, low_data_body("old"))
    clock.advance(days=1)
    before = await accept(store)
    await push(store, completed_body(9, request_id="Z" * 25))
    pending = [one async for one in store.inbox()]

    async def fails(tx: Transaction) -> None:
        await tx.drop_expired_keys(100)
        await tx.set_identity("other")
        changed = evolve(before, state=State.UNKNOWN, request_id="C" * 25, version=99)
        await tx.save_request(changed, before)
        await tx.save_request(evolve(before, reference="cart-99", request_id="D" * 25), None)
        for one in pending:
            await tx.save_push(evolve(one, state=PushState.DONE), one)
        await tx.add_push(evolve(pending[0], kind=PushKind.CREDIT_LIMIT))
        await tx.take_key("key", None)
        message = "on purpose"
        raise ZeroDivisionError(message)

    with pytest.raises(ZeroDivisionError):
        await store._write(fails)

    assert [request async for request in store.list()] == [before]
    assert [one async for one in store.inbox()] == pending
    assert await store.find(request_id="C" * 25) is None
    assert await store.find(request_id="D" * 25) is None
    assert [one.id for one in await store.claim(ALL_KINDS, lease=LEASE, limit=9)] == [1]
    assert (await accept(store, "cart-18", "Z" * 25)).state is State.COMPLETED
    await store.bind("client", sandbox=False)
    assert repr(store) == "<MemoryStore requests=2 pushes=2>"


async def test_nothing_is_woken_by_what_was_undone(store: MemoryStore) -> None:
    request = await accept(store)

    async def fails(tx: Transaction) -> None:
        await tx.save_request(evolve(request, version=99), request)
        message = "on purpose"
        raise ZeroDivisionError(message)

    waiting = asyncio.create_task(store.changed("cart-17", request.version))
    await waiters(store, 1)
    with pytest.raises(ZeroDivisionError):
        await store._write(fails)
    await settled()

    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_finished_pushes_leave_no_index_behind(store: MemoryStore, clock: FakeClock) -> None:
    await accept(store)
    await push(store, completed_body())
    (one,) = await store.claim(ALL_KINDS, lease=LEASE, limit=1)

    await store.finish(one.id, one.fence)
    clock.advance(LEASE)
    await store.claim(ALL_KINDS, lease=LEASE, limit=1)

    assert store._tx._groups == {}
    assert not any(store._tx._due.values())
