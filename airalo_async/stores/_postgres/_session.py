"""One connection, and the batches on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from airalo_async.stores._optimistic._engine import TryAgainError
from airalo_async.stores._postgres import _statements as sql
from airalo_async.stores._postgres._failures import FAILURES, explain, is_disconnect, judge
from airalo_async.stores._postgres._reading import NEEDS_TRANSACTION, answer
from airalo_async.stores._postgres._writing import Lost, check, lock, write

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from datetime import datetime

    from airalo_async.stores._optimistic._changes import Changes
    from airalo_async.stores._optimistic._engine import Verdict
    from airalo_async.stores._optimistic._reads import Read
    from airalo_async.stores._optimistic._time import EngineTime
    from airalo_async.stores._postgres._door import Door
    from airalo_async.stores._postgres._driver import Connection

__all__ = ["PostgresSession"]

T = TypeVar("T")

_PLAN_AGAIN_AFTER = 20.0


class PostgresSession:
    """A conversation with PostgreSQL, over a connection that is opened when it is needed.

    Args:
        door: Opens connections.
        time: The engine's time.
    """

    def __init__(self, door: Door, time: EngineTime) -> None:
        self._door = door
        self._time = time
        self._connection: Connection | None = None
        self._begun = False
        self._now = time.now()
        self._plan_again_at = 0.0

    async def start(self) -> datetime:
        """Begin a batch; connects if that must be."""
        if self._begun:
            self.drop()
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._door.connect()
        if self._time.monotonic() > self._plan_again_at:
            # A plan that was made when a table was small is kept until somebody analyses the table.
            await self._attempt(self._connection.execute("DISCARD PLANS"))
            self._plan_again_at = self._time.monotonic() + _PLAN_AGAIN_AFTER
        if self._time.is_stale:
            asked_at = self._time.monotonic()
            self._time.note(int(await self._attempt(self._connection.fetchval(sql.CLOCK)) or 0), asked_at)
        self._now = self._time.now()
        return self._now

    async def read(self, asked: Sequence[Read[object]]) -> Sequence[object]:
        """Answer questions, outside a transaction where nothing hangs on one."""
        connection = self._open()
        if not self._begun and any(isinstance(read, NEEDS_TRANSACTION) for read in asked):
            await self._attempt(connection.execute("BEGIN"))
            self._begun = True
        return await self._attempt(answer(connection, asked))

    async def commit(self, batch: Sequence[Changes]) -> Sequence[Verdict]:
        """Lock, check, write and commit."""
        connection = self._open()
        verdicts = await self._attempt(self._write(connection, batch)) if batch else ()
        if self._begun:
            await self._end(connection)
        return verdicts

    async def _write(self, connection: Connection, batch: Sequence[Changes]) -> Sequence[Verdict]:
        statements = lock(self._door.schema, batch, begun=self._begun)
        self._begun = True
        if statements:
            await connection.execute(statements)
        asked_at = self._time.monotonic()
        checked = await check(connection, batch)
        self._time.note(checked.clock, asked_at)
        kept = [changes for changes, holds in zip(batch, checked.verdicts, strict=True) if holds]
        numbers = iter(await write(connection, kept, checked.last, self._now) if kept else ())
        return [next(numbers) if holds else None for holds in checked.verdicts]

    async def _end(self, connection: Connection) -> None:
        try:
            await connection.execute("COMMIT")
        except FAILURES as error:
            self.drop()
            raise explain(error, self._door.where) from error
        self._begun = False

    def _open(self) -> Connection:
        if self._connection is None:
            raise TryAgainError
        return self._connection

    async def _attempt(self, step: Awaitable[T]) -> T:
        """Do something before the commit; when it fails, say what that means, and leave nothing open."""
        try:
            return await step
        except Lost as lost:
            await self._roll_back()
            raise TryAgainError from lost
        except FAILURES as error:
            if is_disconnect(error):
                self.drop()
            else:
                await self._roll_back()
            raise judge(error, self._door.where) from error

    async def _roll_back(self) -> None:
        if self._connection is not None and self._begun:
            try:
                await self._connection.execute("ROLLBACK")
            except FAILURES:
                self.drop()
        self._begun = False

    def drop(self) -> None:
        """Let the connection go at once, whatever is under way."""
        self._begun = False
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def close(self) -> None:
        """Let the connection go in good order."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=1.0)
            except (*FAILURES, TimeoutError):
                connection.terminate()
