"""What every store does with purchases: the suite that defines ``RequestStore``, run over all backends."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from airalo_async._matching import TRANSITIONS, decide
from airalo_async.errors import ArgumentError, ReferenceConflictError, StoreError, UnknownReferenceError
from airalo_async.models import (
    Accepted,
    Cancelled,
    DeclaredUnsent,
    Evidence,
    Failed,
    Kind,
    LeaseLapsed,
    Mismatched,
    NoAnswer,
    NothingFound,
    NotVisible,
    PushState,
    Refused,
    State,
    Unsent,
)
from tests._until import patience
from tests.stores._support import (
    ID,
    LEASE,
    ORDERS,
    OTHER_ID,
    REFUSAL,
    accept,
    begin,
    bring_to,
    completed_body,
    paid,
    purchase,
    push,
    settled,
    waiters,
)

if TYPE_CHECKING:
    from airalo_async.models import StoredRequest
    from airalo_async.stores._base import NewPurchase
    from airalo_async.stores._transactional import TransactionalStore
    from airalo_async.testing._clock import FakeClock


def evidence_of(kind: type[Evidence], tag: str) -> Evidence:
    values: tuple[Evidence, ...] = (
        paid(tag=tag),
        Accepted(ID, "{}", tag),
        Failed(REFUSAL, ID, tag),
        Cancelled(ID),
        Refused(REFUSAL, tag),
        Unsent(tag, "refused connection"),
        DeclaredUnsent(),
        NoAnswer(tag, "unreadable", placed=True, result="<html>"),
        LeaseLapsed(),
        NotVisible(("C-1",)),
        NothingFound(),
        Mismatched("order C-9: package other"),
    )
    return next(value for value in values if type(value) is kind)


class TestBegin:
    async def test_new_purchase_is_sending(self, store: TransactionalStore, clock: FakeClock) -> None:
        new = purchase(metadata={"user": 5, "tags": ["a", None, 1.5], "nested": {"é": True}})

        begun = await store.begin(new, owner="owner", lease=LEASE)

        request = begun.request
        assert begun.fresh
        assert request == await store.get("cart-17")
        assert (request.state, request.version) == (State.SENDING, 1)
        assert (request.kind, request.fingerprint, request.package_id) == (new.kind, new.fingerprint, new.package_id)
        assert (request.quantity, request.metadata) == (2, new.metadata)
        assert request.created_at == request.updated_at == clock.now()
        attempt = request.attempt
        assert (attempt.number, attempt.tag, attempt.owner) == (1, new.tag, "owner")
        assert (attempt.started_at, attempt.lease_until) == (clock.now(), clock.now() + timedelta(seconds=LEASE))

    async def test_metadata_is_the_stores_own(self, store: TransactionalStore) -> None:
        basket = ["esim"]
        await store.begin(purchase(metadata={"basket": basket}), owner="owner", lease=LEASE)

        basket.append("changed by the caller")

        assert (await store.get("cart-17")).metadata == {"basket": ["esim"]}

    @pytest.mark.parametrize("state", [state for state in State if state not in {State.REJECTED, State.NOT_SENT}])
    async def test_reference_used_before_is_not_sent_again(
        self, store: TransactionalStore, clock: FakeClock, state: State
    ) -> None:
        before = await bring_to(store, clock, state)

        begun = await store.begin(purchase(), owner="other", lease=LEASE)

        assert not begun.fresh
        assert begun.request == decide(before, LeaseLapsed(), clock.now()).request == await store.get("cart-17")

    @pytest.mark.parametrize("state", [State.REJECTED, State.NOT_SENT])
    async def test_refused_purchase_is_attempted_again(
        self, store: TransactionalStore, clock: FakeClock, state: State
    ) -> None:
        before = await bring_to(store, clock, state)
        await store.settle("cart-17", NotVisible())

        after = await begin(store)

        assert (after.state, after.refusal, after.result, after.looks, after.looked_at) == (
            State.SENDING,
            None,
            None,
            0,
            None,
        )
        assert [attempt.number for attempt in after.attempts] == [1, 2]
        assert after.attempts[0] == before.attempt
        assert after.attempts[1].tag != before.attempt.tag
        assert after.version == before.version + 2
        assert after == await store.get("cart-17")

    @pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED, State.UNRESOLVED, State.UNKNOWN])
    async def test_other_ends_take_the_callers_word(
        self, store: TransactionalStore, clock: FakeClock, state: State
    ) -> None:
        await bring_to(store, clock, state)

        after = await begin(store, resubmit=True)

        assert (after.state, len(after.attempts)) == (State.SENDING, 2)

    async def test_word_is_refused_while_the_sender_may_live(self, store: TransactionalStore) -> None:
        request = await begin(store)
        await store.settle("cart-17", NoAnswer(request.attempt.tag))

        begun = await store.begin(purchase(), owner="owner", lease=LEASE, resubmit=True)

        assert not begun.fresh

    async def test_word_is_not_about_a_later_attempt(self, store: TransactionalStore, clock: FakeClock) -> None:
        first = await begin(store)
        clock.advance(LEASE)
        second = await begin(store, resubmit=True)
        clock.advance(LEASE)

        late, meant = [
            await store.begin(purchase(), owner="owner", lease=LEASE, resubmit=True, after=request.attempt.tag)
            for request in (first, second)
        ]

        assert (late.fresh, late.request.state) == (False, State.UNKNOWN)
        assert (meant.fresh, len(meant.request.attempts)) == (True, 3)

    @pytest.mark.parametrize("other", [purchase(kind=Kind.ORDER), purchase(fingerprint="g" * 64)], ids=["kind", "body"])
    async def test_reference_of_another_purchase_is_refused(
        self, store: TransactionalStore, other: NewPurchase
    ) -> None:
        before = await begin(store)

        with pytest.raises(ReferenceConflictError, match="cart-17"):
            await store.begin(other, owner="owner", lease=LEASE)

        assert await store.get("cart-17") == before

    async def test_one_of_many_at_once_is_fresh(self, store: TransactionalStore) -> None:
        begun = await asyncio.gather(*(store.begin(purchase(), owner=f"{n}", lease=LEASE) for n in range(30)))

        (fresh,) = [one for one in begun if one.fresh]
        assert {one.request.attempt.owner for one in begun} == {fresh.request.attempt.owner}

    async def test_one_refused_purchase_does_not_disturb_its_neighbours(self, store: TransactionalStore) -> None:
        await begin(store)
        other = purchase(fingerprint="g" * 64)

        results = await asyncio.gather(
            *(begin(store, f"cart-{n}") for n in range(100, 110)),
            store.begin(other, owner="owner", lease=LEASE),
            *(begin(store, f"cart-{n}") for n in range(110, 120)),
            return_exceptions=True,
        )

        assert [type(result).__name__ for result in results if isinstance(result, Exception)] == [
            "ReferenceConflictError"
        ]
        assert len([request async for request in store.list()]) == 21


class TestConfirm:
    async def test_own_mark_renews_the_lease(self, store: TransactionalStore, clock: FakeClock) -> None:
        request = await begin(store)
        clock.advance(60)

        confirmed = await store.confirm("cart-17", request.attempt.tag, lease=LEASE)

        after = await store.get("cart-17")
        assert confirmed
        assert after.attempt.lease_until == clock.now() + timedelta(seconds=LEASE)
        assert (after.state, after.version) == (State.SENDING, 2)

    async def test_other_mark_may_not_send(self, store: TransactionalStore) -> None:
        before = await begin(store)

        assert not await store.confirm("cart-17", purchase().tag, lease=LEASE)
        assert await store.get("cart-17") == before

    @pytest.mark.parametrize("state", [state for state in State if state is not State.SENDING])
    async def test_settled_purchase_may_not_be_sent(
        self, store: TransactionalStore, clock: FakeClock, state: State
    ) -> None:
        before = await bring_to(store, clock, state)

        assert not await store.confirm("cart-17", before.attempt.tag, lease=LEASE)
        assert await store.get("cart-17") == before

    async def test_unknown_reference_may_not_be_sent(self, store: TransactionalStore) -> None:
        assert not await store.confirm("cart-17", purchase().tag, lease=LEASE)


class TestSettle:
    @pytest.mark.parametrize("kind", TRANSITIONS, ids=lambda kind: kind.__name__)
    @pytest.mark.parametrize("state", State)
    async def test_evidence_is_weighed_by_the_table(
        self, store: TransactionalStore, clock: FakeClock, kind: type[Evidence], state: State
    ) -> None:
        before = await bring_to(store, clock, state)
        evidence = evidence_of(kind, before.attempt.tag)

        after = await store.settle("cart-17", evidence)

        assert after == decide(before, evidence, clock.now()).request == await store.get("cart-17")

    async def test_unknown_reference_raises(self, store: TransactionalStore) -> None:
        with pytest.raises(UnknownReferenceError, match="cart-17"):
            await store.settle("cart-17", LeaseLapsed())

    async def test_two_answers_at_once_are_weighed_one_after_the_other(self, store: TransactionalStore) -> None:
        tag = (await begin(store)).attempt.tag

        await asyncio.gather(
            store.settle("cart-17", paid(7, tag)),
            store.settle("cart-17", paid(8, tag)),
            store.settle("cart-17", NoAnswer(tag)),
        )

        after = await store.get("cart-17")
        assert (after.state, after.order_id) == (State.COMPLETED, 7)
        assert [alarm.kind for alarm in after.alarms] == ["twin"]


class TestFind:
    async def test_unknown_reference_raises(self, store: TransactionalStore) -> None:
        with pytest.raises(UnknownReferenceError, match="cart-17") as caught:
            await store.get("cart-17")

        assert caught.value.reference == "cart-17"

    async def test_nothing_is_found_in_an_empty_store(self, store: TransactionalStore) -> None:
        assert await store.find(request_id=ID) is None
        assert await store.find(tag=purchase().tag) is None
        assert await store.find(order_id=7) is None
        assert await store.find() is None

    async def test_request_is_found_by_each_of_its_names(self, store: TransactionalStore) -> None:
        tag = (await accept(store)).attempt.tag
        await accept(store, "cart-18", OTHER_ID)

        request = await store.settle("cart-17", paid(7, tag))

        assert await store.find(request_id=ID) == request
        assert await store.find(tag=tag) == request
        assert await store.find(order_id=7) == request
        assert await store.get("cart-17") == request

    async def test_request_is_found_by_the_names_of_earlier_attempts(
        self, store: TransactionalStore, clock: FakeClock
    ) -> None:
        first = (await accept(store)).attempt.tag
        await store.settle("cart-17", Failed(REFUSAL, ID))
        clock.advance(LEASE)
        second = (await begin(store, resubmit=True)).attempt.tag
        await store.settle("cart-17", Accepted(OTHER_ID, "{}", second))
        await store.settle("cart-17", paid(7, second))

        request = await store.settle("cart-17", paid(8, first))

        assert [attempt.order_id for attempt in request.attempts] == [8, 7]
        assert await store.find(tag=first) == await store.find(tag=second) == request
        assert await store.find(request_id=ID) == await store.find(request_id=OTHER_ID) == request
        assert await store.find(order_id=7) == await store.find(order_id=8) == request


class TestList:
    async def test_requests_come_oldest_first(self, store: TransactionalStore) -> None:
        references = [f"cart-{n}" for n in (5, 3, 9, 1)]
        for reference in references:
            await begin(store, reference)

        assert [request.reference async for request in store.list()] == references

    async def test_requests_are_listed_by_state(self, store: TransactionalStore) -> None:
        for n in range(6):
            request = await begin(store, f"cart-{n}")
            if n % 3 == 0:
                await store.settle(f"cart-{n}", NoAnswer(request.attempt.tag))
            if n % 3 == 1:
                await store.settle(f"cart-{n}", paid(n, request.attempt.tag))

        async def references(*states: State) -> list[str]:
            return [request.reference async for request in store.list(state=states)]

        assert [request.reference async for request in store.list(state=State.UNKNOWN)] == ["cart-0", "cart-3"]
        assert await references(State.UNKNOWN, State.SENDING) == ["cart-0", "cart-2", "cart-3", "cart-5"]
        assert await references(State.FAILED) == []
        assert await references() == []

    async def test_long_list_is_whole_while_others_write(self, store: TransactionalStore) -> None:
        names = [f"cart-{n}" for n in range(450)]
        for name in names:
            await begin(store, name)
        seen: list[StoredRequest] = []

        async for request in store.list(state=[State.SENDING]):
            seen.append(request)
            if len(seen) % 50 == 0:
                # The next page follows a request that is in another state by now.
                await store.settle(request.reference, NoAnswer(request.attempt.tag))
                await begin(store, f"late-{len(seen)}")

        assert [request.reference for request in seen if request.reference in names] == names
        assert len({request.reference for request in seen}) == len(seen)


class TestWaiting:
    async def test_change_that_was_made_is_told_at_once(self, store: TransactionalStore) -> None:
        request = await accept(store)

        async with patience():
            assert await store.changed("cart-17", 1) == request

    async def test_waiter_wakes_when_its_request_changes(self, store: TransactionalStore) -> None:
        request = await accept(store)
        waiting = asyncio.create_task(store.changed("cart-17", request.version))
        await settled()

        await push(store, completed_body())

        async with patience():
            assert (await waiting).state is State.COMPLETED

    async def test_waiter_sleeps_through_changes_of_others(self, store: TransactionalStore) -> None:
        request = await accept(store)
        waiting = asyncio.create_task(store.changed("cart-17", request.version))
        await settled()

        await accept(store, "cart-18", OTHER_ID)
        await settled()

        assert not waiting.done()
        await push(store, completed_body())
        async with patience():
            await waiting

    async def test_no_change_is_missed_between_looking_and_waiting(self, store: TransactionalStore) -> None:
        for n in range(50):
            request = await begin(store, f"cart-{n}")

            async with patience():
                after, _ = await asyncio.gather(
                    store.changed(f"cart-{n}", request.version),
                    store.settle(f"cart-{n}", paid(n + 1, request.attempt.tag)),
                )

            assert after.state is State.COMPLETED

    async def test_time_out_leaves_nothing_behind(self, store: TransactionalStore, clock: FakeClock) -> None:
        request = await accept(store)
        waiting = asyncio.create_task(store.changed("cart-17", request.version, timeout=5))
        await waiters(store, 1)

        clock.advance(5)

        with pytest.raises(TimeoutError):
            await waiting
        assert len(store._waiters) == 0

    async def test_cancelled_waiter_leaves_nothing_behind(self, store: TransactionalStore) -> None:
        request = await accept(store)
        waiting = [asyncio.create_task(store.changed("cart-17", request.version)) for _ in range(3)]
        await waiters(store, 3)

        waiting[1].cancel()
        await asyncio.wait([waiting[1]])

        assert waiting[1].cancelled()
        assert len(store._waiters) == 2
        await push(store, completed_body())
        async with patience():
            await asyncio.gather(waiting[0], waiting[2])
        assert len(store._waiters) == 0

    async def test_unknown_reference_raises_at_once(self, store: TransactionalStore) -> None:
        with pytest.raises(UnknownReferenceError):
            await store.changed("cart-17", 0)

        assert len(store._waiters) == 0

    async def test_a_thousand_waiters_wake_one_by_one(self, store: TransactionalStore) -> None:
        requests = [await begin(store, f"cart-{n}") for n in range(100)]
        waiting = [
            asyncio.create_task(store.changed(request.reference, request.version))
            for request in requests
            for _ in range(10)
        ]
        await waiters(store, 1000)

        await store.settle("cart-42", paid(1, requests[42].attempt.tag))

        async with patience():
            done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(waiting[420:430])
        assert done <= set(waiting[420:430])
        assert len(store._waiters) == 990
        for task in pending:
            task.cancel()
        await asyncio.wait(waiting)


class TestBinding:
    async def test_same_identity_is_let_in(self, store: TransactionalStore) -> None:
        await store.bind("client", sandbox=False)

        assert await store.bind("client", sandbox=False) is None  # type: ignore[func-returns-value]

    async def test_other_client_is_refused(self, store: TransactionalStore) -> None:
        await store.bind("client", sandbox=False)

        with pytest.raises(StoreError, match="another client id; use another store"):
            await store.bind("other", sandbox=False)

    async def test_other_mode_is_refused(self, store: TransactionalStore) -> None:
        await store.bind("client", sandbox=True)

        with pytest.raises(StoreError, match="another mode; use another store"):
            await store.bind("client", sandbox=False)

    async def test_one_of_two_at_once_is_let_in(self, store: TransactionalStore) -> None:
        results = await asyncio.gather(
            store.bind("client", sandbox=False), store.bind("other", sandbox=False), return_exceptions=True
        )

        assert [type(result) for result in results].count(StoreError) == 1


class TestPurging:
    @pytest.mark.parametrize("state", State)
    async def test_results_of_what_ended_long_ago_go(
        self, store: TransactionalStore, clock: FakeClock, state: State
    ) -> None:
        before = await bring_to(store, clock, state)
        clock.advance(days=31)

        purged = await store.purge(older_than=timedelta(days=30))

        after = await store.get("cart-17")
        keeps = before.result is None or state in {State.SENDING, State.ACCEPTED, State.UNKNOWN, State.UNRESOLVED}
        assert purged == (0 if keeps else 1)
        assert after.result == (before.result if keeps else None)
        assert (after.state, after.attempts, after.version) == (before.state, before.attempts, before.version)
        assert await store.find(tag=before.attempt.tag) == after

    async def test_results_of_what_ended_lately_stay(self, store: TransactionalStore, clock: FakeClock) -> None:
        before = await bring_to(store, clock, State.COMPLETED)

        assert await store.purge(older_than=timedelta(days=30)) == 0
        assert await store.get("cart-17") == before

    async def test_purged_reference_is_never_bought_again(self, store: TransactionalStore, clock: FakeClock) -> None:
        await bring_to(store, clock, State.COMPLETED)
        clock.advance(days=31)
        await store.purge(older_than=timedelta(days=30))

        begun = await store.begin(purchase(), owner="owner", lease=LEASE)

        assert (begun.fresh, begun.request.state) == (False, State.COMPLETED)

    async def test_purged_push_is_still_a_duplicate(self, store: TransactionalStore, clock: FakeClock) -> None:
        await accept(store)
        await push(store, completed_body())
        (claimed,) = await store.claim(ORDERS, lease=LEASE, limit=9)
        await store.finish(claimed.id, claimed.fence)
        clock.advance(days=31)

        purged = await store.purge(older_than=timedelta(days=30))

        (kept,) = [one async for one in store.inbox()]
        assert purged == 2
        assert (kept.body, kept.state, kept.key) == (None, PushState.DONE, "order:7")
        assert (await push(store, completed_body())).duplicate
        with pytest.raises(UnknownReferenceError, match="purged"):
            await store.replay(kept.id)

    async def test_age_to_purge_must_be_a_length_of_time(self, store: TransactionalStore) -> None:
        with pytest.raises(ArgumentError, match="older_than must be a timedelta"):
            await store.purge(older_than=90)  # type: ignore[arg-type]

    async def test_many_are_purged_in_pieces(self, store: TransactionalStore, clock: FakeClock) -> None:
        for n in range(1, 251):
            request = await begin(store, f"cart-{n}")
            await store.settle(f"cart-{n}", paid(n, request.attempt.tag))
        clock.advance(days=31)

        assert await store.purge(older_than=timedelta(days=30)) == 250
        assert await store.purge(older_than=timedelta(days=30)) == 0


class TestClosing:
    async def test_closing_twice_is_harmless(self, store: TransactionalStore) -> None:
        await begin(store)

        await store.close()
        await store.close()

        with pytest.raises(StoreError, match="closed"):
            await store.get("cart-17")

    async def test_store_that_was_never_used_can_be_closed(self, store: TransactionalStore) -> None:
        await store.close()

        with pytest.raises(StoreError, match="closed"):
            await begin(store)

    async def test_what_was_queued_is_finished(self, store: TransactionalStore) -> None:
        writing = [asyncio.create_task(begin(store, f"cart-{n}")) for n in range(10)]
        await asyncio.sleep(0)

        await store.close()

        assert [(await task).state for task in writing] == [State.SENDING] * 10

    async def test_waiters_are_told(self, store: TransactionalStore) -> None:
        request = await accept(store)
        waiting = asyncio.create_task(store.changed("cart-17", request.version))
        await waiters(store, 1)

        await store.close()

        async with patience():
            with pytest.raises(StoreError, match="closed"):
                await waiting
