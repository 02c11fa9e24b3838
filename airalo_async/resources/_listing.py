"""``Listing``: what every ``list`` returns, an asynchronous iterable over all pages of an answer."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import evolve

from airalo_async import _codec
from airalo_async._wire import Position, Progress
from airalo_async.errors import DecodeError
from airalo_async.models._rules import check_int
from airalo_async.resources._rows import read_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async._pipeline import Pipeline
    from airalo_async._wire import Request
    from airalo_async.models import Page
    from airalo_async.resources._rows import Reader

__all__ = ["Listing"]

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Listing(Generic[T]):
    """The rows of a list, asked for page by page as they are iterated over.

    ``async for item in listing`` gives the rows, ``async for page in listing.pages()`` the pages; each starts anew.
    Rows that cannot be read are left out with a warning, and stand in ``page.broken``.
    """

    def __init__(
        self, pipeline: Pipeline, request: Request, read: Reader[T], *, page: int = 1, limit: int | None = None
    ) -> None:
        """Plan the calls; nothing is sent yet.

        Args:
            pipeline: What carries the calls out.
            request: The first call, without ``page`` and ``limit``.
            read: Makes the rows of an answer; ``reader_of(kind)`` where ``data`` are models of that kind.
            page: The page to start from, 1 or more.
            limit: Rows a page, 1 or more; None leaves it to the API.

        Raises:
            ArgumentError: ``page`` or ``limit`` is not a whole number of 1 or more.
        """
        check_int("page", page)
        if limit is not None:
            check_int("page_size", limit)
        self._pipeline = pipeline
        self._request = request
        self._read = read
        self._page = page
        self._limit = limit

    def __repr__(self) -> str:
        return f"<Listing of {self._request.path} from page {self._page}>"

    async def __aiter__(self) -> AsyncIterator[T]:
        """Give the rows of all pages."""
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Give the pages, each as soon as it is there.

        Raises:
            DecodeError: An answer is no page, or the pages repeat, shrink or do not end: rows may be missing. What was
                given before is good; a listing that starts with ``page=`` goes on from any page.
        """
        progress = Progress(self._limit)
        number, more = self._page, True
        while more:
            response = await self._pipeline.call(self._at(number))
            try:
                envelope = _codec.parse(response.body, exact=True)
                # Parsing a page of the catalogue and decoding it are each enough for one turn of the loop.
                await asyncio.sleep(0)
                page = read_rows(envelope, self._read, f"page {number} of {self._request.path}")
                position = Position.of(envelope)
                more = progress.admit(number, position, _codec.unwrap(envelope))
                if position.current not in {None, number}:
                    _log.warning("page %d of %s calls itself %d", number, self._request.path, position.current)
            except DecodeError as error:
                error.body = response.body.decode(errors="replace")
                error.__traceback__ = None  # the local variables of its frames hold eSIMs
                raise
            yield evolve(page, number=number)
            number += 1

    def _at(self, number: int) -> Request:
        limit = () if self._limit is None else (("limit", str(self._limit)),)
        return evolve(self._request, query=(*self._request.query, *limit, ("page", str(number))))
