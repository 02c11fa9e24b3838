"""Rows of pushes."""

from __future__ import annotations

from airalo_async.models import PushKind, PushState, StoredPush
from airalo_async.stores._sqlite._columns import Value, micros, micros_or_none, moment, moment_or_none

__all__ = ["PUSH_COLUMNS", "push_row", "read_push"]

_PUSH_KINDS = {kind.value: kind for kind in PushKind}
_PUSH_STATES = {state.value: state for state in PushState}

PUSH_COLUMNS = (
    "id, key, kind, body, form, received_at, state, reference, request_id, tag, tries, next_at, lease_until, fence, "
    "error, given_unmatched"
)


def push_row(push: StoredPush) -> tuple[Value, ...]:
    """Tell all columns of a push."""
    return (
        push.id,
        push.key,
        push.kind.value,
        push.form,
        push.request_id,
        push.tag,
        micros(push.received_at),
        push.body,
        *_push_changes(push),
    )


def _push_changes(push: StoredPush) -> tuple[Value, ...]:
    return (
        push.state.value,
        push.reference,
        push.tries,
        micros_or_none(push.next_at),
        micros_or_none(push.lease_until),
        micros(push.due_at),
        push.fence,
        push.error,
        int(push.given_unmatched),
    )


def read_push(  # noqa: PLR0913, PLR0917  (the columns of a row)
    push_id: int,
    key: str,
    kind: str,
    body: bytes | None,
    form: str,
    received_at: int,
    state: str,
    reference: str | None,
    request_id: str | None,
    tag: str | None,
    tries: int,
    next_at: int | None,
    lease_until: int | None,
    fence: int,
    error: str,
    given_unmatched: int,
) -> StoredPush:
    """Make a stored push of the columns named in ``PUSH_COLUMNS``."""
    return StoredPush(
        id=push_id,
        key=key,
        kind=_PUSH_KINDS[kind],
        body=body,
        form=form,
        received_at=moment(received_at),
        state=_PUSH_STATES[state],
        reference=reference,
        request_id=request_id,
        tag=tag,
        tries=tries,
        next_at=moment_or_none(next_at),
        lease_until=moment_or_none(lease_until),
        fence=fence,
        error=error,
        given_unmatched=bool(given_unmatched),
    )
