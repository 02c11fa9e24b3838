"""The limits that the API documents, as data."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from attrs import frozen

from airalo_async.models._rules import check_int, check_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DOCUMENTED", "SANDBOX", "Limit", "Scope", "locate", "shape_of"]

_PLACEHOLDER = re.compile(r"\{\w+\}")


class Scope(Enum):
    """What a limit counts by.

    A session has one client, one address and one token at a time: ``TOKEN``, ``CLIENT`` and ``IP`` are one count each.
    ``ICCID`` and ``PACKAGE`` are one count for each value, ``ENDPOINT`` one for each endpoint.
    """

    TOKEN = "token"  # noqa: S105  (a word)
    CLIENT = "client"
    IP = "ip"
    ICCID = "iccid"
    PACKAGE = "package"
    ENDPOINT = "endpoint"


@frozen
class Limit:
    """One limit.

    Attributes:
        method: HTTP method; ``*`` for all.
        route: Path template; ``*`` for all.
        count: Calls allowed in a period.
        seconds: Length of the period.
        scope: What is counted.
    """

    method: str
    route: str
    count: int
    seconds: float
    scope: Scope

    def __attrs_post_init__(self) -> None:
        check_int("count", self.count)
        check_seconds("seconds", self.seconds)

    def applies(self, method: str, route: str) -> bool:
        """Tell whether it counts calls of an endpoint, whatever the template calls its values."""
        return self.method in {"*", method} and (self.route == "*" or shape_of(self.route) == shape_of(route))


DOCUMENTED = (
    Limit("POST", "/v2/token", 3, 60, Scope.CLIENT),
    Limit("GET", "/v2/packages", 80, 60, Scope.TOKEN),
    Limit("GET", "/v2/packages/{package}/product-information", 60, 60, Scope.PACKAGE),
    Limit("GET", "/v2/sims/{iccid}/usage", 10, 60, Scope.ICCID),
    Limit("GET", "/v2/sims/{iccid}/usage", 5, 1, Scope.CLIENT),
    Limit("GET", "/v2/sims/{iccid}/packages", 10, 60, Scope.ICCID),
    Limit("POST", "/v2/simulator/webhook", 5, 60, Scope.IP),
    Limit("POST", "/v2/refund", 5, 60, Scope.IP),
)
"""Limits in production, Partner API documentation of 2026-09. What is not listed has no documented limit."""

SANDBOX = (Limit("*", "*", 5, 1, Scope.ENDPOINT),)
"""Comes on top in sandbox mode: 5 calls a second for each client and endpoint."""


def locate(method: str, path: str, limits: Iterable[Limit] = DOCUMENTED) -> tuple[str, dict[str, str]]:
    """Find route and scope values of a path that a caller wrote himself; the path is its own route if none fits."""
    for limit in limits:
        names = [name[1:-1] for name in _PLACEHOLDER.findall(limit.route)]
        pattern = "([^/]+)".join(re.escape(part) for part in _PLACEHOLDER.split(limit.route))
        match = re.fullmatch(pattern, path)
        if match and limit.method == method:
            return limit.route, dict(zip(names, match.groups(), strict=True))
    return path, {}


def shape_of(route: str) -> str:
    """Strip a template of the names of its values, which differ between those who write it."""
    return _PLACEHOLDER.sub("{}", route)
