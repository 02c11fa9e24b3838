"""What cannot be true together, and what a person should look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async._matching._table import ENDED_WITHOUT, next_state
from airalo_async.errors import Outcome
from airalo_async.models import (
    Accepted,
    Alarm,
    Cancelled,
    Evidence,
    Failed,
    Mismatched,
    NoAnswer,
    NothingFound,
    NotVisible,
    Paid,
    State,
    StoredRequest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["alarms_of", "is_twin", "open_attempts", "speaking_attempt"]


def speaking_attempt(request: StoredRequest) -> int:
    """Find the attempt that the state speaks of: the accepted one, else the latest."""
    last = len(request.attempts) - 1
    if request.state is not State.ACCEPTED:
        return last
    ids = [attempt.request_id for attempt in request.attempts]
    return ids.index(request.request_id) if request.request_id in ids else last


def open_attempts(request: StoredRequest, index: int | None) -> Sequence[int]:
    """Find the numbers of the attempts, beside the one at this index, that may have bought as far as is known."""
    closed = (Outcome.REJECTED, Outcome.NOT_SENT)
    return [
        attempt.number
        for other, attempt in enumerate(request.attempts)
        if other != index and attempt.outcome not in closed
    ]


def alarms_of(request: StoredRequest, evidence: Evidence, now: datetime, index: int | None) -> tuple[Alarm, ...]:
    """Tell what a person should see of this evidence, and has not been shown yet."""
    found: Sequence[tuple[str, str]] = ()
    if isinstance(evidence, Paid):
        found = _alarms_of_order(request, evidence)
    elif isinstance(evidence, (Failed, Cancelled)):
        found = _alarms_of_failure(request, evidence, index)
    elif isinstance(evidence, NoAnswer) and evidence.placed and request.state in ENDED_WITHOUT:
        found = [("contradiction", f"carried out after {request.state}")]
    elif isinstance(evidence, Accepted) and request.state in {State.REJECTED, State.NOT_SENT}:
        found = [("contradiction", f"accepted as {evidence.request_id} after {request.state}")]
    elif isinstance(evidence, Mismatched) and request.state is not State.COMPLETED:
        found = [("mismatch", evidence.detail)]
    elif isinstance(evidence, (NotVisible, NothingFound)):
        found = _alarms_of_look(request, evidence)
    if not found:
        return ()
    known = {(alarm.kind, alarm.detail) for alarm in request.alarms}
    return tuple([Alarm(kind, detail, now) for kind, detail in found if (kind, detail) not in known])


def _alarms_of_look(request: StoredRequest, evidence: NotVisible | NothingFound) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if next_state(request, evidence) is not request.state:
        found.append(("unresolved", "a complete look found nothing"))
    if evidence.earlier:
        found.append(("earlier_orders", ", ".join(evidence.earlier)))
    return found


def _alarms_of_failure(
    request: StoredRequest, evidence: Failed | Cancelled, index: int | None
) -> Sequence[tuple[str, str]]:
    """Tell a failure that cannot be true together with what is known; that an earlier attempt failed can.

    An attempt that failed or was cancelled is the end of the request, though another one may have bought: its push
    completes the request all the same, and a person can look.
    """
    after = next_state(request, evidence)
    if after is not request.state and index == speaking_attempt(request):
        return [("unresolved", f"{after}, but attempt {one} may have bought") for one in open_attempts(request, index)]
    if isinstance(evidence, Cancelled):
        return ()
    if request.state is State.COMPLETED:
        bought = index is None or request.attempts[index].outcome is Outcome.PLACED
        return [("contradiction", f"failed after completed: {evidence.refusal.reason}")] if bought else ()
    if request.state in ENDED_WITHOUT - {State.FAILED} and index == speaking_attempt(request):
        return [("contradiction", f"failed after {request.state}: {evidence.refusal.reason}")]
    return ()


def _alarms_of_order(request: StoredRequest, evidence: Paid) -> Sequence[tuple[str, str]]:
    order = evidence.order_code or evidence.order_id
    if request.state is State.COMPLETED:
        twin = f"orders {request.order_code or request.order_id} and {order}"
        return [("twin", twin)] if is_twin(request, evidence) else ()
    found: list[tuple[str, str]] = []
    if request.state in ENDED_WITHOUT:
        found.append(("contradiction", f"order {order} after {request.state}"))
    if evidence.delivered is not None and evidence.delivered < request.quantity:
        found.append(("shortfall", f"{evidence.delivered} of {request.quantity} delivered"))
    if evidence.echoed is False:
        found.append(("untagged", f"order {order} does not carry the tag"))
    return found


def is_twin(request: StoredRequest, evidence: Paid) -> bool:
    """Tell whether a completed request and the evidence name two different orders."""
    return evidence.order_id is not None and request.order_id is not None and evidence.order_id != request.order_id
