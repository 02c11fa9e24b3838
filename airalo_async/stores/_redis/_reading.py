"""Questions of a batch as JSON for the script, and its answers as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.models import PushKind, State
from airalo_async.stores._optimistic import _reads as reads
from airalo_async.stores._optimistic._reads import Kept, News, ParkedPage, Peer
from airalo_async.stores._records import unpack_push, unpack_request

if TYPE_CHECKING:
    from collections.abc import Collection

    from airalo_async.models import JSON, StoredRequest
    from airalo_async.stores._optimistic._reads import Read

__all__ = ["Reply", "answer_of", "question_of"]

Reply = bytes | int | None | list["Reply"]
"""What a script returns."""

_PUSH_KINDS = {kind.value.encode(): kind for kind in PushKind}
_ALL_KINDS = tuple(kind.value for kind in PushKind)

_SCANNED_AT_ONCE = 2000
"""Parked pushes that one script looks at: about 10 ms, in which Redis does nothing else."""


def question_of(read: Read[object]) -> JSON:
    """Write a question for the script; the first word names its handler."""
    match read:
        case reads.Request(reference):
            return ("request", reference)
        case reads.Named(name):
            return ("named", name)
        case reads.Key(key):
            return ("key", key)
        case reads.Push(push_id):
            return ("push", padded(push_id))
        case reads.ParkedFor(names):
            return ("parked_for", names)
        case reads.Peers(references):
            return ("peers", references)
        case reads.Identity():
            return ("identity",)
        case _:
            return _rare_question_of(read)


def _rare_question_of(read: Read[object]) -> JSON:
    match read:
        case reads.Requests(states, after, limit):
            return ("requests", sorted(State if states is None else states), after or "", limit)
        case reads.Pushes(state, after, limit):
            return ("pushes", state or "", after, limit)
        case reads.Parked(after, limit):
            return ("parked", after, limit, _SCANNED_AT_ONCE)
        case reads.Due(kinds, now, limit):
            return ("due", sorted(kinds), str(now), limit)
        case reads.Unmatched(before, now, limit):
            return ("unmatched", str(before), str(now), limit)
        case reads.Look(references, now):
            return ("look", references, str(now), _ALL_KINDS)
        case _:
            return _order_of(read)


def _order_of(read: Read[object]) -> JSON:
    match read:
        case reads.Purge(before, limit):
            return ("purge", str(before), limit)
        case reads.DropKeys(now, limit):
            return ("drop_keys", str(now), limit)
        case reads.Tell(message):
            return ("tell", message)
        case _:
            raise NotImplementedError(type(read).__name__)


def padded(push_id: int) -> str:
    """Write an id so that texts are in the order of numbers."""
    return f"{push_id:016}"


def answer_of(read: Read[object], reply: Reply) -> object:
    """Read the reply to a question."""
    match read:
        case reads.Request() | reads.Named():
            return _request(_list(reply))
        case reads.Key():
            return reply
        case reads.Push():
            return _kept(_list(reply))
        case reads.ParkedFor():
            return tuple([_all_kept(_list(pushes)) for pushes in _list(reply)])
        case reads.Peers():
            return tuple([_peers(_list(pending)) for pending in _list(reply)])
        case reads.Identity():
            return _bytes(reply).decode() or None
        case reads.Requests():
            found = [_request(_list(row)) for row in _list(reply)]
            return tuple([request for request in found if request is not None])
        case _:
            return _rare_answer_of(read, reply)


def _rare_answer_of(read: Read[object], reply: Reply) -> object:
    match read:
        case reads.Pushes() | reads.Due() | reads.Unmatched():
            return _all_kept(_list(reply))
        case reads.Parked():
            scanned, found = _list(reply)
            return ParkedPage(_all_kept(_list(found)), int(_bytes(scanned)) if scanned else None)
        case reads.Look(references):
            due, versions = _list(reply)
            known = zip(references, map(_bytes, _list(versions)), strict=True)
            return News(tuple([(name, int(version)) for name, version in known if version]), due=bool(due))
        case _:
            return reply


def _list(reply: Reply) -> list[Reply]:
    assert isinstance(reply, list)  # noqa: S101  (our own script)
    return reply


def _bytes(reply: Reply) -> bytes:
    assert isinstance(reply, bytes)  # noqa: S101  (our own script)
    return reply


def _request(row: Collection[Reply]) -> StoredRequest | None:
    if not row:
        return None
    record, result = row
    text = None if result is None else _bytes(result).decode("utf-8", "surrogatepass")
    return unpack_request(_bytes(record), text)


def _kept(row: Collection[Reply]) -> Kept | None:
    if not row:
        return None
    push_id, record, revision, body = row
    push = unpack_push(int(_bytes(push_id)), _bytes(record), None if body is None else _bytes(body))
    return Kept(push, int(_bytes(revision)))


def _all_kept(rows: Collection[Reply]) -> tuple[Kept, ...]:
    found = [_kept(_list(row)) for row in rows]
    return tuple([kept for kept in found if kept is not None])


def _peers(rows: Collection[Reply]) -> tuple[Peer, ...]:
    found = [list(map(_bytes, _list(row))) for row in rows]
    return tuple([Peer(int(push_id), _PUSH_KINDS[kind], int(lease)) for push_id, kind, lease in found])
