"""Stored values as JSON texts, for the engines that keep a record in one piece.

What is not set is left out, so that a record is short and a release that knows more fields reads those of one that
knew fewer. Texts are ASCII, so that every engine can keep whatever a caller or the API put into a value. One value has
one text: two records are equal when their texts are.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Required, TypedDict

from airalo_async.errors import Outcome
from airalo_async.models import (
    JSON,
    Alarm,
    Attempt,
    Kind,
    PushKind,
    PushState,
    Refusal,
    State,
    StoredPush,
    StoredRequest,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["micros", "moment", "names_of", "pack_push", "pack_request", "parked_names", "unpack_push", "unpack_request"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in State}
_PUSH_KINDS = {kind.value: kind for kind in PushKind}
_PUSH_STATES = {state.value: state for state in PushState}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}

_text = json.JSONEncoder(separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring_ascii


class _AttemptRecord(TypedDict, total=False):
    number: Required[int]
    tag: Required[str]
    owner: Required[str]
    started_at: Required[int]
    lease_until: Required[int]
    request_id: str
    order_id: int
    outcome: str
    detail: str


class _RequestRecord(TypedDict, total=False):
    reference: Required[str]
    kind: Required[str]
    fingerprint: Required[str]
    package_id: str
    quantity: Required[int]
    metadata: Required[dict[str, JSON]]
    state: Required[str]
    attempts: Required[list[_AttemptRecord]]
    created_at: Required[int]
    updated_at: Required[int]
    due_at: int
    request_id: str
    order_id: int
    order_code: str
    placed: bool
    refusal: tuple[int, int | None, str, dict[str, str]]
    alarms: list[tuple[str, str, int]]
    looks: Required[int]
    looked_at: int
    version: Required[int]


class _PushRecord(TypedDict, total=False):
    key: Required[str]
    kind: Required[str]
    form: Required[str]
    received_at: Required[int]
    state: Required[str]
    reference: str
    request_id: str
    tag: str
    tries: Required[int]
    next_at: int
    lease_until: int
    fence: Required[int]
    error: str
    given_unmatched: bool


def micros(instant: datetime) -> int:
    """Turn an instant into whole microseconds since the epoch: it comes back exactly, and compares as a number."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(number: int) -> datetime:
    """Turn microseconds since the epoch into an instant."""
    return _EPOCH + timedelta(microseconds=number)


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else micros(instant)


def _moment(number: int | None) -> datetime | None:
    return None if number is None else _EPOCH + timedelta(microseconds=number)


def pack_request(request: StoredRequest) -> str:
    """Write a stored request down, without its result, which may be long and goes first."""
    record = {
        "reference": request.reference,
        "kind": request.kind.value,
        "fingerprint": request.fingerprint,
        "package_id": request.package_id,
        "quantity": request.quantity,
        "metadata": request.metadata,
        "state": request.state.value,
        "attempts": [_pack_attempt(attempt) for attempt in request.attempts],
        "created_at": micros(request.created_at),
        "updated_at": micros(request.updated_at),
        "due_at": _micros(request.due_at),
        "request_id": request.request_id,
        "order_id": request.order_id,
        "order_code": request.order_code,
        "placed": request.placed or None,
        "refusal": _pack_refusal(request.refusal),
        "alarms": [(alarm.kind, alarm.detail, micros(alarm.at)) for alarm in request.alarms] or None,
        "looks": request.looks,
        "looked_at": _micros(request.looked_at),
        "version": request.version,
    }
    return _text({name: value for name, value in record.items() if value is not None})


def _pack_attempt(attempt: Attempt) -> dict[str, str | int]:
    record: dict[str, str | int | None] = {
        "number": attempt.number,
        "tag": attempt.tag,
        "owner": attempt.owner,
        "started_at": micros(attempt.started_at),
        "lease_until": micros(attempt.lease_until),
        "request_id": attempt.request_id,
        "order_id": attempt.order_id,
        "outcome": None if attempt.outcome is None else attempt.outcome.value,
        "detail": attempt.detail or None,
    }
    return {name: value for name, value in record.items() if value is not None}


def _pack_refusal(refusal: Refusal | None) -> tuple[int, int | None, str, dict[str, str]] | None:
    return None if refusal is None else (refusal.status, refusal.code, refusal.reason, dict(refusal.fields))


