"""A token in use, and how it is read from the answer of the token call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from airalo_async import _codec, models
from airalo_async._wire import TOKEN_ROUTE
from airalo_async.errors import DecodeError

__all__ = ["ACCEPT", "Bearer", "Tokens", "read_bearer"]

ACCEPT = {"Accept": "application/json"}
"""Sent with every call: without it the API answers a validation error with a web page."""

LONGEST_LIFE = 86400.0
"""Seconds; the documentation says 24 hours although ``expires_in`` says a year."""

_RENEW_BEFORE = 300.0
_STOP_BEFORE = 30.0
_MOST_TOKEN = 16 * 1024


@frozen(eq=False, repr=False)
class Bearer:
    """A token and how long it can be used.

    Attributes:
        value: The token itself.
        renew_at: Instant of the clock from which the next one is fetched.
        ends_at: Instant of the clock from which it is not used any more.
        headers: What every call with it carries.
    """

    value: str
    renew_at: float
    ends_at: float
    headers: Mapping[str, str]


class Tokens(Protocol):
    """Where tokens come from: this process, or a store that a fleet shares."""

    async def get(self, deadline: float) -> Bearer:
        """Give a token that can be used now."""
        ...

    def invalidate(self, token: Bearer) -> None:
        """Drop a token that the API refused, if it is still the current one."""
        ...


def read_bearer(body: bytes, started: float) -> Bearer | DecodeError:
    """Read the answer of the token call.

    Args:
        body: The answer, which rides on no error.
        started: Instant of the clock at which the call was sent.
    """
    try:
        token = _codec.decode(models.Token, _codec.unwrap(_codec.parse(body)), path="data")
    except DecodeError as error:
        return DecodeError(f"The answer of POST {TOKEN_ROUTE} holds no token; check base_url.", path=error.path)
    text = token.access_token
    if not (0 < len(text) < _MOST_TOKEN and text.isascii() and text.isprintable()):
        return DecodeError("The token is not a text that a header can carry.", path="data.access_token")
    asked = token.expires_in or 0
    lifetime = min(asked, LONGEST_LIFE) if asked > 0 else LONGEST_LIFE
    return Bearer(
        text,
        renew_at=started + lifetime - min(_RENEW_BEFORE, lifetime / 10),
        ends_at=started + lifetime - min(_STOP_BEFORE, lifetime / 20),
        headers={**ACCEPT, "Authorization": f"Bearer {text}"},
    )
