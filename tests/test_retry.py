"""Timeouts, and retry decisions: jitter, budget, Retry-After."""

from __future__ import annotations

import pytest

from airalo_async._retry import Attempts, Budget, RetryPolicy, Timeouts, retry_after
from airalo_async.errors import ArgumentError

NOW = 1_790_000_000.0  # Mon, 21 Sep 2026 14:13:20 GMT


@pytest.mark.parametrize(
    ("retry", "limited", "longest"),
    [
        (0, False, 0.2),
        (1, False, 0.4),
        (3, False, 1.6),
        (7, False, 20),
        (10_000, False, 20),
        (0, True, 1),
        (5, True, 20),
    ],
)
def test_delay_is_jittered_up_to_its_bound(retry: int, limited: bool, longest: float) -> None:  # noqa: FBT001  (a table's column)
    policy = RetryPolicy()

    assert policy.delay(retry, 0.0, limited=limited) == 0
    assert policy.delay(retry, 0.5, limited=limited) == pytest.approx(longest / 2)
    assert policy.delay(retry, 1.0, limited=limited) == pytest.approx(longest)


@pytest.mark.parametrize(
    ("field", "value"), [("attempts", 0), ("base", -1), ("limited_base", float("nan")), ("cap", -0.1)]
)
def test_policy_refuses_what_makes_no_sense(field: str, value: float) -> None:
    with pytest.raises(ArgumentError, match=field):
        RetryPolicy(**{field: value})  # type: ignore[arg-type]  # wrong on purpose


def test_third_try_is_the_last() -> None:
    attempts = Attempts(RetryPolicy(), Budget(), lambda: 1.0)

    assert attempts.again(60) == pytest.approx(0.2)
    assert attempts.again(60) == pytest.approx(0.4)
    assert attempts.again(60) is None
    assert attempts.made == 3


def test_retry_that_outlasts_the_deadline_is_not_made() -> None:
    budget = Budget()
    attempts = Attempts(RetryPolicy(), budget, lambda: 1.0)

    assert attempts.again(0.2) is None
    assert attempts.again(900, after=900.0) is None
    assert repr(budget) == "<Budget 100 of 100>"


def test_asked_wait_replaces_the_jitter() -> None:
    attempts = Attempts(RetryPolicy(), Budget(), lambda: 1.0)

    assert attempts.again(60, limited=True, after=7.0) == 7.0


def test_budget_runs_dry_in_an_outage() -> None:
    budget = Budget()

    spent = sum(budget.spend() for _ in range(100))

    assert spent == 7
    assert Attempts(RetryPolicy(), budget).again(60) is None


def test_budget_lets_more_retries_after_429() -> None:
    assert sum(budget.spend(limited=True) for budget in [Budget()] for _ in range(100)) == 20


def test_first_try_successes_fill_the_budget() -> None:
    budget = Budget()
    budget.spend()

    for _ in range(14):
        Attempts(RetryPolicy(), budget).succeeded()

    assert repr(budget) == "<Budget 100 of 100>"


def test_success_after_a_retry_pays_nothing_back() -> None:
    budget = Budget()
    attempts = Attempts(RetryPolicy(), budget, lambda: 0.0)
    attempts.again(60)

    attempts.succeeded()

    assert repr(budget) == "<Budget 86 of 100>"


def test_full_budget_takes_no_more() -> None:
    budget = Budget()

    budget.refund()

    assert repr(budget) == "<Budget 100 of 100>"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1", 1),
        ("900", 900),
        (" 0 ", 0),
        ("Mon, 21 Sep 2026 14:14:20 GMT", 60),
        ("Mon, 21 Sep 2026 14:00:00 GMT", None),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("", None),
        ("99999999999999999999", None),
        ("٣", None),
        ("Mon, 99 Foo 99999 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_or_ignored(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_absent_retry_after_says_nothing() -> None:
    assert retry_after({}, NOW) is None


def test_timeouts_are_read_from_what_a_caller_gives() -> None:
    assert Timeouts.of(None) == Timeouts(60, 10, 10, 60)
    assert Timeouts.of(5).deadline == 5.0
    assert Timeouts.of(Timeouts(connect=1)) == Timeouts(connect=1)


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), True, "5"])
def test_timeout_that_makes_no_sense_is_refused(value: float) -> None:
    with pytest.raises(ArgumentError, match="timeout"):
        Timeouts.of(value)


def test_connecting_ends_before_the_deadline() -> None:
    timeouts = Timeouts(sock_read=1)

    assert timeouts.within(60) is timeouts
    assert timeouts.within(5).connect == pytest.approx(4.5)
    assert timeouts.within(0).connect > 0


def test_silence_that_outlasts_the_deadline_needs_no_timer() -> None:
    timeouts = Timeouts()

    assert timeouts.within(61).sock_read == 60
    assert timeouts.within(60).sock_read == float("inf")
    assert timeouts.within(59) is timeouts.within(58)
