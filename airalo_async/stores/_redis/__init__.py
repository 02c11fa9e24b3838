"""A store in Redis: shared by the processes of many machines, as durable as Redis is set to be."""

from __future__ import annotations

from airalo_async.stores._redis._store import RedisStore

__all__ = ["RedisStore"]
