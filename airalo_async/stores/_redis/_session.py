"""The batches of one lane."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, TypeVar

from airalo_async.stores._optimistic._engine import UnfitError
from airalo_async.stores._redis._failures import FAILURES, LOST, explain, is_unfit
from airalo_async.stores._redis._reading import answer_of, question_of
from airalo_async.stores._redis._scripts import COMMIT, READ
from airalo_async.stores._redis._writing import compact, write_down

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from datetime import datetime

    from airalo_async.stores._optimistic._changes import Changes
    from airalo_async.stores._optimistic._engine import Verdict
    from airalo_async.stores._optimistic._reads import Read
    from airalo_async.stores._optimistic._time import EngineTime
    from airalo_async.stores._redis._door import Door
    from airalo_async.stores._redis._reading import Reply

__all__ = ["RedisSession"]

T = TypeVar("T")


class RedisSession:
    """A conversation with Redis: a script for each step.

    Args:
        door: Runs scripts.
        time: The engine's time.
    """

    def __init__(self, door: Door, time: EngineTime) -> None:
        self._door = door
        self._time = time

    async def start(self) -> datetime:
        """Begin a batch."""
        await self._attempt(self._door.check())
        if self._time.is_stale:
            await self._attempt(self._run(READ, "[]"))
        return self._time.now()

    async def read(self, asked: Sequence[Read[object]]) -> Sequence[object]:
        """Answer questions, all in one script."""
        try:
            question = compact([question_of(read) for read in asked])
        except UnicodeError as error:
            raise self._judge(error) from error
        replies = await self._insist(READ, question)
        assert isinstance(replies, list)  # noqa: S101  (our own script)
        return [answer_of(read, reply) for read, reply in zip(asked, replies, strict=True)]

    async def commit(self, batch: Sequence[Changes]) -> Sequence[Verdict]:
        """Check and write, in one script; sent again it writes nothing again, and tells the same."""
        if not batch:
            return ()
        try:
            arguments = (secrets.token_hex(12), *write_down(batch))
        except UnicodeError as error:
            raise self._judge(error) from error
        verdicts = await self._insist(COMMIT, *arguments)
        assert isinstance(verdicts, bytes)  # noqa: S101  (our own script)
        return [None if number < 0 else number for number in map(int, verdicts.split(b","))]

    async def _insist(self, script: str, *arguments: str | bytes) -> Reply:
        """Run a script, and once more when its answer is lost.

        A question may be asked twice. A commit may have been done: its mark tells, if the server comes back in time.
        """
        try:
            return await self._run(script, *arguments)
        except LOST:
            return await self._attempt(self._run(script, *arguments))
        except FAILURES as error:
            raise self._judge(error) from error

    async def _run(self, script: str, *arguments: str | bytes) -> Reply:
        asked_at = self._time.monotonic()
        now, reply = await self._door.run(script, *arguments)
        self._time.note(now, asked_at)
        return reply

    async def _attempt(self, step: Awaitable[T]) -> T:
        try:
            return await step
        except FAILURES as error:
            raise self._judge(error) from error

    def _judge(self, error: Exception) -> Exception:
        return UnfitError("a value cannot be kept") if is_unfit(error) else explain(error, self._door.where)

    def drop(self) -> None:
        """Do nothing: a connection on which something was cut off is closed already."""

    async def close(self) -> None:
        """Do nothing: the connections are the door's."""
