"""What a piece of evidence tells of a stored request as a whole, other than its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from airalo_async.models import (
    Accepted,
    DeclaredUnsent,
    Evidence,
    Failed,
    NoAnswer,
    NothingFound,
    NotVisible,
    Paid,
    Refusal,
    Refused,
    State,
    StoredRequest,
)

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Learned", "learned", "says_something_new"]


class Learned(TypedDict, total=False):
    """Fields of a stored request and their new values."""

    request_id: str | None
    order_id: int | None
    order_code: str | None
    result: str | None
    placed: bool
    refusal: Refusal | None
    looks: int
    looked_at: datetime


def learned(request: StoredRequest, evidence: Evidence, now: datetime, *, moved: bool) -> Learned:
    """Tell which fields the evidence fills in; ``moved`` when it changes the state too."""
    if isinstance(evidence, Paid):
        return _order(request, evidence)
    if isinstance(evidence, Accepted):
        if moved:
            return {"request_id": evidence.request_id, "result": evidence.result}
        return {"request_id": request.request_id or evidence.request_id}
    if isinstance(evidence, (NotVisible, NothingFound)):
        return {"looks": request.looks + 1, "looked_at": now}
    if isinstance(evidence, NoAnswer) and evidence.placed and request.state is not State.COMPLETED:
        return {"placed": True, "result": evidence.result or request.result}
    if isinstance(evidence, DeclaredUnsent):
        return {"placed": False}
    if moved and isinstance(evidence, (Failed, Refused)):
        return {"refusal": evidence.refusal}
    return {}


def _order(request: StoredRequest, evidence: Paid) -> Learned:
    if request.state is State.COMPLETED:
        return {
            "request_id": request.request_id or evidence.request_id,
            "order_id": request.order_id or evidence.order_id,
            "order_code": request.order_code or evidence.order_code,
        }
    return {
        "request_id": evidence.request_id or request.request_id,
        "order_id": evidence.order_id,
        "order_code": evidence.order_code,
        "result": evidence.result,
        "refusal": None,
    }


def says_something_new(request: StoredRequest, fields: Learned) -> bool:
    """Tell whether any of the fields has another value than before."""
    return any(getattr(request, name) != value for name, value in fields.items())
