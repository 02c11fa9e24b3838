"""Pages and filters as the lists do them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from attrs import frozen

from airalo_async.testing._buying import whole_number
from airalo_async.testing._replies import Refused, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airalo_async.testing._incoming import Incoming

__all__ = ["Page", "date_filter", "like", "page_of", "paging"]


@frozen
class Page:
    """Which rows to show, and what to say around them."""

    start: int
    stop: int
    links: dict[str, str | None]
    meta: dict[str, Any]


def page_of(
    incoming: Incoming, url: str, total: int, *, default: int | None, extra: tuple[tuple[str, str], ...] = ()
) -> Page:
    """Work out a page.

    Args:
        incoming: The request with ``limit`` and ``page``.
        url: The address of the list, without a query.
        total: How many rows there are.
        default: Rows on a page when ``limit`` is not given; None shows all.
        extra: What the links add to the query.

    Raises:
        Refused: ``limit`` or ``page`` is no whole number.
    """
    limit, number = paging(incoming)
    size = limit or default or max(total, 1)
    last = max(1, -(-total // size))
    start = min((number - 1) * size, total)
    stop = min(start + size, total)
    query = [(name, value) for name, value in incoming.query.items() if name != "page"]
    known = {name for name, _ in query}
    query += [pair for pair in extra if pair[0] not in known]

    def link(page: int) -> str:
        return f"{url}?{urlencode([*query, ('page', str(page))])}"

    links = {
        "first": link(1),
        "last": link(last),
        "prev": link(number - 1) if number > 1 else None,
        "next": link(number + 1) if number < last else None,
    }
    meta = {
        "message": "success",
        "current_page": number,
        "from": start + 1 if stop > start else None,
        "last_page": last,
        "path": url,
        "per_page": str(size),
        "to": stop if stop > start else None,
        "total": total,
    }
    return Page(start, stop, links, meta)


def paging(incoming: Incoming) -> tuple[int | None, int]:
    """Read ``limit`` and ``page``."""
    fields, values = {}, {}
    for name in ("limit", "page"):
        text = incoming.query.get(name)
        if not text:
            continue
        value = whole_number(text)
        if value is None:
            fields[name] = f"The {name} must be an integer."
        elif value < 1:
            fields[name] = f"The {name} must be at least 1."
        else:
            values[name] = value
    if fields:
        raise Refused(invalid(fields))
    return values.get("limit"), values.get("page", 1)


def like(pattern: str) -> Callable[[str | None], bool]:
    """Make the test of ``LIKE %pattern%``, in which ``%`` and ``_`` are wildcards and case does not count."""
    wild = {"%": ".*", "_": "."}
    text = "".join(wild.get(char) or re.escape(char) for char in pattern)
    search = re.compile(text, re.IGNORECASE | re.DOTALL).search
    return lambda value: value is not None and search(value) is not None


def date_filter(incoming: Incoming) -> Callable[[float], bool]:
    """Make the test of ``filter[created_at]``: two days with a dash between them, both included.

    Raises:
        Refused: It is not that.
    """
    text = incoming.query.get("filter[created_at]")
    if not text:
        return lambda _: True
    days: Sequence[str] = text.split(" - ")
    try:
        first, last = (datetime.strptime(day.strip(), "%Y-%m-%d").replace(tzinfo=UTC).timestamp() for day in days)
    except ValueError:
        message = "The filter.created_at does not match the format Y-m-d - Y-m-d."
        raise Refused(invalid({"filter.created_at": message})) from None
    return lambda seconds: first <= seconds < last + 86_400
