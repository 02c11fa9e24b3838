"""Every field of every stored value comes back as it was, whatever is in it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airalo_async.errors import Outcome
from airalo_async.models import (
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
    from airalo_async.models import JSON
    from airalo_async.stores._transaction import Transaction
    from airalo_async.stores._transactional import TransactionalStore

# What every engine can keep: no lone surrogates, and no NUL, which PostgreSQL refuses.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
MOMENT = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  (bounds)
NUMBER = st.integers(0, 2**31 - 1)
ORDER_ID = st.integers(1, 2**63 - 1)


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, width=32) | TEXT
VALUES: st.SearchStrategy[JSON] = st.recursive(
    LEAVES.filter(lambda value: value not in {float("inf"), float("-inf")}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ATTEMPTS = st.builds(
    Attempt,
    number=NUMBER,
    tag=TEXT,
    owner=TEXT,
    started_at=MOMENT,
    lease_until=MOMENT,
    request_id=maybe(TEXT),
    order_id=maybe(ORDER_ID),
    outcome=maybe(st.sampled_from(Outcome)),
    detail=TEXT,
)
REFUSALS = st.builds(
    Refusal,
    status=st.integers(0, 599),
    code=maybe(NUMBER),
    reason=TEXT,
    fields=st.dictionaries(TEXT, TEXT, max_size=3),
)
REQUESTS = st.builds(
    StoredRequest,
    reference=TEXT,
    kind=st.sampled_from(Kind),
    fingerprint=TEXT,
    package_id=maybe(TEXT),
    quantity=NUMBER,
    metadata=st.dictionaries(TEXT, VALUES, max_size=3),
    state=st.sampled_from(State),
    attempts=st.lists(ATTEMPTS, min_size=1, max_size=3).map(tuple),
    created_at=MOMENT,
    updated_at=MOMENT,
    due_at=maybe(MOMENT),
    request_id=maybe(TEXT),
    order_id=maybe(ORDER_ID),
    order_code=maybe(TEXT),
    result=maybe(TEXT),
    placed=st.booleans(),
    refusal=maybe(REFUSALS),
    alarms=st.lists(st.builds(Alarm, kind=TEXT, detail=TEXT, at=MOMENT), max_size=2).map(tuple),
    looks=NUMBER,
    looked_at=maybe(MOMENT),
    version=NUMBER,
)
PUSHES = st.builds(
    StoredPush,
    id=st.just(0),
    key=TEXT,
    kind=st.sampled_from(PushKind),
    body=maybe(st.binary(max_size=60)),
    form=TEXT,
    received_at=MOMENT,
    state=st.sampled_from(PushState),
    reference=maybe(TEXT),
    request_id=maybe(TEXT),
    tag=maybe(TEXT),
    tries=NUMBER,
    next_at=maybe(MOMENT),
    lease_until=maybe(MOMENT),
    fence=NUMBER,
    error=TEXT,
    given_unmatched=st.booleans(),
)
# The fixture is one store for all examples; each example has a reference of its own.
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def save_request(request: StoredRequest, previous: StoredRequest | None, tx: Transaction) -> None:
    await tx.save_request(request, previous)


async def add_push(push: StoredPush, tx: Transaction) -> StoredPush:
    return await tx.add_push(push)


async def save_push(push: StoredPush, previous: StoredPush, tx: Transaction) -> None:
    await tx.save_push(push, previous)


async def find_push(push_id: int, tx: Transaction) -> StoredPush | None:
    return await tx.push(push_id)


@MANY
@given(first=REQUESTS, second=REQUESTS)
async def test_stored_requests_come_back_whole(
    store: TransactionalStore, first: StoredRequest, second: StoredRequest
) -> None:
    first = evolve(first, reference=uuid.uuid4().hex)
    second = evolve(
        second,
        reference=first.reference,
        kind=first.kind,
        fingerprint=first.fingerprint,
        package_id=first.package_id,
        quantity=first.quantity,
        metadata=first.metadata,
        created_at=first.created_at,
    )

    await store._write(partial(save_request, first, None))
    added = await store.get(first.reference)
    await store._write(partial(save_request, second, first))
    changed = await store.get(first.reference)

    assert added == first
    assert changed == second


@MANY
@given(first=PUSHES, second=PUSHES)
async def test_pushes_come_back_whole(store: TransactionalStore, first: StoredPush, second: StoredPush) -> None:
    stored = await store._write(partial(add_push, first))
    changed = evolve(
        second,
        id=stored.id,
        key=first.key,
        kind=first.kind,
        body=first.body,
        form=first.form,
        received_at=first.received_at,
        request_id=first.request_id,
        tag=first.tag,
    )

    added = await store._read(partial(find_push, stored.id))
    await store._write(partial(save_push, changed, stored))

    assert added == stored == evolve(first, id=stored.id)
    assert await store._read(partial(find_push, stored.id)) == changed


@MANY
@given(reference=TEXT.filter(bool))
async def test_any_reference_is_kept(store: TransactionalStore, reference: str) -> None:
    unique = f"{uuid.uuid4().hex} {reference}"
    request = StoredRequest(
        reference=unique,
        kind=Kind.ORDER,
        fingerprint="f",
        package_id=None,
        quantity=1,
        metadata={},
        state=State.SENDING,
        attempts=(Attempt(1, "tag", "owner", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )

    await store._write(partial(save_request, request, None))

    assert (await store.get(unique)).reference == unique
