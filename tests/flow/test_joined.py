"""A purchase that joins one under the same reference has its outcome, whatever that is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from attrs import evolve

from airalo_async import errors
from airalo_async.models import State
from airalo_async.testing import faults
from tests._until import until

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.stores._transactional import TransactionalStore
    from airalo_async.testing import FakeAiralo
    from airalo_async.testing._exchange import Exchange
    from airalo_async.testing._replies import Reply

PACKAGE = "change-7days-1gb"


async def test_refusal_of_the_first_is_that_of_who_joined(
    airalo: AiraloSession, fake: FakeAiralo, store: TransactionalStore
) -> None:
    refusal, gate = faults.business_error(34), asyncio.Event()

    async def refuse_late(exchange: Exchange) -> Reply | None:
        await gate.wait()
        return await refusal.play(exchange)

    fake.fail_next("POST", "/v2/orders", evolve(refusal, play=refuse_late))
    first = asyncio.ensure_future(airalo.orders.submit(PACKAGE, reference="cart-17"))
    await until(lambda: any(call.path == "/v2/orders" for call in fake.calls))
    second = asyncio.ensure_future(airalo.orders.submit(PACKAGE, reference="cart-17"))
    await until(lambda: len(store._waiters))
    gate.set()

    refused = await asyncio.gather(first, second, return_exceptions=True)

    assert [type(error) for error in refused] == [errors.OutOfStockError, errors.OutOfStockError]
    assert (await store.get("cart-17")).state is State.REJECTED
    assert len([call for call in fake.calls if call.path == "/v2/orders"]) == 1
