"""What each failure of Redis means for a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.errors import StoreError
from airalo_async.stores._redis._driver import (
    AuthenticationError,
    BusyLoadingError,
    DisconnectedError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    SilentError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FAILURES", "LOST", "explain", "is_unfit"]

FAILURES = (RedisError, OSError, UnicodeError)
"""What redis-py raises when something is wrong with the engine, the way to it, or a value."""

LOST = (DisconnectedError, SilentError, OSError)
"""What it raises when there is no answer: what was sent may have been done."""

_CURES: Sequence[tuple[type[Exception], str]] = (
    (AuthenticationError, "the server refuses the password: check the URL"),
    (BusyLoadingError, "the server is still loading its data"),
    (OutOfMemoryError, "the memory of the server is full: raise maxmemory"),
    (ReadOnlyError, "the server can only be read: give the address of the primary"),
)


def is_unfit(error: Exception) -> bool:
    """Tell whether it is a value, and not the engine, that something is wrong with."""
    return isinstance(error, UnicodeError) or (isinstance(error, ResponseError) and "cjson" in str(error).lower())


def explain(error: Exception, where: str) -> StoreError:
    """Say what is wrong with the engine, and how to mend it."""
    cure = next((cure for kind, cure in _CURES if isinstance(error, kind)), "")
    what = cure or f"{type(error).__name__}: {error}"
    failure = StoreError(f"{where}: {what}; nothing is known to be stored")
    failure.__cause__ = error
    return failure
