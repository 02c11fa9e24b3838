"""A store in the memory of one process: no file, no server, and nothing left when the process ends."""

from __future__ import annotations

from airalo_async.stores._memory._store import MemoryStore

__all__ = ["MemoryStore"]
