"""What an eSIM holds and has used, and the alerts that go with it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from airalo_async.testing._webhooks import alert
from airalo_async.testing._world import stamp

if TYPE_CHECKING:
    from airalo_async.testing._records import Grant, Sim
    from airalo_async.testing._world import World

__all__ = ["expires_at", "iso", "low_data", "remaining", "state", "usage", "use"]

_DAY = 86_400.0
_ISO = "%Y-%m-%dT%H:%M:%S+00:00"
_TOLD_AT = (75, 90)
_WARNED_DAYS = (3, 1)


def expires_at(grant: Grant) -> float | None:
    """Tell when a package ends, once it has begun."""
    return None if grant.activated_at is None else grant.activated_at + grant.package.days * _DAY


def remaining(grant: Grant) -> int:
    """Tell how many MB are left; 0 for an unlimited package."""
    return max(0, grant.package.megabytes - grant.used)


def state(grant: Grant, now: float) -> str:
    """Word what a package is doing."""
    end = expires_at(grant)
    if end is None:
        return "NOT_ACTIVE"
    if now >= end:
        return "EXPIRED"
    return "ACTIVE" if grant.package.is_unlimited or remaining(grant) else "FINISHED"


def usage(world: World, sim: Sim) -> dict[str, Any]:
    """Write an eSIM's usage; the answer stays the same for a while, as the API's does."""
    behaviour = world.behaviour
    kept_for = behaviour.usage_cache
    if kept_for is None:
        kept_for = 3600.0 if behaviour.sandbox else 1200.0
    if sim.usage_shown is None or world.now() - sim.usage_shown[0] >= kept_for:
        sim.usage_shown = (world.now(), _usage(world, sim))
    return sim.usage_shown[1]


def use(world: World, sim: Sim, megabytes: int) -> None:
    """Let an eSIM use data: the first package begins, and the next when one is used up.

    Alerts go out to the webhook that opted in.
    """
    now = world.now()
    left = megabytes
    for grant in sim.grants:
        if state(grant, now) not in {"NOT_ACTIVE", "ACTIVE"}:
            continue
        if grant.activated_at is None:
            grant.activated_at = now
            _watch_expiry(world, sim, grant)
        before = _percent_used(grant)
        taken = left if grant.package.is_unlimited else min(left, remaining(grant))
        grant.used += taken
        left -= taken
        for level in _TOLD_AT:
            if before < level <= _percent_used(grant):
                world.agenda.start(alert(world, "webhook_low_data", low_data(sim, f"{level}%")))
        if left <= 0:
            return


def low_data(sim: Sim, level: str) -> dict[str, Any]:
    """Write a low-data notification."""
    grant = sim.grants[-1]
    return {
        "level": level,
        "package_name": grant.package.slug,
        "remaining_percentage": 100 - _percent_used(grant),
        "iccid": sim.iccid,
    }


def _watch_expiry(world: World, sim: Sim, grant: Grant) -> None:
    end = expires_at(grant)
    for days in _WARNED_DAYS:
        wait = (end or 0.0) - days * _DAY - world.now()
        if wait > 0:
            warn = functools.partial(_warn, world, sim, f"{days}days")
            world.agenda.later(wait, warn)


async def _warn(world: World, sim: Sim, level: str) -> None:
    await alert(world, "webhook_low_data", low_data(sim, level))


def _percent_used(grant: Grant) -> int:
    return 0 if grant.package.is_unlimited else 100 * grant.used // grant.package.megabytes


def _usage(world: World, sim: Sim) -> dict[str, Any]:
    zeros = {"remaining_voice": 0, "remaining_text": 0, "total_voice": 0, "total_text": 0}
    if sim.recycled_at is not None:
        nothing = {"remaining": 0, "total": 0, "expired_at": None, "is_unlimited": None, "status": "RECYCLED"}
        return nothing | zeros
    now = world.now()
    states = [state(grant, now) for grant in sim.grants]
    live = [grant for grant, word in zip(sim.grants, states, strict=True) if word in {"ACTIVE", "NOT_ACTIVE"}]
    shown = live or sim.grants[-1:]
    ends = [end for grant in shown if (end := expires_at(grant)) is not None]
    unlimited = any(grant.package.is_unlimited for grant in shown)
    status = next((word for word in ("ACTIVE", "NOT_ACTIVE") if word in states), states[-1])
    voice = sum(grant.package.voice or 0 for grant in shown)
    text = sum(grant.package.text or 0 for grant in shown)
    return {
        "remaining": 0 if unlimited else sum(map(remaining, shown)),
        "total": 0 if unlimited else sum(grant.package.megabytes for grant in shown),
        "expired_at": stamp(max(ends)) if ends else None,
        "is_unlimited": unlimited,
        "status": status,
        "remaining_voice": voice,
        "remaining_text": text,
        "total_voice": voice,
        "total_text": text,
    }


def iso(seconds: float | None) -> str | None:
    """Write a time of the package history."""
    return None if seconds is None else stamp(seconds, _ISO)
