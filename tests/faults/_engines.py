"""Private servers that tests may kill, stop and start again: a Redis and a PostgreSQL on ports of their own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from airalo_async.stores import PostgresStore, RedisStore
from airalo_async.stores._postgres._driver import connect
from airalo_async.stores._redis._driver import Redis
from tests._ports import free_port
from tests._until import patience, rest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from airalo_async.stores._transactional import TransactionalStore

__all__ = ["Engine", "PostgresEngine", "RedisEngine"]


class Engine(ABC):
    """A server of its own, in a folder of its own."""

    url: str

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="airalo-engine-"))
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def store(self, *, timeout: float) -> TransactionalStore:
        """Make a store on it."""

    @abstractmethod
    def _command(self) -> Sequence[str | Path]: ...

    @abstractmethod
    async def _ping(self) -> None: ...

    def _user(self) -> str | None:
        return None

    async def start(self) -> None:
        """Start it, on the data that are there; return when it answers."""
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603  (returns at once; our own command)
            self._command(), user=self._user(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder
        )
        await answers(self._ping)

    def _members(self) -> list[int]:
        """The server's process, and those that it has started."""
        assert self._process is not None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        return [pid, *map(int, children)]

    def freeze(self) -> None:
        """Make it hang: connections stay open, and nobody answers."""
        for pid in self._members():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for pid in self._members():
            os.kill(pid, signal.SIGCONT)

    def crash(self) -> None:
        """End it at once, without a chance to tidy up."""
        assert self._process is not None
        members = self._members()
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(10)

    def remove(self) -> None:
        """End it, if it runs, and take its data away."""
        if self._process is not None and self._process.poll() is None:
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)


class RedisEngine(Engine):
    """A Redis that writes every command through to the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def store(self, *, timeout: float) -> TransactionalStore:
        return RedisStore(self.url, timeout=timeout)

    def _command(self) -> Sequence[str | Path]:
        server = shutil.which("redis-server") or missing("redis-server")
        settings = "--bind 127.0.0.1 --appendonly yes --appendfsync always --maxmemory-policy noeviction --save"
        return [server, "--port", str(self.port), *settings.split(), "", "--dir", self.folder]

    async def _ping(self) -> None:
        async with Redis.from_url(self.url, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
            await client.get("ready")


class PostgresEngine(Engine):
    """A PostgreSQL cluster; started by root it runs as ``postgres``, because it refuses to run as root.

    Args:
        settings: Such as ``fsync=off``.
    """

    def __init__(self, *settings: str) -> None:
        super().__init__()
        self._settings = settings
        self.url = f"postgresql://tester@127.0.0.1:{self.port}/postgres"
        if (user := self._user()) is not None:
            shutil.chown(self.folder, user)
        options: list[str | Path] = [
            "-D",
            self.folder / "data",
            "-U",
            "tester",
            "--auth",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        subprocess.run(  # noqa: S603  (as above)
            [str(_binary("initdb")), *map(str, options)],
            user=user,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )

    def store(self, *, timeout: float) -> TransactionalStore:
        return PostgresStore(self.url, timeout=timeout)

    def _user(self) -> str | None:
        return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    def _command(self) -> Sequence[str | Path]:
        # A server that was killed leaves its lock behind; its shared memory has gone with it.
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        settings = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", str(self.port)]
        settings += [word for setting in self._settings for word in ("-c", setting)]
        return [_binary("postgres"), "-D", self.folder / "data", *settings]

    async def _ping(self) -> None:
        connection = await connect(self.url, timeout=1)
        await connection.close()


async def answers(ping: Callable[[], Awaitable[None]]) -> None:
    """Return when a server answers."""
    async with patience():
        while True:
            try:
                await ping()
            except Exception:  # noqa: BLE001  (each driver has its own word for "not yet")
                await rest()
            else:
                return


def _binary(name: str) -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    return found[-1] if found else Path(on_path or missing(name))


def missing(name: str) -> str:
    reason = f"{name} is not installed, so no server can be started to be killed; install it to run this"
    if os.environ.get("AIRALO_REQUIRE_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
