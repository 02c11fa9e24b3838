"""POST /v2/token."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from airalo_async.testing._replies import invalid, message, ok
from airalo_async.testing._routing import Limit, Route

if TYPE_CHECKING:
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._replies import Reply
    from airalo_async.testing._world import World

__all__ = ["ROUTES"]


def _token(world: World, incoming: Incoming) -> Reply:
    behaviour = world.behaviour
    names = ("client_id", "client_secret")
    given = {name: incoming.text(name) for name in names}
    missing = {name: f"The {name.replace('_', ' ')} field is required." for name in names if given[name] is None}
    if missing:
        return invalid(missing)
    # Observed live: grant_type may be left out.
    grant = incoming.text("grant_type")
    if grant not in (None, "client_credentials"):
        return invalid({"grant_type": "The selected grant type is invalid."})
    if given["client_id"] != behaviour.client_id:
        return invalid({"client_id": "The selected client id is invalid."})
    if not hmac.compare_digest(str(given["client_secret"]).encode(), behaviour.client_secret.encode()):
        return message(401, "Client authentication failed")
    return ok(
        {
            "token_type": "Bearer",
            "expires_in": behaviour.announced_lifetime,
            "access_token": world.new_token(),
        }
    )


ROUTES = (Route("POST", "/v2/token", _token, limits=(Limit(3, 60.0, "ip"),), is_open=True),)
