"""A process is killed with SIGKILL at named points of a purchase and of a push, and another one takes up its work."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from airalo_async.models import PushState, State
from airalo_async.stores import SQLiteStore
from airalo_async.testing import FakeAiralo, faults
from tests._ports import free_port
from tests._until import until
from tests.faults._doomed import PACKAGE, Doom
from tests.faults._zygote import Zygote, zygote
from tests.flow._shop import open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PATHS = {"order": "/v2/orders", "async_order": "/v2/orders-async"}
REFERENCE = "cart-17"


@pytest.fixture
async def processes() -> AsyncIterator[Zygote]:
    async with zygote() as started:
        yield started


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    async with FakeAiralo() as started:
        yield started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "airalo.db"


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize(
    ("point", "state"),
    [
        ("begin:before", None),
        ("begin:after", State.UNKNOWN),
        ("send:before", State.UNKNOWN),
        ("send:after", State.COMPLETED),
        ("settle:before", State.COMPLETED),
        ("settle:after", State.COMPLETED),
    ],
)
async def test_purchase_of_a_killed_process_is_taken_up(
    processes: Zygote, fake: FakeAiralo, path: Path, kind: str, point: str, state: State | None
) -> None:
    client = [fake.client_id, fake.client_secret]
    await processes.start("buy", Doom(point), fake.url, client, str(path), kind, REFERENCE)
    code, _ = await processes.end()

    assert code == -signal.SIGKILL
    await assert_taken_up(fake, path, state)


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize(
    ("fault", "state"),
    [(faults.hang_before_commit(), State.UNKNOWN), (faults.hang_after_commit(), State.COMPLETED)],
    ids=["not carried out", "carried out"],
)
async def test_purchase_killed_while_its_answer_is_awaited_is_taken_up(
    processes: Zygote, fake: FakeAiralo, path: Path, kind: str, fault: faults.Fault, state: State
) -> None:
    fake.fail_next("POST", PATHS[kind], fault)
    client = [fake.client_id, fake.client_secret]
    pid = await processes.start("buy", Doom(), fake.url, client, str(path), kind, REFERENCE)
    await until(lambda: any(call.path == PATHS[kind] and call.body for call in fake.calls))
    await until(lambda: fake.orders or state is State.UNKNOWN)

    assert await processes.kill(pid) == -signal.SIGKILL
    await assert_taken_up(fake, path, state)


async def assert_taken_up(fake: FakeAiralo, path: Path, state: State | None) -> None:
    """Let another process take up the work; a state of None stands for a purchase that was never stored."""
    order_ids = [order.order_id for order in fake.orders]
    store = SQLiteStore(path, clock=fake.clock)
    async with fake.session(store=store) as airalo:
        at_once = await airalo.orders.recover()
        # The lease of the dead sender has to end first, and an accepted order has some time for its push.
        await fake.advance(minutes=15)
        await airalo.orders.recover()
        stored = [request async for request in store.list()]
    await store.close()

    assert at_once == ()
    assert [request.state for request in stored] == ([] if state is None else [state])
    assert [request.order_id for request in stored if request.state is State.COMPLETED] == order_ids
    assert len(order_ids) == fake.charges() == (state is State.COMPLETED)


@pytest.mark.parametrize(
    ("point", "statuses", "stored"),
    [
        ("receive:before", {None}, 0),
        ("receive:after", {None}, 1),
        ("claim:hang", {200}, 1),
        ("handler", {200, None}, 1),
        ("finish:before", {200, None}, 1),
        ("finish:after", {200, None}, 1),
    ],
)
async def test_push_of_a_killed_receiver_is_delivered(
    processes: Zygote, fake: FakeAiralo, path: Path, tmp_path: Path, point: str, statuses: set[int | None], stored: int
) -> None:
    port, delivered = free_port(), tmp_path / "delivered"
    url, client = f"http://127.0.0.1:{port}/airalo", [fake.client_id, fake.client_secret]
    store = SQLiteStore(path, clock=fake.clock)
    async with fake.session(store=store) as airalo:
        pending = await airalo.orders.submit_async(PACKAGE, webhook_url=url, reference=REFERENCE)
        pid = await processes.start("live", Doom(point), fake.url, client, str(path), port, str(delivered), 0)
        assert await processes.line() == "ready"
        status = await fake.push(pending.request_id)
        code = await processes.kill(pid) if point.endswith("hang") else (await processes.end())[0]
        left = [push.state async for push in store.inbox()]
        async with open_shop(store, fake.client_secret, port=port) as shop:
            await fake.advance(minutes=16)
            order = await airalo.orders.wait(REFERENCE, timeout=60)
            await shop.caught_up(fake)
            states = [push.state async for push in store.inbox()]
    await store.close()

    had = {int(line) for line in delivered.read_text().split()} if delivered.exists() else set()
    assert code == -signal.SIGKILL
    assert status in statuses
    assert len(left) == stored
    assert had | {event.order.id for event in shop.delivered} == {order.id}
    assert states == [PushState.DONE]
    assert fake.charges() == 1
