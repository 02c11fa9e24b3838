"""A machine whose clock is wrong, beside a server whose clock counts."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from airalo_async import errors
from airalo_async.models import State
from airalo_async.stores import PostgresStore, RedisStore
from airalo_async.testing import FakeAiralo, faults
from tests.stores._servers import POSTGRES_URL, REDIS_URL, PostgresBackend, RedisBackend
from tests.stores._support import LEASE, begin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import tzinfo

    from airalo_async.stores._transactional import TransactionalStore

WRONG_BY = timedelta(days=2)


@pytest.fixture(params=["postgres", "redis"])
async def own_time(request: pytest.FixtureRequest) -> AsyncIterator[TransactionalStore]:
    """A store that was given no clock."""
    backend: PostgresBackend | RedisBackend = request.getfixturevalue(request.param)
    await backend.clear()
    if isinstance(backend, PostgresBackend):
        store: TransactionalStore = PostgresStore(POSTGRES_URL, schema=backend.schema)
    else:
        store = RedisStore(REDIS_URL, prefix=backend.prefix)
    yield store
    await store.close()


@pytest.fixture
def wrong_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this machine's clock two days ahead."""
    right = time.time

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + WRONG_BY

    monkeypatch.setattr("airalo_async._clock.datetime", Wrong)
    monkeypatch.setattr("airalo_async._clock.time.time", lambda: right() + WRONG_BY.total_seconds())


@pytest.mark.usefixtures("wrong_clock")
async def test_lease_is_not_over_because_this_machine_thinks_so(own_time: TransactionalStore) -> None:
    attempt = (await begin(own_time)).attempt

    assert abs(attempt.lease_until - own_time.clock.now()) <= timedelta(seconds=LEASE)
    assert abs(attempt.lease_until.timestamp() - own_time.clock.time()) <= LEASE


@pytest.mark.usefixtures("wrong_clock")
async def test_day_is_not_over_because_this_machine_thinks_so(own_time: TransactionalStore) -> None:
    async with FakeAiralo() as fake, fake.session(store=own_time) as airalo:
        fake.fail_next("POST", "/v2/orders", faults.drop_before_commit())
        with pytest.raises(errors.OutcomeUnknownError):
            await airalo.orders.submit("change-7days-1gb", reference="cart-17")

        (looked,) = await airalo.orders.reconcile("cart-17")

    assert looked.state is State.UNKNOWN
