"""The SQLite file: how it is opened, what must hold of every connection, and what can be wrong with it."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from airalo_async.errors import StoreError
from airalo_async.stores._sqlite._schema import APPLICATION_ID, MIGRATIONS, VERSION

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["explain", "is_locked", "open_file"]

_LOCKED_PAUSE = 0.01
_MODE = "rw"


def open_file(path: Path, *, lock_timeout: float, read_only: bool = False) -> sqlite3.Connection:
    """Open the file, make it ours, and check what durability hangs on.

    Args:
        path: The file; made with mode 0600 if there is none.
        lock_timeout: Seconds to wait while another process holds the file.
        read_only: Whether the connection is to refuse writing.

    Raises:
        StoreError: It cannot be opened, or is not a store of this version; the message says how to mend it.
    """
    deadline = time.monotonic() + lock_timeout
    pause = threading.Event()
    while True:
        try:
            return _open(path, lock_timeout, read_only=read_only)
        except (OSError, sqlite3.Error) as error:
            if not is_locked(error) or time.monotonic() >= deadline:
                raise explain(error, path) from error
        # SQLite itself does not wait when two connections turn on write-ahead logging at once.
        pause.wait(_LOCKED_PAUSE)


def _open(path: Path, lock_timeout: float, *, read_only: bool) -> sqlite3.Connection:
    _create(path)
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={_MODE}",
        uri=True,
        timeout=lock_timeout,
        isolation_level=None,
        cached_statements=256,
    )
    try:
        _prepare(connection, path, read_only=read_only)
    except Exception:
        connection.close()
        raise
    return connection


def _create(path: Path) -> None:
    """Make an empty file that only its owner can read; SQLite gives ``-wal`` and ``-shm`` the mode of the file."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _prepare(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    version = _version(connection, path)
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or synchronous != 2:
        message = (
            f"{path}: journal mode {mode}, synchronous {synchronous}; a push could be lost in a power cut. "
            "Put the store on a local disk whose file system supports write-ahead logging"
        )
        raise StoreError(message)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    if version < VERSION:
        _migrate(connection, path)
    if read_only:
        connection.execute("PRAGMA query_only = ON")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Tell the schema version; refuse a file that is not ours, or newer than this release."""
    # Asked in this order: a process that prepares the file between two of these looks sets all three at once.
    empty = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None
    ours: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if ours != APPLICATION_ID and not empty:
        message = f"{path} is the database of another program; give the store a file of its own"
        raise StoreError(message)
    if version > VERSION:
        message = (
            f"{path} was written by a newer release (schema {version}, this one knows {VERSION}); upgrade airalo_async"
        )
        raise StoreError(message)
    return version


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it while this one waited for the lock.
        for number in range(_version(connection, path), VERSION):
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


_CURES = (
    ((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED), "another process holds it locked", "let that process finish"),
    ((sqlite3.SQLITE_FULL,), "the disk is full", "make room"),
    ((sqlite3.SQLITE_READONLY,), "it cannot be written", "let this user write the file and its folder"),
    (
        (sqlite3.SQLITE_CANTOPEN,),
        "it cannot be opened",
        "make the folder, and let this user write the file and its folder",
    ),
    ((sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH), "it may not be opened", "let this user write the file and its folder"),
    (
        (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
        "it is damaged, or no SQLite database",
        "restore a backup, or give the store another file",
    ),
    ((sqlite3.SQLITE_IOERR,), "the disk failed", "check the disk"),
)


def is_locked(error: Exception) -> bool:
    """Tell whether another process held the file for too long."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def explain(error: Exception, path: Path) -> StoreError:
    """Say what is wrong with the file, and how to mend it."""
    if isinstance(error, OSError):
        return StoreError(
            f"{path}: {error.strerror or error}; make the folder, and let this user write the file and its folder"
        )
    code = getattr(error, "sqlite_errorcode", None)
    for codes, what, cure in _CURES:
        if code is not None and code & 0xFF in codes:
            return StoreError(f"{path}: {what} ({error}); nothing was stored: {cure}")
    return StoreError(f"{path}: {error}; nothing was stored")
