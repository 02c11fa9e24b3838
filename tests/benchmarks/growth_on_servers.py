"""Rows G1 on servers: what an order, a push and a match cost in a full PostgreSQL and a full Redis.

A full store and a small one stand on one server, in schemas or under prefixes of their own. The figure is that of the
step that grows most; the note has all of them. A million stored requests take a minute or two, and 3 GB, to make.
"""

from __future__ import annotations

import asyncio
import statistics
from itertools import count
from typing import TYPE_CHECKING

from airalo_async.stores import PostgresStore, RedisStore
from airalo_async.stores._postgres._driver import connect
from airalo_async.stores._redis._driver import Redis
from tests.benchmarks._growth_steps import STEPS, seconds_a_step
from tests.benchmarks._harness import Effort, Ratio, Row, paired
from tests.benchmarks._private import private
from tests.faults._engines import PostgresEngine, RedisEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async.stores import RequestStore

_FULL, _SMALL = 1_000_000, 1_000
_AT_ONCE = 5_000
_FOR_GOOD = 1 << 62

_POSTGRES = (
    """
    INSERT INTO requests (reference, state, version, updated_at, record)
    SELECT md5('r' || i), 'completed', 3, i, repeat(md5('d' || i), 16) FROM generate_series($1::int, $2::int) AS i
    """,
    """
    INSERT INTO names (name, reference)
    SELECT sort || md5(sort || i), md5('r' || i)
    FROM generate_series($1::int, $2::int) AS i, unnest(ARRAY['tag ref-', 'request ', 'order ']) AS sort
    """,
    """
    INSERT INTO pushes (id, revision, state, kind, reference, received_at, due_at, lease_until, given_unmatched, record)
    SELECT i, 3, 'done', 'order_completed', md5('r' || i), i, i, 0, false, repeat(md5('p' || i), 10)
    FROM generate_series($1::int, $2::int) AS i
    """,
    """
    INSERT INTO keys (key, expires_at)
    SELECT md5('k' || i), 1::bigint << 62 FROM generate_series($1::int, $2::int) AS i
    """,
)
_REDIS = """
local P, hex, call = KEYS[1], redis.sha1hex, redis.call
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
    local reference, id = hex('r' .. i), string.format('%016d', i)
    call('HSET', P .. 'q:' .. reference, 'i', i, 's', 'completed', 'v', 3, 'd', string.rep(hex('d' .. i), 13))
    call('ZADD', P .. 's:completed', i, reference)
    for _, sort in ipairs({'tag ref-', 'request ', 'order '}) do
        call('SET', P .. 'n:' .. sort .. hex(sort .. i), reference)
    end
    call('HSET', P .. 'p:' .. id, 'v', 3, 'k', 'order_completed', 'l', 0, 'f', reference, 'w', i, 'd',
        string.rep(hex('p' .. i), 8))
    call('ZADD', P .. 'i:done', i, id)
    call('ZADD', P .. 'k', ARGV[3], hex('k' .. i))
end
call('HSET', P .. 'last', 'requests', ARGV[2], 'pushes', ARGV[2])
"""


async def _fill_postgres(url: str, schema: str, rows: int) -> None:
    store = PostgresStore(url, schema=schema)
    await store.bind("benchmark", sandbox=False)
    await store.close()
    connection = await connect(url, server_settings={"search_path": schema, "synchronous_commit": "off"})
    for start in range(1, rows + 1, _AT_ONCE):
        for statement in _POSTGRES:
            await connection.execute(statement, start, min(start + _AT_ONCE - 1, rows))
    for word in ("VACUUM ANALYZE", "CHECKPOINT"):
        await connection.execute(word)
    await connection.close()


async def _fill_redis(url: str, prefix: str, rows: int) -> None:
    async with Redis.from_url(url, socket_timeout=None) as client:
        await client.config_set("auto-aof-rewrite-percentage", 0)
        for start in range(1, rows + 1, _AT_ONCE):
            end = min(start + _AT_ONCE - 1, rows)
            await client.eval(_REDIS, 1, f"{{{prefix}}}:", str(start), str(end), str(_FOR_GOOD))


def _growth(open_store: Callable[[str], RequestStore], fill: Callable[[str, int], object], effort: Effort) -> Ratio:
    size, starts, names = effort.size(3000, least=50), count(1, effort.size(3000, least=50)), count()
    fill("full", effort.size(_FULL))
    ratios: dict[str, Ratio] = {}
    for what, steps in STEPS.items():

        def theirs() -> float:
            name, start = f"small_{next(names)}", next(starts)
            fill(name, effort.size(_SMALL))
            return asyncio.run(seconds_a_step(open_store(name), *steps, range(start, start + size)))  # noqa: B023

        def ours() -> float:
            start = next(starts)
            return asyncio.run(seconds_a_step(open_store("full"), *steps, range(start, start + size)))  # noqa: B023

        ratios[what] = paired(ours, theirs, effort)
    most = max(ratios.values(), key=lambda ratio: statistics.median(ratio.rounds))
    return Ratio(most.rounds, ", ".join(f"{what} {ratio.median:.2f}" for what, ratio in ratios.items()))


def _postgres(effort: Effort) -> Ratio:
    with private(PostgresEngine) as engine:
        return _growth(
            lambda name: PostgresStore(engine.url, schema=name),
            lambda name, rows: asyncio.run(_fill_postgres(engine.url, name, rows)),
            effort,
        )


def _redis(effort: Effort) -> Ratio:
    with private(RedisEngine) as engine:
        return _growth(
            lambda name: RedisStore(engine.url, prefix=name),
            lambda name, rows: asyncio.run(_fill_redis(engine.url, name, rows)),
            effort,
        )


ROWS = (
    Row("G1", "PostgreSQL: order, push or match, 10⁶ stored requests ÷ 10³", 1.2, _postgres),
    Row("G1", "Redis: order, push or match, 10⁶ stored requests ÷ 10³", 1.2, _redis),
)
