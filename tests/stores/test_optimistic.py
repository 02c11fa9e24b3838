"""Batches of units of work, without a server: what is run again, what is not, and who is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from airalo_async._push import read_facts
from airalo_async.errors import StoreError
from airalo_async.models import PushKind, PushState, StoredPush
from airalo_async.stores import _inbox as inbox
from airalo_async.stores._optimistic import _reads as reads
from airalo_async.stores._optimistic._engine import TryAgainError
from airalo_async.stores._optimistic._hints import Hints, messages
from airalo_async.stores._optimistic._lanes import Lanes
from airalo_async.stores._optimistic._reads import Kept, Peer
from airalo_async.stores._optimistic._transaction import OptimisticTransaction
from airalo_async.stores._waiting import Waiters
from tests.stores._support import completed_body

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from airalo_async.stores._base import Receipt
    from airalo_async.stores._optimistic._changes import Changes
    from airalo_async.stores._optimistic._engine import Verdict
    from airalo_async.stores._optimistic._reads import Read
    from airalo_async.stores._transaction import Transaction

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = 1_893_456_000_000_000


class Script:
    """A session that does as it is told, step by step."""

    def __init__(self, *failures: BaseException | None) -> None:
        self.failures = list(failures)
        self.asked: list[int] = []
        self.batches: list[int] = []
        self.dropped = 0
        self.hangs = False

    async def start(self) -> datetime:
        return NOW

    async def read(self, asked: Sequence[Read[object]]) -> Sequence[object]:
        self.asked.append(len(asked))
        return [0 if isinstance(read, reads.Key) else None for read in asked]

    async def commit(self, batch: Sequence[Changes]) -> Sequence[Verdict]:
        self.batches.append(len(batch))
        if self.hangs:
            await asyncio.Event().wait()
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return [0] * len(batch)

    def drop(self) -> None:
        self.dropped += 1

    async def close(self) -> None:
        """Nothing is open."""


def lanes(session: Script, *, timeout: float = 5.0) -> Lanes:
    return Lanes(lambda: session, lambda _batch: None, width=1, most=100, timeout=timeout, name="a script")


def take(key: str) -> Callable[[Transaction], Coroutine[object, None, bool]]:
    async def work(tx: Transaction) -> bool:
        return await tx.take_key(key, None)

    return work


async def test_units_of_one_turn_share_a_commit() -> None:
    session = Script()
    running = lanes(session)

    await asyncio.gather(*(running.run(take(f"{number}")) for number in range(30)))

    assert session.batches == [30]


async def test_pushes_of_one_turn_share_a_question() -> None:
    session = Script()
    running = lanes(session)
    bodies = [completed_body(number, request_id=f"{number:025}") for number in range(1, 31)]

    await asyncio.gather(*(running.run(partial(received, body)) for body in bodies))

    assert session.asked == [60]
    assert session.batches == [30]


async def received(body: bytes, tx: Transaction) -> Receipt:
    return await inbox.receive(tx, body, "raw", read_facts(body))


async def test_units_that_disturb_each_other_are_parted() -> None:
    session = Script()
    running = lanes(session)

    await asyncio.gather(*(running.run(take("same")) for _ in range(3)))

    assert session.batches == [1, 1, 1]


async def test_passing_failure_is_tried_again() -> None:
    session = Script(TryAgainError("deadlock"))

    assert await lanes(session).run(take("key"))
    assert session.batches == [1, 1]


async def test_engine_that_is_away_is_told_to_all() -> None:
    session = Script(StoreError("away"))
    running = lanes(session)

    results = await asyncio.gather(*(running.run(take(f"{n}")) for n in range(3)), return_exceptions=True)

    assert [str(result) for result in results] == ["away"] * 3
    assert len({id(result) for result in results}) == 3


async def test_surprise_is_a_store_error_and_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    session = Script(ZeroDivisionError())
    running = lanes(session)

    with pytest.raises(StoreError, match="ZeroDivisionError"):
        await running.run(take("key"))

    assert session.dropped == 1
    assert "failed in a way that it should not" in caplog.text
    assert await running.run(take("key"))


async def test_engine_that_hangs_is_given_up() -> None:
    session = Script()
    session.hangs = True

    with pytest.raises(StoreError, match=r"did not answer in 0\.1 s"):
        await lanes(session, timeout=0.1).run(take("key"))


async def test_cancelled_caller_is_left_out() -> None:
    session = Script()
    running = lanes(session)
    cancelled, other = (asyncio.create_task(running.run(take(key))) for key in ("one", "two"))
    await asyncio.sleep(0)

    cancelled.cancel()

    assert await other
    assert session.batches == [1]


async def test_unit_that_awaits_something_else_is_refused() -> None:
    async def work(_tx: Transaction) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="something else than a row operation"):
        await lanes(Script()).run(work)


def pending(push_id: int, reference: str) -> Kept:
    push = StoredPush(push_id, "k", PushKind.ORDER_FAILED, b"", "raw", NOW, PushState.PENDING, reference)
    return Kept(push, 1)


@pytest.mark.parametrize(
    ("peers", "claimed"),
    [
        ((Peer(5, PushKind.ORDER_FAILED, 0),), [5]),
        ((Peer(3, PushKind.ORDER_COMPLETED, LATER), Peer(5, PushKind.ORDER_FAILED, 0)), []),
        ((Peer(3, PushKind.ORDER_FAILED, 0), Peer(5, PushKind.ORDER_FAILED, 0)), []),
        ((Peer(3, PushKind.LOW_DATA, 0), Peer(5, PushKind.ORDER_FAILED, 0)), [5]),
        ((Peer(5, PushKind.ORDER_FAILED, 0), Peer(9, PushKind.ORDER_FAILED, 0)), [5]),
    ],
    ids=["alone", "peer leased meanwhile", "older came meanwhile", "older without a handler", "younger waits"],
)
def test_due_push_is_looked_at_again_beside_its_peers(peers: tuple[Peer, ...], claimed: list[int]) -> None:
    """Between the list of due pushes and its peers another worker may have claimed one of them."""
    tx = OptimisticTransaction(NOW)
    work = tx.due_pushes([PushKind.ORDER_FAILED], 10)

    assert isinstance(work.send(None), reads.Due)
    assert isinstance(work.send((pending(5, "cart-17"),)), reads.Peers)
    with pytest.raises(StopIteration) as ended:
        work.send([peers])

    assert [push.id for push in ended.value.value] == claimed
    assert tx.changes.locks == {"peers cart-17"}


def test_fact_that_changed_tears_a_unit() -> None:
    tx = OptimisticTransaction(NOW)

    tx.changes.see("r", "cart-17", "1")
    tx.changes.see("r", "cart-17", "2")

    assert tx.changes.torn


def test_messages_fit_every_engine() -> None:
    versions = {f"{number:03}" + "é" * 250: number for number in range(200)}

    written = list(messages("me", versions, due=True))

    assert len(written) > 1
    assert max(len(message.encode()) for message in written) < 8000


class Silence:
    """A channel on which nothing is ever heard."""

    async def listen(self, heard: Callable[[str], None], ready: Callable[[], None]) -> None:
        del heard
        ready()
        await asyncio.Event().wait()


@pytest.mark.parametrize(("seen", "now", "wakes"), [(1, 2, True), (2, 2, False)], ids=["lost word", "no news"])
async def test_lost_word_is_made_up_for_by_looking(seen: int, now: int, *, wakes: bool) -> None:
    waiters = Waiters()

    async def look(references: tuple[str, ...]) -> reads.News:
        return reads.News(tuple((name, now) for name in references), due=False)

    hints = Hints(waiters, Silence(), look)
    with waiters.request("cart-17") as woken:
        hints.know("cart-17", seen)
        hints.watch()
        for _ in range(10):
            await asyncio.sleep(0)

        assert woken.done() is wakes
    await hints.close()


def test_looking_goes_on_in_the_loop_after_one_that_was_closed_over_it() -> None:
    waiters = Waiters()
    looks = 0

    async def look(_references: tuple[str, ...]) -> reads.News:
        nonlocal looks
        looks += 1
        return reads.News((), due=False)

    hints = Hints(waiters, Silence(), look)

    async def watch() -> None:
        hints.watch()
        for _ in range(10):
            await asyncio.sleep(0)

    closed = asyncio.new_event_loop()
    closed.run_until_complete(watch())
    closed.close()
    before = looks

    async def watch_again() -> None:
        await watch()
        await hints.close()

    asyncio.run(watch_again())

    assert looks > before


class Stubborn(Silence):
    """A channel whose driver takes a cancellation for the end of the connection."""

    async def listen(self, heard: Callable[[str], None], ready: Callable[[], None]) -> None:
        try:
            await super().listen(heard, ready)
        except asyncio.CancelledError:
            message = "the connection has ended"
            raise StoreError(message) from None


async def test_closing_ends_what_swallows_a_cancellation() -> None:
    async def look(_references: tuple[str, ...]) -> reads.News:
        return reads.News((), due=False)

    hints = Hints(Waiters(), Stubborn(), look)
    hints.watch()
    for _ in range(10):
        await asyncio.sleep(0)

    await hints.close()

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_own_and_old_words_wake_nobody() -> None:
    waiters = Waiters()

    async def look(_references: tuple[str, ...]) -> reads.News:
        return reads.News((), due=False)

    hints = Hints(waiters, Silence(), look)
    with waiters.request("cart-17") as woken:
        hints.know("cart-17", 3)
        for message in (
            *messages(hints.sender, {"cart-17": 9}, due=True),
            *messages("other", {"cart-17": 3}, due=False),
        ):
            hints._heard(message)
        asleep = not woken.done()
        hints._heard(next(messages("other", {"cart-17": 4}, due=False)))

        assert asleep
        assert woken.done()
