"""What each failure of PostgreSQL means for a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.errors import StoreError
from airalo_async.stores._optimistic._engine import TryAgainError, UnfitError
from airalo_async.stores._postgres._driver import InterfaceError, InternalClientError, PostgresError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FAILURES", "explain", "is_disconnect", "judge"]

FAILURES = (PostgresError, InterfaceError, InternalClientError, OSError, ValueError, EOFError)
"""What asyncpg raises when something is wrong with the engine, the way to it, or a value."""

_PASSING = ("40001", "40P01", "55P03")
_UNFIT = ("22", "23", "54000", "54011", "54001")
_GONE = ("08", "57P01", "57P02", "57P03", "25P03")
_CURES: Sequence[tuple[tuple[str, ...], str]] = (
    (("53100",), "the disk of the server is full: make room"),
    (("53300",), "the server takes no more connections: raise max_connections or lower connections"),
    (("25006",), "the server can only be read: give the address of the primary"),
    (("28",), "the server refuses the user or the password: check the URL"),
    (("3D000",), "there is no such database: create it"),
    (("42501",), "the user may not do that: let it create and use the schema"),
    (("42P01", "3F000"), "a table of the store is gone: restore a backup, or use another schema"),
)


def _code(error: BaseException) -> str:
    return getattr(error, "sqlstate", None) or ""


def is_disconnect(error: BaseException) -> bool:
    """Tell whether the connection is gone."""
    if isinstance(error, PostgresError):
        return _code(error).startswith(_GONE)
    # asyncpg calls it an error of its own when it is asked for something between the server's last word and the end of
    # the connection; nothing was sent then.
    lost = OSError | EOFError | InterfaceError | InternalClientError
    return isinstance(error, lost) and not isinstance(error, ValueError)


def _hush(error: Exception) -> None:
    """Take from an error what the server quotes of a row that it refuses: rows hold eSIMs."""
    for name in ("detail", "context"):
        if getattr(error, name, None) is not None:
            setattr(error, name, None)


def judge(error: Exception, where: str) -> Exception:
    """Say what a failure before the commit means."""
    _hush(error)
    code = _code(error)
    if code in _PASSING or is_disconnect(error):
        verdict: Exception = TryAgainError(str(error))
    elif code.startswith(_UNFIT) or isinstance(error, ValueError):
        verdict = UnfitError(f"a value cannot be kept ({type(error).__name__})")
    else:
        return explain(error, where)
    verdict.__cause__ = error
    return verdict


def explain(error: Exception, where: str) -> StoreError:
    """Say what is wrong with the engine, and how to mend it."""
    _hush(error)
    code = _code(error)
    cure = next((cure for codes, cure in _CURES if code.startswith(codes)), "")
    what = cure or f"{type(error).__name__}: {error}"
    failure = StoreError(f"{where}: {what}; nothing is known to be stored")
    failure.__cause__ = error
    return failure
