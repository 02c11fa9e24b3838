"""Moving between the engines: everything arrives, nothing is written into the old store any more."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from airalo_async._push import read_facts
from airalo_async.errors import ArgumentError, StoreError
from airalo_async.models import NoAnswer, PushKind
from airalo_async.stores import MemoryStore
from airalo_async.stores._copy import Side, copy_store
from airalo_async.stores._give_up import give_up
from tests.stores._servers import POSTGRES_URL, REDIS_URL, PostgresBackend, RedisBackend, new_schema
from tests.stores._support import (
    ID,
    LEASE,
    OTHER_ID,
    SQLiteBackend,
    accept,
    begin,
    completed_body,
    failed_body,
    low_data_body,
    push,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from airalo_async.models import StoredPush, StoredRequest
    from airalo_async.stores._copy import Contents
    from airalo_async.stores._transactional import TransactionalStore
    from airalo_async.testing._clock import FakeClock
    from tests.stores._support import Backend

    Opener = Callable[[str], TransactionalStore]

ENGINES = ("sqlite", "postgres", "redis")
PAIRS = [(one, other) for one in ENGINES for other in ENGINES]


@pytest.fixture
async def backends(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Callable[[str], Backend]]:
    """Make backends of an engine, each with a place of its own, removed at the end."""
    servers: list[PostgresBackend | RedisBackend] = []

    def make(engine: str) -> Backend:
        if engine == "sqlite":
            folder = tmp_path / new_schema()
            folder.mkdir()
            return SQLiteBackend(folder)
        request.getfixturevalue(engine)  # skips where no server answers
        server = PostgresBackend(new_schema()) if engine == "postgres" else RedisBackend(new_schema())
        servers.append(server)
        return server

    yield make
    for server in servers:
        await server.drop()


@pytest.fixture
async def opened(backends: Callable[[str], Backend], clock: FakeClock) -> AsyncIterator[Opener]:
    """Open stores, each on a place of its own."""
    stores: list[TransactionalStore] = []

    def make(engine: str) -> TransactionalStore:
        stores.append(backends(engine).open(clock))
        return stores[-1]

    yield make
    for store in stores:
        await store.close()


@asynccontextmanager
async def sides(*stores: TransactionalStore) -> AsyncIterator[Sequence[Side]]:
    both = [Side(store, store.open_shelf()) for store in stores]
    try:
        yield both
    finally:
        for side in both:
            await side.shelf.close()


async def move(source: TransactionalStore, target: TransactionalStore, moved_to: str = "over there") -> Contents:
    async with sides(source, target) as (one, other):
        return await copy_store(one, other, moved_to)


async def fill(store: TransactionalStore, clock: FakeClock) -> None:
    """Put something of every sort into a store, with no lease left."""
    await store.bind("client", sandbox=False)
    await accept(store, "first", ID)
    await push(store, completed_body(7, request_id=ID))
    await push(store, failed_body(OTHER_ID))
    await push(store, low_data_body())
    request = await begin(store, "lost")
    await store.settle("lost", NoAnswer(request.attempt.tag, "timed out"))
    await accept(store, "späte", "C" * 25)
    (claimed,) = await store.claim([PushKind.ORDER_COMPLETED], lease=LEASE, limit=1)
    await store.fail(claimed.id, claimed.fence, "ValueError", retry_in=3600)
    await begin(store, "left over")
    clock.advance(LEASE)


async def everything(store: TransactionalStore) -> tuple[list[StoredRequest], list[StoredPush]]:
    return [request async for request in store.list()], [push async for push in store.inbox()]


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
async def test_everything_arrives_and_comes_back(opened: Opener, clock: FakeClock, one: str, other: str) -> None:
    source, target, back = opened(one), opened(other), opened(one)
    await fill(source, clock)
    before = await everything(source)

    contents = await move(source, target)
    again = await move(target, back)

    assert await everything(target) == before
    assert await everything(back) == before
    assert contents == again
    assert (contents.requests.count, contents.attempts) == (4, 4)
    assert (contents.pushes.count, contents.keys.count) == (3, 3)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
async def test_moved_store_goes_on(opened: Opener, clock: FakeClock, one: str, other: str) -> None:
    source, target = opened(one), opened(other)
    await fill(source, clock)
    await move(source, target)

    repeated = [await push(target, body) for body in (completed_body(7, request_id=ID), failed_body(OTHER_ID))]
    parked = await accept(target, "late", OTHER_ID)
    new = await push(target, completed_body(9, request_id="C" * 25))

    assert [receipt.duplicate for receipt in repeated] == [True, True]
    assert parked.refusal is not None
    assert new.push is not None
    assert new.push.id == 4
    assert new.request is not None
    assert new.request.reference == "späte"


@pytest.mark.parametrize("engine", ENGINES)
async def test_moved_keys_expire_when_they_would(opened: Opener, clock: FakeClock, engine: str) -> None:
    source, target = opened(engine), opened("sqlite")
    await fill(source, clock)
    await move(source, target)

    async with sides(source, target) as (one, other):
        assert sorted((await one.shelf.keys("", 9)).keys) == sorted((await other.shelf.keys("", 9)).keys)


@pytest.mark.parametrize("engine", ENGINES)
async def test_sealed_store_refuses_every_write(opened: Opener, clock: FakeClock, engine: str) -> None:
    source, target = opened(engine), opened("sqlite")
    await fill(source, clock)
    await move(source, target)
    clock.advance(90_000)
    writes = (
        lambda: begin(source, "new"),
        lambda: push(source, low_data_body("2")),
        lambda: source.claim([PushKind.ORDER_COMPLETED], lease=LEASE, limit=1),
        lambda: source.replay(1),
        lambda: source.purge(older_than=timedelta(0)),
    )

    for write in writes:
        with pytest.raises(StoreError, match="sealed: it moved to over there"):
            await write()


@pytest.mark.parametrize("engine", ENGINES)
async def test_sealed_store_can_be_read(opened: Opener, clock: FakeClock, engine: str) -> None:
    source, target = opened(engine), opened("sqlite")
    await fill(source, clock)
    before = await everything(source)

    await move(source, target)

    assert await everything(source) == before
    assert (await source.get("first")).request_id == ID


@pytest.mark.parametrize("engine", ENGINES)
async def test_live_sender_refuses_the_move(opened: Opener, engine: str) -> None:
    source, target = opened(engine), opened("sqlite")
    await begin(source)

    with pytest.raises(StoreError, match="purchases being sent: 1, pushes being handled: 0"):
        await move(source, target)

    assert (await begin(source, "still open")).reference == "still open"


@pytest.mark.parametrize("engine", ENGINES)
async def test_live_claim_refuses_the_move(opened: Opener, engine: str) -> None:
    source, target = opened(engine), opened("sqlite")
    await push(source, low_data_body())
    assert len(await source.claim([PushKind.LOW_DATA], lease=LEASE, limit=1)) == 1

    with pytest.raises(StoreError, match="purchases being sent: 0, pushes being handled: 1"):
        await move(source, target)


@pytest.mark.parametrize("engine", ENGINES)
async def test_used_target_refuses_the_move(opened: Opener, clock: FakeClock, engine: str) -> None:
    source, target = opened("sqlite"), opened(engine)
    await fill(source, clock)
    await push(target, low_data_body("9"))

    with pytest.raises(StoreError, match="the target is in use"):
        await move(source, target)

    assert (await begin(source, "still open")).reference == "still open"


@pytest.mark.parametrize("engine", ENGINES)
async def test_target_that_others_wrote_into_is_noticed(opened: Opener, clock: FakeClock, engine: str) -> None:
    source, target = opened("sqlite"), opened(engine)
    await fill(source, clock)
    await move(source, target)
    await begin(target, "somebody else's")

    with pytest.raises(StoreError, match="holds other records"):
        await move(source, target)


@pytest.mark.parametrize("engine", ENGINES)
async def test_pushes_that_do_not_follow_are_refused(opened: Opener, clock: FakeClock, engine: str) -> None:
    source, target = opened("sqlite"), opened(engine)
    await fill(source, clock)
    _, pushes = await everything(source)

    async with sides(target) as (side,):
        with pytest.raises(StoreError, match="somebody else adds pushes"):
            await side.shelf.append(pushes[1:])


async def test_other_records_in_the_target_are_refused(opened: Opener, clock: FakeClock) -> None:
    source, target = opened("sqlite"), opened("sqlite")
    async with sides(source) as (side,):
        await side.shelf.seal("over there", clock.now())
    await begin(target)
    await begin(other := opened("sqlite"), "another")
    clock.advance(LEASE)
    async with sides(other) as (side,):
        await side.shelf.seal("over there", clock.now())

    with pytest.raises(StoreError, match="holds other records"):
        await move(other, target)


async def test_sealed_target_is_refused(opened: Opener) -> None:
    first, second, third = opened("sqlite"), opened("sqlite"), opened("sqlite")
    await move(first, second)

    with pytest.raises(StoreError, match="the target is sealed itself"):
        await move(third, first)


async def test_store_moves_to_one_place_only(opened: Opener) -> None:
    first, second, third = opened("sqlite"), opened("sqlite"), opened("sqlite")
    await move(first, second)

    with pytest.raises(StoreError, match="sealed already: it moved to over there"):
        await move(first, third, "somewhere else")


async def test_other_identity_is_refused(opened: Opener) -> None:
    source, target = opened("sqlite"), opened("sqlite")
    await target.bind("somebody", sandbox=True)

    with pytest.raises(StoreError, match="the target is in use"):
        await move(source, target)


async def test_other_keys_in_the_target_are_noticed(opened: Opener, clock: FakeClock) -> None:
    source, target = opened("sqlite"), opened("sqlite")
    await fill(source, clock)
    await target._write(lambda tx: tx.take_key("somebody else's", None))

    with pytest.raises(StoreError, match="differ after the move"):
        await move(source, target)


async def test_memory_cannot_be_moved() -> None:
    with pytest.raises(ArgumentError, match="memory"):
        MemoryStore().open_shelf()


KILLED = """
import os, signal, sys
from airalo_async.cli._store import run
from airalo_async.stores import _copy
name, calls = sys.argv[3], int(sys.argv[4])
work = getattr(_copy, name)
def dying(*arguments):
    global calls
    calls -= 1
    if calls == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return work(*arguments)
