"""Bodies to decode, made up by us in the shape and size of the real ones."""

from __future__ import annotations

import json
import random

__all__ = ["catalogue_page", "order_body"]

# The eighteen currencies of the catalogue; about so many units for a dollar, and digits behind the point.
_CURRENCIES = {
    "AUD": (1.42, 2),
    "BRL": (5.1, 2),
    "GBP": (0.75, 2),
    "CAD": (1.39, 2),
    "AED": (3.67, 2),
    "EUR": (0.86, 2),
    "INR": (92.28, 2),
    "IDR": (17019, 0),
    "ILS": (3.09, 2),
    "JPY": (158.75, 0),
    "KWD": (0.31, 3),
    "MYR": (3.98, 2),
    "MXN": (17.45, 2),
    "SGD": (1.27, 2),
    "ZAR": (16.43, 2),
    "KRW": (1478.75, 0),
    "USD": (1, 2),
    "VND": (26334, 0),
}


def order_body() -> bytes:
    """Make the answer of an order of two eSIMs: 2.3 KB."""
    order = {
        "id": 74506,
        "code": "20260616-074506",
        "currency": "USD",
        "package_id": "kallur-digital-7days-1gb",
        "quantity": 2,
        "type": "sim",
        "description": "ref-abcdefghijklmnop-qrstuvwx two for the road, one of them for the other half of the party",
        "esim_type": "Prepaid",
        "validity": 7,
        "package": "Kallur Digital-1 GB - 7 days",
        "data": "1 GB",
        "price": 4.5,
        "pricing_model": "net_pricing",
        "created_at": "2026-06-16 18:19:00",
        "manual_installation": "<ol><li>Settings</li><li>Cellular</li><li>Add a plan</li><li>Type it in</li></ol>",
        "qrcode_installation": "<ol><li>Settings</li><li>Cellular</li><li>Add a plan</li><li>Scan the code</li></ol>",
        "installation_guides": {"en": "https://www.airalo.com/help/getting-started-with-airalo"},
        "text": None,
        "voice": None,
        "net_price": 3.2,
        "brand_settings_name": None,
        "sims": [_sim(number) for number in (77566, 77567)],
    }
    return _json({"data": order, "meta": {"message": "success"}})


def _sim(number: int) -> dict[str, object]:
    code = f"DUMMY-2605220200-TtqGx-{number}"
    apn = {"apn_type": "automatic", "apn_value": "N/A"}
    signature = "d2d5d4b5c048dc2df05e8a7230352007a76366b04c07f6faf6ab77ee8b9b1881"
    return {
        "id": number,
        "created_at": "2026-06-16 18:19:00",
        "iccid": f"89000004614423{number}",
        "lpa": "lpa.airalo.com",
        "imsis": None,
        "matching_id": code,
        "qrcode": f"LPA:1$lpa.airalo.com${code}",
        "qrcode_url": f"https://www.airalo.com/qr?expires=1867947540&id={number}&signature={signature}",
        "airalo_code": None,
        "apn_type": "automatic",
        "apn_value": "N/A",
        "is_roaming": True,
        "confirmation_code": None,
        "apn": {"ios": apn, "android": apn},
        "msisdn": None,
        "direct_apple_installation_url": (
            f"https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=LPA:1$lpa.airalo.com${code}"
        ),
    }


def catalogue_page(destinations: int = 5, packages: int = 11) -> bytes:
    """Make a page of the catalogue; 5 destinations of 11 packages are 56 KB."""
    chance = random.Random(17)  # noqa: S311 - the same page in every run
    data = [_destination(chance, number, packages) for number in range(destinations)]
    meta = {"message": "success", "current_page": 1, "last_page": 9, "per_page": str(destinations), "total": 213}
    pricing = {"model": "net_pricing", "discount_percentage": 0}
    return _json({"pricing": pricing, "data": data, "links": {"next": None}, "meta": meta})


def _destination(chance: random.Random, number: int, packages: int) -> dict[str, object]:
    image = {"width": 132, "height": 100, "url": f"https://cdn.airalo.com/images/flag-{number}.png"}
    apn = {"apn_type": "automatic", "apn_value": None}
    return {
        "slug": f"destination-{number}",
        "country_code": "US",
        "title": f"Destination {number}",
        "image": image,
        "min_price": _prices(chance),
        "operators": [
            {
                "id": 1000 + number,
                "title": "Change",
                "style": "light",
                "gradient_start": "#0f1b3f",
                "gradient_end": "#194281",
                "type": "local",
                "is_prepaid": False,
                "esim_type": "Prepaid",
                "warning": None,
                "apn_type": "automatic",
                "apn_value": "wbdata",
                "is_roaming": True,
                "info": ["Data only.", "Rechargeable online.", "Works on T-Mobile."],
                "image": image,
                "plan_type": "data",
                "activation_policy": "first-usage",
                "is_kyc_verify": False,
                "rechargeability": True,
                "other_info": None,
                "coverages": [{"name": "US", "code": "US", "networks": [{"name": "T-Mobile", "types": ["5G", "LTE"]}]}],
                "install_window_days": 365,
                "topup_grace_window_days": 30,
                "apn": {"ios": apn, "android": apn},
                "countries": [{"country_code": "US", "title": "United States", "image": image}],
                "packages": [_package(chance, size) for size in range(1, packages + 1)],
            }
        ],
    }


def _package(chance: random.Random, size: int) -> dict[str, object]:
    return {
        "id": f"change-{size}gb-30days",
        "type": "sim",
        "price": round(4.5 * size, 2),
        "net_price": round(3.2 * size, 2),
        "amount": 1024 * size,
        "day": 30,
        "is_unlimited": False,
        "title": f"{size} GB - 30 days",
        "data": f"{size} GB",
        "short_info": "This eSIM doesn't come with a phone number.",
        "qr_installation": "<p>Scan it.</p>",
        "manual_installation": "<p>Type it.</p>",
        "voice": None,
        "text": None,
        "is_fair_usage_policy": False,
        "fair_usage_policy": None,
        "prices": _prices(chance),
    }


def _prices(chance: random.Random) -> dict[str, object]:
    dollars = chance.uniform(3, 80)
    return {"net_price": _table(dollars * 0.7), "recommended_retail_price": _table(dollars)}


def _table(dollars: float) -> dict[str, float]:
    return {
        currency: round(dollars * rate, digits) if digits else round(dollars * rate)
        for currency, (rate, digits) in _CURRENCIES.items()
    }


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
