from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from airalo_async.errors import ArgumentError
from airalo_async.models._rules import (
    check_aware,
    check_flag,
    check_iccid,
    check_int,
    check_language,
    check_seconds,
    check_word,
    refuse,
    written_day,
    written_days,
    written_words,
)

WORDS = ("order", "share")


@pytest.mark.parametrize("value", ["8" * 15, "8" * 22])
def test_iccid_of_15_to_22_digits_passes(value: str) -> None:
    assert check_iccid("iccid", value) == value


@pytest.mark.parametrize("value", ["8" * 14, "8" * 23, "8" * 18 + "F", "٨" * 19, "8" * 19 + "\n", 8 * 10**18, None, ""])
def test_other_iccid_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError) as caught:
        check_iccid("iccid", value)

    assert caught.value.argument == "iccid"
    assert type(value).__name__ in str(caught.value)


@pytest.mark.parametrize("value", ["en", "pt-BR", "es-419", "kmr", "zh-Hant-TW"])
def test_language_of_the_right_shape_passes(value: str) -> None:
    assert check_language("language", value) == value


@pytest.mark.parametrize("value", ["", "en\r\nX-Evil: 1", "en,de", "en;q=0.5", "e" * 9, "en_US", 1])
def test_other_language_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="language code"):
        check_language("language", value)


@pytest.mark.parametrize("value", [0, -1, True, "1", 1.0, None])
def test_number_below_one_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="1 or more"):
        check_int("page", value)


@pytest.mark.parametrize("value", [0.5, 60, math.inf])
def test_seconds_pass(value: float) -> None:
    assert check_seconds("timeout", value) == value
    assert check_seconds("timeout", 0, zero=True) == 0


@pytest.mark.parametrize("value", [-1, True, "1", math.nan, None])
def test_what_is_no_length_of_time_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="more than 0"):
        check_seconds("timeout", value)
    with pytest.raises(ArgumentError, match="0 or more"):
        check_seconds("timeout", value, zero=True)


def test_zero_seconds_are_refused_where_they_mean_nothing() -> None:
    with pytest.raises(ArgumentError, match="more than 0"):
        check_seconds("every", 0)


@pytest.mark.parametrize("value", [1, 0, "False", None])
def test_only_true_and_false_are_flags(value: object) -> None:
    assert check_flag("resubmit", value=True)
    with pytest.raises(ArgumentError, match="True or False"):
        check_flag("resubmit", value)


def test_word_of_the_api_passes() -> None:
    assert check_word("include", "order", WORDS) == "order"


@pytest.mark.parametrize("value", ["Order", "", 1, None])
def test_other_word_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="one of order, share"):
        check_word("include", value, WORDS)


@pytest.mark.parametrize("values", [["order", "share", "order"], "order,share", ("order", "share")])
def test_words_are_written_once_each(values: list[str]) -> None:
    assert written_words("include", values, iter(WORDS)) == "order,share"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 11, 21), "2026-11-21"),
        (datetime(2026, 11, 21, 23, tzinfo=UTC), "2026-11-21"),
        (datetime(2026, 11, 21, 23, tzinfo=timezone(timedelta(hours=-5))), "2026-11-22"),
    ],
)
def test_day_is_written_in_utc(value: date, expected: str) -> None:
    assert written_day("date", value) == expected


@pytest.mark.parametrize("value", [datetime(2026, 11, 21), "2026-11-21", None])  # noqa: DTZ001  (naive on purpose)
def test_other_day_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="aware datetime"):
        written_day("date", value)


@pytest.mark.parametrize("value", [1, 5, 10])
def test_whole_number_within_bounds_passes(value: int) -> None:
    assert check_int("quantity", value, 1, 10) == value


@pytest.mark.parametrize("value", [0, 11, True, 5.0, "5"])
def test_whole_number_out_of_bounds_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="from 1 to 10") as caught:
        check_int("quantity", value, 1, 10)

    assert type(value).__name__ in str(caught.value)


def test_pair_of_days_is_written_as_one_text() -> None:
    assert written_days("created", (date(2026, 1, 2), date(2026, 1, 31))) == "2026-01-02 - 2026-01-31"


@pytest.mark.parametrize(
    "value",
    [
        (date(2026, 1, 2),),
        (date(2026, 1, 2), date(2026, 1, 1)),
        date(2026, 1, 2),
        "2026-01-02 - 2026-01-31",
        ("a", "b"),
    ],
)
def test_other_pair_of_days_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="created"):
        written_days("created", value)


def test_aware_instant_is_given_in_utc() -> None:
    given = datetime(2026, 11, 21, 23, tzinfo=timezone(timedelta(hours=-5)))

    assert check_aware("since", given).isoformat() == "2026-11-22T04:00:00+00:00"


@pytest.mark.parametrize("value", [datetime(2026, 11, 21), date(2026, 11, 21), None])  # noqa: DTZ001  (naive on purpose)
def test_naive_instant_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="aware datetime"):
        check_aware("since", value)


def test_instant_that_utc_cannot_tell_is_refused() -> None:
    value = datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))

    with pytest.raises(ArgumentError, match="aware datetime"):
        check_aware("since", value)
    with pytest.raises(ArgumentError, match="aware datetime"):
        written_day("since", value)


def test_refusal_keeps_the_value_to_itself() -> None:
    refusal = refuse("secret", "must be shorter", "s3cr3t")

    assert (str(refusal), refusal.argument, refusal.rule) == (
        "secret must be shorter (got str)",
        "secret",
        "must be shorter",
    )
    assert "s3cr3t" not in repr(vars(refusal))
