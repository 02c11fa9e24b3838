"""The changes of a batch as JSON for the script that commits them.

The script has no idea of requests and pushes: which entries of which index come and go is worked out here, from what a
unit of work has read and wants written; the script makes sure that what was read is still so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airalo_async.models import PushState, State
from airalo_async.stores._records import micros, pack_push, pack_request, parked_names
from airalo_async.stores._redis._reading import padded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airalo_async.models import JSON, StoredPush
    from airalo_async.stores._optimistic._changes import Changes, WrittenPush, WrittenRequest

__all__ = ["compact", "write_down"]

_ENDED = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED, State.REJECTED, State.NOT_SENT})
_GONE = frozenset({PushState.DONE, PushState.WITHHELD})
_FIRST_VALUE = 3


def compact(value: JSON) -> bytes:
    """Write JSON for a script.

    Raises:
        UnicodeError: A text in it is none; a script would fail on it, and with it the whole batch.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class _Values:
    """Long texts and bytes, handed over beside the JSON; their places stand for them in it."""

    def __init__(self) -> None:
        self.all: list[str | bytes] = []

    def put(self, value: str | bytes) -> int:
        self.all.append(value)
        return len(self.all) + _FIRST_VALUE - 1


def write_down(batch: Sequence[Changes]) -> list[str | bytes]:
    """Write a batch as arguments of the script, without the mark that goes before them."""
    values = _Values()
    units: list[JSON] = []
    for changes in batch:
        seen: JSON = [(*fact, stamp) for fact, stamp in changes.seen.items()]
        units.append((seen, _ops(changes, values)))
    return [compact(units), *values.all]


def _ops(changes: Changes, values: _Values) -> list[JSON]:
    ops: list[JSON] = []
    for written in changes.requests.values():
        ops += _request_ops(written, values)
    for kept in changes.pushes.values():
        ops += _push_ops(kept, values)
    if changes.added is not None:
        ops.append(_new_push_op(changes.added, values))
    ops += [("add", "k", str(ends), key) for key, ends in changes.keys.items()]
    if changes.identity is not None:
        ops.append(("identity", changes.identity))
    return ops


def _request_ops(written: WrittenRequest, values: _Values) -> list[JSON]:
    request = written.request
    result = "" if request.result is None else values.put(request.result.encode("utf-8", "surrogatepass"))
    record = values.put(pack_request(request))
    ops: list[JSON] = [("request", request.reference, request.state, str(request.version), record, result)]
    ops += [("name", name, request.reference) for name in written.names]
    if request.state in _ENDED and request.result is not None:
        ops.append(("add", "a", str(micros(request.updated_at)), request.reference))
    else:
        ops.append(("drop", "a", request.reference))
    return ops


def _push_ops(written: WrittenPush, values: _Values) -> list[JSON]:
    push, push_id = written.push, padded(written.push.id)
    before, after = dict(_entries(written.previous, push_id)), dict(_entries(push, push_id))
    ops: list[JSON] = [("push", push_id, _fields(push, written.revision + 1, values))]
    ops += [("drop", index, push_id) for index in before.keys() - after.keys()]
    ops += [("add", index, score, push_id) for index, score in after.items() - before.items()]
    return ops


def _new_push_op(push: StoredPush, values: _Values) -> JSON:
    fields = _fields(push, 1, values)
    fields += ["k", push.kind, "w", str(micros(push.received_at))]
    fields += ["b", values.put(push.body)] if push.body is not None else []
    fields += ["q", push.request_id] if push.request_id is not None else []
    fields += ["t", push.tag] if push.tag is not None else []
    # The script puts the id that it has just given where a score is empty.
    return ("new", fields, [text for entry in _entries(push, "") for text in entry])


def _fields(push: StoredPush, revision: int, values: _Values) -> list[str | int]:
    """Tell the fields that any change may touch."""
    lease_until = 0 if push.lease_until is None else micros(push.lease_until)
    fields: list[str | int] = ["d", values.put(pack_push(push)), "v", str(revision), "l", str(lease_until)]
    if push.reference is not None:
        fields += ["f", push.reference]
    return fields


def _entries(push: StoredPush, push_id: str) -> list[tuple[str, str]]:
    """Tell in which indexes a push stands, and by what score."""
    entries = [(f"i:{push.state}", push_id)]
    entries += [(f"f:{name}", push_id) for name in parked_names(push)]
    due = str(micros(push.due_at))
    if push.state is PushState.PARKED and not push.given_unmatched:
        entries.append(("u", due))
    if push.state is PushState.PENDING:
        entries.append((f"d:{push.kind}", due))
        if push.reference is not None:
            entries.append((f"g:{push.reference}", push_id))
    if push.state in _GONE and push.body is not None:
        entries.append(("b", str(micros(push.received_at))))
    return entries
