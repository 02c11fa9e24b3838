"""Purchases in flight: work that goes on when its caller has gone, and that closing waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from airalo_async.errors import OutcomeUnknownError

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["Flights"]

T = TypeVar("T")


class Flights:
    """Tasks of one session that must not end with their callers."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    def run(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Run work in a task."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def detached(self, work: Coroutine[object, object, T], reference: str) -> asyncio.Future[T]:
        """Run the work of a purchase for a caller who may be cancelled while awaiting it.

        What is given back is no task but a future that the task resolves: cancelling that cancels nothing else.
        ``asyncio.shield`` does the same with three times as many callbacks.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Future[T] = loop.create_future()
        self._tasks.add(loop.create_task(self._work(work, told, reference), name=reference))
        return told

    async def land(self, *, timeout: float) -> None:
        """Wait so many seconds for all of it, and cut off the rest."""
        if self._tasks:
            _done, pending = await asyncio.wait(self._tasks, timeout=timeout)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a caller who has gone does not fetch it; the store has what it says

    async def _work(self, work: Coroutine[object, object, T], told: asyncio.Future[T], reference: str) -> None:
        try:
            result = await work
        except asyncio.CancelledError:
            if not told.done():
                message = f"the session was closed while {reference!r} was being sent; it may have been carried out"
                told.set_exception(OutcomeUnknownError(message, method="POST", reference=reference))
            raise
        except Exception as error:  # noqa: BLE001  (it is the caller's, if there is one left; the store has the rest)
            if not told.done():
                told.set_exception(error)
        else:
            if not told.done():
                told.set_result(result)
        finally:
            task = asyncio.current_task()
            if task is not None:
                self._tasks.discard(task)
