"""The way to the database: how connections are opened, and what must hold of the schema and the server."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING

from airalo_async.errors import StoreError
from airalo_async.models._rules import refuse
from airalo_async.stores._address import split_address
from airalo_async.stores._postgres._driver import connect
from airalo_async.stores._postgres._failures import FAILURES, explain
from airalo_async.stores._postgres._schema import MIGRATIONS, VERSION
from airalo_async.stores._postgres._writing import lock_number

if TYPE_CHECKING:
    from airalo_async.stores._postgres._driver import Connection

__all__ = ["Door"]

_log = logging.getLogger("airalo_async")

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,47}", re.ASCII)

_DEMANDS = {
    "fsync": "a crash of the machine can lose purchases and pushes, or all of the database",
    "full_page_writes": "a crash of the machine can damage what was stored long before it",
    "synchronous_commit": "a crash of the server can lose the last purchases and pushes",
}
"""What must not be off, and what can happen where it is."""

_OFF = "SELECT name FROM pg_settings WHERE setting = 'off' AND name = ANY($1::text[]) ORDER BY name"

_SETTINGS = {
    "application_name": "airalo_async",
    # Every statement looks few rows up under an index. A planner that has not seen statistics yet, as in a new
    # schema, may think otherwise, and keep to it: a prepared statement is planned once.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    # Who stops in the middle of a transaction must not hold up the others for long.
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "2s",
}


class Door:
    """Opens connections to one schema.

    Args:
        dsn: ``postgresql://user@host/database``.
        schema: The schema, made at first use.
        timeout: Seconds to wait for a connection.

    Attributes:
        where: What errors call it; without a password.
    """

    def __init__(self, dsn: str, schema: str, *, timeout: float) -> None:
        if not _SCHEMA.fullmatch(schema):
            rule = "must be a name of lower-case letters, digits and _, at most 48, that does not begin with a digit"
            raise refuse("schema", rule, schema)
        parts = split_address("dsn", dsn)
        if parts.scheme not in {"postgresql", "postgres"}:
            raise refuse("dsn", "must be postgresql://user@host/database", dsn)
        self.schema = schema
        self.where = f"PostgreSQL at {parts.hostname or 'localhost'}{parts.path}, schema {schema}"
        self._dsn = dsn
        self._timeout = timeout
        self._ready = False
        self._preparing = asyncio.Lock()

    async def connect(self) -> Connection:
        """Open a connection; the first one makes or migrates the schema.

        Raises:
            StoreError: That cannot be done; the message says how to mend it.
        """
        try:
            connection: Connection = await connect(
                self._dsn,
                timeout=self._timeout,  # pyright: ignore[reportArgumentType]  (asyncpg takes fractions as well)
                server_settings={**_SETTINGS, "search_path": f'"{self.schema}"'},
            )
        except (*FAILURES, TimeoutError) as error:
            raise explain(error, self.where) from error
        try:
            async with self._preparing:
                if not self._ready:
                    await self._prepare(connection)
                    self._ready = True
        except FAILURES as error:
            connection.terminate()
            raise explain(error, self.where) from error
        except (StoreError, asyncio.CancelledError):
            connection.terminate()
            raise
        return connection

    async def _prepare(self, connection: Connection) -> None:
        for (name,) in await connection.fetch(_OFF, list(_DEMANDS)):
            _log.warning("%s: %s is off, not on: %s", self.where, name, _DEMANDS[name])
        if await self._version(connection) != VERSION:
            async with connection.transaction():
                await connection.execute(f"SELECT pg_advisory_xact_lock({lock_number(self.schema, 'migration')})")
                await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')
                # Another process may have done it while this one waited for the lock.
                for number in range(await self._version(connection), VERSION):
                    for statement in MIGRATIONS[number]:
                        await connection.execute(statement)
                await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)")
                await connection.execute("DELETE FROM schema_version")
                await connection.execute("INSERT INTO schema_version VALUES ($1)", VERSION)

    async def _version(self, connection: Connection) -> int:
        """Tell the schema version, 0 for none; refuse one that is newer than this release."""
        if await connection.fetchval("SELECT to_regclass($1)", f'"{self.schema}".schema_version') is None:
            return 0
        version = int(await connection.fetchval("SELECT version FROM schema_version") or 0)
        if version > VERSION:
            message = (
                f"{self.where} was written by a newer release (schema {version}, this one knows {VERSION}); "
                "upgrade airalo_async"
            )
            raise StoreError(message)
        return version
