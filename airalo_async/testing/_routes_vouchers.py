"""Vouchers: eSIM codes and airmoney."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from airalo_async.testing._buying import spend, unit_price, whole_number
from airalo_async.testing._records import PlacedAirmoney, PlacedVoucher
from airalo_async.testing._replies import business, invalid, ok
from airalo_async.testing._routing import Route
from airalo_async.testing._world import stamp

if TYPE_CHECKING:
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._replies import Reply
    from airalo_async.testing._world import World

__all__ = ["ROUTES"]

_MOST_CODES = 100
_MOST_MONEY = 100_000
_LONGEST_CODE = 255


def _esim(world: World, incoming: Incoming) -> Reply:
    items = incoming.params.get("vouchers")
    if not isinstance(items, list) or not items:
        return invalid({"vouchers": "The vouchers field is required."})
    fields: dict[str, str] = {}
    for position, item in enumerate(items):
        fields |= _objections(world, position, item if isinstance(item, dict) else {})
    if fields:
        return invalid(fields, status=world.behaviour.voucher_error_status)
    packages = [world.catalogue.packages[item["package_id"]] for item in items]
    for package in packages:
        if isinstance(package.trigger, int):
            return business(package.trigger)
    pairs = zip(items, packages, strict=True)
    price = sum((unit_price(world, package) * int(item["quantity"]) for item, package in pairs), Decimal(0))
    if not world.behaviour.sandbox and price > world.behaviour.credit:
        return business(11, f"{world.behaviour.credit:.2f} USD left, {price:.2f} USD needed.")
    spend(world, price)
    return ok([_sell(world, item) for item in items])


def _objections(world: World, position: int, item: dict[str, Any]) -> dict[str, str]:
    fields = {}
    package_key, quantity_key = f"vouchers.{position}.package_id", f"vouchers.{position}.quantity"
    slug = item.get("package_id")
    package = world.catalogue.packages.get(slug) if isinstance(slug, str) else None
    if not slug:
        fields[package_key] = f"The {package_key} field is required."
    elif package is None or package.kind != "sim":
        fields[package_key] = f"The selected {package_key} is invalid"
    quantity = whole_number(item.get("quantity"))
    if quantity is None:
        fields[quantity_key] = f"The {quantity_key} field is required."
    elif quantity < 1:
        fields[quantity_key] = f"The {quantity_key} must be at least 1."
    elif quantity > _MOST_CODES:
        fields[quantity_key] = f"The {quantity_key} may not be greater than {_MOST_CODES}."
    return fields


def _sell(world: World, item: dict[str, Any]) -> dict[str, Any]:
    quantity = int(item["quantity"])
    codes = [world.new_code() for _ in range(max(0, quantity - world.behaviour.shortfall))]
    reference = item.get("booking_reference")
    world.vouchers.append(PlacedVoucher(item["package_id"], quantity, tuple(codes), reference))
    row = {"package_id": item["package_id"], "codes": codes}
    return row | {"booking_reference": reference} if "booking_reference" in item else row


def _airmoney(world: World, incoming: Incoming) -> Reply:
    params = incoming.params
    fields: dict[str, str] = {}
    amount = params.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        fields["amount"] = "The amount field is required." if amount is None else "The amount must be a number."
    elif not 1 <= amount <= _MOST_MONEY:
        fields["amount"] = f"The amount must be between 1 and {_MOST_MONEY}."
    _check_between(params, "quantity", _MOST_CODES, fields, required=True)
    _check_between(params, "usage_limit", _MOST_MONEY, fields)
    code = incoming.text("voucher_code")
    if code is not None and len(code) > _LONGEST_CODE:
        fields["voucher_code"] = f"The voucher code may not be greater than {_LONGEST_CODE} characters."
    if code is not None and whole_number(params.get("quantity")) != 1:
        fields["quantity"] = "The selected voucher code allows a maximum quantity of 1"
    if fields:
        return invalid(fields)
    voucher: dict[str, Any] = {
        "id": world.number("airmoney"),
        "code": code or world.new_code(),
        "usage_limit": whole_number(params.get("usage_limit")) or 1,
        "amount": amount,
        "is_paid": bool(params.get("is_paid", False)),
        "created_at": stamp(world.now()),
    }
    world.airmoney.append(PlacedAirmoney(voucher["code"], voucher["amount"], int(params["quantity"])))
    return ok([[voucher]] if world.behaviour.airmoney_nested else voucher)


def _check_between(
    params: dict[str, Any], name: str, most: int, fields: dict[str, str], *, required: bool = False
) -> None:
    value, title = params.get(name), name.replace("_", " ")
    if value is None:
        if required:
            fields[name] = f"The {title} field is required."
        return
    quantity = whole_number(value)
    if quantity is None:
        fields[name] = f"The {title} must be an integer."
    elif not 1 <= quantity <= most:
        fields[name] = f"The {title} must be between 1 and {most}."


ROUTES = (
    Route("POST", "/v2/voucher/esim", _esim),
    Route("POST", "/v2/voucher/airmoney", _airmoney),
)
