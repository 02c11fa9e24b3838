"""Bringing a push and the stored request that it is about together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airalo_async._matching import Decision, decide
from airalo_async._push import read_facts
from airalo_async.models import PushFacts, PushKind, PushState, StoredPush, StoredRequest
from airalo_async.models._evolve import evolve

if TYPE_CHECKING:
    from airalo_async.stores._transaction import Transaction

__all__ = ["match", "match_parked", "matched_push", "new_push", "request_of"]

_BLANK = StoredPush(
    id=0,
    key="",
    kind=PushKind.UNKNOWN,
    body=None,
    form="raw",
    received_at=datetime.min.replace(tzinfo=UTC),
    state=PushState.PENDING,
)
"""What a push is made from: to copy it takes half as long as to make one."""


def new_push(
    tx: Transaction, body: bytes, form: str, facts: PushFacts, state: PushState = PushState.PENDING
) -> StoredPush:
    return evolve(
        _BLANK,
        key=facts.key,
        kind=facts.kind,
        body=body,
        form=form,
        received_at=tx.now,
        state=PushState.DEAD if facts.undecodable else state,
        request_id=facts.request_id,
        tag=facts.tag,
        error=facts.undecodable,
    )


async def request_of(tx: Transaction, request_id: str | None, tag: str | None) -> StoredRequest | None:
    """Find the stored request of an order push: by request id, else by the whole tag."""
    found = await tx.request_by_request_id(request_id) if request_id else None
    if found is None and tag:
        found = await tx.request_by_tag(tag)
    return found


def matched_push(push: StoredPush, decision: Decision) -> StoredPush:
    return evolve(
        push,
        state=PushState.PENDING if decision.deliver else PushState.WITHHELD,
        reference=decision.request.reference,
        tries=0,
        next_at=None,
        lease_until=None,
        fence=push.fence + 1,
        error="",
    )


async def match_parked(
    tx: Transaction, request: StoredRequest, request_id: str | None, key: str | None = None
) -> StoredRequest:
    """Match the parked pushes that a stored request was waited for with."""
    tags = [attempt.tag for attempt in request.attempts]
    for push in await tx.parked_for(request_id, tags, key):
        request = await match(tx, request, push)
    return request


async def match(tx: Transaction, request: StoredRequest, push: StoredPush) -> StoredRequest:
    """Match a parked push to the stored request that it is about.

    One that no longer reads as an order push is a dead letter: it must not stand in the way of the evidence that
    brought the two together.
    """
    evidence = read_facts(push.body or b"").evidence
    if evidence is None:
        dead = evolve(push, state=PushState.DEAD, reference=request.reference, error="does not read as an order push")
        await tx.save_push(dead, push)
        return request
    decision = decide(request, evidence, tx.now)
    if decision.request is not request:
        await tx.save_request(decision.request, request)
    await tx.save_push(matched_push(push, decision), push)
    return decision.request
