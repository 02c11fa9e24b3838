"""Pages that repeat, shrink, break off or never end: such a look proves nothing, and settles nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airalo_async import errors
from airalo_async._tag import make_tag
from airalo_async.models import State
from airalo_async.stores import MemoryStore
from airalo_async.testing import FakeAiralo, faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from airalo_async import AiraloSession
    from airalo_async.models import JSON

PACKAGE = "change-7days-1gb"
REFERENCE = "cart-17"


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo() as started:
        yield started


@pytest.fixture
async def airalo(fake: FakeAiralo) -> AsyncIterator[AiraloSession]:
    async with fake.session(store=MemoryStore(clock=fake.clock)) as session:
        yield session


def page(ids: Iterator[int] | range, *, number: int, last: int, total: int = 200) -> dict[str, Any]:
    rows = [{"id": i, "description": "an order made by hand", "package_id": PACKAGE} for i in ids]
    return {"data": rows, "meta": {"current_page": number, "last_page": last, "total": total}}


REPEATED = [page(range(100), number=1, last=3), page(range(100), number=2, last=3)]
SHRUNK = [page(range(100), number=1, last=3), page(range(100, 150), number=2, last=2, total=150)]
BROKEN_OFF = [page(range(100), number=1, last=3), page(range(0), number=2, last=3)]
WRONG_PAGE = [page(range(100), number=1, last=3), page(range(100, 200), number=3, last=3)]
NO_LIST = [{"data": "nothing", "meta": {}}]


@pytest.mark.parametrize("pages", [REPEATED, SHRUNK, BROKEN_OFF, WRONG_PAGE, NO_LIST])
async def test_look_that_may_have_missed_rows_settles_nothing(
    fake: FakeAiralo, airalo: AiraloSession, pages: list[dict[str, Any]]
) -> None:
    fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference=REFERENCE)
    await fake.advance(days=2)
    for answer in pages:
        fake.fail_next("GET", "/v2/orders", faults.status(200, answer))

    with pytest.raises(errors.DecodeError):
        await airalo.orders.reconcile(REFERENCE)

    missed = await airalo.store.get(REFERENCE)
    (found,) = await airalo.orders.reconcile(REFERENCE)
    assert (missed.state, missed.looks) == (State.UNKNOWN, 0)
    assert (found.state, found.order_id) == (State.COMPLETED, fake.orders[0].order_id)


async def test_order_on_the_last_of_many_pages_is_found(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference=REFERENCE)
    for _ in range(250):
        fake.twin(fake.orders[0].order_id)

    (settled,) = await airalo.orders.reconcile(REFERENCE)

    pages = [call for call in fake.calls if call.method == "GET" and call.path == "/v2/orders"]
    assert (settled.state, settled.order_id, len(pages)) == (State.COMPLETED, fake.orders[0].order_id, 3)


async def test_order_on_the_first_of_many_pages_is_found(fake: FakeAiralo, airalo: AiraloSession) -> None:
    neighbour: JSON = {"package_id": PACKAGE, "quantity": 1, "description": make_tag(fake.client_id, REFERENCE)}
    await airalo.request("POST", "/v2/orders", json=neighbour)
    for _ in range(150):
        fake.twin(fake.orders[0].order_id)
    fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference=REFERENCE)

    (settled,) = await airalo.orders.reconcile(REFERENCE)

    assert (settled.state, settled.order_id) == (State.COMPLETED, fake.orders[-1].order_id)
