"""What a session of a fleet has in place of its own; imported only when there is a fleet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async._auth import TokenCache
    from airalo_async._clock import Clock
    from airalo_async._limits import Limit, Limiter
    from airalo_async._limits._fleet import FleetLimiter
    from airalo_async.stores._fleet import SharedLimits, SharedToken

__all__ = ["shared_limiter", "shared_tokens"]


def shared_limiter(
    engine: SharedLimits, clock: Clock, local: Limiter, limits: tuple[Limit, ...], *, sandbox: bool
) -> FleetLimiter:
    """Make a limiter that counts in an engine."""
    from airalo_async._limits._fleet import FleetLimiter  # noqa: PLC0415  (a session without a fleet pays nothing)

    return FleetLimiter(clock, engine, local, limits, sandbox=sandbox)


def shared_tokens(shared: SharedToken) -> Callable[..., TokenCache]:
    """Give what makes a cache of a token that others have as well."""
    from airalo_async._auth._fleet import FleetTokens  # noqa: PLC0415  (needs an extra)

    return partial(FleetTokens, shared=shared)
