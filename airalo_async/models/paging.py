"""One page of a list, and what of it could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar, overload

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra, wire
from airalo_async.models.broken import Broken
from airalo_async.models.pricing import Pricing

__all__ = ["Page", "PageLinks", "PageMeta"]

T_co = TypeVar("T_co", covariant=True)


@frozen
class PageMeta:
    """Where a page stands in its list.

    Attributes:
        current_page: Its number, from 1.
        last_page: The number of the last page.
        per_page: Elements asked for.
        total: Elements in all pages.
        from_: The number of its first element in the whole list, from 1; None on an empty page.
        to: The number of its last element in the whole list; None on an empty page.
        path: Address of the list, without its query.
        message: ``success`` mostly; the API misspells it here and there, so it proves nothing.
        broken: What of it could not be read.
        extra: Keys that this version does not know.
    """

    current_page: int | None = None
    last_page: int | None = None
    per_page: int | None = None
    total: int | None = None
    from_: int | None = field(default=None, metadata=wire("from"))
    to: int | None = None
    path: str | None = None
    message: str | None = None
    broken: tuple[Broken, ...] = ()
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class PageLinks:
    """Addresses of other pages, which this library never follows: it counts.

    Attributes:
        first: Of the first page.
        last: Of the last page.
        prev: Of the page before; None on the first.
        next: Of the page after; None on the last.
        extra: Keys that this version does not know.
    """

    first: str | None = None
    last: str | None = None
    prev: str | None = None
    next: str | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Page(Sequence[T_co], Generic[T_co]):
    """One page of a list, itself a sequence of its elements; or the whole of a list that has no pages.

    Attributes:
        items: The elements that could be read, in the API's order.
        broken: Those that could not, and what in the others could not.
        meta: Where it stands in the list, in the API's words.
        pricing: How the partner pays; None where the API does not tell.
        links: Addresses of other pages; None where the API does not tell.
        number: Which page, from 1; give it to the same ``list`` as ``page=`` to go on from here.
    """

    items: tuple[T_co, ...]
    broken: tuple[Broken, ...] = ()
    meta: PageMeta = field(factory=PageMeta)
    pricing: Pricing | None = None
    links: PageLinks | None = field(default=None, repr=False)
    number: int = field(default=1, kw_only=True)

    @property
    def last(self) -> int | None:
        """Number of the last page; None when the API did not tell."""
        return self.meta.last_page

    @property
    def total(self) -> int | None:
        """Elements on all pages, for packages destinations; None when the API did not tell."""
        return self.meta.total

    @overload
    def __getitem__(self, index: int) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T_co, ...]: ...
    def __getitem__(self, index: int | slice) -> T_co | tuple[T_co, ...]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)
