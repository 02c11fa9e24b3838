"""Every method of the resources: its endpoint, a call that keeps every rule, and one that breaks a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from airalo_async import OrderRequest, VoucherRequest

if TYPE_CHECKING:
    from airalo_async import AiraloSession

__all__ = ["HOOK", "PACKAGE", "REFERENCE", "REQUEST_ID", "SUBJECTS", "Call", "Subject", "due"]

PACKAGE = "change-7days-1gb"
TOPUP = "change-7days-1gb-topup"
ICCID = "8900000461442300635"
REQUEST_ID = "3NhR3gKmqCWK7IWppurpDX3Cg"
HOOK = "https://shop.example/airalo"
REFERENCE = "cart-17"
SIM = "/v2/sims/{sim_iccid}"

Call = Callable[["AiraloSession"], object]


@frozen
class Subject:
    """A method: its endpoint, a call that keeps every rule, and one that breaks a rule."""

    method: str
    path: str
    good: Call
    bad: Call | None = None
    buys: bool = False


def due(airalo: AiraloSession) -> datetime:
    """Give a date that a future order may have."""
    return airalo.store.clock.now() + timedelta(days=30)


SUBJECTS: Mapping[str, Subject] = {
    "Account.balance": Subject("GET", "/v2/balance", lambda a: a.account.balance()),
    "Account.request_refund": Subject(
        "POST",
        "/v2/refund",
        lambda a: a.account.request_refund([ICCID], reason="NO_COVERAGE", reference=REFERENCE),
        lambda a: a.account.request_refund([ICCID], reason="OTHERS"),
        buys=True,
    ),
    "Account.exchange_rates": Subject(
        "GET",
        "/v2/finance/exchange-rates",
        lambda a: a.account.exchange_rates(),
        lambda a: a.account.exchange_rates(to=["EURO"]),
    ),
    "Account.compatible_devices": Subject(
        "GET", "/v2/compatible-devices-lite", lambda a: a.account.compatible_devices()
    ),
    "FutureOrders.submit": Subject(
        "POST",
        "/v2/future-orders",
        lambda a: a.future_orders.submit(PACKAGE, due_date=due(a), webhook_url=HOOK, reference=REFERENCE),
        lambda a: a.future_orders.submit(PACKAGE, due_date=a.store.clock.now()),
        buys=True,
    ),
    "FutureOrders.list": Subject(
        "GET",
        "/v2/future-orders",
        lambda a: a.future_orders.list(),
        lambda a: a.future_orders.list(status="lost"),
    ),
    "FutureOrders.cancel": Subject(
        "POST",
        "/v2/cancel-future-orders",
        lambda a: a.future_orders.cancel(REQUEST_ID),
        lambda a: a.future_orders.cancel(),
    ),
    "Notifications.opt_in_async_orders": Subject(
        "POST",
        "/v2/notifications/opt-in",
        lambda a: a.notifications.opt_in_async_orders(HOOK),
        lambda a: a.notifications.opt_in_async_orders("shop.example"),
    ),
    "Notifications.opt_in_low_data": Subject(
        "POST",
        "/v2/notifications/opt-in",
        lambda a: a.notifications.opt_in_low_data(email="jo@example.com"),
        lambda a: a.notifications.opt_in_low_data(),
    ),
    "Notifications.opt_in_credit_limit": Subject(
        "POST",
        "/v2/notifications/opt-in",
        lambda a: a.notifications.opt_in_credit_limit(email="jo@example.com"),
        lambda a: a.notifications.opt_in_credit_limit(email="jo@example.com", levels=[60]),
    ),
    "Notifications.get": Subject("GET", "/v2/notifications/opt-in", lambda a: a.notifications.get()),
    "Notifications.opt_out": Subject(
        "POST",
        "/v2/notifications/opt-out",
        lambda a: a.notifications.opt_out("async_orders"),
        lambda a: a.notifications.opt_out("everything"),
    ),
    "Notifications.simulate": Subject(
        "POST",
        "/v2/simulator/webhook",
        lambda a: a.notifications.simulate("async_order_notification"),
        lambda a: a.notifications.simulate("low_data_notification"),
    ),
    "Orders.submit": Subject(
        "POST",
        "/v2/orders",
        lambda a: a.orders.submit(PACKAGE, reference=REFERENCE),
        lambda a: a.orders.submit(PACKAGE, quantity=51),
        buys=True,
    ),
    "Orders.submit_async": Subject(
        "POST",
        "/v2/orders-async",
        lambda a: a.orders.submit_async(PACKAGE, webhook_url=HOOK, reference=REFERENCE),
        lambda a: a.orders.submit_async(PACKAGE, quantity=0),
        buys=True,
    ),
    "Orders.submit_many": Subject(
        "POST",
        "/v2/orders",
        lambda a: anext(a.orders.submit_many([OrderRequest(PACKAGE)])),
        lambda a: anext(a.orders.submit_many([OrderRequest(PACKAGE)], concurrency=0)),
    ),
    "Orders.top_up": Subject(
        "POST",
        "/v2/orders/topups",
        lambda a: a.orders.top_up(TOPUP, iccid=ICCID, reference=REFERENCE),
        lambda a: a.orders.top_up(TOPUP, iccid="89"),
        buys=True,
    ),
    "Orders.wait": Subject("GET", "/v2/orders", lambda a: a.orders.wait(REFERENCE), lambda a: a.orders.wait()),
    "Orders.get": Subject("GET", "/v2/orders/{order_id}", lambda a: a.orders.get(5), lambda a: a.orders.get(0)),
    "Orders.list": Subject("GET", "/v2/orders", lambda a: a.orders.list(), lambda a: a.orders.list(page=0)),
    "Orders.reconcile": Subject("GET", "/v2/orders", lambda a: a.orders.reconcile(REFERENCE)),
    "Orders.recover": Subject("GET", "/v2/orders", lambda a: a.orders.recover()),
    "Orders.orphans": Subject(
        "GET",
        "/v2/orders",
        lambda a: a.orders.orphans(since=datetime.now(UTC)),
        lambda a: a.orders.orphans(since=datetime(2026, 1, 1)),  # noqa: DTZ001  (naive on purpose)
    ),
    "Orders.resolve": Subject(
        "GET",
        "/v2/orders/{order_id}",
        lambda a: a.orders.resolve(REFERENCE, not_placed=True),
        lambda a: a.orders.resolve(REFERENCE),
    ),
    "Packages.list": Subject(
        "GET", "/v2/packages", lambda a: a.packages.list(), lambda a: a.packages.list(country="USA")
    ),
    "Packages.flat": Subject(
        "GET", "/v2/packages", lambda a: a.packages.flat(), lambda a: a.packages.flat(type="regional")
    ),
    "Packages.overrides": Subject(
        "GET", "/v2/packages/overrides", lambda a: a.packages.overrides(), lambda a: a.packages.overrides(page=0)
    ),
    "Packages.product_information": Subject(
        "GET",
        "/v2/packages/{package_slug}/product-information",
        lambda a: a.packages.product_information(PACKAGE),
        lambda a: a.packages.product_information("x" * 101),
    ),
    "Sims.get": Subject("GET", SIM, lambda a: a.sims.get(ICCID), lambda a: a.sims.get("")),
    "Sims.list": Subject("GET", "/v2/sims", lambda a: a.sims.list(), lambda a: a.sims.list(include=["user"])),
    "Sims.usage": Subject("GET", f"{SIM}/usage", lambda a: a.sims.usage(ICCID), lambda a: a.sims.usage("89")),
    "Sims.package_history": Subject(
        "GET", f"{SIM}/packages", lambda a: a.sims.package_history(ICCID), lambda a: a.sims.package_history("89")
    ),
    "Sims.topup_packages": Subject(
        "GET", f"{SIM}/topups", lambda a: a.sims.topup_packages(ICCID), lambda a: a.sims.topup_packages("89")
    ),
    "Sims.instructions": Subject(
        "GET",
        f"{SIM}/instructions",
        lambda a: a.sims.instructions(ICCID),
        lambda a: a.sims.instructions(ICCID, language="en,de"),
    ),
    "Sims.set_brand": Subject(
        "PUT",
        f"{SIM}/brand",
        lambda a: a.sims.set_brand(ICCID, brand_settings_name="our brand"),
        lambda a: a.sims.set_brand(ICCID, brand_settings_name=""),
    ),
    "Vouchers.submit_esim": Subject(
        "POST",
        "/v2/voucher/esim",
        lambda a: a.vouchers.submit_esim([VoucherRequest(PACKAGE)], reference=REFERENCE),
        lambda a: a.vouchers.submit_esim([]),
        buys=True,
    ),
    "Vouchers.submit_airmoney": Subject(
        "POST",
        "/v2/voucher/airmoney",
        lambda a: a.vouchers.submit_airmoney(5, reference=REFERENCE),
        lambda a: a.vouchers.submit_airmoney(0),
        buys=True,
    ),
}
