"""A thread that owns a connection: units of work go in from the event loop, and results come back to it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

from airalo_async.errors import StoreError
from airalo_async.stores._sqlite._changes import Changes
from airalo_async.stores._sqlite._file import explain, open_file
from airalo_async.stores._sqlite._transaction import SQLiteTransaction

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from airalo_async._clock import Clock
    from airalo_async.models import PushFacts
    from airalo_async.stores._transaction import Transaction
    from airalo_async.stores._waiting import Waiters

__all__ = ["Job", "Reader", "Worker", "call_in", "opened"]

T = TypeVar("T")


async def opened(_tx: Transaction) -> None:
    """Ask for an open file and for nothing of it; the one unit of work that needs no transaction."""


class Job(Generic[T]):
    """A unit of work on its way to a thread, and its result on the way back.

    ``facts`` are those of the push that it is about, ``reference`` that of the purchase which it begins.
    """

    __slots__ = ("error", "facts", "future", "reference", "result", "work")

    def __init__(
        self,
        work: Callable[[SQLiteTransaction], Coroutine[object, None, T]],
        future: asyncio.Future[T],
        facts: PushFacts | None = None,
        reference: str | None = None,
    ) -> None:
        self.facts = facts
        self.reference = reference
        self.work = work
        self.future = future
        self.result: T | None = None
        self.error: Exception | None = None

    def run(self, tx: SQLiteTransaction) -> None:
        """Run the unit of work; its row operations never suspend, so one step takes it to its end."""
        coroutine = self.work(tx)
        try:
            coroutine.send(None)
        except StopIteration as end:
            self.result, self.error = end.value, None
            return
        coroutine.close()
        message = "a unit of work awaited something else than a row operation"
        raise RuntimeError(message)

    def tell(self) -> None:
        """Give the caller the result, in the caller's loop; one who was cancelled is not there any more."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            # Without an error ``run`` has set the result, which is None only where T allows it.
            self.future.set_result(self.result)  # type: ignore[arg-type]


class _Stop:
    """Ends a thread when all that was handed in before it is done."""


class Worker:
    """A thread with one connection, opened when the first unit of work comes, and again after a failure to open.

    It is a daemon, so that a program which never closes its store can end.
    """

    def __init__(self, path: Path, clock: Clock, waiters: Waiters, *, lock_timeout: float) -> None:
        self._path = path
        self._clock = clock
        self._waiters = waiters
        self._lock_timeout = lock_timeout
        self._queue: SimpleQueue[Job[object] | _Stop | None] = SimpleQueue()
        self._connection: sqlite3.Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = threading.Event()
        self._pid = 0

    def hand_in(self, job: Job[T]) -> None:
        """Queue a unit of work; never waits."""
        if self._pid != os.getpid():
            self._start()
        self._loop = job.future.get_loop()
        # The queue takes jobs of any result, and never looks at one.
        self._queue.put(job)  # type: ignore[arg-type]

    def _start(self) -> None:
        if self._pid:
            message = f"the store on {self._path} was opened before this process was forked; open a new one here"
            raise StoreError(message)
        name = f"{type(self).__name__.lower()} of {self._path.name}"
        try:
            threading.Thread(target=self._run, name=name, daemon=True).start()
        except RuntimeError as error:
            message = f"the store on {self._path} cannot start a thread: {error}"
            raise StoreError(message) from error
        self._pid = os.getpid()

    def nudge(self) -> None:
        """Make the thread see that somebody waits."""
        self._queue.put(None)

    def stop(self) -> None:
        """End the thread when all that was handed in before is done; callable from any thread."""
        self._queue.put(_Stop())

    async def join(self) -> None:
        """Wait until the thread has ended, if it ever began."""
        if self._pid == os.getpid():
            await asyncio.get_running_loop().run_in_executor(None, self._ended.wait)

    def _run(self) -> None:
        going = True
        try:
            while going:
                jobs, going = self._gather()
                if jobs:
                    self._do(jobs)
                self._rest()
        finally:
            if self._connection is not None:
                self._connection.close()
            self._ended.set()
            self._refuse_the_rest()

    def _refuse_the_rest(self) -> None:
        """Tell whoever was too late; nobody else takes from the queue any more."""
        jobs: list[Job[object]] = []
        with suppress(Empty):
            while True:
                item = self._queue.get_nowait()
                if isinstance(item, Job):
                    item.error = StoreError(f"the store on {self._path} is closed")
                    jobs.append(item)
        self._hand_back(jobs, Changes())

    def _gather(self) -> tuple[list[Job[object]], bool]:
        """Take all that is waiting; False when the thread is to end after it."""
        jobs: list[Job[object]] = []
        try:
            item = self._queue.get(timeout=self._patience())
            while not isinstance(item, _Stop):
                if item is not None:
                    jobs.append(item)
                item = self._queue.get_nowait()
        except Empty:
            return jobs, True
        return jobs, False

    def _do(self, jobs: Sequence[Job[object]]) -> None:
        changes = Changes()
        try:
            if self._connection is None:
                self._connection = self._open()
            changes = self._perform(self._connection, jobs)
        except Exception as error:  # noqa: BLE001  (whatever it is, somebody waits for each of the jobs)
            for job in jobs:
                job.error = self._explained(error)
        self._hand_back(jobs, changes)

    def _hand_back(self, jobs: Sequence[Job[object]], changes: Changes) -> None:
        """Have the event loops tell results: one call into each, as a rule one for all."""
        for loop in {job.future.get_loop() for job in jobs}:
            call_in(loop, partial(self._tell, [job for job in jobs if job.future.get_loop() is loop], changes))

    def _explained(self, error: Exception) -> Exception:
        """Turn an error of the engine into one for a single caller."""
        if isinstance(error, StoreError):
            return StoreError(str(error))
        is_the_engines = isinstance(error, (sqlite3.Error, OverflowError, UnicodeError))
        return explain(error, self._path) if is_the_engines else error

    def _tell(self, jobs: Sequence[Job[object]], changes: Changes) -> None:
        """Hand results back and wake who waits for what changed; runs in the event loop, once a batch."""
        for job in jobs:
            job.tell()
        self._wake(changes)

    def _wake(self, changes: Changes) -> None:
        if changes.references is None:
            self._waiters.wake_all()
        elif changes:
            self._waiters.wake(changes.references, inbox=changes.arrived)

    def _patience(self) -> float | None:
        """Tell for how many seconds to wait for work; None for as long as it takes."""
        return None

    def _rest(self) -> None:
        """Do what is to be done between two batches."""

    def _open(self) -> sqlite3.Connection:
        return open_file(self._path, lock_timeout=self._lock_timeout)

    def _perform(self, connection: sqlite3.Connection, jobs: Sequence[Job[object]]) -> Changes:
        raise NotImplementedError

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.time(), UTC)


class Reader(Worker):
    """Reads beside the writer, so that a long list holds up no commit and no commit holds up a look."""

    def _open(self) -> sqlite3.Connection:
        return open_file(self._path, lock_timeout=self._lock_timeout, read_only=True)

    def _perform(self, connection: sqlite3.Connection, jobs: Sequence[Job[object]]) -> Changes:
        for job in jobs:
            tx = SQLiteTransaction(connection)
            tx.start_unit(self._now())
            try:
                job.run(tx)
            except Exception as error:  # noqa: BLE001  (it belongs to the caller of this job alone)
                job.error = self._explained(error)
        return Changes()


def call_in(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Call back in an event loop, from another thread."""
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        return  # the loop is closed, and with it everybody who waited there
