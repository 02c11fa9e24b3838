"""The way to the server, and what must hold of it."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from airalo_async.models._rules import refuse
from airalo_async.stores._address import split_address
from airalo_async.stores._redis._driver import NoBackoff, NoScriptError, Redis, ResponseError, Retry
from airalo_async.stores._redis._failures import FAILURES, explain

if TYPE_CHECKING:
    from airalo_async.stores._redis._reading import Reply

__all__ = ["Door"]

_log = logging.getLogger("airalo_async")

_PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)

_DEMANDS = (
    ("appendonly", "yes", "what is committed is gone when Redis ends"),
    ("appendfsync", "always", "a crash can lose the last second of purchases and pushes"),
    ("no-appendfsync-on-rewrite", "no", "a crash can lose what was committed while Redis rewrote its files"),
    ("maxmemory-policy", "noeviction", "Redis may throw purchases and pushes away when its memory is full"),
)


class Door:
    """Keeps connections to one server, and runs scripts there.

    Args:
        url: ``redis://user:password@host:6379/0``.
        prefix: What all keys begin with.
        timeout: Seconds to wait for an answer.

    Attributes:
        key: Hash tag that all keys begin with, so that a cluster keeps them on one node.
        where: What errors call it; without a password.
    """

    def __init__(self, url: str, prefix: str, *, timeout: float) -> None:
        if not _PREFIX.fullmatch(prefix):
            rule = "must be 1 to 64 letters, digits and any of _.:-"
            raise refuse("prefix", rule, prefix)
        parts = split_address("url", url)
        if parts.scheme not in {"redis", "rediss"}:
            raise refuse("url", "must be redis://host:6379/0 or rediss://host:6379/0", url)
        self.key = f"{{{prefix}}}:"
        self.where = f"Redis at {parts.hostname or 'localhost'}:{parts.port or 6379}{parts.path}, prefix {prefix}"
        self._url = url
        self._timeout = timeout
        self._client: Redis | None = None
        self._checked = False
        self._known: dict[str, str] = {}

    @property
    def client(self) -> Redis:
        """The client of this store; it connects when it is first used, and never sends a command twice by itself."""
        if self._client is None:
            self._client = Redis.from_url(
                self._url,
                socket_timeout=self._timeout,
                socket_connect_timeout=self._timeout,
                retry=Retry(NoBackoff(), 0),
                client_name="airalo_async",
            )
        return self._client

    async def run(self, script: str, *arguments: str | bytes) -> tuple[int, Reply]:
        """Run a script that replies with the time and a value; it is sent once, and named by its hash from then on.

        Returns:
            The server's time in microseconds, and the value.
        """
        client = self.client
        sha = self._known.get(script)
        if sha is None:
            sha = self._known[script] = str(await client.script_load(script))
        try:
            reply = await client.evalsha(sha, 1, self.key, *arguments)
        except NoScriptError:
            sha = self._known[script] = str(await client.script_load(script))
            reply = await client.evalsha(sha, 1, self.key, *arguments)
        (seconds, micros), value = reply
        return int(seconds) * 1_000_000 + int(micros), value

    async def check(self) -> None:
        """Warn, once, when the server is not set to keep what is committed."""
        if self._checked:
            return
        self._checked = True
        try:
            settings = await self.client.config_get(*(name for name, _, _ in _DEMANDS))
        except ResponseError:
            wanted = ", ".join(f"{name} {value}" for name, value, _ in _DEMANDS)
            _log.warning("%s: its settings cannot be read; make sure of %s", self.where, wanted)
            return
        except FAILURES:
            self._checked = False
            raise
        for name, wanted, danger in _DEMANDS:
            found = settings.get(name)
            if found not in {None, wanted}:
                _log.warning("%s: %s is %s, not %s: %s", self.where, name, found, wanted, danger)

    def reset(self) -> None:
        """Forget connections of a loop that is gone."""
        self._client = None

    async def close(self) -> None:
        """Let the connections go."""
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.aclose()
            except FAILURES as error:
                _log.debug("%s", explain(error, self.where))
