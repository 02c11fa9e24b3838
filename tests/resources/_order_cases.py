"""Answers about orders and vouchers, and what each must become."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from airalo_async import Money
from tests.resources._bodies import (
    DONE,
    ORDER,
    SIM,
    SIMABLE,
    THEN,
    USER,
    Case,
    data,
    row,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airalo_async.models import JSON

__all__ = ["ORDERS"]

APN: JSON = {"ios": {"apn_type": "automatic", "apn_value": "N/A"}, "android": None}
DISCOUNT: dict[str, JSON] = {
    "pricing_model": "discount_pricing",
    "discount_percentage": 12.5,
    "discount_amount": "0.45",
    "unit_paid_price": 4.05,
    "total_amount_paid": 8,
}
AIRMONEY: dict[str, JSON] = {"id": 1, "code": "MIRO4", "usage_limit": 10, "amount": 1, "is_paid": False}
ORDERS: Mapping[str, Case] = {
    "quantity as text": ("Orders.submit", data(ORDER, quantity="1"), {"quantity": 1}),
    "price as text": ("Orders.submit", data(ORDER, price="9.50"), {"price": Money(Decimal("9.50"), "USD")}),
    "price is whole": ("Orders.submit", data(ORDER, price=4), {"price": Money(Decimal(4), "USD")}),
    "validity as text": ("Orders.submit", data(ORDER, validity="7"), {"validity": 7}),
    "net price null": ("Orders.submit", data(ORDER, net_price=None), {"net_price": None}),
    "local": ("Orders.submit", data(ORDER, esim_type="local"), {"esim_type": "local"}),
    "empty description": ("Orders.submit", data(ORDER, description=""), {"description": ""}),
    "text and voice": ("Orders.submit", data(ORDER, text=100, voice="100 mins"), {"text": 100, "voice": "100 mins"}),
    "guides as a list": ("Orders.submit", data(ORDER, installation_guides=[]), {"installation_guides": {}}),
    "no meta": ("Orders.submit", {"data": ORDER}, {"id": 74506, "created_at": THEN, "sims.0.created_at": THEN}),
    "short iccid": ("Orders.submit", data(ORDER, sims=[SIM | {"iccid": "8" * 17}]), {"sims.0.iccid": "8" * 17}),
    "iccid as number": (
        "Orders.submit",
        data(ORDER, sims=[SIM | {"iccid": 8 * 10**17}]),
        {"sims.0.iccid": f"8{17 * '0'}"},
    ),
    "codes": (
        "Orders.submit",
        data(ORDER, sims=[SIM | {"confirmation_code": 1234, "msisdn": "447911123456", "voucher_code": None}]),
        {"sims.0.confirmation_code": "1234", "sims.0.msisdn": "447911123456", "sims.0.voucher_code": None},
    ),
    "apn": (
        "Orders.submit",
        data(ORDER, sims=[SIM | {"apn": APN, "apn_value": "N/A", "is_roaming": None}]),
        {"sims.0.apn.ios.apn_value": "N/A", "sims.0.apn.android": None, "sims.0.is_roaming": None},
    ),
    "discount": (
        "Orders.submit",
        data(ORDER, **DISCOUNT),
        {
            "net_price": None,
            "pricing_model": "discount_pricing",
            "discount_percentage": Decimal("12.5"),
            "discount_amount": Money(Decimal("0.45"), "USD"),
            "unit_paid_price": Money(Decimal("4.05"), "USD"),
            "total_amount_paid": Money(Decimal(8), "USD"),
        },
    ),
    "top-up without eSIMs": ("Orders.top_up", data(SIMABLE, type="topup", quantity="1"), {"sims": (), "type": "topup"}),
    "top-up at a discount": (
        "Orders.top_up",
        data(SIMABLE, net_price=None, **DISCOUNT),
        {"net_price": None, "discount_percentage": Decimal("12.5")},
    ),
    "listed as text": (
        "Orders.list",
        row(SIMABLE, price="9.50", validity="7"),
        {"0.validity": 7, "0.price.amount": Decimal("9.50")},
    ),
    "listed as number": ("Orders.list", row(SIMABLE, price=9.5, net_price=6), {"0.net_price.amount": Decimal(6)}),
    "listed with all": (
        "Orders.list",
        row(ORDER, status=DONE, user=USER),
        {"0.status.slug": "completed", "0.user.postal_code": "10115", "0.user.country_id": "81", "0.sims.0.id": 77566},
    ),
    "status of its own": (
        "Orders.get",
        data(ORDER, status={"name": "On hold", "slug": "on_hold"}),
        {"status.slug": "on_hold"},
    ),
    "empty objects": ("Orders.get", data(ORDER, status=[], user=[]), {"status": None, "user": None}),
    "accepted": (
        "Orders.submit_async",
        {"data": {"request_id": "-s5Cx8jTjvx2UH_euzhaHbwiu", "accepted_at": "2026-08-16T20:19:00+02:00"}},
        {"request_id": "-s5Cx8jTjvx2UH_euzhaHbwiu", "accepted_at": THEN},
    ),
    "planned": (
        "FutureOrders.submit",
        {"data": {"request_id": "x" * 25, "due_date": "2026-08-16 18:19", "latest_cancellation_date": None}},
        {"due_date": THEN, "latest_cancellation_date": None},
    ),
    "planned and listed": (
        "FutureOrders.list",
        {
            "data": [
                {
                    "request_id": "x",
                    "quantity": "3",
                    "status": "stuck",
                    "package_id": "p",
                    "due_date": "2026-08-16 18:19",
                }
            ]
        },
        {"0.quantity": 3, "0.status": "stuck", "0.due_date": THEN},
    ),
    "nothing planned": ("FutureOrders.list", {"data": []}, {"items": ()}),
    "voucher without reference": (
        "Vouchers.submit_esim",
        {
            "data": [
                {"package_id": "p", "codes": ["BIXLAAAA"]},
                {"package_id": "q", "codes": [], "booking_reference": None},
            ]
        },
        {"0.codes": ("BIXLAAAA",), "1.codes": (), "1.booking_reference": None},
    ),
    "airmoney alone": (
        "Vouchers.submit_airmoney",
        {"data": AIRMONEY},
        {"0.amount": Money(Decimal(1), "USD"), "0.is_paid": False},
    ),
    "airmoney nested": ("Vouchers.submit_airmoney", {"data": [[AIRMONEY]]}, {"0.code": "MIRO4", "0.usage_limit": 10}),
}
