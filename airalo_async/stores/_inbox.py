"""What every store does with pushes, written once over the row operations of its transactions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airalo_async._matching import decide
from airalo_async.errors import UnknownReferenceError
from airalo_async.models import PushFacts, PushKind, PushState, StoredPush
from airalo_async.models._evolve import evolve
from airalo_async.stores._base import Receipt
from airalo_async.stores._matches import match, matched_push, new_push, request_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from airalo_async.stores._transaction import Transaction

__all__ = ["claim", "claim_unmatched", "fail", "finish", "receive", "renew", "replay", "sweep"]

_ORDER_PUSHES = frozenset({PushKind.ORDER_COMPLETED, PushKind.ORDER_FAILED})
_SWEEP_PAGE = 200
_ERROR_LENGTH = 2000


async def receive(tx: Transaction, body: bytes, form: str, facts: PushFacts) -> Receipt:
    """Commit a verified push: duplicate check, inbox, match and transition."""
    expires = None if facts.window is None else tx.now + timedelta(seconds=facts.window)
    await tx.serialise(facts.request_id, facts.tag, facts.key)
    if not await tx.take_key(facts.key, expires):
        return Receipt(None)
    if facts.evidence is None and facts.kind not in _ORDER_PUSHES:
        return Receipt(await tx.add_push(new_push(tx, body, form, facts)))
    request = await request_of(tx, facts.request_id, facts.tag)
    if request is None or facts.evidence is None:
        return Receipt(await tx.add_push(new_push(tx, body, form, facts, PushState.PARKED)))
    decision = decide(request, facts.evidence, tx.now)
    if decision.request is not request:
        await tx.save_request(decision.request, request)
    stored = await tx.add_push(matched_push(new_push(tx, body, form, facts), decision))
    return Receipt(stored, decision.request, decision.alarms)


async def claim(tx: Transaction, kinds: Collection[PushKind], lease: float, limit: int) -> Sequence[StoredPush]:
    """Claim due pushes; each claim has a fence of its own, and counts as a try."""
    return [await _claim(tx, push, lease) for push in await tx.due_pushes(kinds, limit)]


async def claim_unmatched(tx: Transaction, grace: float, lease: float, limit: int) -> Sequence[StoredPush]:
    """Claim pushes that have been parked for longer than the grace time."""
    before = tx.now - timedelta(seconds=grace)
    return [await _claim(tx, push, lease) for push in await tx.due_unmatched(before, limit)]


async def _claim(tx: Transaction, push: StoredPush, lease: float) -> StoredPush:
    claimed = evolve(
        push,
        lease_until=tx.now + timedelta(seconds=lease),
        fence=push.fence + 1,
        tries=push.tries + 1,
    )
    await tx.save_push(claimed, push)
    return claimed


async def renew(tx: Transaction, push_id: int, fence: int, lease: float) -> bool:
    """Push the lease of a claim on."""
    push = await _claimed(tx, push_id, fence)
    if push is None:
        return False
    await tx.save_push(evolve(push, lease_until=tx.now + timedelta(seconds=lease)), push)
    return True


async def finish(tx: Transaction, push_id: int, fence: int) -> bool:
    """Record that a handler has had the push; a parked one stays parked, and is not handed out again."""
    push = await _claimed(tx, push_id, fence)
    if push is None:
        return False
    if push.state is PushState.PARKED:
        done = evolve(push, given_unmatched=True, lease_until=None, tries=0, error="")
    else:
        done = evolve(push, state=PushState.DONE, lease_until=None, error="")
    await tx.save_push(done, push)
    return True


async def fail(tx: Transaction, push_id: int, fence: int, error: str, retry_in: float | None) -> bool:
    """Record that a handler failed: due again later, or dead. A parked push is never dead, only given up."""
    push = await _claimed(tx, push_id, fence)
    if push is None:
        return False
    changed = evolve(push, lease_until=None, error=_plain(error))
    if retry_in is not None:
        changed = evolve(changed, next_at=tx.now + timedelta(seconds=retry_in))
    elif push.state is PushState.PARKED:
        changed = evolve(changed, given_unmatched=True)
    else:
        changed = evolve(changed, state=PushState.DEAD)
    await tx.save_push(changed, push)
    return True


def _plain(error: str) -> str:
    """Make any text one that every engine can keep: no lone surrogates, no NUL, bounded."""
    return error[:_ERROR_LENGTH].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


async def _claimed(tx: Transaction, push_id: int, fence: int) -> StoredPush | None:
    push = await tx.push(push_id)
    return push if push is not None and push.fence == fence and push.lease_until is not None else None


async def replay(tx: Transaction, push_id: int) -> StoredPush:
    """Make a push pending again; its claim is over, so a handler that still has it cannot acknowledge it."""
    push = await tx.push(push_id)
    if push is None:
        message = f"the inbox has no push with the id {push_id}"
        raise UnknownReferenceError(message, reference=str(push_id))
    if push.body is None:
        message = f"the body of push {push_id} was purged, so there is nothing to replay"
        raise UnknownReferenceError(message, reference=str(push_id))
    again = evolve(
        push,
        state=PushState.PARKED if push.state is PushState.PARKED else PushState.PENDING,
        given_unmatched=False,
        tries=0,
        next_at=None,
        lease_until=None,
        error="",
    )
    await tx.save_push(again, push)
    return again


async def sweep(tx: Transaction, after: int) -> tuple[int, int]:
    """Match one page of parked pushes again; returns the last id seen (0 at the end) and how many were matched."""
    matched = 0
    page = await tx.parked(after=after, limit=_SWEEP_PAGE)
    for push in page:
        await tx.serialise(push.request_id, push.tag)
        request = await request_of(tx, push.request_id, push.tag)
        if request is not None:
            await match(tx, request, push)
            matched += 1
    return (page[-1].id if len(page) == _SWEEP_PAGE else 0), matched
