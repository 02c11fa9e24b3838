"""Reading an answer so that what does not fit can be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from airalo_async import _codec
from airalo_async.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async.models import JSON

__all__ = ["model_of", "read_answer"]

T = TypeVar("T")


def read_answer(body: bytes, read: Callable[[JSON], T]) -> T:
    """Parse an answer and read it.

    Raises:
        DecodeError: It does not fit; the error carries the body.
    """
    try:
        return read(_codec.parse(body))
    except DecodeError as error:
        error.body = error.body or body.decode(errors="replace")
        error.__traceback__ = None  # the local variables of its frames hold what must not be told, eSIMs for instance
        raise


def model_of(kind: type[T]) -> Callable[[JSON], T]:
    """Make a reader for answers whose ``data`` is one model."""
    return lambda answer: _codec.decode(kind, _codec.unwrap(answer), path="data")
