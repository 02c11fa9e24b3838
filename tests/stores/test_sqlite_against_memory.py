"""Any history ends the same in SQLite, where many units of work share a commit, as in memory, where each is alone."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from airalo_async.models import (
    Accepted,
    Cancelled,
    Failed,
    LeaseLapsed,
    NoAnswer,
    NothingFound,
    NotVisible,
    Refused,
    Unsent,
)
from airalo_async.stores import MemoryStore, SQLiteStore
from airalo_async.testing._clock import FakeClock
from tests.stores._support import (
    ALL_KINDS,
    LEASE,
    REFUSAL,
    ask,
    completed_body,
    failed_body,
    in_one_commit,
    low_data_body,
    paid,
    purchase,
    push,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airalo_async.models import Evidence
    from airalo_async.stores._transactional import TransactionalStore

# Order numbers and request ids belong to one reference: whose they are otherwise, no store can tell.
REFERENCES = ("a", "b", "c")
LETTERS = "XYZ"


@frozen
class Step:
    """One unit of work: what to do, to which request, attempt and order, with which id."""

    what: str
    reference: str
    attempt: int
    letter: str
    number: int

    @property
    def request_id(self) -> str:
        return self.reference + self.letter * 24

    @property
    def order_id(self) -> int:
        return REFERENCES.index(self.reference) * 10 + self.number


def tag_of(reference: str, attempt: int) -> str:
    return f"ref-{reference * 16}-{'abcdefgh'[attempt] * 8}"


def evidence_of(step: Step) -> Evidence:
    tag, request_id, order_id = tag_of(step.reference, step.attempt), step.request_id, step.order_id
    makers: dict[str, Callable[[], Evidence]] = {
        "paid": lambda: paid(order_id, tag),
        "paid with id": lambda: paid(order_id, tag, request_id),
        "accepted": lambda: Accepted(request_id, "{}", tag),
        "failed": lambda: Failed(REFUSAL, request_id, tag),
        "cancelled": lambda: Cancelled(request_id),
        "refused": lambda: Refused(REFUSAL, tag),
        "unsent": lambda: Unsent(tag),
        "no answer": lambda: NoAnswer(tag, placed=order_id % 2 == 0),
        "lapsed": LeaseLapsed,
        "not visible": NotVisible,
        "nothing found": NothingFound,
    }
    return makers[step.what]()


async def unit(store: TransactionalStore, step: Step) -> object:  # noqa: C901, PLR0911, PLR0912  (one line a kind)
    """Carry out one unit of work."""
    match step.what:
        case "begin" | "begin again":
            tag = tag_of(step.reference, step.attempt)
            new = evolve(purchase(step.reference, fingerprint="fg"[step.number // 4]), tag=tag)
            return await store.begin(new, owner="owner", lease=LEASE, resubmit=step.what == "begin again")
        case "confirm":
            return await store.confirm(step.reference, tag_of(step.reference, step.attempt), lease=LEASE)
        case "push":
            return await push(store, completed_body(step.order_id, request_id=step.request_id))
        case "push with tag":
            tag = tag_of(step.reference, step.attempt)
            return await push(store, completed_body(step.order_id, request_id=None, tag=tag))
        case "failure push":
            return await push(store, failed_body(step.request_id))
        case "low data":
            return await push(store, low_data_body(str(step.number)))
        case "ask":
            body = completed_body(step.order_id, request_id=None, tag=tag_of(step.reference, step.attempt))
            return await ask(store, body, step.reference)
        case "claim":
            return list(await store.claim(ALL_KINDS[: step.number + 1], lease=LEASE, limit=1 + step.attempt))
        case "claim unmatched":
            return list(await store.claim_unmatched(grace=10, lease=LEASE, limit=1 + step.attempt))
        case "finish":
            return await store.finish(step.number, 1 + step.attempt)
        case "fail":
            return await store.fail(step.number, 1 + step.attempt, "no", retry_in=(None, 5.0)[step.number % 2])
        case "renew":
            return await store.renew(step.number, 1 + step.attempt, lease=LEASE)
        case "replay":
            return await store.replay(step.number)
        case "sweep":
            return await store.sweep()
        case "purge":
            return await store.purge(older_than=timedelta(minutes=1))
        case _:
            return await store.settle(step.reference, evidence_of(step))


WORK = (
    *("begin", "begin", "begin again", "confirm"),
    *("paid", "paid with id", "accepted", "accepted", "failed", "cancelled", "refused", "unsent", "no answer"),
    *("lapsed", "not visible", "nothing found"),
    *("push", "push", "push with tag", "failure push", "low data", "ask"),
    *("claim", "claim", "claim unmatched", "finish", "finish", "fail", "renew", "replay", "sweep", "purge"),
)
STEPS = st.builds(
    Step,
    what=st.sampled_from(WORK),
    reference=st.sampled_from(REFERENCES),
    attempt=st.integers(0, 2),
    letter=st.sampled_from(LETTERS),
    number=st.integers(1, 5),
)
HISTORIES = st.lists(
    st.tuples(st.lists(STEPS, min_size=1, max_size=8), st.sampled_from([0.0, 6.0, LEASE])), min_size=1, max_size=6
)


async def in_turn(store: TransactionalStore, steps: Sequence[Step]) -> list[object]:
    results: list[object] = []
    for step in steps:
        try:
            results.append(await unit(store, step))
        except Exception as error:  # noqa: BLE001  (errors are compared too)
            results.append(error)
    return results


def comparable(results: Sequence[object]) -> list[object]:
    return [f"{type(one).__name__}: {one}" if isinstance(one, BaseException) else one for one in results]


async def everything(store: TransactionalStore) -> object:
    requests = [request async for request in store.list()]
    by_names = [
        [await store.find(request_id=reference + letter * 24) for reference in REFERENCES for letter in LETTERS],
        [await store.find(tag=tag_of(reference, number)) for reference in REFERENCES for number in range(3)],
        [await store.find(order_id=number) for number in range(1, 30)],
    ]
    return requests, by_names, [one async for one in store.inbox()]


async def compare(histories: Sequence[tuple[Sequence[Step], float]], folder: str) -> None:
    clock = FakeClock(start=datetime(2026, 1, 1, 12, tzinfo=UTC), ticking=False)
    memory, sqlite = MemoryStore(clock=clock), SQLiteStore(Path(folder) / "airalo.db", clock=clock)
    try:
        for steps, seconds in histories:
            # A sweep and a purge are several units of work, so they end a commit.
            shared = [step for step in steps if step.what not in {"sweep", "purge"}]
            alone = [step for step in steps if step.what in {"sweep", "purge"}]
            expected = await in_turn(memory, shared)
            found = await in_one_commit(sqlite, *(unit(sqlite, step) for step in shared))
            assert comparable(found) == comparable(expected)
            assert comparable(await in_turn(sqlite, alone)) == comparable(await in_turn(memory, alone))
            clock.advance(seconds)
        assert await everything(sqlite) == await everything(memory)
    finally:
        await sqlite.close()


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_shared_commits_change_nothing(histories: list[tuple[list[Step], float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(histories, folder))
