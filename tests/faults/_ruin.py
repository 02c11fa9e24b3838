"""A shop that is killed at any call in the package, and what another process makes of the ruin."""

from __future__ import annotations

import signal
from collections import Counter
from typing import TYPE_CHECKING

from attrs import asdict, define

from airalo_async.models import PushKind, PushState, State
from airalo_async.stores import SQLiteStore
from airalo_async.testing import FakeAiralo
from tests._ports import free_port
from tests.faults._doomed import Doom
from tests.flow._shop import open_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults._zygote import Zygote
    from tests.flow._shop import Shop

__all__ = ["ORDERS", "Ruin", "calls_of_a_life", "kill_and_take_up"]

ORDERS = 8
_NEVER = 1 << 60


@define
class Ruin:
    """What was found after one or many kills, and what was wrong in the end.

    Attributes:
        kills: Processes that died by SIGKILL.
        orders: Orders on the fake.
        sending: Purchases that stood as SENDING when the process died.
        waiting: Pushes that were stored then, and not yet with a handler or not yet done.
        doubled: Orders bought twice.
        lost: Orders that the store does not know as completed.
        invented: Stored requests that claim an order which is not there, or are not settled.
        undelivered: Orders of pushes that no handler has had.
        dispatched_twice: Orders with more than one push in the inbox.
    """

    kills: int = 0
    orders: int = 0
    sending: int = 0
    waiting: int = 0
    doubled: int = 0
    lost: int = 0
    invented: int = 0
    undelivered: int = 0
    dispatched_twice: int = 0

    @property
    def wrong(self) -> int:
        """Everything that must not be."""
        return self.doubled + self.lost + self.invented + self.undelivered + self.dispatched_twice

    def add(self, other: Ruin) -> None:
        for name in asdict(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


async def calls_of_a_life(processes: Zygote, folder: Path) -> int:
    """Count the calls in the package while a shop buys and delivers unharmed."""
    async with FakeAiralo(auto_push=True) as fake:
        await _start(processes, fake, folder, _NEVER, free_port())
        code, said = await processes.end()
    assert code == 0
    return int(said[-1].removeprefix("calls "))


async def kill_and_take_up(processes: Zygote, folder: Path, at_call: int) -> Ruin:
    """Kill a shop at a call, and let another process take up its work."""
    port = free_port()
    async with FakeAiralo(auto_push=True) as fake:
        await _start(processes, fake, folder, at_call, port)
        code, _ = await processes.end()
        ruin = Ruin(kills=code == -signal.SIGKILL)
        store = SQLiteStore(folder / "airalo.db", clock=fake.clock)
        ruin.sending = len([request async for request in store.list(state=State.SENDING)])
        ruin.waiting = len([push async for push in store.inbox(state=PushState.PENDING)])
        async with open_shop(store, fake.client_secret, port=port) as shop, fake.session(store=store) as airalo:
            await fake.advance(minutes=16)
            await airalo.orders.recover()
            fake.clock.advance(days=2)
            await airalo.orders.recover()
            await shop.caught_up(fake)
            await _judge(ruin, fake, store, shop, folder)
        await store.close()
    return ruin


async def _start(processes: Zygote, fake: FakeAiralo, folder: Path, at_call: int, port: int) -> None:
    client, doom = [fake.client_id, fake.client_secret], Doom(at_call=at_call)
    files = [str(folder / "airalo.db"), port, str(folder / "delivered")]
    await processes.start("live", doom, fake.url, client, *files, ORDERS)


async def _judge(ruin: Ruin, fake: FakeAiralo, store: SQLiteStore, shop: Shop, folder: Path) -> None:
    lines = folder / "delivered"
    had = {int(line) for line in lines.read_text().split()} if lines.exists() else set()
    had |= {event.order.id for event in shop.delivered}
    words = [(order.description or "").split() for order in fake.orders]
    tags = {tag for tag, _ in words}
    ruin.orders = len(words)
    ruin.doubled = sum(count > 1 for count in Counter(reference for _, reference in words).values())
    for order in fake.orders:
        stored = await store.find(order_id=order.order_id)
        ruin.lost += stored is None or stored.state is not State.COMPLETED
        # What was answered at once was delivered with the answer, or not at all; the rest goes through the inbox.
        ruin.undelivered += order.request_id is not None and order.order_id not in had
    async for request in store.list():
        is_invented = request.state is State.COMPLETED and request.attempt.tag not in tags
        ruin.invented += is_invented or request.state not in (State.COMPLETED, State.UNRESOLVED)
    keys = Counter([push.key async for push in store.inbox() if push.kind is PushKind.ORDER_COMPLETED])
    ruin.dispatched_twice = sum(count > 1 for count in keys.values())
