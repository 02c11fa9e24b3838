"""Purchases, pushes and states to put into a store, and the backends to put them into."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

from airalo_async._push import read_facts
from airalo_async._tag import make_tag
from airalo_async.models import (
    JSON,
    Accepted,
    Cancelled,
    Evidence,
    Failed,
    Kind,
    NoAnswer,
    NothingFound,
    Paid,
    PushFacts,
    PushKind,
    Refusal,
    Refused,
    State,
    StoredRequest,
    Unsent,
)
from airalo_async.stores import MemoryStore, SQLiteStore
from airalo_async.stores._base import NewPurchase
from tests._until import until

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from pathlib import Path

    from airalo_async.stores._base import Begun, Receipt
    from airalo_async.stores._transaction import Transaction
    from airalo_async.stores._transactional import TransactionalStore
    from airalo_async.testing._clock import FakeClock

T = TypeVar("T")

LEASE = 90.0
ID = "A" * 25
OTHER_ID = "B" * 25
REFUSAL = Refusal(422, 33, "out of stock", {"quantity": "too many"})
ORDERS = (PushKind.ORDER_COMPLETED, PushKind.ORDER_FAILED)
ALL_KINDS = tuple(PushKind)


class Backend(Protocol):
    """Where stores keep what they keep."""

    shared: bool
    """Whether two stores opened on it see the same."""

    def open(self, clock: FakeClock) -> TransactionalStore:
        """Make a store on it."""
        ...


class MemoryBackend:
    """Every store for itself."""

    shared = False

    def open(self, clock: FakeClock) -> TransactionalStore:
        return MemoryStore(clock=clock)


class SQLiteBackend:
    """One file."""

    shared = True

    def __init__(self, folder: Path) -> None:
        self.path = folder / "airalo.db"

    def open(self, clock: FakeClock) -> TransactionalStore:
        return SQLiteStore(self.path, clock=clock)


def purchase(
    reference: str = "cart-17",
    *,
    kind: Kind = Kind.ASYNC_ORDER,
    fingerprint: str = "f" * 64,
    metadata: Mapping[str, JSON] | None = None,
) -> NewPurchase:
    return NewPurchase(
        reference=reference,
        kind=kind,
        fingerprint=fingerprint,
        package_id="change-7days-1gb",
        quantity=2,
        metadata={"user": 5} if metadata is None else metadata,
        tag=make_tag("client", reference),
    )


async def begin(store: TransactionalStore, reference: str = "cart-17", *, resubmit: bool = False) -> StoredRequest:
    """Commit a purchase as SENDING; it must be a new attempt."""
    begun: Begun = await store.begin(purchase(reference), owner="owner", lease=LEASE, resubmit=resubmit)
    assert begun.fresh
    return begun.request


async def accept(store: TransactionalStore, reference: str = "cart-17", request_id: str = ID) -> StoredRequest:
    request = await begin(store, reference)
    return await store.settle(reference, Accepted(request_id, "{}", request.attempt.tag))


def paid(order_id: int = 7, tag: str | None = None, request_id: str | None = None) -> Paid:
    return Paid(order_id, f"C-{order_id}", 2, '{"data": {}}', tag, request_id)


async def bring_to(store: TransactionalStore, clock: FakeClock, state: State) -> StoredRequest:
    """Store a request, bring it to a state by real evidence, and let its lease run out."""
    request = await begin(store)
    tag = request.attempt.tag
    paths: Mapping[State, tuple[Evidence, ...]] = {
        State.SENDING: (),
        State.ACCEPTED: (Accepted(ID, "{}", tag),),
        State.COMPLETED: (paid(tag=tag),),
        State.FAILED: (Accepted(ID, "{}", tag), Failed(REFUSAL, ID)),
        State.CANCELLED: (Accepted(ID, "{}", tag), Cancelled(ID)),
        State.REJECTED: (Refused(REFUSAL, tag),),
        State.NOT_SENT: (Unsent(tag),),
        State.UNKNOWN: (NoAnswer(tag, "timed out"),),
        State.UNRESOLVED: (NoAnswer(tag, "timed out"), NothingFound()),
    }
    for evidence in paths[state]:
        request = await store.settle(request.reference, evidence)
    clock.advance(LEASE)
    assert request.state is state
    return request


def completed_body(
    order_id: int = 7, *, request_id: str | None = ID, tag: str | None = None, sims: int = 2, **more: JSON
) -> bytes:
    """Make the body of a push that delivers an order."""
    order = {"id": order_id, "code": f"C-{order_id}", "sims": [{"iccid": str(n)} for n in range(sims)]}
    described = order if tag is None else order | {"description": f"{tag} for the shop"}
    return json.dumps(({} if request_id is None else {"request_id": request_id}) | described | more).encode()


def failed_body(request_id: str = ID, reason: str = "out of stock") -> bytes:
    return json.dumps({"request_id": request_id, "reason": reason, "code": 33}).encode()


def low_data_body(iccid: str = "1", level: str = "75%") -> bytes:
    return json.dumps({"iccid": iccid, "level": level, "package_name": "p", "remaining_percentage": 25}).encode()


async def push(store: TransactionalStore, body: bytes) -> Receipt:
    return await store.receive(body, "raw", read_facts(body))


async def ask(store: TransactionalStore, body: bytes, reference: str = "cart-17") -> StoredRequest:
    """Settle as asking the API does."""
    facts: PushFacts = read_facts(body)
    return await store.settle_by_asking(reference, body, facts)


async def in_one_commit(store: SQLiteStore, *work: Coroutine[object, object, T]) -> list[T | BaseException]:
    """Run several writes that the writer thread finds waiting all at once."""
    started, gate = threading.Event(), threading.Event()

    async def hold(_tx: Transaction) -> None:
        started.set()
        gate.wait(10)

    holding = asyncio.create_task(store._write(hold))
    await asyncio.to_thread(started.wait, 10)
    tasks = [asyncio.create_task(one) for one in work]
    await settled()
    gate.set()
    await holding
    return await asyncio.gather(*tasks, return_exceptions=True)


async def waiters(store: TransactionalStore, number: int) -> None:
    """Return when so many wait on the store."""
    await until(lambda: len(store._waiters) >= number)


async def settled() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)
