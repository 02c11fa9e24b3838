"""Which handler answers which request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._replies import Reply
    from airalo_async.testing._world import World

    Handler = Callable[[World, Incoming], Reply | Awaitable[Reply]]

__all__ = ["Limit", "Route", "Router"]


@frozen
class Limit:
    """So many calls in so many seconds.

    Attributes:
        scope: What is counted apart: ``client``, ``token``, ``ip``, or a variable part of the path.
    """

    calls: int
    seconds: float
    scope: str


@frozen
class Route:
    """One endpoint."""

    method: str
    template: str
    handler: Handler = field(repr=False)
    limits: tuple[Limit, ...] = ()
    is_open: bool = False
    refused_as_403: bool = False


class Router:
    """A table of endpoints; fixed paths win over patterns."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._fixed = {(route.method, route.template): route for route in routes if "{" not in route.template}
        self._patterns = [(route, route.template.split("/")) for route in routes if "{" in route.template]
        self._paths = {route.template for route in routes if "{" not in route.template}

    def find(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        """Find the endpoint of a request and the variable parts of its path."""
        route = self._fixed.get((method, path))
        if route is not None:
            return route, {}
        parts = path.split("/")
        for candidate, pattern in self._patterns:
            if candidate.method == method and (keys := _match(pattern, parts)) is not None:
                return candidate, keys
        return None, {}

    def has_path(self, path: str) -> bool:
        """Tell whether a path exists under another method."""
        parts = path.split("/")
        return path in self._paths or any(_match(pattern, parts) is not None for _, pattern in self._patterns)


def _match(pattern: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(parts):
        return None
    keys = {}
    for expected, part in zip(pattern, parts, strict=True):
        if expected.startswith("{"):
            if not part:
                return None
            keys[expected[1:-1]] = part
        elif expected != part:
            return None
    return keys
