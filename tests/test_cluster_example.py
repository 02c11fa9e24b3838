"""The example of a cluster runs on every store that several processes can share."""

from __future__ import annotations

import asyncio
import sys

from airalo_async.stores._redis._driver import RedisError
from tests.stores._servers import POSTGRES_URL, REDIS_URL, PostgresBackend, RedisBackend, new_schema, unreachable
from tests.test_examples import EXAMPLES, environment


async def run(**variables: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / "cluster" / "run.py"),
        env=environment(**variables),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    # A server that is set for speed is warned of, and a server of tests may be.
    complaints = [
        line for line in errors.decode().splitlines() if "appendonly" not in line and "appendfsync" not in line
    ]
    assert (process.returncode, complaints) == (0, [])
    return out.decode()


def check(out: str) -> None:
    assert out.count("mailed: ") == 12
    assert out.endswith("cluster: 12 of 12 orders completed, 12 charged\n")


async def test_cluster_sells_on_a_file() -> None:
    check(await run())


async def test_cluster_sells_on_postgres() -> None:
    schema = PostgresBackend(new_schema())
    try:
        await schema.drop()
    except OSError as error:
        unreachable("PostgreSQL", "AIRALO_TEST_POSTGRES", POSTGRES_URL, error)
    try:
        check(await run(AIRALO_STORE=f"{POSTGRES_URL}?schema={schema.schema}"))
    finally:
        await schema.drop()


async def test_cluster_sells_on_redis() -> None:
    prefix = RedisBackend(new_schema())
    try:
        await prefix.drop()
    except (OSError, RedisError) as error:
        unreachable("Redis", "AIRALO_TEST_REDIS", REDIS_URL, error)
    try:
        check(await run(AIRALO_STORE=f"{REDIS_URL}?prefix={prefix.prefix}"))
    finally:
        await prefix.drop()
