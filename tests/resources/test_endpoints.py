"""Every endpoint of the API has a coroutine that names it, and a route of the fake."""

from __future__ import annotations

import inspect
import re

from airalo_async.testing._routes_account import ROUTES as ACCOUNT
from airalo_async.testing._routes_future import ROUTES as FUTURE
from airalo_async.testing._routes_notifications import ROUTES as NOTIFICATIONS
from airalo_async.testing._routes_orders import ROUTES as ORDERS
from airalo_async.testing._routes_packages import ROUTES as PACKAGES
from airalo_async.testing._routes_sims import ROUTES as SIMS
from airalo_async.testing._routes_token import ROUTES as TOKEN
from airalo_async.testing._routes_vouchers import ROUTES as VOUCHERS
from tests.resources._subjects import SUBJECTS
from tests.test_docstrings import METHODS

ENDPOINTS = {
    "POST /v2/token",
    "GET /v2/packages",
    "GET /v2/packages/{}/product-information",
    "GET /v2/packages/overrides",
    "POST /v2/orders",
    "POST /v2/orders-async",
    "POST /v2/future-orders",
    "GET /v2/future-orders",
    "POST /v2/cancel-future-orders",
    "GET /v2/orders",
    "GET /v2/orders/{}",
    "POST /v2/orders/topups",
    "GET /v2/sims",
    "GET /v2/sims/{}",
    "GET /v2/sims/{}/instructions",
    "GET /v2/sims/{}/usage",
    "GET /v2/sims/{}/topups",
    "GET /v2/sims/{}/packages",
    "PUT /v2/sims/{}/brand",
    "POST /v2/voucher/esim",
    "POST /v2/voucher/airmoney",
    "GET /v2/compatible-devices",
    "GET /v2/compatible-devices-lite",
    "GET /v2/finance/exchange-rates",
    "POST /v2/notifications/opt-in",
    "GET /v2/notifications/opt-in",
    "POST /v2/notifications/opt-out",
    "POST /v2/simulator/webhook",
    "GET /v2/balance",
    "POST /v2/refund",
}
"""Partner API documentation and official SDKs, 2026-09."""


def _plain(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def _named(text: str) -> set[str]:
    """Find the endpoints of a ``Source`` line, which may name two under one method."""
    source = text.partition("Source:")[2]
    method = re.match(r"\s*(\w+)", source)
    return {f"{method[1]} {_plain(path)}" for path in re.findall(r"/v2/[\w{}/-]+", source)} if method else set()


def test_every_endpoint_is_named_by_a_coroutine() -> None:
    named = set().union(*(_named(inspect.getdoc(method) or "") for method in METHODS.values()))

    assert named == ENDPOINTS - {"POST /v2/token"}


def test_every_endpoint_is_a_route_of_the_fake() -> None:
    routes = (*ACCOUNT, *FUTURE, *NOTIFICATIONS, *ORDERS, *PACKAGES, *SIMS, *TOKEN, *VOUCHERS)

    assert {f"{route.method} {_plain(route.template)}" for route in routes} == ENDPOINTS


def test_every_method_of_the_resources_is_provoked() -> None:
    offered = {name for name in METHODS if not name.startswith("AiraloSession.")}

    assert offered - set(SUBJECTS) == {"Orders.unresolved"}
