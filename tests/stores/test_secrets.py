"""What stores keep in the clear they keep to themselves: no value, log or error of theirs tells it."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import ArgumentError, StoreError
from airalo_async.models import Paid
from airalo_async.stores import PostgresStore, open_store
from airalo_async.stores._postgres._driver import connect
from tests._canaries import Canaries
from tests._ports import free_port
from tests.stores._servers import POSTGRES_URL
from tests.stores._support import begin, completed_body, push

if TYPE_CHECKING:
    from airalo_async.stores._transactional import TransactionalStore
    from airalo_async.testing._clock import FakeClock
    from tests.stores._servers import PostgresBackend

PASSWORD = "canary-of-a-password"
ESIM = "CANARY-OF-AN-ESIM"
SECRETS = Canaries((PASSWORD,), (ESIM, ESIM.encode().hex()))
BODY = completed_body(qrcode=f"LPA:1$lpa.example.com${ESIM}")
BOUGHT = Paid(7, "C-7", 2, BODY.decode())


@pytest.fixture(autouse=True)
def listen(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


async def test_what_is_stored_is_not_shown(store: TransactionalStore, caplog: pytest.LogCaptureFixture) -> None:
    await begin(store)
    settled = await store.settle("cart-17", BOUGHT)
    receipt = await push(store, BODY)
    pushes = [stored async for stored in store.inbox()]

    assert settled.result == BODY.decode()
    assert pushes[0].body == BODY
    assert SECRETS.in_values(store, settled, receipt, pushes) == []
    assert SECRETS.in_records(caplog.records) == []


async def test_store_that_is_closed_tells_nothing_of_what_it_was_given(
    store: TransactionalStore, caplog: pytest.LogCaptureFixture
) -> None:
    await begin(store)
    await store.close()

    with pytest.raises(StoreError) as caught:
        await store.settle("cart-17", BOUGHT)

    assert SECRETS.in_error(caught.value) == []
    assert SECRETS.in_records(caplog.records) == []


@pytest.mark.parametrize("address", ["redis://:{}@127.0.0.1:{}/0", "postgresql://somebody:{}@127.0.0.1:{}/airalo"])
async def test_password_of_a_server_that_is_away_is_not_told(address: str, caplog: pytest.LogCaptureFixture) -> None:
    store = open_store(address.format(PASSWORD, free_port()))

    with pytest.raises(StoreError) as caught:
        await store.settle("cart-17", BOUGHT)
    await store.close()

    assert SECRETS.in_error(caught.value) == []
    assert SECRETS.in_values(store, vars(store)) == []
    assert SECRETS.in_records(caplog.records) == []


async def test_row_that_postgres_refuses_is_not_told(
    postgres: PostgresBackend, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    await postgres.clear()
    store = PostgresStore(POSTGRES_URL, schema=postgres.schema, clock=clock)
    await begin(store)
    connection = await connect(POSTGRES_URL, timeout=5)
    table = f"ALTER TABLE {postgres.schema}.requests"
    await connection.execute(f"{table} ADD CONSTRAINT refuse CHECK (result IS NULL)")

    with pytest.raises(StoreError) as caught:
        await store.settle("cart-17", Paid(7, "C-7", 2, ESIM))  # the server quotes the beginning of each column

    await connection.execute(f"{table} DROP CONSTRAINT refuse")
    await connection.close()
    await store.close()
    assert SECRETS.in_error(caught.value) == []
    assert SECRETS.in_records(caplog.records) == []


@pytest.mark.parametrize(
    "password", [f"{PASSWORD}{end}x" for end in "/#?[]\u2100"] + [f"7{end}{PASSWORD}" for end in "/#"]
)
@pytest.mark.parametrize("scheme", ["redis", "rediss", "postgresql"])
def test_password_that_ends_the_url_is_not_told(scheme: str, password: str) -> None:
    with pytest.raises(ArgumentError, match="% codes") as caught:
        open_store(f"{scheme}://me:{password}@127.0.0.1:1/0")

    assert caught.value.argument == "store"
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
