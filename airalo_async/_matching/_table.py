"""The transition table as data, and what it says of new attempts."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from airalo_async.errors import ReferenceConflictError
from airalo_async.models import (
    Accepted,
    Cancelled,
    DeclaredUnsent,
    Evidence,
    Failed,
    Kind,
    LeaseLapsed,
    Mismatched,
    NoAnswer,
    NothingFound,
    NotVisible,
    Paid,
    Refused,
    State,
    StoredRequest,
    Unsent,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["ENDED_WITHOUT", "RESUBMIT", "TRANSITIONS", "check_same", "may_attempt", "next_state"]

_OPEN = (State.SENDING, State.UNKNOWN, State.UNRESOLVED)

TRANSITIONS: Mapping[type[Evidence], Mapping[State, State]] = MappingProxyType(
    {
        Paid: dict.fromkeys(State, State.COMPLETED),
        # Also out of the states that a mere ``submit`` leaves: what has a request id must not be bought again.
        Accepted: dict.fromkeys((*_OPEN, State.REJECTED, State.NOT_SENT), State.ACCEPTED),
        Failed: dict.fromkeys((*_OPEN, State.ACCEPTED), State.FAILED),
        Cancelled: {State.ACCEPTED: State.CANCELLED},
        Refused: dict.fromkeys((State.SENDING, State.UNKNOWN), State.REJECTED),
        Unsent: dict.fromkeys((State.SENDING, State.UNKNOWN), State.NOT_SENT),
        DeclaredUnsent: dict.fromkeys((State.UNKNOWN, State.UNRESOLVED), State.NOT_SENT),
        NoAnswer: {State.SENDING: State.UNKNOWN},
        LeaseLapsed: {State.SENDING: State.UNKNOWN},
        NotVisible: {},
        NothingFound: dict.fromkeys((State.UNKNOWN, State.ACCEPTED), State.UNRESOLVED),
        Mismatched: dict.fromkeys((State.UNKNOWN, State.ACCEPTED), State.UNRESOLVED),
    }
)
"""State after, by kind of evidence and state before; a state that is not listed stays as it is."""

RESUBMIT: Mapping[State, bool] = MappingProxyType(
    {
        State.REJECTED: False,
        State.NOT_SENT: False,
        State.FAILED: True,
        State.CANCELLED: True,
        State.UNRESOLVED: True,
        State.UNKNOWN: True,
    }
)
"""States that a new attempt may leave, and whether that takes the caller's word (``resubmit=True``)."""

ENDED_WITHOUT = frozenset({State.FAILED, State.CANCELLED, State.REJECTED, State.NOT_SENT})
"""States in which nothing was bought, as far as was known."""


def next_state(request: StoredRequest, evidence: Evidence) -> State:
    """Look up the state to which the evidence takes a stored request."""
    return TRANSITIONS[type(evidence)].get(request.state, request.state)


def check_same(known: StoredRequest, kind: Kind, fingerprint: str) -> None:
    """Refuse a reference that was used before for another purchase."""
    if known.kind is not kind:
        what = f"of kind {known.kind}, not {kind}"
    elif known.fingerprint != fingerprint:
        what = "with another body (package, quantity, ICCID, due date, items or e-mail)"
    else:
        return
    message = (
        f"reference {known.reference!r} was used before for a purchase {what}; "
        "nothing was sent: use a new reference for a new purchase"
    )
    raise ReferenceConflictError(message, reference=known.reference)


def may_attempt(request: StoredRequest, *, resubmit: bool, now: datetime) -> bool:
    """Tell whether a new attempt may be made of a stored request.

    Never when the API is known to have carried one out. With ``resubmit`` also not while an attempt's sender may
    still be at work.
    """
    takes_word = RESUBMIT.get(request.state)
    if takes_word is None or request.placed:
        return False
    return not takes_word or (resubmit and now >= request.attempt.lease_until)
