"""What every store does with pushes: the other half of the suite that defines ``RequestStore``."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from airalo_async._push import REPEAT_WINDOW, read_facts
from airalo_async.errors import StoreError, UnknownReferenceError
from airalo_async.models import (
    Accepted,
    Cancelled,
    Failed,
    NoAnswer,
    PushKind,
    PushState,
    State,
)
from tests._until import patience
from tests.stores._support import (
    ALL_KINDS,
    ID,
    LEASE,
    ORDERS,
    OTHER_ID,
    REFUSAL,
    accept,
    ask,
    begin,
    completed_body,
    failed_body,
    low_data_body,
    paid,
    push,
    settled,
    waiters,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from airalo_async.models import StoredPush, StoredRequest
    from airalo_async.stores._transaction import Transaction
    from airalo_async.stores._transactional import TransactionalStore
    from airalo_async.testing._clock import FakeClock


async def inbox(store: TransactionalStore, state: PushState | None = None) -> list[StoredPush]:
    return [one async for one in store.inbox(state=state)]


async def claim(
    store: TransactionalStore, kinds: Collection[PushKind] = ALL_KINDS, *, limit: int = 100
) -> list[StoredPush]:
    return list(await store.claim(kinds, lease=LEASE, limit=limit))


async def claim_one(store: TransactionalStore) -> StoredPush:
    (one,) = await claim(store)
    return one


async def _save(request: StoredRequest, previous: StoredRequest, tx: Transaction) -> None:
    await tx.save_request(request, previous)


class TestReceiving:
    async def test_receiving_goes_on_when_nobody_waits(self, store: TransactionalStore) -> None:
        body = low_data_body()
        receiving = store.begin_receiving(body, "raw", read_facts(body))

        waiting = asyncio.create_task(asyncio.wait({receiving}))
        await asyncio.sleep(0)
        waiting.cancel()

        assert (await receiving).push == (await inbox(store))[0]

    async def test_receiving_into_a_closed_store_fails_when_awaited(self, store: TransactionalStore) -> None:
        await store.close()

        receiving = store.begin_receiving(low_data_body(), "raw", read_facts(low_data_body()))

        with pytest.raises(StoreError, match="closed"):
            await receiving

    async def test_push_is_kept_as_it_came(self, store: TransactionalStore, clock: FakeClock) -> None:
        body = low_data_body() + b" \xff"

        receipt = await store.receive(body, "php", read_facts(low_data_body()))

        (kept,) = await inbox(store)
        assert receipt.push == kept
        assert (receipt.duplicate, receipt.request, receipt.alarms) == (False, None, ())
        assert (kept.id, kept.body, kept.form, kept.kind) == (1, body, "php", PushKind.LOW_DATA)
        assert (kept.received_at, kept.state) == (clock.now(), PushState.PENDING)
        assert (kept.tries, kept.fence, kept.lease_until, kept.next_at, kept.error) == (0, 0, None, None, "")

    async def test_order_push_completes_its_request(self, store: TransactionalStore) -> None:
        tag = (await accept(store)).attempt.tag
        body = completed_body(tag=tag)

        receipt = await push(store, body)

        request = await store.get("cart-17")
        assert receipt.request == request
        assert (request.state, request.order_id, request.result) == (State.COMPLETED, 7, body.decode())
        (kept,) = await inbox(store, PushState.PENDING)
        assert (kept.reference, kept.request_id, kept.tag) == ("cart-17", ID, tag)

    async def test_lost_answer_is_made_up_for_by_the_tag(self, store: TransactionalStore) -> None:
        tag = (await begin(store)).attempt.tag

        receipt = await push(store, completed_body(tag=tag))

        assert receipt.request is not None
        assert (receipt.request.state, receipt.request.request_id) == (State.COMPLETED, ID)
        assert await store.find(request_id=ID) == receipt.request

    async def test_foreign_mark_settles_nothing(self, store: TransactionalStore) -> None:
        tag = (await begin(store)).attempt.tag

        await push(store, completed_body(tag=tag[:-8] + "22222222"))

        assert (await store.get("cart-17")).state is State.SENDING
        assert [one.state for one in await inbox(store)] == [PushState.PARKED]

    async def test_failure_push_fails_its_request(self, store: TransactionalStore) -> None:
        await accept(store)

        receipt = await push(store, failed_body())

        assert receipt.request is not None
        assert receipt.request.state is State.FAILED
        assert receipt.request.refusal is not None
        assert (receipt.request.refusal.code, receipt.request.refusal.reason) == (33, "out of stock")
        assert [one.state for one in await inbox(store)] == [PushState.PENDING]

    async def test_failure_after_completed_is_withheld_and_alarmed(self, store: TransactionalStore) -> None:
        await accept(store)
        await push(store, completed_body())

        receipt = await push(store, failed_body())

        assert [alarm.kind for alarm in receipt.alarms] == ["contradiction"]
        assert [one.state for one in await inbox(store)] == [PushState.PENDING, PushState.WITHHELD]
        assert (await store.get("cart-17")).state is State.COMPLETED

    async def test_order_after_failure_wins_with_an_alarm(self, store: TransactionalStore) -> None:
        await accept(store)
        await push(store, failed_body())

        receipt = await push(store, completed_body())

        assert "contradiction" in [alarm.kind for alarm in receipt.alarms]
        assert [one.state for one in await inbox(store)] == [PushState.PENDING] * 2
        assert (await store.get("cart-17")).state is State.COMPLETED

    async def test_order_after_cancellation_wins_with_an_alarm(self, store: TransactionalStore) -> None:
        await accept(store)
        await store.settle("cart-17", Cancelled(ID))

        receipt = await push(store, completed_body())

        assert "contradiction" in [alarm.kind for alarm in receipt.alarms]
        assert (await store.get("cart-17")).state is State.COMPLETED

    async def test_second_order_is_withheld_as_a_twin(self, store: TransactionalStore) -> None:
        await accept(store)
        await push(store, completed_body(7))

        receipt = await push(store, completed_body(8))

        assert [alarm.detail for alarm in receipt.alarms] == ["orders C-7 and C-8"]
        assert [one.state for one in await inbox(store)] == [PushState.PENDING, PushState.WITHHELD]

    async def test_order_known_from_the_answer_is_still_delivered(self, store: TransactionalStore) -> None:
        tag = (await begin(store)).attempt.tag
        await store.settle("cart-17", paid(7, tag))

        await push(store, completed_body(7, tag=tag))

        assert [one.state for one in await inbox(store)] == [PushState.PENDING]

    async def test_undecodable_push_is_a_dead_letter(self, store: TransactionalStore) -> None:
        await push(store, b'{"sims": "none"}')

        (kept,) = await inbox(store, PushState.DEAD)
        assert (kept.kind, kept.body) == (PushKind.UNKNOWN, b'{"sims": "none"}')
        assert kept.error

    async def test_order_number_too_big_for_an_engine_is_kept(self, store: TransactionalStore) -> None:
        await accept(store)

        receipt = await push(store, completed_body(10**30))

        assert receipt.push is not None
        assert (await inbox(store))[0].body == completed_body(10**30)


class TestDuplicates:
    @pytest.mark.parametrize("body", [completed_body(), failed_body(), low_data_body()], ids=["order", "fail", "data"])
    async def test_same_push_is_taken_once(self, store: TransactionalStore, body: bytes) -> None:
        await accept(store)
        first = await push(store, body)

        second = await push(store, body + b" ")

        assert (first.duplicate, second.duplicate) == (False, True)
        assert len(await inbox(store)) == 1

    async def test_same_push_at_once_is_taken_once(self, store: TransactionalStore) -> None:
        await accept(store)

        receipts = await asyncio.gather(*(push(store, completed_body()) for _ in range(20)))

        assert [receipt.duplicate for receipt in receipts].count(False) == 1
        assert len(await inbox(store)) == 1

    async def test_order_is_a_duplicate_for_good(self, store: TransactionalStore, clock: FakeClock) -> None:
        await accept(store)
        await push(store, completed_body())
        clock.advance(days=3650)

        assert (await push(store, completed_body())).duplicate

    async def test_repeat_after_the_window_is_news(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, low_data_body())

        clock.advance(REPEAT_WINDOW - 1)
        within = await push(store, low_data_body())
        clock.advance(1)
        after = await push(store, low_data_body())

        # The window runs from the first receipt: the duplicate did not lengthen it.
        assert (within.duplicate, after.duplicate) == (True, False)

    async def test_window_begins_again_after_a_repeat(self, store: TransactionalStore, clock: FakeClock) -> None:
        for _ in range(2):
            await push(store, low_data_body())
            clock.advance(REPEAT_WINDOW)
        await push(store, low_data_body())

        assert (await push(store, low_data_body())).duplicate
        assert len(await inbox(store)) == 3

    async def test_other_levels_are_not_duplicates(self, store: TransactionalStore) -> None:
        await push(store, low_data_body(level="75%"))

        assert not (await push(store, low_data_body(level="90%"))).duplicate

    async def test_only_expired_keys_are_dropped(self, store: TransactionalStore, clock: FakeClock) -> None:
        for n in range(250):
            await push(store, low_data_body(str(n)))
        await push(store, completed_body())
        clock.advance(REPEAT_WINDOW)

        await store.purge(older_than=timedelta(days=1))

        assert (await push(store, completed_body())).duplicate
        assert not (await push(store, low_data_body("0"))).duplicate


class TestParking:
    async def test_push_of_nothing_known_is_parked(self, store: TransactionalStore) -> None:
        receipt = await push(store, completed_body())

        (kept,) = await inbox(store, PushState.PARKED)
        assert (receipt.push, receipt.request) == (kept, None)
        assert await claim(store) == []

    async def test_parked_order_is_matched_when_its_id_is_learned(self, store: TransactionalStore) -> None:
        await push(store, completed_body())

        request = await accept(store)

        assert (request.state, request.order_id, request.request_id) == (State.COMPLETED, 7, ID)
        assert await store.get("cart-17") == request
        (kept,) = await inbox(store, PushState.PENDING)
        assert kept.reference == "cart-17"
        assert len(await claim(store)) == 1

    async def test_parked_failure_is_matched_when_its_id_is_learned(self, store: TransactionalStore) -> None:
        await push(store, failed_body())

        request = await accept(store)

        assert request.state is State.FAILED
        assert [one.state for one in await inbox(store)] == [PushState.PENDING]

    async def test_parked_failure_and_order_are_both_matched(self, store: TransactionalStore) -> None:
        await push(store, failed_body())
        await push(store, completed_body())

        request = await accept(store)

        assert request.state is State.COMPLETED
        assert "contradiction" in [alarm.kind for alarm in request.alarms]
        assert [one.state for one in await inbox(store)] == [PushState.PENDING] * 2

    async def test_parked_failure_is_matched_when_an_order_brings_its_id(self, store: TransactionalStore) -> None:
        await push(store, failed_body())
        tag = (await begin(store)).attempt.tag

        request = await store.settle("cart-17", paid(7, tag, ID))

        assert (request.state, [alarm.kind for alarm in request.alarms]) == (State.COMPLETED, ["contradiction"])
        assert [one.state for one in await inbox(store)] == [PushState.WITHHELD]

    async def test_other_ids_leave_it_parked(self, store: TransactionalStore) -> None:
        await push(store, completed_body())

        await accept(store, request_id=OTHER_ID)

        assert [one.state for one in await inbox(store)] == [PushState.PARKED]

    async def test_push_that_reads_no_more_does_not_stand_in_the_way(self, store: TransactionalStore) -> None:
        await store.receive(b"[]", "raw", read_facts(completed_body()))

        request = await accept(store)

        (kept,) = await inbox(store)
        assert request.state is State.ACCEPTED
        assert (kept.state, kept.reference) == (PushState.DEAD, "cart-17")
        assert kept.error

    async def test_sweep_matches_what_was_missed(self, store: TransactionalStore) -> None:
        for n in range(1, 451):
            await push(store, completed_body(n, request_id=f"{n:025d}"))
        # Written past the operations that match, as if an engine had let both sides of the race commit.
        for n in (1, 225, 450):
            request = await begin(store, f"cart-{n}")
            attempt = evolve(request.attempt, request_id=f"{n:025d}")
            missed = evolve(request, state=State.ACCEPTED, request_id=f"{n:025d}", attempts=(attempt,))
            await store._write(partial(_save, missed, request))

        assert await store.sweep() == 3

        for n in (1, 225, 450):
            assert (await store.get(f"cart-{n}")).order_id == n
        assert [one.id for one in await claim(store)] == [1, 225, 450]
        assert await store.sweep() == 0

    async def test_park_and_accept_at_once_always_meet(self, store: TransactionalStore) -> None:
        for n in range(200):
            reference, request_id = f"cart-{n}", f"{n:025d}"
            tag = (await begin(store, reference)).attempt.tag
            steps = [
                push(store, completed_body(n + 1, request_id=request_id)),
                store.settle(reference, Accepted(request_id, "{}", tag)),
            ]

            await asyncio.gather(*(steps if n % 2 else reversed(steps)))

            assert (await store.get(reference)).state is State.COMPLETED
        assert await inbox(store, PushState.PARKED) == []
        assert len(await inbox(store, PushState.PENDING)) == 200


class TestAsking:
    async def test_what_asking_finds_is_dispatched_like_a_push(self, store: TransactionalStore) -> None:
        tag = (await accept(store)).attempt.tag

        request = await ask(store, completed_body(tag=tag))

        assert request.state is State.COMPLETED
        assert request == await store.get("cart-17")
        kept = await claim_one(store)
        assert (kept.form, kept.reference, kept.kind) == ("reconciled", "cart-17", PushKind.ORDER_COMPLETED)

    async def test_late_push_is_a_duplicate_of_what_was_found(self, store: TransactionalStore) -> None:
        tag = (await accept(store)).attempt.tag
        await ask(store, completed_body(tag=tag, request_id=None))

        assert (await push(store, completed_body(tag=tag))).duplicate
        assert len(await inbox(store)) == 1

    async def test_what_a_push_told_is_not_dispatched_again(self, store: TransactionalStore) -> None:
        tag = (await accept(store)).attempt.tag
        await push(store, completed_body(tag=tag))
        before = await store.get("cart-17")

        request = await ask(store, completed_body(tag=tag))

        assert request == before
        assert len(await inbox(store)) == 1

    async def test_parked_push_of_the_same_order_is_dispatched(self, store: TransactionalStore) -> None:
        tag = (await begin(store)).attempt.tag
        await store.settle("cart-17", NoAnswer(tag))
        await push(store, completed_body(tag=None))

        request = await ask(store, completed_body(tag=tag, request_id=None))

        (kept,) = await inbox(store)
        assert request.state is State.COMPLETED
        assert (kept.state, kept.reference) == (PushState.PENDING, "cart-17")

    async def test_failure_that_asking_finds_is_dispatched(self, store: TransactionalStore) -> None:
        await accept(store)

        request = await ask(store, failed_body())

        assert request.state is State.FAILED
        assert [one.kind for one in await claim(store)] == [PushKind.ORDER_FAILED]

    async def test_facts_without_evidence_change_nothing(self, store: TransactionalStore) -> None:
        before = await accept(store)

        assert await ask(store, low_data_body()) == before
        assert await inbox(store) == []

    async def test_unknown_reference_raises(self, store: TransactionalStore) -> None:
        with pytest.raises(UnknownReferenceError):
            await ask(store, completed_body())

        assert not (await push(store, completed_body())).duplicate


class TestClaiming:
    async def test_claim_has_a_lease_and_a_fence(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, low_data_body())

        one = await claim_one(store)

        assert (one.lease_until, one.fence, one.tries) == (clock.now() + timedelta(seconds=LEASE), 1, 1)
        assert await inbox(store) == [one]
        assert await claim(store) == []

    async def test_only_kinds_asked_for_are_claimed(self, store: TransactionalStore) -> None:
        await push(store, low_data_body())
        await accept(store)
        await push(store, completed_body())

        assert [one.kind for one in await claim(store, ORDERS)] == [PushKind.ORDER_COMPLETED]
        assert [one.kind for one in await claim(store, [PushKind.LOW_DATA])] == [PushKind.LOW_DATA]
        assert await claim(store, []) == []

    async def test_claims_come_in_the_order_of_commits(self, store: TransactionalStore) -> None:
        for n in range(10):
            await push(store, low_data_body(str(n)))

        batches = [await claim(store, limit=4) for _ in range(4)]

        assert [[one.id for one in batch] for batch in batches] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10], []]

    async def test_nothing_is_claimed_twice(self, store: TransactionalStore) -> None:
        for n in range(40):
            await push(store, low_data_body(str(n)))

        batches = await asyncio.gather(*(claim(store, limit=7) for _ in range(10)))

        ids = [one.id for batch in batches for one in batch]
        assert sorted(ids) == list(range(1, 41))

    async def test_lapsed_claim_is_claimed_again(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, low_data_body())
        first = await claim_one(store)
        clock.advance(LEASE)

        second = await claim_one(store)

        assert (second.id, second.fence, second.tries) == (first.id, 2, 2)

    async def test_stale_fence_is_refused(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, low_data_body())
        first = await claim_one(store)
        clock.advance(LEASE)
        second = await claim_one(store)

        assert not await store.renew(first.id, first.fence, lease=LEASE)
        assert not await store.finish(first.id, first.fence)
        assert not await store.fail(first.id, first.fence, "late", retry_in=None)
        assert await inbox(store) == [second]

    async def test_unknown_push_is_refused(self, store: TransactionalStore) -> None:
        assert not await store.renew(99, 1, lease=LEASE)
        assert not await store.finish(99, 1)
        assert not await store.fail(99, 1, "", retry_in=None)

    async def test_push_that_is_not_claimed_is_refused(self, store: TransactionalStore) -> None:
        await push(store, low_data_body())

        assert not await store.finish(1, 0)
        assert [one.state for one in await inbox(store)] == [PushState.PENDING]

    async def test_late_acknowledgement_without_a_rival_counts(
        self, store: TransactionalStore, clock: FakeClock
    ) -> None:
        await push(store, low_data_body())
        one = await claim_one(store)
        clock.advance(LEASE)

        assert await store.finish(one.id, one.fence)
        assert await claim(store) == []

    async def test_renewed_claim_is_not_claimed_again(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, low_data_body())
        one = await claim_one(store)
        clock.advance(LEASE - 1)

        assert await store.renew(one.id, one.fence, lease=LEASE)

        clock.advance(LEASE - 1)
        assert await claim(store) == []
        clock.advance(1)
        assert len(await claim(store)) == 1

    async def test_finished_push_is_done(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, low_data_body())
        one = await claim_one(store)

        assert await store.finish(one.id, one.fence)

        clock.advance(days=1)
        (kept,) = await inbox(store)
        assert (kept.state, kept.lease_until, kept.error) == (PushState.DONE, None, "")
        assert await claim(store) == []
        assert not await store.finish(one.id, one.fence)

    async def test_failed_push_is_due_after_its_back_off(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, low_data_body())
        one = await claim_one(store)

        assert await store.fail(one.id, one.fence, "ValueError: no", retry_in=10)

        (kept,) = await inbox(store, PushState.PENDING)
        assert (kept.error, kept.next_at) == ("ValueError: no", clock.now() + timedelta(seconds=10))
        clock.advance(9)
        assert await claim(store) == []
        clock.advance(1)
        again = await claim_one(store)
        assert (again.tries, again.fence) == (2, 2)

    async def test_push_that_failed_too_often_is_dead(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, low_data_body())
        one = await claim_one(store)

        assert await store.fail(one.id, one.fence, "ValueError: no", retry_in=None)

        clock.advance(days=1)
        (kept,) = await inbox(store, PushState.DEAD)
        assert (kept.error, kept.lease_until) == ("ValueError: no", None)
        assert await claim(store) == []

    @pytest.mark.parametrize("error", ["\ud800", "a\0b", "é" * 5000], ids=["surrogate", "nul", "long"])
    async def test_any_error_text_can_be_kept(self, store: TransactionalStore, error: str) -> None:
        await push(store, low_data_body())
        one = await claim_one(store)

        assert await store.fail(one.id, one.fence, error, retry_in=None)

        (kept,) = await inbox(store)
        assert 0 < len(kept.error) <= 2000
        assert kept.error.encode()
        assert "\0" not in kept.error

    async def test_new_pushes_do_not_starve_one_that_failed(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, low_data_body("old"))
        one = await claim_one(store)
        await store.fail(one.id, one.fence, "no", retry_in=1)
        clock.advance(2)
        for n in range(10):
            await push(store, low_data_body(str(n)))

        assert [claimed.id for claimed in await claim(store, limit=1)] == [1]


class TestOneReferenceAtATime:
    async def two_pushes(self, store: TransactionalStore) -> None:
        """A failure, then the order: both are to be dispatched, in that order."""
        await accept(store)
        await push(store, failed_body())
        await push(store, completed_body())

    async def test_second_waits_for_the_first(self, store: TransactionalStore) -> None:
        await self.two_pushes(store)

        first = await claim_one(store)
        meanwhile = await claim(store)
        await store.finish(first.id, first.fence)
        second = await claim_one(store)

        assert meanwhile == []
        assert [first.kind, second.kind] == [PushKind.ORDER_FAILED, PushKind.ORDER_COMPLETED]

    async def test_second_waits_while_the_first_backs_off(self, store: TransactionalStore) -> None:
        await self.two_pushes(store)
        first = await claim_one(store)

        await store.fail(first.id, first.fence, "no", retry_in=10)

        assert await claim(store) == []

    async def test_dead_first_lets_the_second_go(self, store: TransactionalStore) -> None:
        await self.two_pushes(store)
        first = await claim_one(store)

        await store.fail(first.id, first.fence, "no", retry_in=None)

        assert [one.kind for one in await claim(store)] == [PushKind.ORDER_COMPLETED]

    async def test_kind_without_a_handler_holds_nothing_up(self, store: TransactionalStore) -> None:
        await self.two_pushes(store)

        assert [one.id for one in await claim(store, [PushKind.ORDER_COMPLETED])] == [2]

    async def test_second_under_a_lease_holds_up_the_first(self, store: TransactionalStore, clock: FakeClock) -> None:
        await self.two_pushes(store)
        await claim(store, [PushKind.ORDER_COMPLETED])

        meanwhile = await claim(store, [PushKind.ORDER_FAILED])
        clock.advance(LEASE)

        assert meanwhile == []
        assert [one.id for one in await claim(store, [PushKind.ORDER_FAILED])] == [1]

    async def test_other_references_go_on(self, store: TransactionalStore) -> None:
        await self.two_pushes(store)
        await accept(store, "cart-18", OTHER_ID)
        await push(store, completed_body(18, request_id=OTHER_ID))

        assert [one.id for one in await claim(store)] == [1, 3]


class TestUnmatched:
    async def test_parked_push_is_handed_out_after_the_grace(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, completed_body())
        clock.advance(60)

        early = await store.claim_unmatched(grace=60, lease=LEASE, limit=9)
        clock.advance(0.001)
        (one,) = await store.claim_unmatched(grace=60, lease=LEASE, limit=9)

        assert early == []
        assert (one.state, one.tries, one.fence) == (PushState.PARKED, 1, 1)
        assert await store.claim_unmatched(grace=60, lease=LEASE, limit=9) == []

    async def test_it_is_handed_out_once_and_stays_parked(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, completed_body())
        clock.advance(days=1)
        (one,) = await store.claim_unmatched(grace=60, lease=LEASE, limit=9)

        assert await store.finish(one.id, one.fence)

        clock.advance(days=1)
        (kept,) = await inbox(store)
        assert (kept.state, kept.given_unmatched, kept.tries) == (PushState.PARKED, True, 0)
        assert await store.claim_unmatched(grace=60, lease=LEASE, limit=9) == []

    async def test_failure_is_repeated_after_its_back_off(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, completed_body())
        clock.advance(days=1)
        (one,) = await store.claim_unmatched(grace=60, lease=LEASE, limit=9)

        await store.fail(one.id, one.fence, "no", retry_in=10)

        assert await store.claim_unmatched(grace=60, lease=LEASE, limit=9) == []
        clock.advance(10)
        assert len(await store.claim_unmatched(grace=60, lease=LEASE, limit=9)) == 1

    async def test_given_up_stays_parked(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, completed_body())
        clock.advance(days=1)
        (one,) = await store.claim_unmatched(grace=60, lease=LEASE, limit=9)

        await store.fail(one.id, one.fence, "no", retry_in=None)

        (kept,) = await inbox(store)
        assert (kept.state, kept.given_unmatched, kept.error) == (PushState.PARKED, True, "no")
        assert await store.claim_unmatched(grace=60, lease=LEASE, limit=9) == []

    async def test_it_is_still_dispatched_when_its_request_appears(
        self, store: TransactionalStore, clock: FakeClock
    ) -> None:
        await push(store, completed_body())
        clock.advance(days=1)
        (one,) = await store.claim_unmatched(grace=60, lease=LEASE, limit=9)
        await store.fail(one.id, one.fence, "no", retry_in=3600)

        await accept(store)

        (claimed,) = await claim(store)
        assert (claimed.reference, claimed.tries, claimed.error) == ("cart-17", 1, "")
        assert not await store.finish(one.id, one.fence)

    async def test_oldest_are_handed_out_first(self, store: TransactionalStore, clock: FakeClock) -> None:
        for n in range(1, 6):
            await push(store, completed_body(n, request_id=f"{n:025d}"))
        clock.advance(days=1)

        first = await store.claim_unmatched(grace=60, lease=LEASE, limit=3)
        rest = await store.claim_unmatched(grace=60, lease=LEASE, limit=3)

        assert [[one.id for one in batch] for batch in (first, rest)] == [[1, 2, 3], [4, 5]]


class TestReplay:
    @pytest.mark.parametrize("dead", [True, False])
    async def test_push_is_due_again(self, store: TransactionalStore, *, dead: bool) -> None:
        await push(store, low_data_body())
        one = await claim_one(store)
        await (store.fail(one.id, one.fence, "no", retry_in=None) if dead else store.finish(one.id, one.fence))

        replayed = await store.replay(one.id)

        assert (replayed.state, replayed.tries, replayed.error) == (PushState.PENDING, 0, "")
        assert [claimed.id for claimed in await claim(store)] == [one.id]

    async def test_old_claim_cannot_acknowledge_a_replay(self, store: TransactionalStore) -> None:
        await push(store, low_data_body())
        one = await claim_one(store)

        await store.replay(one.id)

        assert not await store.finish(one.id, one.fence)
        assert len(await claim(store)) == 1

    async def test_parked_push_is_handed_out_again(self, store: TransactionalStore, clock: FakeClock) -> None:
        await push(store, completed_body())
        clock.advance(days=1)
        (one,) = await store.claim_unmatched(grace=60, lease=LEASE, limit=9)
        await store.finish(one.id, one.fence)

        replayed = await store.replay(one.id)

        assert (replayed.state, replayed.given_unmatched) == (PushState.PARKED, False)
        assert len(await store.claim_unmatched(grace=60, lease=LEASE, limit=9)) == 1

    async def test_withheld_push_can_be_dispatched_by_hand(self, store: TransactionalStore) -> None:
        await accept(store)
        await push(store, completed_body(7))
        await push(store, completed_body(8))
        one = await claim_one(store)
        await store.finish(one.id, one.fence)

        await store.replay(2)

        assert [claimed.id for claimed in await claim(store)] == [2]

    async def test_unknown_push_raises(self, store: TransactionalStore) -> None:
        with pytest.raises(UnknownReferenceError, match="99"):
            await store.replay(99)


class TestInbox:
    async def test_pushes_are_listed_by_state(self, store: TransactionalStore) -> None:
        await accept(store)
        for n in range(4):
            await push(store, low_data_body(str(n)))
        await push(store, completed_body(9, request_id=OTHER_ID))
        first, second, *_ = await claim(store)
        await store.finish(first.id, first.fence)
        await store.fail(second.id, second.fence, "no", retry_in=None)

        listed = {state: [one.id for one in await inbox(store, state)] for state in PushState}

        assert listed == {
            PushState.PARKED: [5],
            PushState.PENDING: [3, 4],
            PushState.DONE: [1],
            PushState.DEAD: [2],
            PushState.WITHHELD: [],
        }

    async def test_long_list_is_whole_while_others_write(self, store: TransactionalStore) -> None:
        await asyncio.gather(*(push(store, low_data_body(str(n))) for n in range(450)))
        seen: list[int] = []

        async for one in store.inbox():
            seen.append(one.id)
            if len(seen) == 100:
                await push(store, low_data_body("late"))

        assert seen == list(range(1, 452))


class TestArriving:
    async def test_push_wakes_who_waits_for_the_inbox(self, store: TransactionalStore) -> None:
        await claim(store)
        waiting = asyncio.create_task(store.arrived(timeout=3600))
        await waiters(store, 1)

        await push(store, low_data_body())

        async with patience():
            await waiting
        assert len(store._waiters) == 0

    async def test_parked_push_wakes_nobody_until_it_is_matched(self, store: TransactionalStore) -> None:
        await claim(store)
        waiting = asyncio.create_task(store.arrived(timeout=3600))
        await waiters(store, 1)

        await push(store, completed_body())
        await settled()
        asleep = not waiting.done()
        await accept(store)

        assert asleep
        async with patience():
            await waiting

    async def test_push_between_claiming_and_waiting_is_not_missed(self, store: TransactionalStore) -> None:
        await claim(store)
        await push(store, low_data_body())

        async with patience():
            await store.arrived(timeout=3600)

        assert len(await claim(store)) == 1

    async def test_arrival_is_told_once(self, store: TransactionalStore) -> None:
        await claim(store)
        await push(store, low_data_body())
        async with patience():
            await store.arrived(timeout=3600)

        waiting = asyncio.create_task(store.arrived(timeout=3600))
        await waiters(store, 1)
        await settled()

        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])

    async def test_replayed_push_wakes_who_waits(self, store: TransactionalStore) -> None:
        await push(store, low_data_body())
        one = await claim_one(store)
        await store.finish(one.id, one.fence)
        waiting = asyncio.create_task(store.arrived(timeout=3600))
        await waiters(store, 1)

        await store.replay(one.id)

        async with patience():
            await waiting

    async def test_time_out_is_no_error(self, store: TransactionalStore, clock: FakeClock) -> None:
        await claim(store)
        waiting = asyncio.create_task(store.arrived(timeout=5))
        await waiters(store, 1)
        clock.advance(5)

        async with patience():
            await waiting
        assert len(store._waiters) == 0

    async def test_failure_of_an_earlier_attempt_is_withheld(self, store: TransactionalStore, clock: FakeClock) -> None:
        await accept(store)
        await store.settle("cart-17", Failed(REFUSAL, ID))
        clock.advance(LEASE)
        tag = (await begin(store, resubmit=True)).attempt.tag
        await store.settle("cart-17", Accepted(OTHER_ID, "{}", tag))

        await push(store, failed_body(ID))

        assert (await store.get("cart-17")).state is State.ACCEPTED
        assert [one.state for one in await inbox(store)] == [PushState.WITHHELD]
