"""A caller is cancelled, times out or closes the session after any number of steps; what was bought is never lost."""

from __future__ import annotations

import asyncio
import gc
import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from airalo_async import errors
from airalo_async.models import PushState, State
from airalo_async.stores import MemoryStore, SQLiteStore
from airalo_async.testing import FakeAiralo, FakeClock, faults
from airalo_async.webhooks import WebhookReceiver, sign
from tests._until import rest, until
from tests.faults._sweep import KINDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
    from pathlib import Path

    from airalo_async import AiraloSession
    from airalo_async.models import StoredRequest
    from airalo_async.stores import RequestStore

PACKAGE = "change-7days-1gb"
PATHS = {"order": "/v2/orders", "async_order": "/v2/orders-async", "future_order": "/v2/future-orders"}
MOST_STEPS = 100_000
_STEPS_TO_REST = 64


@pytest.fixture(autouse=True)
async def _nothing_unfetched() -> AsyncIterator[None]:
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    yield
    gc.collect()
    assert complaints == []


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo(limits=False) as started:
        yield started


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, fake: FakeAiralo, tmp_path: Path) -> AsyncIterator[RequestStore]:
    in_memory = request.param == "memory"
    opened = MemoryStore(clock=fake.clock) if in_memory else SQLiteStore(tmp_path / "airalo.db", clock=fake.clock)
    yield opened
    await opened.close()


def steps_until_done(store: RequestStore) -> Iterable[int]:
    """Every number of steps; with a thread, whose work takes any number of them, ever more."""
    if isinstance(store, MemoryStore):
        return range(MOST_STEPS)
    return (int(1.05**power) + power for power in itertools.count())


async def run_for(steps: int, work: Awaitable[object]) -> asyncio.Task[object]:
    task = asyncio.ensure_future(work)
    assert isinstance(task, asyncio.Task)
    for step in range(steps):
        if task.done():
            break
        await (rest() if step % _STEPS_TO_REST == _STEPS_TO_REST - 1 else asyncio.sleep(0))
    return task


async def end_of(task: asyncio.Task[object], clock: FakeClock) -> None:
    while not task.done():
        # A caller who is still after a token tries again, a little later each time, though the session is closed.
        if (due := clock.next_due()) is not None and due < 1:
            clock.advance(due)
        await rest()
    if not task.cancelled():
        error = task.exception()
        assert error is None or isinstance(error, errors.AiraloError | TimeoutError), error


async def cancel(task: asyncio.Task[object], airalo: AiraloSession, clock: FakeClock) -> None:
    task.cancel()
    await end_of(task, clock)
    await airalo.close()


async def close_at_once(task: asyncio.Task[object], airalo: AiraloSession, clock: FakeClock) -> None:
    await airalo.close(timeout=0)
    await end_of(task, clock)


@pytest.mark.parametrize("answer", ["told", "lost"])
@pytest.mark.parametrize("stop", [cancel, close_at_once])
@pytest.mark.parametrize("kind", PATHS)
async def test_purchase_stopped_after_any_step_is_settled(
    fake: FakeAiralo, store: RequestStore, kind: str, stop: Callable[..., Awaitable[None]], answer: str
) -> None:
    references = []
    for steps in steps_until_done(store):
        references.append(f"cart-{steps}")
        if answer == "lost":
            fake.fail_next("POST", PATHS[kind], faults.drop_after_commit())
        airalo = fake.session(store=store, limits=())
        task = await run_for(steps, KINDS[kind].submit(airalo, fake, references[-1]))
        was_done = task.done()
        await stop(task, airalo, fake.clock)
        fake.clear_faults()
        if was_done:
            break

    await fake.settle()
    async with fake.session(store=store, limits=()) as airalo:
        await fake.advance(minutes=20)
        await airalo.orders.recover()
    states = {request.reference: request.state async for request in store.list()}
    known = KINDS[kind].known(fake)
    assert len(references) > 10
    assert max(known.values()) == 1
    for reference in references:
        if known[reference]:
            assert states[reference] in (KINDS[kind].answered, KINDS[kind].found)
        else:
            assert states.get(reference) in (None, State.UNKNOWN, State.NOT_SENT)


