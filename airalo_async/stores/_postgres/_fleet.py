"""One token and one budget of calls for a fleet, in PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from airalo_async.errors import StoreError
from airalo_async.stores._postgres._failures import FAILURES, explain
from airalo_async.stores._shares import Claim, Granted, SealedToken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airalo_async.stores._postgres._door import Door
    from airalo_async.stores._postgres._driver import Connection, Record
    from airalo_async.stores._shares import Scope, Settled

__all__ = ["PostgresFleet"]

_NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_CLAIM = "SELECT what, sealed, mark, micros FROM claim_token($1, $2, $3, $4, $5)"
_PUT = f"""
    UPDATE tokens SET sealed = $3, mark = $4, ends_at = {_NOW} + $5, owner = '', lease_until = 0
    WHERE key = $1 AND owner = $2 RETURNING 1
"""  # noqa: S608  (an expression of our own)
_RELEASE = "UPDATE tokens SET owner = '', lease_until = 0 WHERE key = $1 AND owner = $2 RETURNING 1"
_GRANT = "SELECT granted, micros FROM grant_calls($1, $2, $3, $4, $5)"
# A row that is being dropped at this moment counts no more: it is passed over, and nobody waits in a circle.
_SETTLE = f"""
    WITH news AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS n (scope, mark, left_over)),
    kept AS (
        SELECT g.scope, g.mark FROM grants AS g JOIN news AS n ON g.scope = n.scope AND g.mark = n.mark
        FOR UPDATE OF g SKIP LOCKED)
    UPDATE grants AS g SET until = least(g.until, {_NOW} + n.left_over)
    FROM news AS n, kept AS k
    WHERE g.scope = n.scope AND g.mark = n.mark AND k.scope = n.scope AND k.mark = n.mark
"""  # noqa: S608  (an expression of our own)
_PAUSE = f"""
    INSERT INTO grants (scope, mark, until) SELECT name, '', {_NOW} + $2 FROM unnest($1::text[]) AS name ORDER BY name
    ON CONFLICT (scope, mark) DO UPDATE SET until = greatest(grants.until, EXCLUDED.until)
"""  # noqa: S608  (an expression of our own)


def _micros(seconds: float) -> int:
    return round(seconds * 1e6)


class PostgresFleet:
    """``SharedToken`` and ``SharedLimits`` in a schema.

    It has a connection of its own, whose commits do not wait for the disk: what a crash can take is a second of
    grants, or a token that is fetched again.

    Args:
        door: Opens connections.
        timeout: Seconds that the server may take for anything.
    """

    def __init__(self, door: Door, *, timeout: float) -> None:
        self._door = door
        self._timeout = timeout
        self._connection: Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Lock()

    async def claim_token(
        self, key: str, *, owner: str, lease: float, needed: float = 0.0, refused: str = ""
    ) -> SealedToken | Claim:
        """Give the token, or the turn to fetch one."""
        (row,) = await self._ask(_CLAIM, key, owner, _micros(lease), _micros(needed), refused)
        if row["what"] == "token":
            return SealedToken(bytes(row["sealed"]), str(row["mark"]), int(row["micros"]) / 1e6)
        return Claim(mine=row["what"] == "mine", seconds=int(row["micros"]) / 1e6)

    async def put_token(self, key: str, token: SealedToken, *, owner: str) -> bool:
        """Keep a token and end the turn; False if the turn had passed to another and nothing is kept."""
        return bool(await self._ask(_PUT, key, owner, token.sealed, token.mark, _micros(token.seconds)))

    async def release_token(self, key: str, *, owner: str) -> None:
        """End one's own turn without a token, so that another process can try."""
        await self._ask(_RELEASE, key, owner)

    async def grant(self, mark: str, wanted: int, scopes: Sequence[Scope]) -> Granted:
        """Grant some of the wanted calls in all their scopes at once."""
        columns = ([s.name for s in scopes], [s.count for s in scopes], [_micros(s.seconds) for s in scopes])
        (row,) = await self._ask(_GRANT, mark, wanted, *columns)
        return Granted(count=int(row["granted"]), seconds=int(row["micros"]) / 1e6)

    async def settle_grants(self, settled: Sequence[Settled]) -> None:
        """Shorten how long grants count; unknown ones are passed over."""
        columns = ([s.scope for s in settled], [s.mark for s in settled], [_micros(s.seconds) for s in settled])
        await self._ask(_SETTLE, *columns)

    async def pause_scopes(self, names: Sequence[str], seconds: float) -> None:
        """Grant nothing in some scopes for so long."""
        await self._ask(_PAUSE, list(names), _micros(seconds))

    async def close(self) -> None:
        """Let the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _ask(self, statement: str, *arguments: object) -> Sequence[Record]:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._turn, self._connection = loop, asyncio.Lock(), None
        try:
            async with asyncio.timeout(self._timeout), self._turn:
                return await self._fetch(statement, arguments)
        except TimeoutError as error:
            message = f"{self._door.where}: no answer within {self._timeout:g} s; nothing is known to be stored"
            raise StoreError(message) from error

    async def _fetch(self, statement: str, arguments: Sequence[object]) -> Sequence[Record]:
        whole = False
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._door.connect()
                await self._connection.execute("SET synchronous_commit = off")
            rows: Sequence[Record] = await self._connection.fetch(statement, *arguments)
            whole = True
        except FAILURES as error:
            raise explain(error, self._door.where) from error
        finally:
            if not whole:
                await self.close()
        return rows
