"""Notifications: opt in, look, opt out, simulate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airalo_async.testing._buying import whole_number
from airalo_async.testing._records import Order, Purchase, Sim
from airalo_async.testing._rendering import order_answer
from airalo_async.testing._replies import Reply, invalid, ok, plain_error
from airalo_async.testing._routing import Limit, Route
from airalo_async.testing._webhooks import credit_alert, deliver, encode, in_shape, is_alive
from airalo_async.testing._world import OptIn, digest

if TYPE_CHECKING:
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._world import World

__all__ = ["ROUTES"]

_LEVELS = (50, 70, 80, 90)
_KINDS = ("async_orders", "webhook_low_data", "email_low_data", "webhook_credit_limit", "email_credit_limit")
_EVENTS = {
    "low_data_notification": "low_data",
    "credit_limit_notification": "credit_limit",
    "async_order_notification": "async_orders",
}
_SUBTYPES = {"expire_1": ("1days", 57), "expire_3": ("3days", 43), "data_75": ("75%", 25), "data_90": ("90%", 10)}
_TEST_ICCID = "8900000000000000001"
_TEST_PACKAGE = "change-7days-1gb"


async def _opt_in(world: World, incoming: Incoming) -> Reply:
    kind = incoming.text("type") or ""
    if kind not in _KINDS:
        return invalid({"type": "The selected type is invalid."})
    opt_in = OptIn("")
    if kind.startswith("email"):
        opt_in.contact = incoming.text("email") or incoming.text("contact_point") or ""
        opt_in.language = incoming.text("language") or "en"
        if "@" not in opt_in.contact:
            return invalid({"email": "The email must be a valid email address."})
    else:
        opt_in.contact = incoming.text("webhook_url") or ""
        if not opt_in.contact:
            return invalid({"webhook_url": "The webhook url field is required."})
        if not await is_alive(world, opt_in.contact):
            return invalid({"webhook_url": "The webhook url must answer a HEAD request with status 200."})
    if kind.endswith("credit_limit"):
        levels = incoming.params.get("levels") or list(_LEVELS)
        if not isinstance(levels, list) or any(level not in _LEVELS for level in levels):
            return invalid({"levels": "The selected levels is invalid."})
        opt_in.levels = tuple(levels)
    world.opt_ins.pop(kind, None)
    world.opt_ins[kind] = opt_in
    return ok({"notification": _notification(kind, opt_in)})


def _get(world: World, _incoming: Incoming) -> Reply:
    # Three pages of the documentation share this path without a selector; the newest subscription is shown here, and
    # an empty array, as the balance has it, when there is none.
    if not world.opt_ins:
        return ok([])
    kind, opt_in = next(reversed(world.opt_ins.items()))
    return ok({"notification": _notification(kind, opt_in)})


def _opt_out(world: World, incoming: Incoming) -> Reply:
    kind = incoming.text("type") or ""
    if kind not in _KINDS:
        return invalid({"type": "The selected type is invalid."})
    world.opt_ins.pop(kind, None)
    return Reply(204, b"")


async def _simulate(world: World, incoming: Incoming) -> Reply:
    event = incoming.text("event") or ""
    if event not in _EVENTS:
        return invalid({"event": f"Event must be one of: {', '.join(_EVENTS)}"})
    payload, refusal = _simulated(world, incoming, event)
    if refusal is not None:
        return refusal
    url, refusal = _address(world, incoming, _EVENTS[event])
    if refusal is not None:
        return refusal
    status = await deliver(world, url, *encode(world, payload), retries=0)
    if status is None or status >= 204:
        return plain_error(400, f"Could not push data to {url}")
    return Reply(200, b'{"success":"Notification sent"}')


def _address(world: World, incoming: Incoming, topic: str) -> tuple[str, Reply | None]:
    if (url := incoming.text("webhook_url")) is not None:
        return url, None
    opt_in = world.opt_ins.get(topic if topic == "async_orders" else f"webhook_{topic}")
    if opt_in is not None:
        return opt_in.contact, None
    if f"email_{topic}" in world.opt_ins:
        return "", plain_error(400, "User is not configured for webhook push")
    return "", plain_error(400, "User is not opted in")


def _simulated(world: World, incoming: Incoming, event: str) -> tuple[dict[str, Any], Reply | None]:
    iccid = incoming.text("iccid") or _TEST_ICCID
    if event == "low_data_notification":
        subtype = incoming.text("type") or ""
        if subtype not in _SUBTYPES:
            return {}, invalid({"type": f"Type must be one of: {', '.join(_SUBTYPES)}"})
        level, left = _SUBTYPES[subtype]
        return {"level": level, "package_name": _TEST_PACKAGE, "remaining_percentage": left, "iccid": iccid}, None
    if event == "credit_limit_notification":
        percent = whole_number(incoming.params.get("level"))
        if percent not in _LEVELS:
            return {}, invalid({"level": f"Level must be one of: {', '.join(map(str, _LEVELS))}"})
        return credit_alert(world, percent), None
    return _test_order(world, iccid), None


def _test_order(world: World, iccid: str) -> dict[str, Any]:
    """Write the delivery of an order that nobody placed."""
    purchase = Purchase(world.catalogue.packages[_TEST_PACKAGE], 1, 1, "Simulated order")
    now = world.now()
    order = Order(world.number("order"), purchase, purchase.description, now, now)
    order.sims = [Sim(world.number("sim"), iccid, f"TEST-{digest(iccid)[:16].upper()}", order, None)]
    return in_shape(world, world.new_request_id(), order_answer(order, world.behaviour))


def _notification(kind: str, opt_in: OptIn) -> dict[str, Any]:
    body: dict[str, Any] = {"type": kind, "contact_point": opt_in.contact}
    if opt_in.language is not None:
        body["language"] = opt_in.language
    if opt_in.levels:
        body["levels"] = list(opt_in.levels)
    return body


ROUTES = (
    Route("POST", "/v2/notifications/opt-in", _opt_in),
    Route("GET", "/v2/notifications/opt-in", _get),
    Route("POST", "/v2/notifications/opt-out", _opt_out),
    Route("POST", "/v2/simulator/webhook", _simulate, limits=(Limit(5, 60.0, "ip"),)),
)
