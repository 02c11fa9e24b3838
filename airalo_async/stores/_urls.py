"""Stores by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode, urlunsplit

from airalo_async.models._rules import check_text, refuse
from airalo_async.stores._address import split_address
from airalo_async.stores._memory import MemoryStore

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from airalo_async._clock import Clock
    from airalo_async.errors import ArgumentError
    from airalo_async.stores._base import RequestStore

__all__ = ["open_store"]


def open_store(url: str, *, clock: Clock | None = None) -> RequestStore:
    """Make the store that a URL names; it is opened at first use.

    Args:
        url: ``memory://``, ``sqlite:///relative/path.db``, ``sqlite:////absolute/path.db``,
            ``redis://host:6379/0?prefix=airalo``, ``rediss://…`` or ``postgresql://user@host/database?schema=airalo``.
            What stands behind the question mark may be left out.
        clock: What leases and windows are measured on.

    Raises:
        ArgumentError: The URL names no store, or its extra is not installed; nothing was opened.
    """
    parts = split_address("store", check_text("store", url, least=0))
    match parts.scheme:
        case "memory" if url in {"memory:", "memory://"}:
            return MemoryStore(clock=clock)
        case "sqlite":
            return _open_sqlite(parts, clock)
        case "redis" | "rediss":
            return _open_redis(parts, clock)
        case "postgres" | "postgresql":
            return _open_postgres(parts, clock)
    rule = f"must be a URL that names a store; for {parts.scheme!r} use memory://, sqlite:///…, redis://… or postgresql://…"
    raise refuse("store", rule, url)


def _open_sqlite(parts: SplitResult, clock: Clock | None) -> RequestStore:
    from airalo_async.stores._sqlite import SQLiteStore  # noqa: PLC0415  (a program that uses another store pays nothing)

    path = unquote(parts.path)[1:]
    if parts.netloc or parts.query or parts.fragment or not path or "\0" in path:
        rule = "must be sqlite:///relative/path.db or sqlite:////absolute/path.db, and nothing after the path"
        raise refuse("store", rule, parts.geturl())
    return SQLiteStore(path, clock=clock)


def _open_redis(parts: SplitResult, clock: Clock | None) -> RequestStore:
    try:
        from airalo_async.stores._redis import RedisStore  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        raise _missing(parts.scheme, "redis") from error
    url, prefix = _take(parts, "prefix")
    return RedisStore(url, clock=clock) if prefix is None else RedisStore(url, prefix=prefix, clock=clock)


def _open_postgres(parts: SplitResult, clock: Clock | None) -> RequestStore:
    try:
        from airalo_async.stores._postgres import PostgresStore  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        raise _missing(parts.scheme, "postgres") from error
    url, schema = _take(parts, "schema")
    return PostgresStore(url, clock=clock) if schema is None else PostgresStore(url, schema=schema, clock=clock)


def _take(parts: SplitResult, name: str) -> tuple[str, str | None]:
    """Take our own parameter out of a URL; the rest is for the engine's driver."""
    query = parse_qsl(parts.query, keep_blank_values=True)
    rest = urlencode([(key, value) for key, value in query if key != name])
    return urlunsplit(parts._replace(query=rest)), dict(query).get(name)


def _missing(scheme: str, extra: str) -> ArgumentError:
    rule = f"needs the extra {extra!r} for {scheme}://: pip install 'airalo_async[{extra}]'"
    return refuse("store", rule, scheme)
