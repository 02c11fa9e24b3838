"""The one thread that writes.

It takes all that is waiting and commits it at once: while one commit is on its way to the disk the next ones gather,
so that many concurrent writers pay for one ``fsync``. Nobody is told anything before the commit is done.

When the engine cannot take the batch (a value that it refuses, a full disk), all of it is rolled back and each unit of
work gets a transaction of its own, so that only those fail that must.
"""

from __future__ import annotations

import json
import sqlite3
import time
from functools import partial
from typing import TYPE_CHECKING

from airalo_async.stores._sqlite import _statements as sql
from airalo_async.stores._sqlite._changes import Changes
from airalo_async.stores._sqlite._file import is_locked
from airalo_async.stores._sqlite._transaction import SQLiteTransaction
from airalo_async.stores._sqlite._worker import Job, Worker, call_in, opened
from airalo_async.stores._sqlite._writes import Known

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from airalo_async._clock import Clock
    from airalo_async.stores._waiting import Waiters

__all__ = ["Writer"]

POLL_EVERY = 0.03
"""Seconds between two looks for commits of other processes, while somebody waits."""

_CHANGES_KEPT = 1000
_PRUNE_EVERY = 256


class Writer(Worker):
    """Commits what is handed in, and notices what other processes commit while somebody waits for it."""

    def __init__(self, path: Path, clock: Clock, waiters: Waiters, *, lock_timeout: float) -> None:
        super().__init__(path, clock, waiters, lock_timeout=lock_timeout)
        self._known = Known()
        self._known_version = 0
        self._last_change = 0
        self._data_version = 0
        self._polled_at = 0.0

    def _open(self) -> sqlite3.Connection:
        connection = super()._open()
        self._data_version = _data_version(connection)
        self._last_change = connection.execute(sql.LAST_CHANGE).fetchone()[0]
        return connection

    def _perform(self, connection: sqlite3.Connection, jobs: Sequence[Job[object]]) -> Changes:
        units = [job for job in jobs if job.work is not opened]
        changes = self._commit_shared(connection, units) if len(units) > 1 else None
        if changes is None:
            changes = Changes()
            for job in units:
                changes |= self._commit_alone(connection, job)
        return changes

    def _commit_shared(self, connection: sqlite3.Connection, jobs: Sequence[Job[object]]) -> Changes | None:
        """Commit several units of work at once; None when the engine could not, and nothing is committed."""
        try:
            return self._commit(connection, jobs)
        except Exception as error:
            if is_locked(error):
                raise
            return None

    def _commit_alone(self, connection: sqlite3.Connection, job: Job[object]) -> Changes:
        try:
            return self._commit(connection, [job])
        except Exception as error:  # noqa: BLE001  (it belongs to the caller of this job alone)
            job.error = self._explained(error)
            return Changes()

    def _commit(self, connection: sqlite3.Connection, jobs: Sequence[Job[object]]) -> Changes:
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._forget_if_foreign(connection)
            tx = SQLiteTransaction(connection, self._known)
            tx.expect([job.reference for job in jobs if job.reference is not None])
            facts = [job.facts for job in jobs if job.facts is not None]
            if len(facts) > 1:
                tx.look_ahead(facts)
            now = self._now()
            for job in jobs:
                self._run_unit(job, tx, now)
            tx.finish()
            changes, last_change = self._log(connection, Changes(tuple(tx.written.requests), tx.written.arrived))
            connection.execute("COMMIT")
        except Exception:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._last_change = last_change
        self._known.keep(tx.written.requests)
        return changes

    def _run_unit(self, job: Job[object], tx: SQLiteTransaction, now: datetime) -> None:
        """Run one unit of work; one that fails leaves nothing behind, unless it is the engine that failed."""
        tx.start_unit(now)
        try:
            job.run(tx)
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001  (it belongs to the caller of this job alone)
            job.error = self._explained(error)
        else:
            tx.keep_unit()

    def _forget_if_foreign(self, connection: sqlite3.Connection) -> None:
        version = _data_version(connection)
        if version != self._known_version:
            self._known.clear()
            self._known_version = version

    def _log(self, connection: sqlite3.Connection, changes: Changes) -> tuple[Changes, int]:
        """Write down for other processes what this transaction changes, and learn what they changed before it."""
        if not changes:
            return changes, self._last_change
        row = (json.dumps(changes.references, separators=(",", ":")), int(changes.arrived))
        # An INSERT that did not raise has a row id.
        number = connection.execute(sql.ADD_CHANGE, row).lastrowid or 0
        if number % _PRUNE_EVERY == 0:
            connection.execute(sql.DROP_CHANGES, (number - _CHANGES_KEPT,))
        if number > self._last_change + 1:
            changes |= self._foreign(connection, number)
        return changes, number

    def _foreign(self, connection: sqlite3.Connection, before: int) -> Changes:
        """Read what others changed after the last change known here and before the given one."""
        rows = connection.execute(sql.CHANGES, (self._last_change, before)).fetchall()
        if not rows or rows[0][0] != self._last_change + 1:
            return Changes(None, arrived=True)
        changes = Changes()
        for _number, changed, arrived in rows:
            changes |= Changes(tuple(json.loads(changed)), bool(arrived))
        return changes

    def _patience(self) -> float | None:
        return POLL_EVERY if self._waiters else None

    def _rest(self) -> None:
        """Look for commits of other processes, if somebody waits and it is time."""
        connection = self._connection
        if connection is None or not self._waiters or time.monotonic() < self._polled_at + POLL_EVERY / 2:
            return
        self._polled_at = time.monotonic()
        try:
            version = _data_version(connection)
            if version == self._data_version:
                return
            last = connection.execute(sql.LAST_CHANGE).fetchone()[0]
            changes = self._foreign(connection, last + 1) if last > self._last_change else Changes()
        except sqlite3.Error:
            return  # a look that fails is made again; who writes is told what is wrong
        self._data_version, self._last_change = version, last
        if changes and self._loop is not None:
            call_in(self._loop, partial(self._wake, changes))


def _data_version(connection: sqlite3.Connection) -> int:
    """Tell a number that changes when another connection commits."""
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version
