from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airalo_async._wire import Position, Progress
from airalo_async.errors import DecodeError
from tests.resources._scripted import linked, page, sims

if TYPE_CHECKING:
    from airalo_async.models import JSON


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        ("3", 3),
        (3.0, 3),
        (0, 0),
        (None, None),
        (True, None),
        (-1, None),
        (2.5, None),
        ("", None),
        ("three", None),
        ("9" * 30, None),
        ("٣", None),
        ([3], None),
    ],
)
def test_numbers_of_meta_are_read_loosely(value: JSON, expected: int | None) -> None:
    position = Position.of({"meta": {"current_page": value, "last_page": value, "total": value}})

    assert (position.current, position.last, position.total) == (expected,) * 3


@pytest.mark.parametrize("envelope", [None, [], {}, {"meta": None, "links": None}, {"meta": [], "links": []}, "text"])
def test_envelope_without_meta_tells_nothing(envelope: JSON) -> None:
    assert Position.of(envelope) == Position()


@pytest.mark.parametrize(("link", "expected"), [("https://…?page=2", True), (None, False), ("", False)])
def test_link_to_the_next_page_is_seen(link: JSON, expected: bool) -> None:  # noqa: FBT001  (a table of cases)
    assert Position.of({"links": {"next": link}}).follows is expected


def walk(*answers: JSON, limit: int | None = None, start: int = 1) -> list[bool]:
    """Tell after each answer whether another page follows."""
    progress = Progress(limit)
    return [
        progress.admit(number, Position.of(answer), answer["data"] if isinstance(answer, dict) else None)
        for number, answer in enumerate(answers, start)
    ]


def test_last_page_ends_the_walk() -> None:
    assert walk(page(sims(1, 2), last_page=2), page(sims(3, 1), last_page=2)) == [True, False]


def test_links_stand_in_for_meta() -> None:
    assert walk(linked(sims(1, 2), "https://…?page=2"), linked(sims(3, 2), None)) == [True, False]


def test_full_page_stands_in_for_links() -> None:
    assert walk({"data": sims(1, 2)}, {"data": sims(3, 1)}, limit=2) == [True, False]


def test_unpaged_answer_is_the_whole_list() -> None:
    assert walk({"data": sims(1, 5)}, limit=2) == [False]


def test_empty_page_ends_a_walk_by_links() -> None:
    assert walk(linked([], "https://…?page=2")) == [False]


def test_page_past_the_end_is_the_end() -> None:
    assert walk(page([], current_page=9, last_page=3), start=9) == [False]


def test_growing_list_is_followed() -> None:
    answers = [page(sims(number, 1), last_page=number + 4, total=number + 4) for number in range(1, 6)]

    assert walk(*answers) == [True] * 5


@pytest.mark.parametrize("came", ["1", "3"])
def test_page_of_another_number_is_refused(came: str) -> None:
    with pytest.raises(DecodeError, match=f"page 2 was asked for, but page {came} came") as caught:
        walk(page(sims(1, 1), current_page="1", last_page=3), page(sims(2, 1), current_page=came, last_page=3))

    assert caught.value.path == "meta.current_page"


def test_pages_may_be_counted_from_elsewhere() -> None:
    answers = [page(sims(number, 1), current_page=number - 1, last_page=2) for number in (1, 2, 3)]

    assert walk(*answers) == [True, True, False]


def test_page_that_calls_itself_the_last_is_the_last() -> None:
    assert walk(page(sims(1, 1), current_page=3, last_page=3)) == [False]


def test_repeated_page_is_refused() -> None:
    with pytest.raises(DecodeError, match="page 3 has the rows of page 1 again"):
        walk(page(sims(1, 2), last_page=3), page(sims(3, 2), last_page=3), page(sims(1, 2), last_page=3))


def test_rows_that_move_down_are_no_repetition() -> None:
    assert walk(page(sims(1, 2), last_page=3, total=5), page(sims(1, 2), last_page=4, total=7)) == [True, True]


@pytest.mark.parametrize("name", ["total", "last_page"])
def test_shrinking_list_is_refused(name: str) -> None:
    first, second = {"last_page": 3, "total": 6}, {"last_page": 3, "total": 6, name: 2}

    with pytest.raises(DecodeError, match=f"shrank: {name}") as caught:
        walk(page(sims(1, 2), **first), page(sims(3, 2), **second))

    assert caught.value.path == f"meta.{name}"


@pytest.mark.parametrize("data", [[], {}])
def test_empty_page_before_the_last_is_refused(data: JSON) -> None:
    with pytest.raises(DecodeError, match="page 2 is empty, though there are 3"):
        walk(page(sims(1, 2), last_page=3), page(data, last_page=3))


def test_list_that_never_ends_is_refused() -> None:
    answers = [page(sims(number, 1), last_page=number + 1) for number in range(1, 200)]

    with pytest.raises(DecodeError, match="page 102 should have been the last one long ago"):
        walk(*answers)


def test_list_without_numbers_that_never_ends_is_refused() -> None:
    answers = [linked(sims(number, 1), "https://…") for number in range(1, 1200)]

    with pytest.raises(DecodeError, match="page 1001"):
        walk(*answers)


def test_errors_name_the_page_to_go_on_from() -> None:
    with pytest.raises(DecodeError, match="go on with page=8"):
        walk(page([], last_page=9), start=8)
