"""Weighing one piece of evidence about one stored request."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import frozen

from airalo_async._matching._alarms import alarms_of, is_twin, open_attempts, speaking_attempt
from airalo_async._matching._learned import learned, says_something_new
from airalo_async._matching._table import ENDED_WITHOUT, TRANSITIONS, next_state
from airalo_async.errors import Outcome
from airalo_async.models import (
    Accepted,
    Alarm,
    Attempt,
    Cancelled,
    DeclaredUnsent,
    Evidence,
    Failed,
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
from airalo_async.models._evolve import evolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Decision", "decide"]


@frozen(eq=False, repr=False)
class Decision:
    """What a piece of evidence does.

    Attributes:
        request: The stored request after it; the same object when nothing changes.
        alarms: Alarms that it raises; they are in ``request`` too.
        deliver: Whether a push that brought it is to be dispatched.
    """

    request: StoredRequest
    alarms: tuple[Alarm, ...] = ()
    deliver: bool = False


def decide(request: StoredRequest, evidence: Evidence, now: datetime) -> Decision:
    """Weigh one piece of evidence about one stored request.

    Args:
        request: The stored request as it stands in this transaction.
        evidence: What became known.
        now: The store's time (UTC).
    """
    index = _attempt_of(request, evidence)
    if not _counts(request, evidence, now, index):
        return Decision(request)
    attempts = _record(request, index, evidence)
    after = _state_after(request, evidence, index)
    alarms = alarms_of(request, evidence, now, index)
    deliver = _delivers(request, evidence, index, after)
    moved = after is not request.state
    fields = learned(request, evidence, now, moved=moved)
    if not (moved or alarms or attempts != request.attempts or says_something_new(request, fields)):
        return Decision(request, deliver=deliver)
    changed = evolve(
        request,
        **fields,
        attempts=attempts,
        state=after,
        alarms=request.alarms + alarms,
        version=request.version + 1,
        updated_at=now,
    )
    return Decision(changed, alarms, deliver)


def _counts(request: StoredRequest, evidence: Evidence, now: datetime, index: int | None) -> bool:
    """Tell whether there is anything to weigh.

    That nobody sends any more can be said only when the lease is over, and only of what it would change. A look that
    found nothing is out of date when the order has come, or when another attempt was made since. What must be about an
    attempt and is about none of them, such as an answer under a foreign mark, is about another purchase. A request id
    whose end is known already is no news.
    """
    if isinstance(evidence, (Paid, Failed)):
        return True
    if isinstance(evidence, (LeaseLapsed, DeclaredUnsent)):
        return now >= request.attempt.lease_until and request.state in TRANSITIONS[type(evidence)]
    if isinstance(evidence, (NotVisible, NothingFound, Mismatched)):
        return request.state is not State.COMPLETED and evidence.tag in (None, request.attempt.tag)
    if isinstance(evidence, Accepted) and index is not None and request.state in ENDED_WITHOUT:
        attempt = request.attempts[index]
        return attempt.outcome is not Outcome.REJECTED or attempt.request_id != evidence.request_id
    return index is not None


def _attempt_of(request: StoredRequest, evidence: Evidence) -> int | None:
    """Find the attempt that the evidence is about: by whole tag, else by request id, else the only one it can be.

    A new request id is put on the latest attempt, so that what comes under it later has an attempt to be about.
    """
    tag = getattr(evidence, "tag", None)
    if tag is not None:
        for index, attempt in enumerate(request.attempts):
            if attempt.tag == tag:
                return index
    request_id = getattr(evidence, "request_id", None)
    if request_id is not None:
        for index, attempt in enumerate(request.attempts):
            if attempt.request_id == request_id:
                return index
    last = len(request.attempts) - 1
    if isinstance(evidence, (LeaseLapsed, DeclaredUnsent)):
        return last
    is_free = tag is None and (request_id is None or request.attempt.request_id is None)
    return last if is_free and (last == 0 or isinstance(evidence, Accepted)) else None


def _state_after(request: StoredRequest, evidence: Evidence, index: int | None) -> State:
    """Tell where the evidence takes the request.

    That this attempt was refused or never left is no end while another one may have bought.
    """
    if not _is_in_force(request, evidence, index):
        return request.state
    after = next_state(request, evidence)
    if isinstance(evidence, (Refused, Unsent)) and after in ENDED_WITHOUT and open_attempts(request, index):
        return State.UNKNOWN
    return after


def _is_in_force(request: StoredRequest, evidence: Evidence, index: int | None) -> bool:
    """Tell whether the evidence may move the request, and not only be recorded on an attempt that is over.

    An order counts whichever attempt bought it, and so does a look at the API. A request id counts unless another
    attempt is under way. Everything else must be about the attempt that the state speaks of.
    """
    if isinstance(evidence, Accepted):
        return request.state is not State.SENDING or index == len(request.attempts) - 1
    if isinstance(evidence, (Failed, Cancelled, Refused, Unsent, NoAnswer)):
        return index is not None and index == speaking_attempt(request)
    return True


_OUTCOMES: Mapping[type[Evidence], Outcome] = MappingProxyType(
    {
        Paid: Outcome.PLACED,
        Failed: Outcome.REJECTED,
        Cancelled: Outcome.REJECTED,
        Refused: Outcome.REJECTED,
        Unsent: Outcome.NOT_SENT,
        DeclaredUnsent: Outcome.NOT_SENT,
        NoAnswer: Outcome.UNKNOWN,
        LeaseLapsed: Outcome.UNKNOWN,
    }
)


def _record(request: StoredRequest, index: int | None, evidence: Evidence) -> tuple[Attempt, ...]:
    """Write on the attempt what the evidence says of it; what is known already is never overwritten."""
    if index is None:
        return request.attempts
    if isinstance(evidence, DeclaredUnsent):
        return tuple([evolve(attempt, outcome=_declared(attempt)) for attempt in request.attempts])
    attempt = request.attempts[index]
    changed = evolve(
        attempt,
        request_id=attempt.request_id or getattr(evidence, "request_id", None),
        order_id=attempt.order_id or getattr(evidence, "order_id", None),
        outcome=_outcome(attempt, evidence),
        detail=getattr(evidence, "detail", "") or attempt.detail,
    )
    return (*request.attempts[:index], changed, *request.attempts[index + 1 :])


def _declared(attempt: Attempt) -> Outcome:
    return Outcome.NOT_SENT if attempt.outcome in (None, Outcome.UNKNOWN) else attempt.outcome


def _outcome(attempt: Attempt, evidence: Evidence) -> Outcome | None:
    """Tell what became of an attempt; that it was carried out stands above all, that nothing is known below all."""
    outcome = _OUTCOMES.get(type(evidence))
    if isinstance(evidence, Accepted) and attempt.outcome is Outcome.NOT_SENT:
        return None
    if isinstance(evidence, NoAnswer) and evidence.placed:
        outcome = Outcome.PLACED
    if outcome is None or attempt.outcome is Outcome.PLACED:
        return attempt.outcome
    if outcome is Outcome.UNKNOWN and (attempt.outcome is not None or attempt.request_id is not None):
        return attempt.outcome
    return outcome


def _delivers(request: StoredRequest, evidence: Evidence, index: int | None, after: State) -> bool:
    """Tell whether a push with this evidence is to be dispatched; never one that was overruled.

    A result that is known already is delivered too: it may have come as an answer. That the same push is not
    dispatched twice is up to its duplicate key.
    """
    if isinstance(evidence, Paid):
        return request.state is not State.COMPLETED or not is_twin(request, evidence)
    return isinstance(evidence, Failed) and after is State.FAILED and index == speaking_attempt(request)
