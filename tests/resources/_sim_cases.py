"""Answers about eSIMs, and what each must become."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.resources._bodies import (
    DONE,
    HISTORY,
    INSTRUCTIONS,
    PACKAGE,
    SIM,
    SIMABLE,
    THEN,
    USAGE,
    USER,
    Case,
    data,
    row,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airalo_async.models import JSON

__all__ = ["SIMS"]

SHARED: JSON = {"link": "https://esims.cloud/b/x", "access_code": "0812"}
SIMS: Mapping[str, Case] = {
    "shared with the eSIM": ("Sims.get", data(SIM, sharing=SHARED), {"sharing.access_code": "0812"}),
    "shared with the order": (
        "Sims.get",
        data(SIM, simable=SIMABLE | {"sharing": SHARED}),
        {"sharing.link": "https://esims.cloud/b/x"},
    ),
    "shared with nobody": ("Sims.get", data(SIM, sharing={"link": None, "access_code": None}), {"sharing.link": None}),
    "code as number": (
        "Sims.get",
        data(SIM, sharing={"link": "l", "access_code": 4812}),
        {"sharing.access_code": "4812"},
    ),
    "no order": ("Sims.get", data(SIM, order=None, simable=[], apn=[]), {"order": None, "simable": None, "apn": None}),
    "recycled": (
        "Sims.get",
        data(SIM, recycled=True, recycled_at="2026-08-16 18:19:00", brand_settings_name="b"),
        {"recycled": True, "recycled_at": THEN, "brand_settings_name": "b"},
    ),
    "order as text": (
        "Sims.list",
        row(SIM, simable=SIMABLE | {"price": "4.50", "validity": "7", "status": DONE, "user": USER}),
        {"0.simable.price.amount": Decimal("4.50"), "0.simable.validity": 7, "0.simable.user.name": "Jo"},
    ),
    "usage as text": (
        "Sims.usage",
        data(USAGE, remaining="767", remaining_voice="10", expired_at="2026-08-16 18:19:00"),
        {"remaining": 767, "remaining_voice": 10, "expired_at": THEN},
    ),
    "usage when recycled": (
        "Sims.usage",
        data(USAGE, status="RECYCLED", is_unlimited=None, expired_at=None, remaining=0, total=0),
        {"status": "RECYCLED", "is_unlimited": None, "remaining": 0},
    ),
    "usage in a new word": ("Sims.usage", data(USAGE, status="SUSPENDED"), {"status": "SUSPENDED"}),
    "history": (
        "Sims.package_history",
        row(HISTORY, activated_at="2026-08-16T18:19:00+00:00", finished_at=None, package=PACKAGE | {"net_price": None}),
        {
            "0.activated_at": THEN,
            "0.finished_at": None,
            "0.package.net_price": None,
            "0.package.price.amount": Decimal("4.5"),
        },
    ),
    "history priced": (
        "Sims.package_history",
        {"pricing": {"model": "discount_pricing", "discount_percentage": 20}, "data": []},
        {"items": (), "pricing.model": "discount_pricing", "pricing.discount_percentage": Decimal(20)},
    ),
    "top-ups": (
        "Sims.topup_packages",
        row(
            PACKAGE, type="topup", voice=100, text=None, prices={"recommended_retail_price": {"KWD": 3.075, "VND": 2e5}}
        ),
        {
            "0.type": "topup",
            "0.voice": 100,
            "0.prices.net_price": None,
            "0.prices.recommended_retail_price": {"KWD": Decimal("3.075"), "VND": Decimal(200_000)},
        },
    ),
    "no top-ups": ("Sims.topup_packages", {"data": []}, {"items": (), "pricing": None}),
    "no instructions": (
        "Sims.instructions",
        {"data": {"instructions": []}},
        {"language": None, "ios": (), "android": ()},
    ),
    "instructions": (
        "Sims.instructions",
        {"data": {"instructions": {"language": "DE", "ios": [INSTRUCTIONS], "android": []}}},
        {
            "language": "DE",
            "android": (),
            "ios.0.version": None,
            "ios.0.installation_via_qr_code.steps": ("a", "b", "c"),
            "ios.0.installation_manual.steps": ("a", "b"),
            "ios.0.network_setup.is_roaming": None,
        },
    ),
    "no brand": ("Sims.set_brand", {"data": {"brand_settings_name": None}, "meta": {"message": "succes"}}, {"": None}),
}
