"""Checking what is asked for, and placing it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from airalo_async.testing._records import Grant, Order, Purchase, Sim
from airalo_async.testing._rendering import discounted
from airalo_async.testing._replies import Refused, business, invalid
from airalo_async.testing._webhooks import watch_credit
from airalo_async.testing._world import digest

if TYPE_CHECKING:
    from airalo_async.testing._catalogue import Package
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._records import Request
    from airalo_async.testing._world import World

__all__ = ["check_funds", "check_trigger", "place", "read_purchase", "spend", "whole_number"]

_WHOLE = re.compile(r"\s*-?[0-9]{1,18}\s*")
_MOST = 50
_OPTIONS = ("link", "pdf")


def read_purchase(world: World, incoming: Incoming, *, is_future: bool = False) -> Purchase:
    """Check an order's parameters.

    Raises:
        Refused: The order breaks a rule.
    """
    # Observed live: a body without a package is answered with code 34, not with a field error.
    slug = incoming.text("package_id")
    if slug is None:
        raise Refused(business(34))
    package = world.catalogue.packages.get(slug)
    known = package is not None and package.kind == "sim"
    if is_future and not known:
        raise Refused(business(34))
    fields: dict[str, str] = {}
    if not known:
        fields["package_id"] = "The selected package is invalid."
    quantity = _quantity(incoming.params.get("quantity"), fields)
    description = incoming.params.get("description")
    if description is not None and not isinstance(description, str):
        fields["description"] = "The description must be a string."
    _check_sharing(incoming, fields)
    brand = incoming.text("brand_settings_name")
    if brand is not None and brand not in world.behaviour.brands:
        fields["brand_settings_name"] = "Brand settings name doesn't exist."
    if fields or package is None:
        raise Refused(invalid(fields))
    return Purchase(
        package=package,
        quantity=quantity,
        quantity_echo=incoming.params["quantity"],
        description=description,
        brand=brand,
        shared=bool(incoming.text("to_email")),
    )


def check_funds(world: World, purchase: Purchase) -> None:
    """Check that an order can be placed now: test packages, stock, credit.

    Raises:
        Refused: It cannot.
    """
    check_trigger(purchase)
    package = purchase.package
    left = world.behaviour.stock.get(package.slug)
    if left is not None and left < purchase.quantity:
        if left <= 0:
            raise Refused(business(34))
        text = f"SIM quantity is not available. Available quantity: {left}."
        raise Refused(invalid({"quantity": text}))
    price = unit_price(world, package) * purchase.quantity
    if not world.behaviour.sandbox and price > world.behaviour.credit:
        raise Refused(business(11, f"{world.behaviour.credit:.2f} USD left, {price:.2f} USD needed."))


def check_trigger(purchase: Purchase) -> None:
    """Check that the package is not one of those that fail on purpose.

    Raises:
        Refused: It is one.
    """
    code = purchase.package.trigger
    if isinstance(code, int):
        raise Refused(business(code, {11: "balance is too low", 33: "0"}.get(code, "")))


def place(world: World, purchase: Purchase, request: Request | None = None) -> Order:
    """Place an order: take the stock and the money, make the eSIMs."""
    now = world.now()
    behaviour = world.behaviour
    order = Order(
        number=world.number("order"),
        purchase=purchase,
        description=_shown(world, purchase.description),
        created_at=now,
        listed_from=now + behaviour.list_delay,
        request_id=None if request is None else request.request_id,
    )
    if purchase.kind == "sim":
        order.sims = [_sim(world, order) for _ in range(max(0, purchase.quantity - behaviour.shortfall))]
    world.orders[order.number] = order
    if request is not None:
        request.orders.append(order)
    left = behaviour.stock.get(purchase.package.slug)
    if left is not None:
        behaviour.stock[purchase.package.slug] = left - purchase.quantity
    spend(world, unit_price(world, purchase.package) * purchase.quantity)
    return order


def unit_price(world: World, package: Package) -> Decimal:
    """Tell what one costs the partner, in US dollars."""
    if world.behaviour.pricing == "net_pricing":
        return Decimal(package.net_cents) / 100
    return discounted(package.cents, world.behaviour)[1]


def spend(world: World, amount: Decimal) -> None:
    """Take an amount from the balance; a sandbox has none to take from."""
    if not world.behaviour.sandbox:
        world.behaviour.credit -= amount
        watch_credit(world)


def whole_number(value: Any) -> int | None:
    """Read a whole number that may come as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return None


def _quantity(value: Any, fields: dict[str, str]) -> int:
    quantity = whole_number(value)
    if value is None or value == "":
        fields["quantity"] = "The quantity field is required."
    elif quantity is None:
        fields["quantity"] = "The quantity must be an integer."
    elif quantity < 1:
        fields["quantity"] = "The quantity must be at least 1."
    elif quantity > _MOST:
        fields["quantity"] = f"The quantity may not be greater than {_MOST}."
    return quantity or 0


def _check_sharing(incoming: Incoming, fields: dict[str, str]) -> None:
    email = incoming.text("to_email")
    options = incoming.texts("sharing_option")
    if email is not None and not _is_address(email):
        fields["to_email"] = "The to email must be a valid email address."
    if email is not None and not options:
        fields["sharing_option"] = "The sharing option field is required when to email is present."
    for position, option in enumerate(options):
        if option not in _OPTIONS:
            text = f"Sharing option on position {position} is invalid. Available options are: 'link' and 'pdf'."
            fields[f"sharing_option({position})"] = text
    for position, address in enumerate(incoming.texts("copy_address")):
        if not _is_address(address):
            fields[f"copy_address.{position}"] = f"The copy_address.{position} must be a valid email address."


def _is_address(text: str) -> bool:
    """Tell whether a text passes; the live API takes a domain without a dot."""
    name, at, domain = text.partition("@")
    return bool(name and at and domain) and not any(mark in text for mark in " \t\r\n") and "@" not in domain


def _shown(world: World, description: str | None) -> str | None:
    """Give what the API keeps of a description."""
    behaviour = world.behaviour
    if description is None or behaviour.descriptions == "kept":
        return description
    return None if behaviour.descriptions == "dropped" else description[: behaviour.description_length]


def _sim(world: World, order: Order) -> Sim:
    number = world.number("sim")
    iccid = world.new_iccid(number)
    sim = Sim(number, iccid, f"DUMMY-{digest(iccid)[:16].upper()}-{number}", order, order.purchase.brand)
    sim.grants.append(Grant(world.number("grant"), order.purchase.package, order.created_at))
    world.sims[iccid] = sim
    return sim
