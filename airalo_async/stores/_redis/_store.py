"""The store: what is public of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.stores._optimistic._store import OptimisticStore
from airalo_async.stores._redis._channel import RedisChannel
from airalo_async.stores._redis._door import Door
from airalo_async.stores._redis._fleet import RedisFleet
from airalo_async.stores._redis._session import RedisSession
from airalo_async.stores._redis._shelf import RedisShelf

if TYPE_CHECKING:
    from airalo_async._clock import Clock

__all__ = ["RedisStore"]


class RedisStore(OptimisticStore):
    """Keeps requests and pushes in Redis.

    Made without I/O. Needs the extra ``redis``. It keeps what it has told only on a server that is set to
    ``appendonly yes``, ``appendfsync always``, ``no-appendfsync-on-rewrite no`` (the default) and ``maxmemory-policy
    noeviction``; it warns once where that is not so. Then it survives a crash of the server, but not a fail-over to a
    replica, which may lack the last commits. Where ``hiredis`` is installed redis-py uses it, and this process works a
    seventh less for each push.

    Args:
        url: ``redis://user:password@host:6379/0``, or ``rediss://`` for TLS.
        prefix: What all keys begin with; one for each client id and mode.
        clock: What waits are measured on. Leases and windows are on the server's clock.
        timeout: Seconds that the server may take for anything, before ``StoreError``.

    Attributes:
        fleet: One token and one budget of calls for all processes that share the prefix.
    """

    def __init__(self, url: str, *, prefix: str = "airalo", clock: Clock | None = None, timeout: float = 5.0) -> None:
        self._door = Door(url, prefix, timeout=timeout)
        self.fleet = RedisFleet(self._door)
        super().__init__(clock, self._new_session, RedisChannel(self._door), name=self._door.where, timeout=timeout)

    def _new_session(self) -> RedisSession:
        return RedisSession(self._door, self._time)

    def open_shelf(self) -> RedisShelf:
        """Open what moving needs of the engine."""
        return RedisShelf(self._door, self._new_session())

    def _abandon(self) -> None:
        self._door.reset()

    async def _let_go(self) -> None:
        await self._door.close()
