"""From an answer to its rows: one that cannot be read is set aside, and costs nobody the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from airalo_async import _codec
from airalo_async.models import JSON

if TYPE_CHECKING:
    from airalo_async.models import Page

__all__ = ["Reader", "read_rows", "reader_of"]

T = TypeVar("T")

Reader = Callable[[JSON], "Page[T]"]
"""Makes the rows of a whole answer."""

_log = logging.getLogger(__name__)


def reader_of(kind: type[T]) -> Reader[T]:
    """Make a reader for answers whose ``data`` are models of one kind."""
    return partial(_codec.decode_page, kind)


def read_rows(envelope: JSON, read: Reader[T], about: str) -> Page[T]:
    """Read the rows of an answer; log, without any value, that some could not be read.

    Raises:
        DecodeError: There are no rows at all.
    """
    page = read(envelope)
    if page.broken:
        first = page.broken[0]
        _log.warning("%s: left out %d unreadable, first %s %s", about, len(page.broken), first.path, first.reason)
    return page
