"""The rate limits that the documentation states, counted strictly: no more than N calls in any window."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from airalo_async.testing._replies import framework
from airalo_async.testing._routing import Limit

if TYPE_CHECKING:
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._replies import Reply
    from airalo_async.testing._routing import Route
    from airalo_async.testing._world import World

__all__ = ["Throttle"]

_SANDBOX = Limit(5, 1.0, "client")


class Throttle:
    """Counts calls by route and scope."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], deque[float]] = {}

    def admit(self, world: World, route: Route, incoming: Incoming) -> tuple[Reply | None, tuple[tuple[str, str], ...]]:
        """Count a call, unless a limit is used up.

        Returns:
            The refusal if there is one, and the headers that ride on an ordinary answer.
        """
        behaviour = world.behaviour
        limits = (*route.limits, _SANDBOX) if behaviour.sandbox else route.limits
        if not behaviour.limits or not limits:
            return None, ()
        now = world.clock.monotonic()
        rows = []
        for limit in limits:
            allowed = max(1, round(limit.calls * behaviour.limit_scale))
            seen = self._window(route, limit, incoming, now)
            if len(seen) >= allowed:
                return _refusal(allowed, seen[0] + limit.seconds - now, world.now()), ()
            rows.append((allowed, seen))
        for _, seen in rows:
            seen.append(now)
        allowed, seen = rows[0]
        return None, (("X-RateLimit-Limit", str(allowed)), ("X-RateLimit-Remaining", str(allowed - len(seen))))

    def reset(self) -> None:
        """Forget every call that was counted."""
        self._seen.clear()

    def _window(self, route: Route, limit: Limit, incoming: Incoming, now: float) -> deque[float]:
        match limit.scope:
            case "client":
                scope = "client"
            case "token":
                scope = incoming.token or incoming.remote
            case "ip":
                scope = incoming.remote
            case name:
                scope = incoming.keys.get(name, "")
        key = (route.method, route.template, str(limit.seconds), limit.scope, scope)
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - limit.seconds:
            seen.popleft()
        return seen


def _refusal(allowed: int, wait: float, now: float) -> Reply:
    seconds = max(1, math.ceil(wait))
    headers = (
        ("Retry-After", str(seconds)),
        ("X-RateLimit-Limit", str(allowed)),
        ("X-RateLimit-Remaining", "0"),
        ("X-RateLimit-Reset", str(math.ceil(now + wait))),
    )
    return framework(429, "Too Many Attempts.", headers)
