"""The names of asyncpg that the store uses; the one place that imports it."""

from __future__ import annotations

from asyncpg import (  # type: ignore[import-untyped]  # it has annotations, but no py.typed
    Connection,
    InterfaceError,
    InternalClientError,
    PostgresError,
    Record,
    connect,
)

__all__ = ["Connection", "InterfaceError", "InternalClientError", "PostgresError", "Record", "connect"]
