"""Orders and eSIMs as the endpoints write them; the odd types are the API's own."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from airalo_async.testing._money import dollars, number
from airalo_async.testing._world import digest, stamp

if TYPE_CHECKING:
    from airalo_async.testing._behaviour import Behaviour
    from airalo_async.testing._records import Order, Purchase, Sim

__all__ = ["discounted", "history_order", "order_answer", "sim_in_order", "sim_row", "status_of", "user"]

_LPA = "lpa.airalo.com"
_QR_LIFETIME = 999 * 86_400
_GUIDES = {"en": "https://www.airalo.com/help/getting-started-with-airalo"}
_MANUAL = (
    "<p><b>eSIM name:</b> {title}</p><p><b>Coverage:</b> {title}</p><p><b>To manually activate the eSIM on your eSIM "
    "capable device:</b></p><ol><li>Settings &gt; Cellular/Mobile &gt; Add eSIM.</li><li>Enter the SM-DP+ address and "
    "the activation code.</li><li>Confirm eSIM plan details.</li><li>Label the eSIM: &quot;{title}&quot;.</li></ol>"
)
_QRCODE = (
    "<p><b>eSIM name:</b> {title}</p><p><b>To activate the eSIM by scanning the QR code:</b></p><ol><li>Print out or "
    "display this QR code on other device.</li><li>Settings &gt; Cellular/Mobile &gt; Add eSIM.</li><li>Scan QR code."
    "</li><li>Confirm eSIM plan details.</li></ol>"
)
_USER = {
    "id": 71_355,
    "created_at": "2026-02-20 10:24:10",
    "name": "Technical user",
    "email": "technical.user@example.com",
    "mobile": None,
    "address": None,
    "state": None,
    "city": None,
    "postal_code": None,
    "country_id": None,
    "company": "Fake Company",
}


def order_answer(order: Order, behaviour: Behaviour) -> dict[str, Any]:
    """Write an order as the submitting endpoints answer it."""
    purchase = order.purchase
    package = purchase.package
    body = {
        "id": order.number,
        "code": order.code,
        "currency": "USD",
        "package_id": package.slug,
        "quantity": purchase.quantity_echo,
        "type": purchase.kind,
        "description": order.description,
        "esim_type": package.esim_type,
        "validity": package.days,
        "package": f"{package.operator}-{package.title}",
        "data": package.data,
        "price": dollars(package.cents),
        "pricing_model": behaviour.pricing,
        **_paid(purchase, behaviour),
        "created_at": stamp(order.created_at),
        "manual_installation": _MANUAL.format(title=package.operator),
        "qrcode_installation": _QRCODE.format(title=package.operator),
        "installation_guides": _GUIDES,
        "text": None,
        "voice": None,
    }
    if purchase.kind == "sim":
        body["brand_settings_name"] = purchase.brand
        body["sims"] = [sim_in_order(sim) for sim in order.sims]
    return body


def history_order(order: Order, behaviour: Behaviour) -> dict[str, Any]:
    """Write an order as the lists, the single order and an eSIM's ``simable`` do: validity and price as text."""
    body = order_answer(order, behaviour)
    for name in ("sims", "pricing_model", "brand_settings_name"):
        body.pop(name, None)
    if order.purchase.kind == "topup":
        body["manual_installation"] = body["qrcode_installation"] = ""
    body["quantity"] = order.purchase.quantity
    body["validity"] = str(order.purchase.package.days)
    body["price"] = f"{Decimal(order.purchase.package.cents) / 100:.2f}"
    return body


def sim_in_order(sim: Sim) -> dict[str, Any]:
    """Write an eSIM as it stands in an order."""
    lpa = f"LPA:1${_LPA}${sim.matching_id}"
    created = sim.order.created_at
    expires = int(created) + _QR_LIFETIME
    image = sim.number + 352_000
    return {
        "id": sim.number,
        "created_at": stamp(created),
        "iccid": sim.iccid,
        "lpa": _LPA,
        "imsis": None,
        "matching_id": sim.matching_id,
        "qrcode": lpa,
        "qrcode_url": f"https://sandbox.airalo.com/qr?expires={expires}&id={image}&signature={digest(sim.iccid)}",
        "airalo_code": None,
        "apn_type": "automatic",
        "apn_value": "N/A",
        "is_roaming": True,
        "confirmation_code": None,
        "apn": {name: {"apn_type": "automatic", "apn_value": "N/A"} for name in ("ios", "android")},
        "msisdn": None,
        "direct_apple_installation_url": f"https://esimsetup.apple.com/esim_qrcode_provisioning?carddata={lpa}",
    }


def sim_row(sim: Sim, behaviour: Behaviour, include: set[str]) -> dict[str, Any]:
    """Write an eSIM as the eSIM endpoints do."""
    body = {
        **sim_in_order(sim),
        "voucher_code": None,
        "brand_settings_name": sim.brand,
        "recycled": sim.recycled_at is not None,
        "recycled_at": None if sim.recycled_at is None else stamp(sim.recycled_at),
    }
    if "share" in include:
        body["sharing"] = _sharing(sim)
    if "order" in include or any(name.startswith("order.") for name in include):
        body["simable"] = simable = history_order(sim.order, behaviour)
        if "order.status" in include:
            simable["status"] = status_of(sim.order)
        if "order.user" in include:
            simable["user"] = user()
    return body


def status_of(order: Order) -> dict[str, str]:
    """Write an order's status."""
    return {"name": order.status.replace("_", " ").capitalize(), "slug": order.status}


def user() -> dict[str, Any]:
    """Write the company's user."""
    return dict(_USER)


def discounted(cents: int, behaviour: Behaviour) -> tuple[Decimal, Decimal]:
    """Compute what is taken off a price, and what is left, in US dollars."""
    price = Decimal(cents) / 100
    off = price * behaviour.discount_percentage / 100
    return off, price - off


def _paid(purchase: Purchase, behaviour: Behaviour) -> dict[str, Any]:
    """Write what the partner pays, which depends on the pricing model."""
    cents = purchase.package.cents
    if behaviour.pricing == "net_pricing":
        return {"net_price": dollars(purchase.package.net_cents)}
    off, unit = discounted(cents, behaviour)
    fields = {
        "discount_percentage": behaviour.discount_percentage,
        "discount_amount": number(off),
        "unit_paid_price": number(unit),
        "total_amount_paid": number(unit * purchase.quantity),
    }
    return fields | {"net_price": None} if purchase.kind == "topup" else fields


def _sharing(sim: Sim) -> dict[str, str | None]:
    if not sim.order.purchase.shared:
        return {"link": None, "access_code": None}
    # All eSIMs of one order share one link.
    token = digest("share", sim.order.number)
    return {
        "link": f"https://esims.cloud/our-perfect-brand/{token[:12]}",
        "access_code": str(int(token[:8], 16) % 10_000).zfill(4),
    }
