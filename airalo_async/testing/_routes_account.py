"""Balance, refunds, exchange rates, devices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airalo_async.testing._money import RATES, number
from airalo_async.testing._records import PlacedRefund
from airalo_async.testing._replies import invalid, message, ok
from airalo_async.testing._routing import Limit, Route
from airalo_async.testing._world import stamp

if TYPE_CHECKING:
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._replies import Reply
    from airalo_async.testing._world import World

__all__ = ["ROUTES"]

_MOST_ICCIDS = 5
_LONGEST_NOTES = 255
_REASONS = (
    "INSTALLATION_FAILURE",
    "NO_COVERAGE",
    "APN_FAILURE",
    "TRIP_CANCELLATION",
    "INTERMITTENT_CONNECTION",
    "BLOCKED_NETWORK",
    "CHANGE_OF_PLAN",
    "DELETED_ESIM",
    "EARLY_EXPIRY",
    "HOTSPOT_NOT_WORKING",
    "IMSI_CHANGE",
    "INCOMPATIBLE_DEVICE",
    "LOCKED_DEVICE",
    "NO_VOICE_TEXT_SERVICES",
    "OVERCHARGED",
    "SLOW_SPEED",
    "TOP_UP_PACKAGE_FAILURE",
    "UNKNOWN_CHARGES",
    "WRONG_PURCHASE",
    "UNABLE_TO_ACCESS_APPS",
    "SERVICE_DEGRADATION",
    "QR_ISSUE_PARTNERS",
    "OTHERS",
)
_DEVICES = """
android|Samsung|SM-G996B|Galaxy S21+ 5G
android|Samsung|SM-S921B|Galaxy S24
android|Samsung|SM-S921B|Galaxy S24
android|Google|GVU6C|Pixel 6
android|Google|GKWS6|Pixel 8
android|Xiaomi|2210132G|Xiaomi 13
android|Sony|XQ-DQ54|Xperia 1 V
ios|Apple|iPhone11,2|iPhone XS
ios|Apple|iPhone13,4|iPhone 12 Pro Max
ios|Apple|iPhone15,4|iPhone 15
ios|Apple|iPad14,3|iPad Pro 11-inch (4th generation)
"""


def _balance(world: World, _incoming: Incoming) -> Reply:
    behaviour = world.behaviour
    if not behaviour.has_account:
        return ok([])
    available = {"amount": number(behaviour.credit), "currency": "USD"}
    return ok({"balances": {"name": "balance", "availableBalance": available}})


def _refund(world: World, incoming: Incoming) -> Reply:
    iccids = incoming.texts("iccids")
    if not iccids:
        return message(422, "The iccids field is required.")
    if len(iccids) > _MOST_ICCIDS:
        return invalid({"iccids": f"The iccids may not have more than {_MOST_ICCIDS} items."})
    foreign = [iccid for iccid in iccids if iccid not in world.sims]
    if foreign:
        return message(422, f"The following ICCIDs do not belong to your company: {', '.join(foreign)}")
    reason = incoming.text("reason")
    if reason not in _REASONS:
        text = f"The selected reason is invalid. It must be one of the following: {', '.join(_REASONS)}"
        return invalid({"reason": text})
    notes, email = incoming.text("notes"), incoming.text("email")
    if reason == "OTHERS" and notes is None:
        return invalid({"notes": "The notes field is required when reason is OTHERS."})
    if notes is not None and len(notes) > _LONGEST_NOTES:
        return invalid({"notes": f"The notes may not be greater than {_LONGEST_NOTES} characters."})
    if email is not None and "@" not in email:
        return invalid({"email": "The email must be a valid email address."})
    refund = PlacedRefund(str(world.number("refund")), tuple(iccids), reason, notes)
    world.refunds.append(refund)
    created_at = stamp(world.now(), "%Y-%m-%d %H:%M")
    return ok({"refund_id": refund.refund_id, "created_at": created_at}, status=202)


def _rates(world: World, incoming: Incoming) -> Reply:
    date = incoming.query.get("date") or stamp(world.now(), "%Y-%m-%d")
    try:
        datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return invalid({"date": "The date does not match the format Y-m-d."})
    text = incoming.query.get("to")
    codes = [code.strip().upper() for code in text.split(",")] if text else [code for code in RATES if code != "USD"]
    rates = [{"from": "USD", "mid": f"{RATES[code][0]}", "to": code} for code in codes if code in RATES]
    return ok({"date": date, "rates": rates})


def _devices(_world: World, _incoming: Incoming) -> Reply:
    rows = [line.split("|") for line in _DEVICES.split("\n") if line]
    data = [{"model": model, "os": os, "brand": brand, "name": name} for os, brand, model, name in rows]
    return ok(data, meta=None)


def _devices_lite(_world: World, _incoming: Incoming) -> Reply:
    rows = [line.split("|") for line in _DEVICES.split("\n") if line]
    return ok([{"os": os, "brand": brand, "name": name} for os, brand, _, name in rows], meta=None)


ROUTES = (
    Route("GET", "/v2/balance", _balance),
    Route("POST", "/v2/refund", _refund, limits=(Limit(5, 60.0, "ip"),)),
    Route("GET", "/v2/finance/exchange-rates", _rates),
    Route("GET", "/v2/compatible-devices", _devices),
    Route("GET", "/v2/compatible-devices-lite", _devices_lite),
)
