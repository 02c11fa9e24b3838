"""No secret is told: not by a log, a value, an error, its traceback with local variables, or its pickle."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from airalo_async import AiraloSession, EmailShare, OrderRequest, SQLiteStore, VoucherRequest
from airalo_async._retry import RetryPolicy
from airalo_async.errors import AiraloError, AuthenticationError, StoreError
from airalo_async.testing import FakeAiralo, faults
from tests._canaries import Canaries
from tests.webhooks._pushes import write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


SECRET = "canary-of-the-client-secret"
EMAIL = "canary-of-a-customer@example.com"
PACKAGE = "change-7days-1gb"
ESIM = "CANARY-OF-AN-ESIM"
# Bodies that hold an eSIM, and that no model can be made of.
UNREADABLE = {
    "broken": f'{{"data": {{"qrcode": "{ESIM}"'.encode(),
    "no order": write({"data": {"sims": [{"qrcode": f"LPA:1$x${ESIM}"}]}}),
    "misfit": write(
        {"data": {"id": f"{ESIM}", "matching_id": ESIM, "sims": ESIM, "iccid": [ESIM], "balances": [ESIM], "price": 1}}
    ),
    "no list": write({"data": {"sims": ESIM, "price": 1}, "meta": ESIM}),
}
ICCID = "8900000000000000017"
Call = Callable[[AiraloSession], Awaitable[object]]
PURCHASES: dict[str, Call] = {
    "/v2/orders": lambda airalo: airalo.orders.submit(PACKAGE, share=EmailShare(EMAIL, copy_address=[EMAIL])),
    "/v2/orders-async": lambda airalo: airalo.orders.submit_async(PACKAGE, webhook_url="https://shop.example/airalo"),
    "/v2/voucher/esim": lambda airalo: airalo.vouchers.submit_esim([VoucherRequest(PACKAGE)]),
    "/v2/voucher/airmoney": lambda airalo: airalo.vouchers.submit_airmoney(5),
    "/v2/refund": lambda airalo: airalo.account.request_refund([ICCID], reason="NO_COVERAGE"),
}
LOOKS: dict[str, Call] = {
    "/v2/orders/{order_id}": lambda airalo: airalo.orders.get(1),
    "/v2/orders": lambda airalo: anext(aiter(airalo.orders.list())),
    "/v2/sims/{sim_iccid}": lambda airalo: airalo.sims.get(ICCID),
    "/v2/sims": lambda airalo: anext(aiter(airalo.sims.list())),
    "/v2/sims/{sim_iccid}/instructions": lambda airalo: airalo.sims.instructions(ICCID),
    "/v2/balance": lambda airalo: airalo.account.balance(),
    "/v2/packages": lambda airalo: airalo.request("GET", "/v2/packages"),
}
FAULTS = {
    "drop": faults.drop_after_commit(),
    "reset": faults.reset_after_commit(),
    "truncated": faults.truncate_body(900),
    "garbage": faults.garbage_status_line(SECRET.encode()),
    "page": faults.html(502, committed=True),
    "refused": faults.business_error(34),
    "code 53": faults.business_error(53, committed=True),
    "limited": faults.rate_limited(900),
    "denied": faults.status(401, {"message": "Unauthenticated."}),
    "redirect": faults.redirect("https://elsewhere.example/"),
    "unreadable order": faults.unreadable_order(),
    **{name: faults.status(200, body, committed=True) for name, body in UNREADABLE.items()},
}


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo(limits=False, client_secret=SECRET) as started:
        yield started


@pytest.fixture
async def airalo(fake: FakeAiralo, tmp_path: Path) -> AsyncIterator[AiraloSession]:
    store = SQLiteStore(tmp_path / "airalo.db", clock=fake.clock)
    async with fake.session(store=store, limits=(), retry=RetryPolicy(attempts=1)) as session:
        yield session
    await store.close()


@pytest.fixture(autouse=True)
def listen(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def canaries(fake: FakeAiralo) -> Canaries:
    """Name the secrets there are by now, the tokens and eSIMs of the fake among them."""
    world = fake._world
    esims = [sim.matching_id for sim in world.sims.values()]
    codes = [code for voucher in fake.vouchers for code in voucher.codes]
    return Canaries((SECRET, *world.tokens), (EMAIL, ESIM, *esims, *codes))


async def test_what_was_bought_shows_no_secret(
    fake: FakeAiralo, airalo: AiraloSession, caplog: pytest.LogCaptureFixture
) -> None:
    request = OrderRequest(PACKAGE, share=EmailShare(EMAIL))
    order = await PURCHASES["/v2/orders"](airalo)
    vouchers = await PURCHASES["/v2/voucher/esim"](airalo)
    airmoney = await PURCHASES["/v2/voucher/airmoney"](airalo)
    stored = [request async for request in airalo.store.list()]
    sims = [sim async for sim in airalo.sims.list()]

    secrets = canaries(fake)
    assert len(secrets.private) == 4, "an eSIM and a voucher were bought"
    assert secrets.in_values(request, order, vouchers, airmoney, stored, sims, airalo, airalo.store, vars(airalo)) == []
    assert secrets.in_records(caplog.records) == []


@pytest.mark.parametrize("fault", FAULTS)
async def test_calls_that_fail_tell_no_secret(
    fake: FakeAiralo, airalo: AiraloSession, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    # The token comes first: it is one of the secrets.
    await airalo.account.exchange_rates()

    failed = [
        *[await failure(fake, "POST", path, fault, call(airalo)) for path, call in PURCHASES.items()],
        *[await failure(fake, "GET", path, fault, call(airalo)) for path, call in LOOKS.items()],
    ]

    errors = [error for error in failed if error is not None]
    secrets = canaries(fake)
    assert errors
    assert [(type(error), found) for error in errors if (found := secrets.in_error(error))] == []
    assert secrets.in_records(caplog.records) == []


async def failure(fake: FakeAiralo, method: str, path: str, fault: str, work: Awaitable[object]) -> AiraloError | None:
    """Let a call go wrong, and take its error; None where what came could be read all the same."""
    fake.fail_next(method, path, FAULTS[fault], 3)
    try:
        await work
    except AiraloError as error:
        return error
    finally:
        fake.clear_faults()
    return None


async def test_refused_credentials_are_not_told(
    fake: FakeAiralo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "canary-of-a-wrong-secret"
    store = SQLiteStore(tmp_path / "airalo.db")
    async with AiraloSession(fake.client_id, wrong, base_url=fake.url, store=store) as airalo:
        with pytest.raises(AuthenticationError) as caught:
            await airalo.orders.submit(PACKAGE)
    await store.close()

    secrets = Canaries((SECRET, wrong))
    assert secrets.in_error(caught.value) == []
    assert secrets.in_values(airalo) == []
    assert secrets.in_records(caplog.records) == []


async def test_answer_that_could_not_be_stored_is_not_told(
    fake: FakeAiralo, airalo: AiraloSession, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(reference: str, evidence: object) -> object:
        raise StoreError(f"{reference} is not stored, whatever {type(evidence).__name__} says")

    with monkeypatch.context() as patched:
        patched.setattr(airalo.store, "settle", failing)
        with pytest.raises(StoreError) as caught:
            await PURCHASES["/v2/orders"](airalo)

    secrets = canaries(fake)
    assert caught.value.result is not None
    assert secrets.in_error(caught.value) == []
    assert secrets.in_records(caplog.records) == []
