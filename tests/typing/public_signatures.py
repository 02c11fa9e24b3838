"""What type checkers see of the public API; mypy and pyright check this file, and nothing runs it.

A line marked to be ignored must be an error, or the marker itself is one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import assert_type

from airalo_async import (
    ActivationCode,
    AiraloSession,
    BulkItem,
    EmailShare,
    Listing,
    Money,
    OrderRequest,
    SQLiteStore,
    Unresolved,
    VoucherRequest,
    errors,
    open_store,
)
from airalo_async.errors import Outcome
from airalo_async.models import (
    JSON,
    AirmoneyVoucher,
    Balance,
    CatalogueDiff,
    Destination,
    Device,
    EsimVoucher,
    ExchangeRates,
    FutureOrder,
    FutureOrderRow,
    Instructions,
    Notification,
    Order,
    Package,
    PackageOffer,
    PackageOverride,
    Page,
    PageLinks,
    PendingOrder,
    ProductInformation,
    Refund,
    RefundReason,
    Sim,
    SimDetails,
    SimPackage,
    State,
    StoredPush,
    StoredRequest,
    Usage,
)
from airalo_async.stores import RequestStore
from airalo_async.testing import FakeAiralo, faults
from airalo_async.webhooks import (
    CreditLimit,
    Event,
    LowData,
    OrderCompleted,
    OrderFailed,
    Reply,
    WebhookReceiver,
    decode_event,
    sign,
    verify_signature,
)


async def opening(store: RequestStore) -> None:
    async with AiraloSession("id", "secret", store="sqlite:///airalo.db") as airalo:
        assert_type(airalo, AiraloSession)
        assert_type(airalo.store, RequestStore)
    AiraloSession("id", "secret", store=SQLiteStore("airalo.db"), timeout=30)
    AiraloSession("id", "secret", store=store, sandbox=True)
    assert_type(open_store("memory://"), RequestStore)
    AiraloSession("id")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    AiraloSession("id", "secret", store=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def buying(airalo: AiraloSession) -> None:
    order = await airalo.orders.submit(
        "change-7days-1gb", quantity=1, reference="cart-17", metadata={"user": 5, "tags": ["a", None]}
    )
    assert_type(order, Order)
    assert_type(order.sims, tuple[Sim, ...])
    assert_type(order.price, Money | None)
    pending = await airalo.orders.submit_async("change-7days-1gb", share=EmailShare("jo@example.com"))
    assert_type(pending, PendingOrder)
    assert_type(await airalo.orders.wait(pending, timeout=60), Order)
    assert_type(await airalo.orders.wait("cart-17"), Order)
    assert_type(await airalo.orders.wait(request_id="a" * 25), Order)
    async for item in airalo.orders.submit_many([OrderRequest("change-7days-1gb")]):
        assert_type(item, BulkItem)
        assert_type(item.order, Order | None)
        assert_type(item.error, errors.AiraloError | None)
    async for listed in airalo.orders.list(status="completed", page_size=None):
        assert_type(listed, Order)
    assert_type(await airalo.orders.top_up("change-7days-1gb-topup", iccid="8" * 19), Order)
    assert_type(await airalo.orders.get(5, include=("sims",)), Order)
    async for open_one in airalo.orders.unresolved():
        assert_type(open_one, Unresolved)
        assert_type(open_one.candidates, tuple[StoredPush, ...])
    async for orphan in airalo.orders.orphans(since=datetime.now(UTC)):
        assert_type(orphan, Order)
    assert_type(await airalo.orders.recover(), tuple[StoredRequest, ...])
    assert_type(await airalo.orders.resolve("cart-17", not_placed=True), StoredRequest)
    await airalo.orders.wait(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await airalo.orders.top_up("change-7days-1gb-topup")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    airalo.orders.submit_many(["slug"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    await airalo.orders.submit("change-7days-1gb", 1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await airalo.orders.submit(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def planning(airalo: AiraloSession) -> None:
    due = datetime.now(UTC) + timedelta(days=30)
    future = await airalo.future_orders.submit("change-7days-1gb", due_date=due)
    assert_type(future, FutureOrder)
    assert_type(await airalo.orders.wait(future), Order)
    assert_type(await airalo.future_orders.cancel(future.request_id), None)
    async for row in airalo.future_orders.list(due=(None, due)):
        assert_type(row, FutureOrderRow)
    codes = await airalo.vouchers.submit_esim([VoucherRequest("change-7days-1gb", quantity=3)])
    assert_type(codes, tuple[EsimVoucher, ...])
    assert_type(await airalo.vouchers.submit_airmoney(Decimal("2.5")), tuple[AirmoneyVoucher, ...])
    await airalo.vouchers.submit_esim(["slug"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    await airalo.future_orders.submit("change-7days-1gb")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def looking(airalo: AiraloSession) -> None:
    async for offer in airalo.packages.flat(country="JP"):
        assert_type(offer, PackageOffer)
        assert_type(offer.package_id, str)
        assert_type(offer.prices, Mapping[str, Decimal])
    async for page in airalo.packages.list().pages():
        assert_type(page, Page[Destination])
        assert_type(page[0], Destination)
        assert_type(page.links, PageLinks | None)
    assert_type(airalo.packages.flat(), Listing[PackageOffer])
    assert_type(airalo.packages.overrides(), Listing[PackageOverride])
    assert_type(airalo.packages.diff([], []), CatalogueDiff)
    assert_type(await airalo.packages.product_information("change-7days-1gb"), ProductInformation)
    stored = await airalo.store.get("cart-17")
    assert_type(stored, StoredRequest)
    assert_type(stored.state, State)
    assert_type(stored.metadata, Mapping[str, JSON])
    assert_type(await airalo.store.find(request_id="a" * 25), StoredRequest | None)
    assert_type(airalo.store.list(state=State.UNKNOWN), AsyncIterator[StoredRequest])
    assert_type(await airalo.orders.reconcile("cart-17"), tuple[StoredRequest, ...])
    assert_type(await airalo.request("GET", "/v2/balance"), JSON)


async def installing(airalo: AiraloSession) -> None:
    iccid = "8900000000000000001"
    sim = await airalo.sims.get(iccid, include=("order", "share"))
    assert_type(sim, SimDetails)
    assert_type(sim.simable, Order | None)
    assert_type(airalo.sims.list(), Listing[SimDetails])
    assert_type(await airalo.sims.usage(iccid), Usage)
    assert_type(await airalo.sims.package_history(iccid), Page[SimPackage])
    assert_type(await airalo.sims.topup_packages(iccid), Page[Package])
    assert_type(await airalo.sims.instructions(iccid, language="de"), Instructions)
    assert_type(await airalo.sims.set_brand(iccid, brand_settings_name=None), str | None)
    assert_type(ActivationCode.from_sim(sim).qr_png(), bytes)
    await airalo.sims.set_brand(iccid)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def asking(airalo: AiraloSession) -> None:
    assert_type(await airalo.account.balance(), Balance | None)
    assert_type(await airalo.account.request_refund(["8" * 19], reason=RefundReason.NO_COVERAGE), Refund)
    assert_type(await airalo.account.exchange_rates(to=("EUR",)), ExchangeRates)
    assert_type(await airalo.account.compatible_devices(), Page[Device])
    assert_type(await airalo.notifications.opt_in_async_orders("https://shop.example"), Notification)
    assert_type(await airalo.notifications.opt_in_low_data(email="jo@example.com"), Notification)
    assert_type(await airalo.notifications.opt_in_credit_limit(email="jo@example.com", levels=(50,)), Notification)
    assert_type(await airalo.notifications.get(), Notification | None)
    assert_type(await airalo.notifications.opt_out("async_orders"), None)
    assert_type(await airalo.notifications.simulate("low_data_notification", type="data_75"), str)


def failing(error: errors.AiraloError) -> None:
    assert_type(error.outcome, Outcome | None)
    if isinstance(error, errors.OutcomeUnknownError):
        assert_type(error.request, StoredRequest | None)
    if isinstance(error, errors.ResponseError):
        assert_type(error.fields, dict[str, str])


async def receiving(store: RequestStore, body: bytes, headers: Mapping[str, str]) -> None:
    receiver = WebhookReceiver(store=store, secrets=["secret"])

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        assert_type(event.order, Order)
        assert_type(event.request, StoredRequest | None)

    @receiver.on(LowData)  # type: ignore[arg-type]
    async def wrong(event: OrderFailed) -> None: ...  # pyright: ignore[reportArgumentType, reportUnusedFunction]

    assert_type(await receiver.receive(body, headers), Reply)
    assert_type(receiver.dead_letters(), AsyncIterator[StoredPush])
    assert_type(sign(body, "secret"), str)
    verify_signature(body, headers.get("airalo-signature"), ["secret"])
    event = decode_event(body)
    assert_type(event, Event)
    if isinstance(event, CreditLimit):
        assert_type(event.remaining, Money)


async def pretending() -> None:
    async with FakeAiralo(auto_push=True) as fake:
        assert_type(fake.session(), AiraloSession)
        fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
        assert_type(await fake.push("a" * 25), int | None)
        assert_type(await fake.advance(days=3), None)
        assert_type(fake.charges(reference="cart-17"), int)
