"""Answers as the contract allows them, in their plainest form; tests change what they are about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from airalo_async.models import JSON

__all__ = [
    "DONE",
    "HISTORY",
    "INSTRUCTIONS",
    "OPERATOR",
    "ORDER",
    "PACKAGE",
    "SIM",
    "SIMABLE",
    "THEN",
    "USAGE",
    "USER",
    "Case",
    "data",
    "row",
]

Case = tuple[str, JSON, Mapping[str, object]]
"""A method, the body that it is answered with, and by path what its value must have."""

THEN = datetime(2026, 8, 16, 18, 19, tzinfo=UTC)
"""The instant of all these bodies."""

USER: JSON = {"id": 120, "name": "Jo", "created_at": "2023-02-20 08:41:57", "postal_code": 10115, "country_id": "81"}
DONE: JSON = {"name": "Completed", "slug": "completed"}
SIM: dict[str, JSON] = {
    "id": 77566,
    "created_at": "2026-08-16 18:19:00",
    "iccid": "8900000461442300635",
    "lpa": "lpa.airalo.com",
    "imsis": None,
    "matching_id": "DUMMY-1",
    "qrcode": "LPA:1$lpa.airalo.com$DUMMY-1",
    "qrcode_url": "https://www.airalo.com/qr?expires=1867947540&id=429029&signature=ab",
    "airalo_code": None,
    "apn_type": "automatic",
    "apn_value": None,
    "is_roaming": True,
    "confirmation_code": None,
}
ORDER: dict[str, JSON] = {
    "id": 74506,
    "code": "20260816-074506",
    "currency": "USD",
    "package_id": "change-7days-1gb",
    "quantity": 1,
    "type": "sim",
    "description": None,
    "esim_type": "Prepaid",
    "validity": 7,
    "package": "Change-1 GB - 7 Days",
    "data": "1 GB",
    "price": 4.5,
    "created_at": "2026-08-16 18:19:00",
    "manual_installation": "",
    "qrcode_installation": "",
    "installation_guides": {"en": "https://www.airalo.com/help"},
    "sims": [SIM],
}
SIMABLE: dict[str, JSON] = {name: value for name, value in ORDER.items() if name != "sims"}
PACKAGE: dict[str, JSON] = {
    "id": "change-7days-1gb",
    "type": "sim",
    "price": 4.5,
    "amount": 1024,
    "day": 7,
    "is_unlimited": False,
    "title": "1 GB - 7 Days",
    "data": "1 GB",
}
OPERATOR: dict[str, JSON] = {"id": 1180, "title": "Change", "type": "local", "plan_type": "data", "packages": [PACKAGE]}
USAGE: dict[str, JSON] = {"remaining": 767, "total": 2048, "status": "ACTIVE"}
HISTORY: dict[str, JSON] = {"id": 728, "status": "ACTIVE", "remaining": 2378, "package": PACKAGE}
INSTRUCTIONS: dict[str, JSON] = {
    "installation_via_qr_code": {"steps": {"1": "a", "10": "c", "2": "b"}, "qr_code_data": "LPA:1$a$b"},
    "installation_manual": {"steps": ["a", "b"], "smdp_address_and_activation_code": "LPA:1$a$b"},
    "network_setup": {"steps": {"1": "a"}, "apn_type": "manual", "apn_value": "rh", "is_roaming": None},
}


def data(base: dict[str, JSON], **changes: JSON) -> JSON:
    """Wrap a changed body into its envelope."""
    return {"data": base | changes, "meta": {"message": "success"}}


def row(base: dict[str, JSON], **changes: JSON) -> JSON:
    """Make a changed body the only row of a list without pages."""
    return {"data": [base | changes]}
