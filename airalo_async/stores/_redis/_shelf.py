"""Moving from and to a prefix in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.stores._optimistic._append import append
from airalo_async.stores._optimistic._reads import FOR_GOOD
from airalo_async.stores._records import micros, moment
from airalo_async.stores._redis._failures import FAILURES, explain
from airalo_async.stores._shelf import KeyPage, Living

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from airalo_async.models import StoredPush
    from airalo_async.stores._redis._door import Door
    from airalo_async.stores._redis._session import RedisSession

__all__ = ["RedisShelf"]

_SEAL = """
local P, now = KEYS[1], tonumber(ARGV[2])
local sending, handling = 0, 0
for _, reference in ipairs(redis.call('ZRANGE', P .. 's:sending', 0, -1)) do
    local attempts = cjson.decode(redis.call('HGET', P .. 'q:' .. reference, 'd')).attempts
    if attempts[#attempts].lease_until > now then sending = sending + 1 end
end
for _, state in ipairs({'pending', 'parked', 'dead'}) do
    for _, id in ipairs(redis.call('ZRANGE', P .. 'i:' .. state, 0, -1)) do
        if tonumber(redis.call('HGET', P .. 'p:' .. id, 'l') or 0) > now then handling = handling + 1 end
    end
end
if sending + handling == 0 then redis.call('SET', P .. 'sealed', ARGV[1], 'NX') end
return {redis.call('TIME'), {sending, handling}}
"""
"""Puts the seal on that the script which commits looks for, unless something is under way."""

_UNSEAL = "return {redis.call('TIME'), redis.call('DEL', KEYS[1] .. 'sealed')}"

_LOOK = "return {redis.call('TIME'), redis.call('GET', KEYS[1] .. 'sealed') or ''}"

_KEYS = """
local rows = redis.call('ZRANGE', KEYS[1] .. 'k', ARGV[1], ARGV[2], 'WITHSCORES')
for place = 2, #rows, 2 do rows[place] = string.format('%.0f', tonumber(rows[place])) end
return {redis.call('TIME'), rows}
"""
"""Lists duplicate keys by their place, which nothing changes in a sealed store."""


class RedisShelf:
    """Scripts of its own on the keys of a store.

    Args:
        door: Runs scripts.
        session: Commits pushes.
    """

    def __init__(self, door: Door, session: RedisSession) -> None:
        self._door = door
        self._session = session

    async def sealed(self) -> str | None:
        moved_to = await self._run(_LOOK)
        assert isinstance(moved_to, bytes)  # noqa: S101  (our own script)
        return moved_to.decode() or None

    async def seal(self, moved_to: str, now: datetime) -> Living:
        counts = await self._run(_SEAL, moved_to, str(micros(now)))
        assert isinstance(counts, list)  # noqa: S101  (our own script)
        sending, handling = counts
        assert isinstance(sending, int)  # noqa: S101  (our own script)
        assert isinstance(handling, int)  # noqa: S101  (our own script)
        return Living(sending, handling)

    async def unseal(self) -> None:
        await self._run(_UNSEAL)

    async def keys(self, after: str, limit: int) -> KeyPage:
        start = int(after or 0)
        rows = await self._run(_KEYS, str(start), str(start + limit - 1))
        assert isinstance(rows, list)  # noqa: S101  (our own script)
        texts = [row.decode() for row in rows if isinstance(row, bytes)]
        found = [
            (key, None if int(ends) >= FOR_GOOD else moment(int(ends)))
            for key, ends in zip(texts[::2], texts[1::2], strict=True)
        ]
        return KeyPage(found, str(start + limit) if len(found) == limit else "")

    async def _run(self, script: str, *arguments: str) -> object:
        try:
            _, reply = await self._door.run(script, *arguments)
        except FAILURES as error:
            raise explain(error, self._door.where) from error
        return reply

    async def append(self, pushes: Sequence[StoredPush]) -> None:
        await append(self._session, pushes, self._door.where)

    async def close(self) -> None:
        """Do nothing: the connections are the store's."""