async def test_purchase_that_comes_while_the_session_closes_is_not_begun(
    fake: FakeAiralo, store: RequestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    airalo, gate, get = fake.session(store=store), asyncio.Event(), store.get

    async def slow_get(reference: str) -> StoredRequest:
        await gate.wait()
        return await get(reference)

    fake.fail_next("POST", "/v2/orders", faults.stall(5))
    first = await run_for(0, airalo.orders.submit(PACKAGE))
    await until(lambda: fake.orders)
    monkeypatch.setattr(store, "get", slow_get)
    late = await run_for(1, airalo.orders.submit(PACKAGE, reference="late"))
    closing = await run_for(5, airalo.close())
    gate.set()
    with pytest.raises(errors.NotSentError, match="closed"):
        await late
    fake.clock.advance(5)
    await closing

    assert first.done()
    assert len(fake.orders) == 1
    assert [request.state async for request in store.list()] == [State.COMPLETED]


async def reconcile(airalo: AiraloSession, reference: str) -> object:
    return await airalo.orders.reconcile(reference)


async def recover(airalo: AiraloSession, _: str) -> object:
    return await airalo.orders.recover()


async def wait(airalo: AiraloSession, reference: str) -> object:
    return await airalo.orders.wait(reference)


async def submit_again(airalo: AiraloSession, reference: str) -> object:
    return await airalo.orders.submit(PACKAGE, reference=reference)


@pytest.mark.parametrize("work", [reconcile, recover, wait, submit_again])
async def test_look_stopped_after_any_step_is_made_again(
    fake: FakeAiralo, store: RequestStore, work: Callable[[AiraloSession, str], Awaitable[object]]
) -> None:
    references = []
    async with fake.session(store=store, limits=()) as airalo:
        for steps in steps_until_done(store):
            references.append(f"cart-{steps}")
            fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
            with pytest.raises(errors.OutcomeUnknownError):
                await airalo.orders.submit(PACKAGE, reference=references[-1])
            fake.clock.advance(60)
            task = await run_for(steps, work(airalo, references[-1]))
            was_done = task.done()
            task.cancel()
            await end_of(task, fake.clock)
            if was_done:
                break
        await airalo.orders.recover()

    pushes = [push async for push in store.inbox()]
    states = {request.state async for request in store.list()}
    assert len(references) > 5
    assert states == {State.COMPLETED}
    assert sorted(push.reference or "" for push in pushes) == sorted(references)
    assert {push.state for push in pushes} == {PushState.PENDING}
    assert fake.charges() == len(references)


async def test_push_whose_sender_leaves_at_any_step_is_stored_once(fake: FakeAiralo, store: RequestStore) -> None:
    receiver = WebhookReceiver(store=store, secrets=[fake.client_secret])
    bodies = []
    for steps in steps_until_done(store):
        bodies.append(b'{"message": "low", "remaining": %d}' % steps)
        headers = {"airalo-signature": sign(bodies[-1], fake.client_secret)}
        task = await run_for(steps, receiver.receive(bodies[-1], headers))
        was_done = task.done()
        task.cancel()
        await end_of(task, fake.clock)
        assert (await receiver.receive(bodies[-1], headers)).status == 200
        if was_done:
            break

    assert len(bodies) > 3
    assert [push.body async for push in store.inbox()] == bodies


async def test_cancellation_stopped_at_any_step_can_be_repeated(fake: FakeAiralo, store: RequestStore) -> None:
    request_ids = []
    async with fake.session(store=store, limits=()) as airalo:
        for steps in steps_until_done(store):
            future = await airalo.future_orders.submit(
                PACKAGE, due_date=fake.clock.now() + timedelta(days=9), webhook_url="https://shop.example/airalo"
            )
            request_ids.append(future.request_id)
            task = await run_for(steps, airalo.future_orders.cancel(future.request_id))
            was_done = task.done()
            task.cancel()
            await end_of(task, fake.clock)
            if was_done:
                break
        await fake.settle()
        states = {request.request_id: request.state async for request in store.list()}

    cancelled = {request.request_id for request in fake.requests if request.status == "cancelled"}
    assert len(request_ids) > 5
    for request_id in request_ids:
        # An answer that nobody waited for proves nothing: the request stays as it was until somebody asks.
        allowed = {State.CANCELLED, State.ACCEPTED} if request_id in cancelled else {State.ACCEPTED}
        assert states[request_id] in allowed
    assert states[request_ids[-1]] is State.CANCELLED