setattr(_copy, name, dying)
run("copy", sys.argv[1], sys.argv[2])
"""
COPY = "import sys; from airalo_async.cli import main; sys.exit(main(['store', 'copy', *sys.argv[1:]]))"


async def run(program: str, *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *words, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


@pytest.mark.parametrize("engine", ENGINES)
async def test_move_that_is_given_up_opens_the_source(opened: Opener, clock: FakeClock, engine: str) -> None:
    source, target = opened(engine), opened(engine)
    await fill(source, clock)
    await move(source, target)

    await unseal(source, target)

    assert (await push(source, failed_body(OTHER_ID))).duplicate
    assert (await begin(source, "goes on")).reference == "goes on"
    with pytest.raises(StoreError, match="it moved to over here"):
        await begin(target, "in two places")


async def test_move_is_given_up_half_way(opened: Opener, clock: FakeClock) -> None:
    source, target = opened("sqlite"), opened("sqlite")
    await fill(source, clock)
    async with sides(source) as (side,):
        await side.shelf.seal("over there", clock.now())

    await unseal(source, target)
    await unseal_again(source, target)

    assert (await begin(source, "goes on")).reference == "goes on"


async def unseal(source: TransactionalStore, target: TransactionalStore) -> None:
    async with sides(source, target) as (one, other):
        await give_up(one, other, "over there", "over here")


async def unseal_again(source: TransactionalStore, target: TransactionalStore) -> None:
    """Do it as if the first time had been interrupted before its last step."""
    async with sides(source) as (side,):
        await side.shelf.seal("over there", source.clock.now())
    await unseal(source, target)


@pytest.mark.parametrize("engine", ENGINES)
async def test_used_target_is_not_given_up(opened: Opener, clock: FakeClock, engine: str) -> None:
    source, target = opened(engine), opened(engine)
    await fill(source, clock)
    await move(source, target)
    await push(target, low_data_body("new"))

    with pytest.raises(StoreError, match="the target was used since"):
        await unseal(source, target)

    assert (await push(target, low_data_body("newer"))).push is not None
    with pytest.raises(StoreError, match="it moved to over there"):
        await begin(source, "in two places")


async def test_target_that_sends_is_not_given_up(opened: Opener, clock: FakeClock) -> None:
    source, target = opened("sqlite"), opened("sqlite")
    await fill(source, clock)
    await move(source, target)
    await begin(target, "on its way")

    with pytest.raises(StoreError, match="the target was used since"):
        await unseal(source, target)

    assert (await begin(target, "still open")).reference == "still open"


async def test_store_that_is_not_sealed_is_not_unsealed(opened: Opener, clock: FakeClock) -> None:
    source, elsewhere, target = opened("sqlite"), opened("sqlite"), opened("sqlite")
    await fill(source, clock)

    with pytest.raises(StoreError, match="the source is not sealed"):
        await unseal(source, target)

    await move(source, elsewhere, "somewhere else")
    with pytest.raises(StoreError, match="the source moved to somewhere else"):
        await unseal(source, target)


async def test_target_that_moved_on_is_not_given_up(opened: Opener, clock: FakeClock) -> None:
    source, target, further = opened("sqlite"), opened("sqlite"), opened("sqlite")
    await fill(source, clock)
    await move(source, target)
    await move(target, further, "further on")

    with pytest.raises(StoreError, match="the target is sealed itself: it moved to further on"):
        await unseal(source, target)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("step", "call", "moved"),
    [("missing", "2", (100, 0)), ("missing", "4", (150, 100)), ("_take", "120", (150, 150))],
    ids=["requests", "pushes", "keys"],
)
async def test_killed_move_is_resumed(
    backends: Callable[[str], Backend], clock: FakeClock, engine: str, step: str, call: str, moved: tuple[int, int]
) -> None:
    here, there = backends("sqlite"), backends(engine)
    source, target = here.open(clock), there.open(clock)
    for number in range(150):
        body = low_data_body(str(number))
        await source.receive(body, "raw", read_facts(body))
        await accept(source, f"cart {number}", f"{number:025}")
    before = await everything(source)
    urls = url_of(here), url_of(there)

    killed, _ = await run(KILLED, *urls, step, call)
    halfway = await everything(target)
    resumed, told = await run(COPY, *urls)

    assert (killed, resumed) == (-signal.SIGKILL, 0)
    assert (len(halfway[0]), len(halfway[1])) == moved
    assert [line.split()[1:3] for line in told.splitlines() if "SHA-256" in line] == [["150", "SHA-256"]] * 3
    assert await everything(target) == before
    await source.close()
    await target.close()


def url_of(backend: Backend) -> str:
    match backend:
        case SQLiteBackend(path=path):
            return f"sqlite:///{path}"
        case PostgresBackend(schema=schema):
            return f"{POSTGRES_URL}?schema={schema}"
        case RedisBackend(prefix=prefix):
            return f"{REDIS_URL}?prefix={prefix}"
        case _:
            raise NotImplementedError(backend)
