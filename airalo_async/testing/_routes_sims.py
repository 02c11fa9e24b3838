"""eSIMs: list, one, usage, packages, top-ups, instructions, brand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airalo_async.testing._instructions import instructions
from airalo_async.testing._money import dollars, in_some_currencies
from airalo_async.testing._paging import date_filter, like, page_of
from airalo_async.testing._rendering import sim_in_order, sim_row
from airalo_async.testing._replies import Refused, business, invalid, message, ok
from airalo_async.testing._routes_packages import SHORT_INFO, package_row, pricing
from airalo_async.testing._routing import Limit, Route
from airalo_async.testing._usage import expires_at, iso, remaining, state, usage

if TYPE_CHECKING:
    from airalo_async.testing._catalogue import Package
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._records import Grant, Sim
    from airalo_async.testing._replies import Reply
    from airalo_async.testing._world import World

__all__ = ["ROUTES"]

_DEFAULT_PAGE = 25


def _list(world: World, incoming: Incoming) -> Reply:
    in_dates = date_filter(incoming)
    rows = [sim for sim in reversed(world.sims.values()) if in_dates(sim.order.created_at)]
    if text := incoming.query.get("filter[iccid]"):
        matches = like(text)
        rows = [sim for sim in rows if matches(sim.iccid)]
    page = page_of(incoming, f"{world.url}/v2/sims", len(rows), default=_DEFAULT_PAGE)
    include = incoming.include()
    data = [sim_row(sim, world.behaviour, include) for sim in rows[page.start : page.stop]]
    return ok(data, meta=page.meta, links=page.links)


def _get(world: World, incoming: Incoming) -> Reply:
    return ok(sim_row(_sim(world, incoming), world.behaviour, incoming.include()))


def _instructions(world: World, incoming: Incoming) -> Reply:
    return ok(instructions(sim_in_order(_sim(world, incoming)), incoming.language))


def _usage(world: World, incoming: Incoming) -> Reply:
    return ok(usage(world, _sim(world, incoming)), meta="api.succes")


def _topups(world: World, incoming: Incoming) -> Reply:
    sim = _sim(world, incoming)
    if sim.recycled_at is not None:
        return business(73, sim.iccid)
    rows = world.catalogue.topups(sim.order.purchase.package.family)
    data = [_topup(world, item) for item in rows]
    return ok(data, meta=None, pricing=pricing(world.behaviour))


def _packages(world: World, incoming: Incoming) -> Reply:
    sim = _sim(world, incoming)
    data = [_history(world, grant) for grant in reversed(sim.grants)]
    return ok(data, meta=None, pricing=pricing(world.behaviour))


def _brand(world: World, incoming: Incoming) -> Reply:
    sim = _sim(world, incoming)
    brand = incoming.text("brand_settings_name")
    if brand is not None and brand not in world.behaviour.brands:
        return invalid({"brand_settings_name": "Brand settings name doesn't exist."})
    sim.brand = brand
    return ok({"brand_settings_name": brand}, meta="succes")


def _sim(world: World, incoming: Incoming) -> Sim:
    sim = world.sims.get(incoming.keys["sim_iccid"])
    if sim is None:
        raise Refused(message(404, "messages.resource_not_found"))
    return sim


def _topup(world: World, item: Package) -> dict[str, Any]:
    is_net = world.behaviour.pricing == "net_pricing"
    retail = {"recommended_retail_price": in_some_currencies(item.cents)}
    return {
        **package_row(item),
        "short_info": SHORT_INFO,
        "voice": item.voice,
        "text": item.text,
        "net_price": dollars(item.net_cents) if is_net else None,
        "prices": {"net_price": in_some_currencies(item.net_cents), **retail} if is_net else retail,
    }


def _history(world: World, grant: Grant) -> dict[str, Any]:
    item = grant.package
    return {
        "id": grant.number,
        "status": state(grant, world.now()),
        "remaining": remaining(grant),
        "activated_at": iso(grant.activated_at),
        "expired_at": iso(expires_at(grant)),
        "finished_at": None,
        "package": {
            **package_row(item),
            "net_price": dollars(item.net_cents) if world.behaviour.pricing == "net_pricing" else None,
            "short_info": None,
        },
    }


ROUTES = (
    Route("GET", "/v2/sims", _list),
    Route("GET", "/v2/sims/{sim_iccid}", _get),
    Route("GET", "/v2/sims/{sim_iccid}/instructions", _instructions),
    Route(
        "GET",
        "/v2/sims/{sim_iccid}/usage",
        _usage,
        limits=(Limit(10, 60.0, "sim_iccid"), Limit(5, 1.0, "client")),
    ),
    Route("GET", "/v2/sims/{sim_iccid}/topups", _topups),
    Route("GET", "/v2/sims/{sim_iccid}/packages", _packages, limits=(Limit(10, 60.0, "sim_iccid"),)),
    Route("PUT", "/v2/sims/{sim_iccid}/brand", _brand),
)
