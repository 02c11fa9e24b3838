"""The transition table: every state against every piece of evidence, and what each leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from airalo_async._matching import RESUBMIT, TRANSITIONS, check_same, decide, may_attempt
from airalo_async.errors import Outcome, ReferenceConflictError
from airalo_async.models import (
    Accepted,
    Attempt,
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
    Paid,
    Refusal,
    Refused,
    State,
    StoredRequest,
    Unsent,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = START + timedelta(hours=1)
LEASE_END = START + timedelta(seconds=90)
TAG = "ref-aaaaaaaaaaaaaaaa-bbbbbbbb"
OTHER_TAG = "ref-aaaaaaaaaaaaaaaa-cccccccc"
FOREIGN_TAG = "ref-aaaaaaaaaaaaaaaa-dddddddd"
ID = "A" * 25
OTHER_ID = "B" * 25
REFUSAL = Refusal(422, 33, "out of stock")
NO_CHANGE = "no change"

PAID = Paid(order_id=7, order_code="C-7", delivered=2, result="{}", tag=TAG)
EVIDENCE: dict[type[Evidence], Evidence] = {
    Paid: PAID,
    Accepted: Accepted(ID, "{}", TAG),
    Failed: Failed(REFUSAL, ID, TAG),
    Cancelled: Cancelled(ID),
    Refused: Refused(REFUSAL, TAG),
    Unsent: Unsent(TAG, "refused connection"),
    DeclaredUnsent: DeclaredUnsent(),
    NoAnswer: NoAnswer(TAG, "timed out"),
    LeaseLapsed: LeaseLapsed(),
    NotVisible: NotVisible(),
    NothingFound: NothingFound(),
    Mismatched: Mismatched("order C-9: package other"),
}
# Written out a second time, after the table of the design, so that a slip in the code's own table is seen.
EXPECTED = {
    Paid: "completed completed completed completed completed completed completed completed completed",
    Accepted: "accepted - - - - accepted accepted accepted accepted",
    Failed: "failed failed - - - - - failed failed",
    Cancelled: "- cancelled - - - - - - -",
    Refused: "rejected - - - - - - rejected -",
    Unsent: "not_sent - - - - - - not_sent -",
    DeclaredUnsent: "- - - - - - - not_sent not_sent",
    NoAnswer: "unknown - - - - - - - -",
    LeaseLapsed: "unknown - - - - - - - -",
    NotVisible: "- - - - - - - - -",
    NothingFound: "- unresolved - - - - - unresolved -",
    Mismatched: "- unresolved - - - - - unresolved -",
}


def attempt(number: int = 1, tag: str = TAG, request_id: str | None = None, outcome: Outcome | None = None) -> Attempt:
    return Attempt(number, tag, "owner", START, LEASE_END, request_id=request_id, outcome=outcome)


def request(state: State = State.SENDING, attempts: Sequence[Attempt] = (), *, placed: bool = False) -> StoredRequest:
    """A stored request as it stands in that state; the ones that got a request id have it."""
    request_id = ID if state in {State.ACCEPTED, State.CANCELLED} else None
    outcome = Outcome.PLACED if state is State.COMPLETED else None
    return StoredRequest(
        reference="cart-17",
        kind=Kind.ASYNC_ORDER,
        fingerprint="f",
        package_id="p",
        quantity=2,
        metadata={},
        state=state,
        attempts=tuple(attempts) or (attempt(request_id=request_id, outcome=outcome),),
        created_at=START,
        updated_at=START,
        request_id=request_id,
        order_id=7 if state is State.COMPLETED else None,
        order_code="C-7" if state is State.COMPLETED else None,
        placed=placed,
    )


def kinds_of(request: StoredRequest) -> list[str]:
    return [alarm.kind for alarm in request.alarms]


def test_every_kind_of_evidence_has_a_row() -> None:
    assert set(TRANSITIONS) == set(EXPECTED) == set(EVIDENCE) == set(Evidence.__args__)


@pytest.mark.parametrize("kind", TRANSITIONS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(("place", "state"), list(enumerate(State)), ids=str)
def test_evidence_moves_as_the_table_says(kind: type[Evidence], place: int, state: State) -> None:
    word = EXPECTED[kind].split()[place]
    before = request(state)

    after = decide(before, EVIDENCE[kind], NOW).request

    assert after.state == (state if word == "-" else word)
    assert TRANSITIONS[kind].get(state, state) is after.state


@pytest.mark.parametrize("kind", TRANSITIONS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", State)
def test_change_counts_up_and_no_change_is_the_same_object(kind: type[Evidence], state: State) -> None:
    before = request(state)

    after = decide(before, EVIDENCE[kind], NOW).request

    if after is before:
        assert after == request(state)
    else:
        assert (after.version, after.updated_at) == (before.version + 1, NOW)
        assert evolve(after, version=before.version, updated_at=START) != before


@pytest.mark.parametrize("kind", TRANSITIONS.keys() - {NotVisible, NothingFound}, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("state", State)
def test_evidence_twice_changes_once(kind: type[Evidence], state: State) -> None:
    once = decide(request(state), EVIDENCE[kind], NOW).request

    twice = decide(once, EVIDENCE[kind], NOW + timedelta(seconds=1))

    assert twice.request is once
    assert twice.alarms == ()


@pytest.mark.parametrize("kind", TRANSITIONS, ids=lambda kind: kind.__name__)
def test_nothing_leaves_completed(kind: type[Evidence]) -> None:
    before = request(State.COMPLETED)

    after = decide(before, EVIDENCE[kind], NOW).request

    assert (after.state, after.order_id, after.result) == (State.COMPLETED, 7, None)
    assert after.attempt.outcome is Outcome.PLACED


class TestPaid:
    @pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED, State.REJECTED, State.NOT_SENT])
    def test_order_after_an_end_without_one_is_a_contradiction(self, state: State) -> None:
        decision = decide(request(state), PAID, NOW)

        assert decision.request.state is State.COMPLETED
        assert [(alarm.kind, alarm.detail) for alarm in decision.alarms] == [
            ("contradiction", f"order C-7 after {state}")
        ]
        assert decision.deliver

    @pytest.mark.parametrize("state", [State.SENDING, State.ACCEPTED, State.UNKNOWN, State.UNRESOLVED])
    def test_order_in_time_raises_no_alarm(self, state: State) -> None:
        decision = decide(request(state), PAID, NOW)

        assert (decision.alarms, decision.deliver) == ((), True)

    def test_order_fills_in_what_it_tells(self) -> None:
        before = evolve(request(State.REJECTED), refusal=REFUSAL)

        after = decide(before, evolve(PAID, request_id=ID), NOW).request

        assert (after.order_id, after.order_code, after.result, after.request_id) == (7, "C-7", "{}", ID)
        assert after.refusal is None
        assert (after.attempt.order_id, after.attempt.request_id) == (7, ID)
        assert after.attempt.outcome is Outcome.PLACED

    def test_second_order_is_a_twin_and_not_delivered(self) -> None:
        decision = decide(request(State.COMPLETED), evolve(PAID, order_id=8, order_code="C-8"), NOW)

        assert [(alarm.kind, alarm.detail) for alarm in decision.alarms] == [("twin", "orders C-7 and C-8")]
        assert decision.request.order_id == 7
        assert not decision.deliver

    def test_third_order_is_another_alarm(self) -> None:
        twin = decide(request(State.COMPLETED), evolve(PAID, order_id=8, order_code="C-8"), NOW).request

        after = decide(twin, evolve(PAID, order_id=9, order_code="C-9"), NOW).request

        assert [alarm.detail for alarm in after.alarms] == ["orders C-7 and C-8", "orders C-7 and C-9"]

    def test_twin_names_order_numbers_without_codes(self) -> None:
        before = evolve(request(State.COMPLETED), order_code=None)

        decision = decide(before, evolve(PAID, order_id=8, order_code=None), NOW)

        assert decision.alarms[0].detail == "orders 7 and 8"

    def test_same_order_again_is_delivered(self) -> None:
        decision = decide(request(State.COMPLETED), PAID, NOW)

        assert (decision.alarms, decision.deliver) == ((), True)

    def test_completed_without_order_number_learns_it(self) -> None:
        before = evolve(request(State.COMPLETED), order_id=None, order_code=None)

        learned = decide(before, PAID, NOW).request
        decision = decide(learned, evolve(PAID, order_id=8), NOW)

        assert (learned.order_id, learned.order_code) == (7, "C-7")
        assert kinds_of(decision.request) == ["twin"]

    def test_fewer_than_asked_for_is_a_shortfall(self) -> None:
        decision = decide(request(), evolve(PAID, delivered=1), NOW)

        assert [(alarm.kind, alarm.detail) for alarm in decision.alarms] == [("shortfall", "1 of 2 delivered")]
        assert decision.request.state is State.COMPLETED

    def test_order_that_does_not_echo_the_tag_is_alarmed(self) -> None:
        decision = decide(request(), evolve(PAID, echoed=False), NOW)

        assert [(alarm.kind, alarm.detail) for alarm in decision.alarms] == [
            ("untagged", "order C-7 does not carry the tag")
        ]

    def test_order_of_an_earlier_attempt_counts(self) -> None:
        before = request(State.SENDING, [attempt(outcome=Outcome.UNKNOWN), attempt(2, OTHER_TAG)])

        after = decide(before, PAID, NOW).request

        assert after.state is State.COMPLETED
        assert [one.outcome for one in after.attempts] == [Outcome.PLACED, None]
        assert [one.order_id for one in after.attempts] == [7, None]

    def test_order_of_no_known_attempt_counts_and_is_put_on_none(self) -> None:
        before = request(State.UNKNOWN, [attempt(), attempt(2, OTHER_TAG)])

        after = decide(before, evolve(PAID, tag=None), NOW).request

        assert after.state is State.COMPLETED
        assert after.attempts == before.attempts


class TestAccepted:
    def test_request_id_is_kept_with_its_attempt(self) -> None:
        after = decide(request(), Accepted(ID, '{"a": 1}', TAG), NOW).request

        assert (after.request_id, after.attempt.request_id, after.result) == (ID, ID, '{"a": 1}')
        assert after.attempt.outcome is None

    @pytest.mark.parametrize("state", [State.COMPLETED, State.FAILED])
    def test_late_request_id_is_only_recorded(self, state: State) -> None:
        after = decide(request(state), Accepted(ID, "late", TAG), NOW).request

        assert (after.state, after.request_id, after.result) == (state, ID, None)
        assert after.attempt.request_id == ID

    def test_request_id_of_an_earlier_attempt_leaves_the_sending_one_alone(self) -> None:
        before = request(State.SENDING, [attempt(), attempt(2, OTHER_TAG)])

        after = decide(before, Accepted(ID, "{}", TAG), NOW).request

        assert after.state is State.SENDING
        assert [one.request_id for one in after.attempts] == [ID, None]

    def test_request_id_of_an_earlier_attempt_counts_when_nobody_sends(self) -> None:
        before = request(State.UNKNOWN, [attempt(), attempt(2, OTHER_TAG)])

        after = decide(before, Accepted(ID, "{}", TAG), NOW).request

        assert (after.state, after.request_id) == (State.ACCEPTED, ID)

    def test_request_id_of_no_known_attempt_is_put_on_the_latest(self) -> None:
        before = request(State.UNKNOWN, [attempt(), attempt(2, OTHER_TAG)])

        accepted = decide(before, Accepted(ID, "{}"), NOW).request
        failed = decide(accepted, Failed(REFUSAL, ID), NOW).request

        assert [one.request_id for one in accepted.attempts] == [None, ID]
        assert failed.state is State.FAILED

    @pytest.mark.parametrize("state", [State.REJECTED, State.NOT_SENT])
    def test_request_id_of_what_was_not_bought_is_a_contradiction(self, state: State) -> None:
        before = request(state, [attempt(outcome=Outcome.NOT_SENT)])

        after = decide(before, Accepted(ID, "{}", TAG), NOW).request

        assert (after.state, after.attempt.outcome, kinds_of(after)) == (State.ACCEPTED, None, ["contradiction"])
        assert not may_attempt(after, resubmit=True, now=NOW)

    def test_request_id_of_an_attempt_that_failed_is_no_contradiction(self) -> None:
        failed = evolve(attempt(outcome=Outcome.REJECTED), request_id=ID)
        before = request(State.REJECTED, [failed, attempt(2, OTHER_TAG, outcome=Outcome.REJECTED)])

        assert decide(before, Accepted(ID, "{}", TAG), NOW).request == before

    def test_second_request_id_does_not_replace_the_first(self) -> None:
        before = decide(request(), Accepted(ID, "{}", TAG), NOW).request

        after = decide(before, Accepted(OTHER_ID, "other", TAG), NOW)

        assert after.request is before


class TestFailed:
    def test_failure_keeps_the_refusal_and_is_delivered(self) -> None:
        decision = decide(request(State.ACCEPTED), Failed(REFUSAL, ID), NOW)

        assert decision.request.refusal == REFUSAL
        assert decision.request.attempt.outcome is Outcome.REJECTED
        assert decision.deliver

    def test_failure_known_by_asking_is_still_delivered_by_its_push(self) -> None:
        failed = decide(request(State.ACCEPTED), Failed(REFUSAL, ID), NOW).request

        decision = decide(failed, Failed(REFUSAL, ID), NOW)

        assert decision.deliver
        assert decision.request is failed

    def test_failure_after_completed_is_an_alarm_and_withheld(self) -> None:
        decision = decide(request(State.COMPLETED), Failed(REFUSAL, None, TAG), NOW)

        assert [(alarm.kind, alarm.detail) for alarm in decision.alarms] == [
            ("contradiction", "failed after completed: out of stock")
        ]
        assert decision.request.refusal is None
        assert not decision.deliver

    def test_failure_of_no_known_attempt_after_completed_is_an_alarm(self) -> None:
        before = request(State.COMPLETED, [attempt(), attempt(2, OTHER_TAG)])

        decision = decide(before, Failed(REFUSAL, ID), NOW)

        assert kinds_of(decision.request) == ["contradiction"]

    @pytest.mark.parametrize("state", [State.CANCELLED, State.REJECTED, State.NOT_SENT])
    def test_failure_after_another_end_is_an_alarm_and_withheld(self, state: State) -> None:
        decision = decide(request(state), Failed(REFUSAL, None, TAG), NOW)

        assert [alarm.detail for alarm in decision.alarms] == [f"failed after {state}: out of stock"]
        assert (decision.request.state, decision.deliver) == (state, False)

    def test_failure_of_an_earlier_attempt_is_only_recorded(self) -> None:
        before = request(State.ACCEPTED, [attempt(request_id=OTHER_ID), attempt(2, OTHER_TAG, ID)])

        decision = decide(before, Failed(REFUSAL, OTHER_ID), NOW)

        assert (decision.request.state, decision.alarms, decision.deliver) == (State.ACCEPTED, (), False)
        assert [one.outcome for one in decision.request.attempts] == [Outcome.REJECTED, None]

    def test_failure_of_an_earlier_attempt_does_not_contradict_the_order(self) -> None:
        first, second = attempt(request_id=OTHER_ID), attempt(2, OTHER_TAG, ID, Outcome.PLACED)

        decision = decide(request(State.COMPLETED, [first, second]), Failed(REFUSAL, OTHER_ID), NOW)

        assert (decision.alarms, decision.deliver) == ((), False)

    def test_failure_of_the_accepted_attempt_counts_though_it_is_not_the_latest(self) -> None:
        before = request(State.ACCEPTED, [attempt(request_id=ID), attempt(2, OTHER_TAG, outcome=Outcome.UNKNOWN)])

        decision = decide(before, Failed(REFUSAL, ID), NOW)

        assert (decision.request.state, decision.deliver) == (State.FAILED, True)

    def test_failure_is_never_matched_by_guessing(self) -> None:
        before = request(State.UNKNOWN, [attempt(), attempt(2, OTHER_TAG)])

        decision = decide(before, Failed(REFUSAL, ID), NOW)

        assert decision.request is before
        assert not decision.deliver

    def test_failure_of_another_request_id_moves_nothing(self) -> None:
        before = request(State.ACCEPTED)

        decision = decide(before, Failed(REFUSAL, OTHER_ID), NOW)

        assert decision.request is before


class TestCancelled:
    def test_cancellation_of_another_request_id_moves_nothing(self) -> None:
        before = request(State.ACCEPTED)

        assert decide(before, Cancelled(OTHER_ID), NOW).request is before

    def test_cancellation_of_the_accepted_attempt_counts_though_it_is_not_the_latest(self) -> None:
        before = request(State.ACCEPTED, [attempt(request_id=ID), attempt(2, OTHER_TAG)])

        after = decide(before, Cancelled(ID), NOW).request

        assert after.state is State.CANCELLED
        assert after.attempts[0].outcome is Outcome.REJECTED


class TestHolderOfTheMark:
    @pytest.mark.parametrize(
        "evidence",
        [
            Refused(REFUSAL, FOREIGN_TAG),
            Unsent(FOREIGN_TAG),
            NoAnswer(FOREIGN_TAG, placed=True),
            Accepted(ID, "{}", FOREIGN_TAG),
        ],
        ids=repr,
    )
    def test_foreign_mark_is_ignored(self, evidence: Evidence) -> None:
        before = request()

        assert decide(before, evidence, NOW).request is before

    @pytest.mark.parametrize("evidence", [Refused(REFUSAL, TAG), Unsent(TAG), NoAnswer(TAG)], ids=repr)
    def test_earlier_mark_leaves_the_sending_attempt_alone(self, evidence: Evidence) -> None:
        before = request(State.SENDING, [attempt(), attempt(2, OTHER_TAG)])

        after = decide(before, evidence, NOW).request

        assert after.state is State.SENDING
        assert after.attempts[0].outcome is not None
        assert after.attempts[1] == before.attempts[1]
        assert after.refusal is None

    def test_refusal_is_kept(self) -> None:
        after = decide(request(), Refused(REFUSAL, TAG), NOW).request

        assert (after.refusal, after.attempt.outcome) == (REFUSAL, Outcome.REJECTED)

    def test_unsent_keeps_why(self) -> None:
        after = decide(request(), Unsent(TAG, "refused connection"), NOW).request

        assert (after.attempt.detail, after.attempt.outcome) == ("refused connection", Outcome.NOT_SENT)

    def test_late_refusal_replaces_an_unknown_outcome(self) -> None:
        lapsed = decide(request(), LeaseLapsed(), NOW).request

        after = decide(lapsed, Refused(REFUSAL, TAG), NOW).request

        assert (after.state, after.attempt.outcome) == (State.REJECTED, Outcome.REJECTED)

    def test_late_no_answer_does_not_replace_what_is_known(self) -> None:
        rejected = decide(request(), Refused(REFUSAL, TAG), NOW).request

        after = decide(rejected, NoAnswer(TAG, "timed out"), NOW).request

        assert (after.state, after.attempt.outcome) == (State.REJECTED, Outcome.REJECTED)

    def test_no_answer_after_the_push_leaves_the_outcome_open(self) -> None:
        after = decide(request(State.ACCEPTED), NoAnswer(TAG, "timed out"), NOW).request

        assert (after.state, after.attempt.outcome) == (State.ACCEPTED, None)


class TestUnreadableAnswer:
    def test_unreadable_answer_is_placed_and_kept(self) -> None:
        after = decide(request(), NoAnswer(TAG, placed=True, result="<html>"), NOW).request

        assert (after.state, after.placed, after.result) == (State.UNKNOWN, True, "<html>")
        assert after.attempt.outcome is Outcome.PLACED

    def test_unreadable_answer_after_the_lease_still_bars_another_attempt(self) -> None:
        lapsed = decide(request(), LeaseLapsed(), NOW).request

        after = decide(lapsed, NoAnswer(TAG, placed=True), NOW).request

        assert after.placed
        assert not may_attempt(after, resubmit=True, now=NOW)

    def test_unreadable_answer_of_an_earlier_attempt_bars_another_attempt(self) -> None:
        before = request(State.REJECTED, [attempt(outcome=Outcome.UNKNOWN), attempt(2, OTHER_TAG)])

        decision = decide(before, NoAnswer(TAG, placed=True), NOW)

        assert kinds_of(decision.request) == ["contradiction"]
        assert not may_attempt(decision.request, resubmit=True, now=NOW)

    def test_unreadable_answer_without_text_keeps_the_result(self) -> None:
        before = evolve(request(State.UNKNOWN), result="{}")

        assert decide(before, NoAnswer(TAG, placed=True), NOW).request.result == "{}"

    def test_unreadable_answer_after_completed_changes_no_result(self) -> None:
        before = evolve(request(State.COMPLETED), result="{}")

        after = decide(before, NoAnswer(TAG, placed=True, result="<html>"), NOW).request

        assert (after.result, after.placed) == ("{}", False)


class TestLease:
    @pytest.mark.parametrize("evidence", [LeaseLapsed(), DeclaredUnsent()], ids=repr)
    @pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN, State.UNRESOLVED])
    def test_nobody_is_taken_for_dead_before_the_lease_ends(self, evidence: Evidence, state: State) -> None:
        before = request(state)

        assert decide(before, evidence, LEASE_END - timedelta(microseconds=1)).request is before

    def test_lease_ends_on_the_instant(self) -> None:
        after = decide(request(), LeaseLapsed(), LEASE_END).request

        assert (after.state, after.attempt.outcome) == (State.UNKNOWN, Outcome.UNKNOWN)

    @pytest.mark.parametrize("state", [state for state in State if state is not State.SENDING])
    def test_lapsed_lease_says_nothing_of_what_is_not_sending(self, state: State) -> None:
        before = request(state)

        assert decide(before, LeaseLapsed(), NOW).request is before

    def test_lapsed_lease_is_about_the_latest_attempt(self) -> None:
        before = request(State.SENDING, [attempt(outcome=Outcome.NOT_SENT), attempt(2, OTHER_TAG)])

        after = decide(before, LeaseLapsed(), NOW).request

        assert [one.outcome for one in after.attempts] == [Outcome.NOT_SENT, Outcome.UNKNOWN]

    def test_person_may_overrule_an_unreadable_answer(self) -> None:
        after = decide(request(State.UNKNOWN, placed=True), DeclaredUnsent(), NOW).request

        assert (after.state, after.placed) == (State.NOT_SENT, False)
        assert may_attempt(after, resubmit=False, now=NOW)


class TestLook:
    def test_look_in_vain_is_counted(self) -> None:
        first = decide(request(State.UNKNOWN), NotVisible(), NOW).request

        second = decide(first, NotVisible(), NOW + timedelta(seconds=5)).request

        assert (second.looks, second.looked_at) == (2, NOW + timedelta(seconds=5))
        assert second.alarms == ()

    def test_nothing_found_is_an_alarm(self) -> None:
        after = decide(request(State.UNKNOWN), NothingFound(), NOW).request

        assert (after.state, kinds_of(after)) == (State.UNRESOLVED, ["unresolved"])

    def test_nothing_found_again_is_no_second_alarm(self) -> None:
        once = decide(request(State.UNKNOWN), NothingFound(), NOW).request

        assert kinds_of(decide(once, NothingFound(), NOW).request) == ["unresolved"]

    def test_orders_under_an_earlier_mark_are_alarmed_once(self) -> None:
        once = decide(request(State.UNKNOWN), NotVisible(("C-1", "C-2")), NOW).request

        twice = decide(once, NotVisible(("C-1", "C-2")), NOW).request

        assert [(alarm.kind, alarm.detail) for alarm in twice.alarms] == [("earlier_orders", "C-1, C-2")]
        assert twice.state is State.UNKNOWN

    @pytest.mark.parametrize("state", [State.UNKNOWN, State.ACCEPTED, State.UNRESOLVED])
    def test_mismatched_order_is_an_alarm(self, state: State) -> None:
        decision = decide(request(state), Mismatched("order C-9: 3 eSIMs"), NOW)

        assert decision.request.state is State.UNRESOLVED
        assert [(alarm.kind, alarm.detail) for alarm in decision.alarms] == [("mismatch", "order C-9: 3 eSIMs")]

    @pytest.mark.parametrize("evidence", [NotVisible(), NothingFound(), Mismatched("late")], ids=repr)
    def test_look_that_the_order_overtook_is_ignored(self, evidence: Evidence) -> None:
        before = request(State.COMPLETED)

        assert decide(before, evidence, NOW).request is before

    @pytest.mark.parametrize(
        "evidence", [NotVisible(tag=TAG), NothingFound(tag=TAG), Mismatched("late", TAG)], ids=repr
    )
    def test_look_that_a_new_attempt_overtook_is_ignored(self, evidence: Evidence) -> None:
        before = request(State.UNKNOWN, [attempt(), attempt(2, OTHER_TAG)])

        assert decide(before, evidence, NOW).request is before


class TestNewAttempt:
    @pytest.mark.parametrize("state", State)
    def test_new_attempt_needs_what_the_table_says(self, state: State) -> None:
        plain = may_attempt(request(state), resubmit=False, now=NOW)
        with_word = may_attempt(request(state), resubmit=True, now=NOW)

        assert plain is (state in {State.REJECTED, State.NOT_SENT})
        assert with_word is (state in RESUBMIT)
        assert (state in RESUBMIT) is (state not in {State.SENDING, State.ACCEPTED, State.COMPLETED})

    @pytest.mark.parametrize("state", [state for state, takes_word in RESUBMIT.items() if takes_word])
    def test_word_counts_only_after_the_lease(self, state: State) -> None:
        before_end = LEASE_END - timedelta(microseconds=1)

        assert not may_attempt(request(state), resubmit=True, now=before_end)
        assert may_attempt(request(state), resubmit=True, now=LEASE_END)

    @pytest.mark.parametrize("state", State)
    def test_no_attempt_after_one_that_was_carried_out(self, state: State) -> None:
        assert not may_attempt(request(state, placed=True), resubmit=True, now=NOW)

    def test_reference_of_another_kind_is_refused(self) -> None:
        with pytest.raises(ReferenceConflictError, match="of kind async_order, not order") as caught:
            check_same(request(), Kind.ORDER, "f")

        assert (caught.value.reference, caught.value.outcome) == ("cart-17", Outcome.NOT_SENT)

    def test_reference_with_another_body_is_refused(self) -> None:
        with pytest.raises(ReferenceConflictError, match="with another body"):
            check_same(request(), Kind.ASYNC_ORDER, "g")

    def test_same_purchase_may_use_its_reference_again(self) -> None:
        assert check_same(request(), Kind.ASYNC_ORDER, "f") is None  # type: ignore[func-returns-value]
