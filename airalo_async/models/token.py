"""The token that every call but one carries."""

from __future__ import annotations

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra

__all__ = ["Token"]


@frozen
class Token:
    """A bearer token.

    Attributes:
        access_token: The secret itself.
        expires_in: Seconds that the API says it lives; it is fetched anew after 24 hours at the latest.
        token_type: ``Bearer``.
        extra: Keys that this version does not know.
    """

    access_token: str = field(repr=False)
    expires_in: int | None = None
    token_type: str = "Bearer"  # noqa: S105 (a word, no secret)
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
