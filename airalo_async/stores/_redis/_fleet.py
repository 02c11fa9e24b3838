"""One token and one budget of calls for a fleet, in Redis.

==============  ======  =================================================================================
key             type    holds
==============  ======  =================================================================================
``t:KEY``       hash    a token: ``s`` sealed, ``m`` mark, ``e`` its end, ``o`` whose turn, ``l`` its end
``w:SCOPE``     zset    marks of grants by the instant until which they count
``h:SCOPE``     string  the instant until which nothing is granted
==============  ======  =================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.stores._redis._failures import FAILURES, explain
from airalo_async.stores._shares import Claim, Granted, SealedToken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airalo_async.stores._redis._door import Door
    from airalo_async.stores._redis._reading import Reply
    from airalo_async.stores._shares import Scope, Settled

__all__ = ["RedisFleet"]

_NOW = """
local P = KEYS[1]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local function text(number) return string.format('%.0f', number) end
"""

_CLAIM = (
    _NOW
    + """
local key, owner, lease, needed, refused = P .. 't:' .. ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local row = redis.call('HMGET', key, 's', 'm', 'e', 'o', 'l')
if row[1] and row[2] == refused then
    redis.call('HDEL', key, 's', 'm', 'e')
elseif row[1] and tonumber(row[3]) > now + needed then
    return {time, {'token', row[1], row[2], text(tonumber(row[3]) - now)}}
end
local left = tonumber(row[5] or '0') - now
if row[4] and row[4] ~= owner and left > 0 then
    return {time, {'theirs', text(left)}}
end
redis.call('HSET', key, 'o', owner, 'l', text(now + lease))
return {time, {'mine', text(lease)}}
"""
)

_PUT = (
    _NOW
    + """
local key = P .. 't:' .. ARGV[1]
if redis.call('HGET', key, 'o') ~= ARGV[2] then return {time, 0} end
redis.call('HSET', key, 's', ARGV[3], 'm', ARGV[4], 'e', text(now + tonumber(ARGV[5])))
redis.call('HDEL', key, 'o', 'l')
redis.call('PEXPIRE', key, text(math.ceil(tonumber(ARGV[5]) / 1000) + 60000))
return {time, 1}
"""
)

_RELEASE = (
    _NOW
    + """
local key = P .. 't:' .. ARGV[1]
if redis.call('HGET', key, 'o') == ARGV[2] then redis.call('HDEL', key, 'o', 'l') end
return {time, 0}
"""
)

_GRANT = (
    _NOW
    + """
local mark, granted, free_at = ARGV[1], tonumber(ARGV[2]), now
for i = 3, #ARGV, 3 do
    local key, count = P .. 'w:' .. ARGV[i], tonumber(ARGV[i + 1])
    redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now))
    local used = redis.call('ZCARD', key)
    local halt = tonumber(redis.call('GET', P .. 'h:' .. ARGV[i]) or '0')
    if used >= count then
        local ends = redis.call('ZRANGE', key, used - count, used - count, 'WITHSCORES')
        free_at = math.max(free_at, tonumber(ends[2]))
    end
    free_at = math.max(free_at, halt)
    granted = math.min(granted, halt > now and 0 or math.max(0, count - used))
end
if granted > 0 then
    for i = 3, #ARGV, 3 do
        local key, hold = P .. 'w:' .. ARGV[i], tonumber(ARGV[i + 2])
        for n = 0, granted - 1 do redis.call('ZADD', key, text(now + hold), mark .. ':' .. n) end
        redis.call('PEXPIRE', key, text(math.ceil(hold / 1000) + 1000))
    end
end
return {time, {granted, text(free_at - now)}}
"""
)

_SETTLE = (
    _NOW
    + """
for i = 1, #ARGV, 3 do
    redis.call('ZADD', P .. 'w:' .. ARGV[i], 'XX', 'LT', text(now + tonumber(ARGV[i + 2])), ARGV[i + 1])
end
return {time, 0}
"""
)

_PAUSE = (
    _NOW
    + """
local ends = now + tonumber(ARGV[1])
for i = 2, #ARGV do
    local key = P .. 'h:' .. ARGV[i]
    if tonumber(redis.call('GET', key) or '0') < ends then
        redis.call('SET', key, text(ends), 'PX', text(math.ceil(tonumber(ARGV[1]) / 1000) + 1))
    end
end
return {time, 0}
"""
)


def _micros(seconds: float) -> str:
    return str(round(seconds * 1e6))


class RedisFleet:
    """``SharedToken`` and ``SharedLimits`` on a Redis server.

    Args:
        door: Has the connections.
    """

    def __init__(self, door: Door) -> None:
        self._door = door

    async def claim_token(
        self, key: str, *, owner: str, lease: float, needed: float = 0.0, refused: str = ""
    ) -> SealedToken | Claim:
        """Give the token, or the turn to fetch one."""
        reply = await self._run(_CLAIM, key, owner, _micros(lease), _micros(needed), refused)
        assert isinstance(reply, list)  # noqa: S101  (our own script)
        what, *rest = reply
        if what == b"token":
            sealed, mark, micros = rest
            return SealedToken(_bytes(sealed), _bytes(mark).decode(), int(_bytes(micros)) / 1e6)
        return Claim(mine=what == b"mine", seconds=int(_bytes(rest[0])) / 1e6)

    async def put_token(self, key: str, token: SealedToken, *, owner: str) -> bool:
        """Keep a token and end the turn; False if the turn had passed to another and nothing is kept."""
        return await self._run(_PUT, key, owner, token.sealed, token.mark, _micros(token.seconds)) == 1

    async def release_token(self, key: str, *, owner: str) -> None:
        """End one's own turn without a token, so that another process can try."""
        await self._run(_RELEASE, key, owner)

    async def grant(self, mark: str, wanted: int, scopes: Sequence[Scope]) -> Granted:
        """Grant some of the wanted calls in all their scopes at once."""
        rows = [text for scope in scopes for text in (scope.name, str(scope.count), _micros(scope.seconds))]
        reply = await self._run(_GRANT, mark, str(wanted), *rows)
        assert isinstance(reply, list)  # noqa: S101  (our own script)
        return Granted(count=int(str(reply[0])), seconds=int(_bytes(reply[1])) / 1e6)

    async def settle_grants(self, settled: Sequence[Settled]) -> None:
        """Shorten how long grants count; unknown ones are passed over."""
        await self._run(_SETTLE, *[text for one in settled for text in (one.scope, one.mark, _micros(one.seconds))])

    async def pause_scopes(self, names: Sequence[str], seconds: float) -> None:
        """Grant nothing in some scopes for so long."""
        await self._run(_PAUSE, _micros(seconds), *names)

    async def _run(self, script: str, *arguments: str | bytes) -> Reply:
        try:
            _, reply = await self._door.run(script, *arguments)
        except FAILURES as error:
            raise explain(error, self._door.where) from error
        return reply


def _bytes(reply: Reply) -> bytes:
    assert isinstance(reply, bytes)  # noqa: S101  (our own script)
    return reply