def unpack_request(text: str | bytes, result: str | None) -> StoredRequest:
    """Read what ``pack_request`` wrote, and put the result back."""
    record: _RequestRecord = json.loads(text)
    refusal = record.get("refusal")
    return StoredRequest(
        reference=record["reference"],
        kind=_KINDS[record["kind"]],
        fingerprint=record["fingerprint"],
        package_id=record.get("package_id"),
        quantity=record["quantity"],
        metadata=record["metadata"],
        state=_STATES[record["state"]],
        attempts=tuple([_unpack_attempt(attempt) for attempt in record["attempts"]]),
        created_at=moment(record["created_at"]),
        updated_at=moment(record["updated_at"]),
        due_at=_moment(record.get("due_at")),
        request_id=record.get("request_id"),
        order_id=record.get("order_id"),
        order_code=record.get("order_code"),
        result=result,
        placed=record.get("placed", False),
        refusal=None if refusal is None else Refusal(*refusal),
        alarms=tuple([Alarm(kind, detail, moment(at)) for kind, detail, at in record.get("alarms", ())]),
        looks=record["looks"],
        looked_at=_moment(record.get("looked_at")),
        version=record["version"],
    )


def _unpack_attempt(record: _AttemptRecord) -> Attempt:
    outcome = record.get("outcome")
    return Attempt(
        number=record["number"],
        tag=record["tag"],
        owner=record["owner"],
        started_at=moment(record["started_at"]),
        lease_until=moment(record["lease_until"]),
        request_id=record.get("request_id"),
        order_id=record.get("order_id"),
        outcome=None if outcome is None else _OUTCOMES[outcome],
        detail=record.get("detail", ""),
    )


def names_of(request: StoredRequest) -> Iterator[str]:
    """Tell every tag, request id and order number under which a stored request is found."""
    for attempt in request.attempts:
        yield f"tag {attempt.tag}"
        if attempt.request_id is not None:
            yield f"request {attempt.request_id}"
        if attempt.order_id is not None:
            yield f"order {attempt.order_id}"
    if request.request_id is not None:
        yield f"request {request.request_id}"
    if request.order_id is not None:
        yield f"order {request.order_id}"


def pack_push(push: StoredPush) -> str:
    """Write a push down, without its id and body.

    It is put together text by text, because it is written several times for each push that comes; an encoder with a
    dict to read takes four times as long.
    """
    text = (
        f'{{"key":{_quoted(push.key)},"kind":"{push.kind}","form":{_quoted(push.form)},'
        f'"received_at":{micros(push.received_at)},"state":"{push.state}"'
    )
    if push.reference is not None:
        text += f',"reference":{_quoted(push.reference)}'
    if push.request_id is not None:
        text += f',"request_id":{_quoted(push.request_id)}'
    if push.tag is not None:
        text += f',"tag":{_quoted(push.tag)}'
    text += f',"tries":{push.tries}'
    if push.next_at is not None:
        text += f',"next_at":{micros(push.next_at)}'
    if push.lease_until is not None:
        text += f',"lease_until":{micros(push.lease_until)}'
    text += f',"fence":{push.fence}'
    if push.error:
        text += f',"error":{_quoted(push.error)}'
    if push.given_unmatched:
        text += ',"given_unmatched":true'
    return text + "}"


def unpack_push(push_id: int, text: str | bytes, body: bytes | None) -> StoredPush:
    """Read what ``pack_push`` wrote, and put id and body back."""
    record: _PushRecord = json.loads(text)
    return StoredPush(
        id=push_id,
        key=record["key"],
        kind=_PUSH_KINDS[record["kind"]],
        body=body,
        form=record["form"],
        received_at=moment(record["received_at"]),
        state=_PUSH_STATES[record["state"]],
        reference=record.get("reference"),
        request_id=record.get("request_id"),
        tag=record.get("tag"),
        tries=record["tries"],
        next_at=_moment(record.get("next_at")),
        lease_until=_moment(record.get("lease_until")),
        fence=record["fence"],
        error=record.get("error", ""),
        given_unmatched=record.get("given_unmatched", False),
    )


def parked_names(push: StoredPush) -> Iterator[str]:
    """Tell under what a parked push is looked for: its request id, its tag, its duplicate key."""
    if push.state is PushState.PARKED:
        yield f"key {push.key}"
        if push.request_id is not None:
            yield f"request {push.request_id}"
        if push.tag is not None:
            yield f"tag {push.tag}"
