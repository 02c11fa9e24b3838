"""What is done in a store to see whether it costs more in a full one: orders, pushes and matches, many at once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from airalo_async._push import read_facts
from airalo_async._tag import make_tag
from airalo_async.models import Accepted, Kind, Paid
from airalo_async.stores._base import NewPurchase

if TYPE_CHECKING:
    from airalo_async.stores import RequestStore

__all__ = ["STEPS", "Step", "each", "new_purchase", "notice", "seconds_a_step"]

Step = Callable[["RequestStore", int], Awaitable[object]]

_IN_FLIGHT = 50


def new_purchase(number: int) -> NewPurchase:
    reference = f"cart-{number}"
    return NewPurchase(reference, Kind.ASYNC_ORDER, "f" * 64, "p", 1, {"user": 5}, make_tag("client", reference))


async def order(store: RequestStore, number: int) -> None:
    purchase = new_purchase(number)
    await store.begin(purchase, owner="owner", lease=90)
    paid = Paid(10_000_000 + number, f"C-{number}", 1, "{}", purchase.tag)
    await store.settle(purchase.reference, paid)


async def notice(store: RequestStore, number: int) -> None:
    body = json.dumps({"iccid": str(number), "level": "75%", "package_name": "p", "remaining_percentage": 25}).encode()
    await store.receive(body, "raw", read_facts(body))


async def accept(store: RequestStore, number: int) -> None:
    purchase = new_purchase(number)
    await store.begin(purchase, owner="owner", lease=90)
    await store.settle(purchase.reference, Accepted(f"{number:025d}", "{}", purchase.tag))


async def match(store: RequestStore, number: int) -> None:
    order = {"id": 10_000_000 + number, "code": f"C-{number}", "sims": [{"iccid": str(number)}]}
    body = json.dumps({"request_id": f"{number:025d}", **order}).encode()
    await store.receive(body, "raw", read_facts(body))


STEPS: dict[str, tuple[Step | None, Step]] = {
    "an order": (None, order),
    "a push": (None, notice),
    "a match": (accept, match),
}
"""What is done before the clock is started, and what is measured."""


async def each(step: Step, store: RequestStore, numbers: range) -> None:
    """Do a step with each number, many at once."""
    waiting = iter(numbers)

    async def one() -> None:
        for number in waiting:
            await step(store, number)

    await asyncio.gather(*(one() for _ in range(_IN_FLIGHT)))


async def seconds_a_step(store: RequestStore, before: Step | None, step: Step, numbers: range) -> float:
    """Measure a step in a store, and close it."""
    await store.bind("benchmark", sandbox=False)
    if before is not None:
        await each(before, store, numbers)
    started = time.perf_counter()
    await each(step, store, numbers)
    spent = time.perf_counter() - started
    await store.close()
    return spent / len(numbers)
