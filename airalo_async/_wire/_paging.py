"""What the pages of a list may do, and what shows that rows are missing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from airalo_async.errors import DecodeError

if TYPE_CHECKING:
    from airalo_async.models import JSON

__all__ = ["Position", "Progress"]

_NUMBER = re.compile(r"[0-9]{1,9}")
_ROOM_TO_GROW = 100
_PAGES_WITHOUT_END = 1_000


@frozen
class Position:
    """What an answer tells about its place among the pages; None for what it does not tell.

    Attributes:
        current: Its own page number.
        last: Number of the last page.
        total: Rows on all pages together.
        follows: Whether it links to a next page.
    """

    current: int | None = None
    last: int | None = None
    total: int | None = None
    follows: bool | None = None

    @classmethod
    def of(cls, envelope: JSON) -> Position:
        """Read ``meta`` and ``links``, whose numbers may come as text and may be anything at all."""
        top = envelope if isinstance(envelope, Mapping) else {}
        meta, links = top.get("meta"), top.get("links")
        meta = meta if isinstance(meta, Mapping) else {}
        follows = bool(links["next"]) if isinstance(links, Mapping) and "next" in links else None
        current, last, total = (_number(meta.get(name)) for name in ("current_page", "last_page", "total"))
        return cls(current, last, total, follows)


@define(eq=False, repr=False)
class Progress:
    """One walk through the pages of a list.

    A list may grow meanwhile. It may not repeat a page, shrink, break off, or go on for ever: each of these means that
    rows are missing, and ends the walk with an error rather than as if the list had been whole.

    Attributes:
        limit: Rows asked for on each page, or None.
    """

    limit: int | None = None
    _ahead: int | None = field(default=None, init=False)
    _bound: int | None = field(default=None, init=False)
    _before: Position = field(factory=Position, init=False)
    _seen: dict[int, tuple[int, int | None]] = field(factory=dict, init=False)

    def admit(self, number: int, position: Position, data: JSON) -> bool:
        """Take the page that was asked for as ``number``; tell whether another one follows.

        Raises:
            DecodeError: Rows are missing.
        """
        rows = list(data.values()) if isinstance(data, Mapping) else data if isinstance(data, Sequence) else ()
        self._refuse_another(number, position)
        self._refuse_shrinking(number, position)
        if rows:
            self._refuse_repetition(number, position, hash((len(rows), repr(rows[0]), repr(rows[-1]))))
        elif self._is_before_last(number, position):
            raise _distrust(number, f"is empty, though there are {position.last}", "data")
        more = self._goes_on(number, position, len(rows))
        if more:
            self._refuse_endlessness(number, position)
        return more

    def _goes_on(self, number: int, position: Position, count: int) -> bool:
        if position.last is not None:
            return self._is_before_last(number, position)
        if position.follows is not None:
            return position.follows and count > 0
        return count > 0 and count == self.limit

    def _is_before_last(self, number: int, position: Position) -> bool:
        return position.last is not None and number + (self._ahead or 0) < position.last

    def _refuse_another(self, number: int, position: Position) -> None:
        """Hold the API to its own count of pages, wherever it starts."""
        if position.current is None:
            return
        if self._ahead is None:
            self._ahead = position.current - number
        if position.current != number + self._ahead:
            raise _distrust(number, f"was asked for, but page {position.current} came", "meta.current_page")

    def _refuse_shrinking(self, number: int, position: Position) -> None:
        before = self._before
        for name, was, is_ in (("total", before.total, position.total), ("last_page", before.last, position.last)):
            if was is not None and is_ is not None and is_ < was:
                raise _distrust(number, f"tells that the list shrank: {name} was {was} and is {is_}", f"meta.{name}")
        self._before = position

    def _refuse_repetition(self, number: int, position: Position, rows: int) -> None:
        earlier, total = self._seen.get(rows, (None, None))
        # While a list of newest first grows, rows move down, and a whole page may come once more as the next one.
        grown = total is not None and position.total is not None and position.total > total
        if earlier is not None and not grown:
            raise _distrust(number, f"has the rows of page {earlier} again", "data")
        self._seen[rows] = (number, position.total)

    def _refuse_endlessness(self, number: int, position: Position) -> None:
        if self._bound is None:
            last = position.last
            self._bound = number + _PAGES_WITHOUT_END if last is None else max(2 * last, last + _ROOM_TO_GROW)
        if number >= self._bound:
            raise _distrust(number, "should have been the last one long ago", "meta.last_page")


def _number(value: JSON) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).removesuffix(".0")
    return int(text) if _NUMBER.fullmatch(text) else None


def _distrust(number: int, what: str, path: str) -> DecodeError:
    message = f"page {number} {what}; rows are missing, so read the list again, or go on with page={number}"
    return DecodeError(message, path=path)
