"""Two stores on one backend, as two processes open it: what one commits, the other knows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import StoreError
from airalo_async.models import Accepted, PushState, State
from tests._until import patience
from tests.stores._support import (
    ALL_KINDS,
    ID,
    LEASE,
    OTHER_ID,
    accept,
    begin,
    completed_body,
    failed_body,
    low_data_body,
    paid,
    purchase,
    push,
    waiters,
)

if TYPE_CHECKING:
    from airalo_async.stores._transactional import TransactionalStore
    from airalo_async.testing._clock import FakeClock

# Not the store in memory: every one of those is for itself.
pytestmark = pytest.mark.parametrize("backend", ["sqlite", "postgres", "redis"], indirect=True)


async def test_one_of_two_stores_sends(store: TransactionalStore, other: TransactionalStore) -> None:
    for n in range(20):
        begun = await asyncio.gather(
            *(one.begin(purchase(f"cart-{n}"), owner="owner", lease=LEASE) for one in (store, other, store, other))
        )

        assert [one.fresh for one in begun].count(True) == 1
        assert len({one.request.attempt.tag for one in begun}) == 1


async def test_what_one_writes_the_other_reads(store: TransactionalStore, other: TransactionalStore) -> None:
    request = await accept(store)
    assert await other.get("cart-17") == request

    settled = await other.settle("cart-17", paid(7, request.attempt.tag))

    assert await store.get("cart-17") == settled
    assert await store.find(order_id=7) == settled
    assert not await store.confirm("cart-17", request.attempt.tag, lease=LEASE)


async def test_what_was_remembered_gives_way_to_what_the_other_wrote(
    store: TransactionalStore, other: TransactionalStore
) -> None:
    tag = (await begin(store)).attempt.tag
    await other.settle("cart-17", Accepted(ID, "{}", tag))

    receipt = await push(store, completed_body())

    assert receipt.request is not None
    assert (receipt.request.state, receipt.request.version) == (State.COMPLETED, 3)


async def test_names_that_the_other_gave_are_found(store: TransactionalStore, other: TransactionalStore) -> None:
    await accept(other)
    await begin(store, "cart-18")

    receipt = await push(store, completed_body())

    assert receipt.push is not None
    assert receipt.push.reference == "cart-17"


async def test_push_is_taken_once_by_two_stores(store: TransactionalStore, other: TransactionalStore) -> None:
    await accept(store)

    receipts = await asyncio.gather(*(push(one, completed_body()) for one in (store, other) * 5))

    assert [receipt.duplicate for receipt in receipts].count(False) == 1


async def test_park_and_accept_on_two_stores_always_meet(store: TransactionalStore, other: TransactionalStore) -> None:
    for n in range(50):
        reference, request_id = f"cart-{n}", f"{n:025d}"
        tag = (await begin(store, reference)).attempt.tag

        await asyncio.gather(
            store.settle(reference, Accepted(request_id, "{}", tag)),
            push(other, completed_body(n + 1, request_id=request_id)),
        )

        assert (await store.get(reference)).state is State.COMPLETED
    assert [one async for one in other.inbox(state=PushState.PARKED)] == []


async def test_two_claimers_never_get_the_same_push(store: TransactionalStore, other: TransactionalStore) -> None:
    await asyncio.gather(*(push(store, low_data_body(str(n))) for n in range(60)))

    batches = await asyncio.gather(*(one.claim(ALL_KINDS, lease=LEASE, limit=5) for one in (store, other) * 8))

    ids = [one.id for batch in batches for one in batch]
    assert sorted(ids) == list(range(1, 61))


async def test_claim_of_a_dead_worker_passes_on(
    store: TransactionalStore, other: TransactionalStore, clock: FakeClock
) -> None:
    await push(store, low_data_body())
    (lost,) = await store.claim(ALL_KINDS, lease=LEASE, limit=1)
    clock.advance(LEASE)

    (taken,) = await other.claim(ALL_KINDS, lease=LEASE, limit=1)

    assert not await store.finish(lost.id, lost.fence)
    assert await other.finish(taken.id, taken.fence)


async def test_references_go_one_at_a_time_across_stores(store: TransactionalStore, other: TransactionalStore) -> None:
    await accept(store)
    await push(store, failed_body())
    await push(other, completed_body())

    (first,) = await store.claim(ALL_KINDS, lease=LEASE, limit=9)

    assert await other.claim(ALL_KINDS, lease=LEASE, limit=9) == []
    await store.finish(first.id, first.fence)
    assert len(await other.claim(ALL_KINDS, lease=LEASE, limit=9)) == 1


async def test_waiter_wakes_for_what_the_other_commits(store: TransactionalStore, other: TransactionalStore) -> None:
    request = await accept(store)
    waiting = [asyncio.create_task(other.changed("cart-17", request.version)) for _ in range(3)]
    await waiters(other, 3)

    await push(store, completed_body())

    async with patience():
        assert [one.state for one in await asyncio.gather(*waiting)] == [State.COMPLETED] * 3


async def test_no_change_of_the_other_is_missed(store: TransactionalStore, other: TransactionalStore) -> None:
    for n in range(20):
        request = await begin(store, f"cart-{n}")

        async with patience():
            after, _ = await asyncio.gather(
                other.changed(f"cart-{n}", request.version),
                store.settle(f"cart-{n}", paid(n + 1, request.attempt.tag)),
            )

        assert after.state is State.COMPLETED


async def test_waiter_wakes_though_its_own_store_commits_too(
    store: TransactionalStore, other: TransactionalStore
) -> None:
    request = await accept(store)
    waiting = asyncio.create_task(other.changed("cart-17", request.version))
    await waiters(other, 1)

    await asyncio.gather(push(store, completed_body()), *(begin(other, f"cart-{n}") for n in range(100, 120)))

    async with patience():
        assert (await waiting).state is State.COMPLETED


async def test_changes_of_others_wake_nobody_else(store: TransactionalStore, other: TransactionalStore) -> None:
    request = await accept(store)
    await other.claim(ALL_KINDS, lease=LEASE, limit=1)
    waiting = asyncio.create_task(other.changed("cart-17", request.version))
    watching = asyncio.create_task(other.arrived(timeout=3600))
    await waiters(other, 2)
    woken = 0
    get = other.get

    async def counted(reference: str) -> object:
        nonlocal woken
        woken += 1
        return await get(reference)

    other.get = counted  # type: ignore[method-assign, assignment]
    await accept(store, "cart-18", OTHER_ID)
    await push(store, low_data_body())

    async with patience():
        await watching
    assert woken == 0
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_inbox_wakes_for_what_the_other_commits(store: TransactionalStore, other: TransactionalStore) -> None:
    await other.claim(ALL_KINDS, lease=LEASE, limit=1)
    waiting = asyncio.create_task(other.arrived(timeout=3600))
    await waiters(other, 1)

    await push(store, low_data_body())

    async with patience():
        await waiting
    assert len(await other.claim(ALL_KINDS, lease=LEASE, limit=1)) == 1


async def test_identity_binds_both(store: TransactionalStore, other: TransactionalStore) -> None:
    await store.bind("client", sandbox=False)

    with pytest.raises(StoreError, match="another mode"):
        await other.bind("client", sandbox=True)


async def test_closing_one_leaves_the_other(store: TransactionalStore, other: TransactionalStore) -> None:
    request = await accept(store)
    await other.get("cart-17")

    await store.close()

    assert (await other.settle("cart-17", paid(7, request.attempt.tag))).state is State.COMPLETED


async def test_what_was_committed_is_there_after_opening_again(
    store: TransactionalStore, other: TransactionalStore
) -> None:
    await accept(store)
    receipt = await push(store, completed_body())
    await store.close()

    assert await other.get("cart-17") == receipt.request
    assert [one async for one in other.inbox()] == [receipt.push]
    assert (await push(other, completed_body())).duplicate
