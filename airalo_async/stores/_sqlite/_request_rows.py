"""Rows of stored requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airalo_async.errors import Outcome
from airalo_async.models import Alarm, Attempt, Kind, Refusal, State, StoredRequest
from airalo_async.stores._sqlite._columns import (
    Value,
    fits,
    micros,
    micros_or_none,
    moment,
    moment_or_none,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["REQUEST_COLUMNS", "names_in_other_rows", "read_request", "request_row"]

_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in State}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}

REQUEST_COLUMNS = (
    "reference, kind, fingerprint, package_id, quantity, metadata, state, attempts, created_at, updated_at, due_at, "
    "request_id, order_id, order_code, result, placed, refusal, alarms, looks, looked_at, version"
)


def request_row(request: StoredRequest) -> tuple[Value, ...]:
    """Tell all columns of a stored request."""
    return (
        request.reference,
        request.kind.value,
        request.fingerprint,
        request.package_id,
        request.quantity,
        text(request.metadata) if request.metadata else "{}",
        micros(request.created_at),
        *_request_changes(request),
        request.attempts[-1].tag,
        request.request_id,
        fits(request.order_id),
    )


def _request_changes(request: StoredRequest) -> tuple[Value, ...]:
    return (
        request.state.value,
        text([_attempt_row(attempt) for attempt in request.attempts]),
        micros(request.updated_at),
        micros_or_none(request.due_at),
        request.order_code,
        request.result,
        int(request.placed),
        _refusal_text(request.refusal),
        text([[alarm.kind, alarm.detail, micros(alarm.at)] for alarm in request.alarms]) if request.alarms else None,
        request.looks,
        micros_or_none(request.looked_at),
        request.version,
    )


def names_in_other_rows(request: StoredRequest) -> Iterator[str]:
    """Tell the tags, request ids and order numbers of a request that are not in its own columns."""
    order_id = fits(request.order_id)
    for attempt in request.attempts:
        if attempt is not request.attempts[-1]:
            yield f"tag {attempt.tag}"
        if attempt.request_id is not None and attempt.request_id != request.request_id:
            yield f"request {attempt.request_id}"
        if attempt.order_id is not None and attempt.order_id != order_id:
            yield f"order {attempt.order_id}"


def _attempt_row(attempt: Attempt) -> list[Value]:
    return [
        attempt.number,
        attempt.tag,
        attempt.owner,
        micros(attempt.started_at),
        micros(attempt.lease_until),
        attempt.request_id,
        attempt.order_id,
        None if attempt.outcome is None else attempt.outcome.value,
        attempt.detail,
    ]


def _read_attempt(
    number: int,
    tag: str,
    owner: str,
    started_at: int,
    lease_until: int,
    request_id: str | None,
    order_id: int | None,
    outcome: str | None,
    detail: str,
) -> Attempt:
    return Attempt(
        number=number,
        tag=tag,
        owner=owner,
        started_at=moment(started_at),
        lease_until=moment(lease_until),
        request_id=request_id,
        order_id=order_id,
        outcome=None if outcome is None else _OUTCOMES[outcome],
        detail=detail,
    )


def _refusal_text(refusal: Refusal | None) -> str | None:
    if refusal is None:
        return None
    return text([refusal.status, refusal.code, refusal.reason, dict(refusal.fields)])


def read_request(  # noqa: PLR0913, PLR0917  (the columns of a row)
    reference: str,
    kind: str,
    fingerprint: str,
    package_id: str | None,
    quantity: int,
    metadata: str,
    state: str,
    attempts: str,
    created_at: int,
    updated_at: int,
    due_at: int | None,
    request_id: str | None,
    order_id: int | None,
    order_code: str | None,
    result: str | None,
    placed: int,
    refusal: str | None,
    alarms: str | None,
    looks: int,
    looked_at: int | None,
    version: int,
) -> StoredRequest:
    """Make a stored request of the columns named in ``REQUEST_COLUMNS``."""
    return StoredRequest(
        reference=reference,
        kind=_KINDS[kind],
        fingerprint=fingerprint,
        package_id=package_id,
        quantity=quantity,
        metadata=json.loads(metadata) if metadata != "{}" else {},
        state=_STATES[state],
        attempts=tuple([_read_attempt(*row) for row in json.loads(attempts)]),
        created_at=moment(created_at),
        updated_at=moment(updated_at),
        due_at=moment_or_none(due_at),
        request_id=request_id,
        order_id=order_id,
        order_code=order_code,
        result=result,
        placed=bool(placed),
        refusal=None if refusal is None else Refusal(*json.loads(refusal)),
        alarms=_read_alarms(alarms),
        looks=looks,
        looked_at=moment_or_none(looked_at),
        version=version,
    )


def _read_alarms(alarms: str | None) -> tuple[Alarm, ...]:
    if alarms is None:
        return ()
    return tuple([Alarm(kind, detail, moment(at)) for kind, detail, at in json.loads(alarms)])
