"""What is particular to the store in Redis."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import ArgumentError, StoreError
from airalo_async.models import State
from airalo_async.stores import RedisStore
from airalo_async.stores._redis._driver import (
    AuthenticationError,
    DisconnectedError,
    OutOfMemoryError,
    ReadOnlyError,
    Redis,
    ResponseError,
)
from airalo_async.stores._redis._failures import explain
from airalo_async.stores._redis._scripts import COMMIT, READ
from tests.stores._servers import REDIS_URL, RedisBackend, new_schema
from tests.stores._support import LEASE, begin, low_data_body, purchase, push

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async.stores._redis._door import Door
    from airalo_async.stores._redis._reading import Reply
    from airalo_async.testing._clock import FakeClock


@pytest.fixture
async def own(redis: RedisBackend) -> AsyncIterator[RedisBackend]:
    """A prefix that no other test has touched."""
    assert redis.shared
    backend = RedisBackend(new_schema())
    yield backend
    await backend.clear()


def test_store_is_made_without_a_server() -> None:
    store = RedisStore("redis://user:hush@127.0.0.1:1/3", prefix="shop")

    assert repr(store) == "<RedisStore Redis at 127.0.0.1:1/3, prefix shop>"


async def test_server_that_is_away_is_a_store_error() -> None:
    store = RedisStore("redis://user:hush@127.0.0.1:1/3", timeout=2.0)

    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/3") as caught:
        await begin(store)

    assert "hush" not in str(caught.value)
    await store.close()


@pytest.mark.parametrize("prefix", ["", "a{b}", "with space", "x" * 65])
def test_odd_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ArgumentError, match="letters, digits"):
        RedisStore(REDIS_URL, prefix=prefix)


def test_other_url_is_refused() -> None:
    with pytest.raises(ArgumentError, match="redis://"):
        RedisStore("http://localhost/0")


async def test_all_keys_share_one_hash_tag(own: RedisBackend, clock: FakeClock) -> None:
    store = own.open(clock)
    client = Redis.from_url(REDIS_URL)
    before = {key async for key in client.scan_iter(match=f"*{own.prefix}*")}

    await begin(store)
    await push(store, low_data_body())

    keys = {key async for key in client.scan_iter(match=f"*{own.prefix}*")}
    assert before == set()
    assert keys
    assert all(key.startswith(f"{{{own.prefix}}}:".encode()) for key in keys)
    await store.close()
    await client.aclose()


@pytest.mark.parametrize("lost", [1, 2])
async def test_commit_whose_answer_is_lost_is_made_once(
    own: RedisBackend, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """The script runs, its answer gets lost, and it is sent again: this is still the one who may send."""
    store = own.open(clock)
    await store.find()
    await begin(store, "cart-1")
    door: Door = store._door  # type: ignore[attr-defined]
    run, losses = door.run, 0

    async def deaf(script: str, *arguments: str | bytes) -> tuple[int, Reply]:
        nonlocal losses
        answer = await run(script, *arguments)
        if script == COMMIT and losses < lost:
            losses += 1
            message = "the connection is gone"
            raise DisconnectedError(message)
        return answer

    monkeypatch.setattr(door, "run", deaf)
    starting = store.begin(purchase("cart-2"), owner="owner", lease=LEASE)

    if lost == 1:
        assert (await starting).fresh
    else:
        with pytest.raises(StoreError, match="nothing is known to be stored"):
            await starting
    request = await store.get("cart-2")
    assert (request.state, request.version, len(request.attempts)) == (State.SENDING, 1, 1)
    await store.close()


async def test_question_whose_answer_is_lost_is_asked_again(
    own: RedisBackend, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = own.open(clock)
    await begin(store, "cart-1")
    door: Door = store._door  # type: ignore[attr-defined]
    run, losses = door.run, 0

    async def deaf(script: str, *arguments: str | bytes) -> tuple[int, Reply]:
        nonlocal losses
        if script == READ and losses < 1:
            losses += 1
            message = "the connection is gone"
            raise DisconnectedError(message)
        return await run(script, *arguments)

    monkeypatch.setattr(door, "run", deaf)
    request = await store.get("cart-1")

    assert (request.reference, losses) == ("cart-1", 1)
    await store.close()


async def test_flushed_scripts_are_sent_again(own: RedisBackend, clock: FakeClock) -> None:
    store = own.open(clock)
    await begin(store, "cart-1")
    known: dict[str, str] = store._door._known  # type: ignore[attr-defined]
    known.update(dict.fromkeys(known, "0" * 40))

    await begin(store, "cart-2")

    assert len([request async for request in store.list()]) == 2
    await store.close()


async def test_value_that_cannot_be_kept_spoils_nothing_else(own: RedisBackend, clock: FakeClock) -> None:
    store = own.open(clock)

    results = await asyncio.gather(
        *(begin(store, f"cart-{number}") for number in range(5)),
        begin(store, "lone \ud800 surrogate"),
        *(begin(store, f"cart-{number}") for number in range(5, 10)),
        return_exceptions=True,
    )

    failures = [result for result in results if isinstance(result, BaseException)]
    assert [type(failure) for failure in failures] == [StoreError]
    assert len([request async for request in store.list()]) == 10
    await store.close()


@pytest.mark.parametrize(
    ("settings", "warnings"),
    [
        ({"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}, 0),
        ({"appendonly": "no", "appendfsync": "everysec", "maxmemory-policy": "allkeys-lru"}, 3),
        ({"appendonly": "yes", "appendfsync": "always", "no-appendfsync-on-rewrite": "yes"}, 1),
        (None, 1),
    ],
    ids=["durable", "forgetful", "forgetful while it rewrites", "unknown"],
)
async def test_forgetful_server_is_warned_of_once(
    own: RedisBackend,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str] | None,
    warnings: int,
) -> None:
    store = RedisStore(REDIS_URL, prefix=own.prefix)

    async def config_get(*_names: str) -> dict[str, str]:
        if settings is None:
            message = "unknown command"
            raise ResponseError(message)
        return settings

    monkeypatch.setattr(store._door.client, "config_get", config_get)
    with caplog.at_level(logging.WARNING, "airalo_async"):
        await begin(store, "cart-1")
        await begin(store, "cart-2")

    assert len(caplog.records) == warnings
    await store.close()


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (AuthenticationError("no"), "check the URL"),
        (OutOfMemoryError("no"), "raise maxmemory"),
        (ReadOnlyError("no"), "address of the primary"),
        (DisconnectedError("reset"), "nothing is known to be stored"),
    ],
    ids=["password", "memory", "replica", "lost"],
)
def test_failures_say_how_to_mend_them(error: Exception, cure: str) -> None:
    assert cure in str(explain(error, "here"))


async def test_store_serves_one_loop_after_the_other(own: RedisBackend) -> None:
    store = RedisStore(REDIS_URL, prefix=own.prefix)

    def in_two_loops() -> State:
        with asyncio.Runner() as runner:
            runner.run(begin(store))
            runner.run(store._door.client.aclose())
        with asyncio.Runner() as runner:
            state = runner.run(store.get("cart-17")).state
            runner.run(store.close())
        return state

    assert await asyncio.to_thread(in_two_loops) is State.SENDING
