"""A store in a PostgreSQL database: durable, shared by the processes of many machines."""

from __future__ import annotations

from airalo_async.stores._postgres._store import PostgresStore

__all__ = ["PostgresStore"]
