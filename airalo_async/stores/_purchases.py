"""What every store does with purchases, written once over the row operations of its transactions.

Each function takes a transaction first and is one unit of work: a backend runs it, commits, and only then tells the
caller. They are coroutines because the row operations of a server are; those of a local backend never suspend.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from airalo_async._matching import check_same, decide, may_attempt
from airalo_async.errors import StoreError, UnknownReferenceError
from airalo_async.models import Accepted, Attempt, Evidence, LeaseLapsed, Paid, PushFacts, State, StoredRequest
from airalo_async.models._evolve import evolve
from airalo_async.stores._base import Begun, NewPurchase
from airalo_async.stores._matches import match_parked, matched_push, new_push

if TYPE_CHECKING:
    from airalo_async.stores._transaction import Transaction

__all__ = ["begin", "bind", "confirm", "get", "settle", "settle_by_asking"]


async def bind(tx: Transaction, client_id: str, mode: str) -> None:
    """Bind the store to a client id and mode, or refuse another identity than the one it has."""
    identity = f"{mode}:{hashlib.sha256(client_id.encode()).hexdigest()}"
    known = await tx.identity()
    if known is None:
        await tx.set_identity(identity)
    elif known != identity:
        was = "mode" if known.split(":")[1] == identity.split(":")[1] else "client id"
        rule = f"the store belongs to another {was}; use another store (another file, database, schema or prefix)"
        raise StoreError(rule)


async def begin(
    tx: Transaction, purchase: NewPurchase, owner: str, lease: float, *, resubmit: bool, after: str | None = None
) -> Begun:
    """Commit a new attempt as SENDING, unless an earlier one under the reference stands against it."""
    known = await tx.request(purchase.reference)
    attempt = Attempt(
        number=1,
        tag=purchase.tag,
        owner=owner,
        started_at=tx.now,
        lease_until=tx.now + timedelta(seconds=lease),
    )
    if known is None:
        request = StoredRequest(
            reference=purchase.reference,
            kind=purchase.kind,
            fingerprint=purchase.fingerprint,
            package_id=purchase.package_id,
            quantity=purchase.quantity,
            metadata=purchase.metadata,
            state=State.SENDING,
            attempts=(attempt,),
            created_at=tx.now,
            updated_at=tx.now,
            due_at=purchase.due_at,
        )
        await tx.save_request(request, None)
        return Begun(request, fresh=True)
    check_same(known, purchase.kind, purchase.fingerprint)
    current = decide(known, LeaseLapsed(), tx.now).request
    is_meant = after in (None, known.attempt.tag)
    if not may_attempt(current, resubmit=resubmit and is_meant, now=tx.now):
        if current is not known:
            await tx.save_request(current, known)
        return Begun(current, fresh=False)
    request = evolve(
        current,
        state=State.SENDING,
        attempts=(*current.attempts, evolve(attempt, number=len(current.attempts) + 1)),
        refusal=None,
        result=None,
        looks=0,
        looked_at=None,
        due_at=purchase.due_at,
        updated_at=tx.now,
        version=current.version + 1,
    )
    await tx.save_request(request, known)
    return Begun(request, fresh=True)


async def confirm(tx: Transaction, reference: str, tag: str, lease: float) -> bool:
    """Renew the lease of an attempt, if the request is still SENDING under its mark."""
    request = await tx.request(reference)
    if request is None or request.state is not State.SENDING or request.attempt.tag != tag:
        return False
    attempt = evolve(request.attempt, lease_until=tx.now + timedelta(seconds=lease))
    changed = evolve(
        request,
        attempts=(*request.attempts[:-1], attempt),
        updated_at=tx.now,
        version=request.version + 1,
    )
    await tx.save_request(changed, request)
    return True


async def settle(tx: Transaction, reference: str, evidence: Evidence) -> StoredRequest:
    """Apply evidence to a stored request; a request id that it brings may match parked pushes."""
    request_id = evidence.request_id if isinstance(evidence, Accepted | Paid) else None
    if request_id is None:
        return await _apply(tx, await get(tx, reference), evidence)
    await tx.serialise(request_id, None)
    request = await _apply(tx, await get(tx, reference), evidence)
    return await match_parked(tx, request, request_id)


async def _apply(tx: Transaction, request: StoredRequest, evidence: Evidence) -> StoredRequest:
    decision = decide(request, evidence, tx.now)
    if decision.request is not request:
        await tx.save_request(decision.request, request)
    return decision.request


async def settle_by_asking(tx: Transaction, reference: str, body: bytes, facts: PushFacts) -> StoredRequest:
    """Apply evidence that asking gave as if it had been pushed; the late push is then a duplicate."""
    await tx.serialise(facts.request_id, facts.tag, facts.key)
    request = await get(tx, reference)
    if facts.evidence is None:
        return request
    if not await tx.take_key(facts.key, None):
        request = await _apply(tx, request, facts.evidence)
        return await match_parked(tx, request, facts.request_id, facts.key)
    decision = decide(request, facts.evidence, tx.now)
    if decision.request is not request:
        await tx.save_request(decision.request, request)
    await tx.add_push(matched_push(new_push(tx, body, "reconciled", facts), decision))
    return decision.request


async def get(tx: Transaction, reference: str) -> StoredRequest:
    """Get a stored request, or raise."""
    request = await tx.request(reference)
    if request is None:
        message = f"the store has no request with the reference {reference!r}"
        raise UnknownReferenceError(message, reference=reference)
    return request
