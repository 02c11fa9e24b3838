"""Answers about the catalogue and the account, and what each must become."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from airalo_async import Money
from tests.resources._bodies import (
    OPERATOR,
    PACKAGE,
    THEN,
    Case,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airalo_async.models import JSON

__all__ = ["ACCOUNT", "CATALOGUE"]

LEVELS: JSON = {"type": "webhook_credit_limit", "contact_point": "https://shop.example", "levels": ["50", 90]}
RATE: JSON = {"from": "USD", "mid": "1.4359328", "to": "AUD"}


def destination(**operator: JSON) -> JSON:
    return {"slug": "japan", "country_code": "JP", "operators": [OPERATOR | operator]}


def packages(*found: dict[str, JSON], pricing: JSON = None) -> JSON:
    return {"pricing": pricing, "data": [destination(packages=[PACKAGE | each for each in found])]}


CATALOGUE: Mapping[str, Case] = {
    "page as object": (
        "Packages.list",
        {
            "data": {"10": destination(), "9": destination(id=9)},
            "meta": {"current_page": 2, "last_page": 2, "per_page": "9"},
        },
        {"0.operators.0.id": 9, "1.operators.0.id": 1180, "meta.per_page": 9, "meta.current_page": 2},
    ),
    "net": (
        "Packages.list",
        packages({"net_price": 3.2}, pricing={"model": "net_pricing", "discount_percentage": 0}),
        {"pricing.model": "net_pricing", "0.operators.0.packages.0.net_price": Money(Decimal("3.2"), "USD")},
    ),
    "discount": (
        "Packages.flat",
        packages({"prices": {"recommended_retail_price": {"EUR": 4}}}, pricing={"model": "discount_pricing"}),
        {"0.package.net_price": None, "0.prices": {"EUR": Decimal(4)}, "0.net_prices": {}},
    ),
    "unlimited": (
        "Packages.list",
        packages({"is_unlimited": True, "amount": 66651, "is_fair_usage_policy": None, "fair_usage_policy": None}),
        {"0.operators.0.packages.0.is_unlimited": True, "0.operators.0.packages.0.is_fair_usage_policy": None},
    ),
    "package as text": (
        "Packages.list",
        packages({"price": "4.50", "amount": "1024", "day": "7", "prices": []}),
        {"0.operators.0.packages.0.amount": 1024, "0.operators.0.packages.0.prices": None},
    ),
    "new words": (
        "Packages.list",
        packages({"type": "addon", "voice": None, "is_new": True}),
        {"0.operators.0.packages.0.type": "addon", "0.operators.0.packages.0.extra": {"is_new": True}},
    ),
    "windows": (
        "Packages.list",
        {"data": [destination(install_window_days=None, topup_grace_window_days=30, info=[""], warning=None)]},
        {
            "0.operators.0.install_window_days": None,
            "0.operators.0.topup_grace_window_days": 30,
            "0.operators.0.info": ("",),
        },
    ),
    "region": (
        "Packages.list",
        {"data": [{"slug": "europe", "country_code": "", "min_price": {"recommended_retail_price": {"USD": 4}}}]},
        {
            "0.country_code": "",
            "0.min_price.recommended_retail_price": {"USD": Decimal(4)},
            "0.min_price.net_price": None,
        },
    ),
    "sheet": (
        "Packages.product_information",
        {
            "data": {
                "package_id": "p",
                "data_allowance_mb": "Unbegrenzt",
                "retail_price_eur": "10.12",
                "throttle_threshold_mb": 3072,
                "max_download_speed_mbit": "20000",
                "auto_renewal": "Nein.",
                "pib_version_date": "2026-08-16T20:19:00+02:00",
            }
        },
        {
            "data_allowance_mb": "Unbegrenzt",
            "retail_price_eur": Decimal("10.12"),
            "throttle_threshold_mb": 3072,
            "max_download_speed_mbit": "20000",
            "auto_renewal": "Nein.",
            "pib_version_date": THEN,
        },
    ),
}
ACCOUNT: Mapping[str, Case] = {
    "balance": (
        "Account.balance",
        {"data": {"balances": {"name": "balance", "availableBalance": {"amount": "-12.50", "currency": "EUR"}}}},
        {"available_balance": Money(Decimal("-12.50"), "EUR"), "name": "balance"},
    ),
    "no balances": ("Account.balance", {"data": {"balances": []}}, {"": None}),
    "no account": ("Account.balance", {"data": []}, {"": None}),
    "refund": (
        "Account.request_refund",
        {"data": {"refund_id": 12345, "created_at": "2026-08-16 18:19"}},
        {"refund_id": "12345", "created_at": THEN},
    ),
    "rates": (
        "Account.exchange_rates",
        {"data": {"date": "2026-08-16", "rates": [RATE]}},
        {
            "date": date(2026, 8, 16),
            "rates.0.mid": Decimal("1.4359328"),
            "rates.0.source": "USD",
            "rates.0.target": "AUD",
        },
    ),
    "devices": (
        "Account.compatible_devices",
        {"data": [{"os": "ios", "brand": "Apple", "name": "iPhone 15"}] * 2},
        {"0.model": None, "1.name": "iPhone 15"},
    ),
    "levels": ("Notifications.get", {"data": {"notification": LEVELS}}, {"levels": (50, 90), "language": None}),
    "kind of its own": (
        "Notifications.get",
        {"data": {"notification": {"type": "sms"}}},
        {"type": "sms", "levels": ()},
    ),
    "no notification": ("Notifications.get", {"data": {"notification": []}}, {"": None}),
    "opted in": (
        "Notifications.opt_in_low_data",
        {
            "data": {
                "notification": {
                    "type": "email_low_data",
                    "contact_point": "jo@example.com",
                    "language": "de",
                    "levels": None,
                }
            }
        },
        {"language": "de", "levels": (), "contact_point": "jo@example.com"},
    ),
    "sent": ("Notifications.simulate", {"success": "Notification sent"}, {"": "Notification sent"}),
}
