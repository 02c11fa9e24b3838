"""A store in one SQLite file: durable, without a server, shared by the processes of one machine."""

from __future__ import annotations

from airalo_async.stores._sqlite._store import SQLiteStore

__all__ = ["SQLiteStore"]
