"""What a receiver has seen since it was made."""

from __future__ import annotations

from attrs import asdict, define

__all__ = ["Stats"]


@define
class Stats:
    """Counters of one receiver, since it was made.

    Attributes:
        stored: Pushes that were committed.
        duplicates: Pushes that were there before; answered 200 and not dispatched again.
        parked: Stored pushes that no stored request matched then.
        quarantined: Stored pushes that were signed but could not be read.
        alarms: Alarms that pushes raised on stored requests.
        refused: Pushes whose signature was missing, malformed or wrong; never stored.
        rejected: Requests that could not be pushes: too large, too slow, encoded, another method.
        unstored: Pushes answered 503 because the store failed, or took too long.
        delivered: Handlers that returned.
        failures: Handlers that raised or ran out of time.
        dead: Pushes that became dead letters after being dispatched.
        lost: Claims that could not be renewed; their handlers were cancelled.
    """

    stored: int = 0
    duplicates: int = 0
    parked: int = 0
    quarantined: int = 0
    alarms: int = 0
    refused: int = 0
    rejected: int = 0
    unstored: int = 0
    delivered: int = 0
    failures: int = 0
    dead: int = 0
    lost: int = 0

    def as_dict(self) -> dict[str, int]:
        """Give all counters by name."""
        return asdict(self)
