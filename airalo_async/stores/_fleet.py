"""What processes that share a store share beyond it: one token, and one budget of calls.

All instants are the engine's own; what goes in and out are seconds from now, so that no two clocks are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airalo_async.stores._shares import Claim, Granted, Scope, SealedToken, Settled

__all__ = ["Fleet", "FleetStore", "SharedLimits", "SharedToken"]


class SharedToken(Protocol):
    """One token for all processes: one of them fetches it, whoever dies in the middle."""

    async def claim_token(
        self, key: str, *, owner: str, lease: float, needed: float = 0.0, refused: str = ""
    ) -> SealedToken | Claim:
        """Give the token, or the turn to fetch one.

        Args:
            key: Whose token.
            owner: Who asks; asking again in one's own turn prolongs it.
            lease: Seconds that a turn lasts.
            needed: Seconds that the token has to be usable for.
            refused: Mark of a token that the API refused; it is dropped if it is still the current one.

        Raises:
            StoreError: The engine is away.
        """
        ...

    async def put_token(self, key: str, token: SealedToken, *, owner: str) -> bool:
        """Keep a token and end the turn; False if the turn had passed to another and nothing is kept.

        Raises:
            StoreError: The engine is away.
        """
        ...

    async def release_token(self, key: str, *, owner: str) -> None:
        """End one's own turn without a token, so that another process can try.

        Raises:
            StoreError: The engine is away.
        """
        ...


class SharedLimits(Protocol):
    """Grants for all processes, counted exactly: never more than ``count`` at a time in a scope."""

    async def grant(self, mark: str, wanted: int, scopes: Sequence[Scope]) -> Granted:
        """Grant some of the wanted calls in all their scopes at once; they are ``MARK:0``, ``MARK:1`` and so on.

        Raises:
            StoreError: The engine is away.
        """
        ...

    async def settle_grants(self, settled: Sequence[Settled]) -> None:
        """Shorten how long grants count; unknown ones are passed over.

        Raises:
            StoreError: The engine is away.
        """
        ...

    async def pause_scopes(self, names: Sequence[str], seconds: float) -> None:
        """Grant nothing in some scopes for so long.

        Raises:
            StoreError: The engine is away.
        """
        ...


class Fleet(SharedToken, SharedLimits, Protocol):
    """Both, as an engine has them."""


@runtime_checkable
class FleetStore(Protocol):
    """A store whose processes are a fleet."""

    @property
    def fleet(self) -> Fleet:
        """What they share."""
        ...
