"""The store: what is public of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.stores._optimistic._store import OptimisticStore
from airalo_async.stores._postgres._channel import PostgresChannel
from airalo_async.stores._postgres._door import Door
from airalo_async.stores._postgres._fleet import PostgresFleet
from airalo_async.stores._postgres._session import PostgresSession
from airalo_async.stores._postgres._shelf import PostgresShelf

if TYPE_CHECKING:
    from airalo_async._clock import Clock

__all__ = ["PostgresStore"]


class PostgresStore(OptimisticStore):
    """Keeps requests and pushes in a schema of a PostgreSQL database, on disk before anything else happens.

    Made without I/O; the schema is made at first use. Needs the extra ``postgres``. A commit is told of when
    PostgreSQL tells that it is on disk, so ``fsync``, ``full_page_writes`` and ``synchronous_commit`` must be on, as
    they are by default; it warns once of each that is off.

    Args:
        dsn: ``postgresql://user:password@host:5432/database``, as libpq reads it.
        schema: The schema; one for each client id and mode.
        clock: What waits are measured on. Leases and windows are on the server's clock.
        timeout: Seconds that the server may take for anything, before ``StoreError``.

    Attributes:
        fleet: One token and one budget of calls for all processes that share the schema.
    """

    def __init__(self, dsn: str, *, schema: str = "airalo", clock: Clock | None = None, timeout: float = 5.0) -> None:
        self._door = Door(dsn, schema, timeout=timeout)
        self.fleet = PostgresFleet(self._door, timeout=timeout)
        super().__init__(clock, self._new_session, PostgresChannel(self._door), name=self._door.where, timeout=timeout)

    def _new_session(self) -> PostgresSession:
        return PostgresSession(self._door, self._time)

    def open_shelf(self) -> PostgresShelf:
        """Open what moving needs of the engine."""
        return PostgresShelf(self._door, self._new_session())

    async def _let_go(self) -> None:
        await self.fleet.close()
