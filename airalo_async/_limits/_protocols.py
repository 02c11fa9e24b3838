"""What the limiter asks of a request, and what a call asks of a limiter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Call", "Limits"]


class Call(Protocol):
    """What the limiter needs to know of a request."""

    @property
    def method(self) -> str:
        """HTTP method."""
        ...

    @property
    def route(self) -> str:
        """Path template."""
        ...

    @property
    def keys(self) -> Mapping[str, str]:
        """Values of scopes: ``iccid``, ``package``."""
        ...


class Limits(Protocol):
    """Grants to call: counted in this process, or by an engine for a fleet of them."""

    def take(self, call: Call) -> bool:
        """Grant a call at once if nothing has to be waited for; an engine says False."""
        ...

    async def wait(self, call: Call, *, deadline: float | None = None) -> float:
        """Return when the call is granted, with the instant at which it was.

        Raises:
            NotSentError: It cannot be granted before the deadline; raised as soon as that is known.
        """
        ...

    def settle(self, call: Call, granted_at: float) -> None:
        """Learn that a call that was granted then has its answer, or will have none."""
        ...

    def delay(self, call: Call) -> float:
        """Estimate the seconds until a call that comes now would be granted."""
        ...

    def pause(self, call: Call, seconds: float, *, count: int | None = None) -> None:
        """Grant nothing for so long to the scope that the API found used up."""
        ...
