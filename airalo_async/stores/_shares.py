"""What a fleet and its engine tell each other of the shared token and the shared limits.

Apart from the protocols, which every session knows: one without a fleet has no use for these.
"""

from __future__ import annotations

from attrs import field, frozen

__all__ = ["Claim", "Granted", "Scope", "SealedToken", "Settled"]


@frozen
class SealedToken:
    """The fleet's token, as nobody can read it who lacks the client secret.

    Attributes:
        sealed: The token, encrypted.
        mark: Tells it apart from the ones before and after it.
        seconds: How long it can still be used.
    """

    sealed: bytes = field(repr=False)
    mark: str
    seconds: float


@frozen
class Claim:
    """There is no usable token, and one process has the turn to fetch it.

    Attributes:
        mine: Whether that is who asked.
        seconds: How long the turn lasts, unless it is claimed again.
    """

    mine: bool
    seconds: float


@frozen
class Scope:
    """What a limit counts.

    Attributes:
        name: The same in all processes.
        count: Calls that may count at a time.
        period: Of the limit.
        seconds: How long a call counts, whose answer is not known; longer than the period.
    """

    name: str
    count: int
    period: float
    seconds: float


@frozen
class Granted:
    """Answer to a question for grants.

    Attributes:
        count: How many calls are granted.
        seconds: If none is: until one may be.
    """

    count: int
    seconds: float


@frozen
class Settled:
    """News of a granted call.

    Attributes:
        scope: Name of the scope.
        mark: Of the grant.
        seconds: How long it counts from now; 0 gives the grant back.
    """

    scope: str
    mark: str
    seconds: float
