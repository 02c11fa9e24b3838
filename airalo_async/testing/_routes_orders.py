"""Orders: now, by push, top-ups; the list and the single order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airalo_async.testing._buying import check_funds, place, read_purchase
from airalo_async.testing._paging import date_filter, like, page_of
from airalo_async.testing._records import Grant, Purchase
from airalo_async.testing._rendering import history_order, order_answer, sim_in_order, status_of, user
from airalo_async.testing._replies import Refused, business, invalid, message, ok, reason
from airalo_async.testing._requests import accept
from airalo_async.testing._routing import Route
from airalo_async.testing._world import stamp

if TYPE_CHECKING:
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._records import Order
    from airalo_async.testing._replies import Reply
    from airalo_async.testing._world import World

__all__ = ["ROUTES"]

_DEFAULT_PAGE = 25


def _submit(world: World, incoming: Incoming) -> Reply:
    purchase = read_purchase(world, incoming)
    check_funds(world, purchase)
    return ok(order_answer(place(world, purchase), world.behaviour))


def _submit_async(world: World, incoming: Incoming) -> Reply:
    purchase = read_purchase(world, incoming)
    webhook_url = incoming.text("webhook_url")
    if webhook_url is None and "async_orders" not in world.opt_ins:
        return reason("User is not opted in and no webhook URL provided.")
    if not purchase.package.trigger:
        check_funds(world, purchase)
    request = accept(world, purchase, webhook_url=webhook_url)
    return ok({"request_id": request.request_id, "accepted_at": stamp(request.accepted_at)}, status=202)


def _top_up(world: World, incoming: Incoming) -> Reply:
    iccid, slug = incoming.text("iccid"), incoming.text("package_id")
    fields = {}
    if iccid is None:
        fields["iccid"] = "The iccid field is required."
    if slug is None:
        fields["package_id"] = "The package id field is required."
    if iccid is None or slug is None:
        raise Refused(invalid(fields))
    package = world.catalogue.packages.get(slug)
    if package is not None and isinstance(package.trigger, int):
        raise Refused(business(package.trigger))
    sim = world.sims.get(iccid)
    if sim is None:
        raise Refused(invalid({"iccid": "The selected iccid is invalid."}))
    if sim.recycled_at is not None:
        raise Refused(business(73, iccid))
    if package is None or package.kind != "topup" or package.family != sim.order.purchase.package.family:
        raise Refused(invalid({"package_id": "invalid topup package"}))
    limit = world.behaviour.topup_limit
    if limit is not None and len(sim.grants) > limit:
        raise Refused(invalid({"package_id": "validation.order_exceed_limit"}))
    description = incoming.text("description") or f"Topup ({iccid})"
    purchase = Purchase(package, 1, 1, description, kind="topup", iccid=iccid)
    check_funds(world, purchase)
    order = place(world, purchase)
    sim.grants.append(Grant(world.number("grant"), package, order.created_at))
    return ok(order_answer(order, world.behaviour))


def _list(world: World, incoming: Incoming) -> Reply:
    rows = [order for order in reversed(world.orders.values()) if _is_listed(world, order)]
    rows = _filtered(rows, incoming)
    page = page_of(incoming, f"{world.url}/v2/orders", len(rows), default=_DEFAULT_PAGE)
    include = incoming.include()
    data = [_row(world, order, include) for order in rows[page.start : page.stop]]
    return ok(data, meta=page.meta, links=page.links)


def _get(world: World, incoming: Incoming) -> Reply:
    text = incoming.keys["order_id"]
    order = world.orders.get(int(text)) if text.isdecimal() else None
    # The documentation has this answer for somebody else's order; a missing one is told apart by nothing that is known.
    if order is None:
        return message(401, "This action is unauthorized.")
    return ok(_row(world, order, incoming.include()))


def _is_listed(world: World, order: Order) -> bool:
    return order.listed_from <= world.now()


def _filtered(rows: list[Order], incoming: Incoming) -> list[Order]:
    query = incoming.query
    in_dates = date_filter(incoming)
    rows = [order for order in rows if in_dates(order.created_at)]
    if status := query.get("filter[order_status]"):
        rows = [order for order in rows if order.status == status]
    if text := query.get("filter[description]"):
        matches = like(text)
        rows = [order for order in rows if matches(order.description)]
    if text := query.get("filter[code]"):
        matches = like(text)
        rows = [order for order in rows if matches(order.code)]
    if text := query.get("filter[iccid]"):
        matches = like(text)
        rows = [
            order for order in rows if any(matches(sim.iccid) for sim in order.sims) or matches(order.purchase.iccid)
        ]
    return rows


def _row(world: World, order: Order, include: set[str]) -> dict[str, Any]:
    body = history_order(order, world.behaviour)
    if "sims" in include:
        body["sims"] = [{**sim_in_order(sim), "voucher_code": None} for sim in order.sims]
    if "user" in include:
        body["user"] = user()
    if "status" in include:
        body["status"] = status_of(order)
    return body


ROUTES = (
    Route("POST", "/v2/orders", _submit),
    Route("POST", "/v2/orders-async", _submit_async),
    Route("POST", "/v2/orders/topups", _top_up),
    Route("GET", "/v2/orders", _list),
    Route("GET", "/v2/orders/{order_id}", _get),
)
