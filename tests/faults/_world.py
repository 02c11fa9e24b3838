"""The world of the state machine: what lives and dies in it, and how work in it comes to its end.

One event loop serves a whole run, on a clock that only the rules move.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from airalo_async.errors import AiraloError
from airalo_async.models import PushState
from airalo_async.testing import FakeAiralo, FakeClock, faults
from tests._ports import free_port
from tests.flow._shop import open_shop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine

    from airalo_async import AiraloSession
    from airalo_async.stores import RequestStore
    from tests.flow._shop import Shop

__all__ = ["FAULTS", "HANGS", "KINDS", "PATHS", "World"]

PACKAGE = "change-7days-1gb"
KINDS = ("order", "async_order", "future_order")
PATHS = {"order": "/v2/orders", "async_order": "/v2/orders-async", "future_order": "/v2/future-orders"}
FAULTS = {
    "none": None,
    "drop_before": faults.drop_before_commit(),
    "drop_after": faults.drop_after_commit(),
    "reset_after": faults.reset_after_commit(),
    "truncated": faults.truncate_body(30),
    "unreadable": faults.unreadable_order(),
    "page_after": faults.html(502, committed=True),
    "page_before": faults.html(502),
    "limited": faults.rate_limited(1),
    "limited_for_long": faults.rate_limited(900),
    "refused": faults.business_error(34),
    "code_53": faults.business_error(53, committed=True),
    "revoked": faults.status(401, {"message": "Unauthenticated."}),
}
HANGS = {"hang_before": faults.hang_before_commit(), "hang_after": faults.hang_after_commit()}
PATIENCE = 0.03
"""Real seconds without an end of the work before time is moved on: sockets and threads have to have theirs."""

_STEP = 30.0


class World(RuleBasedStateMachine):
    """A fake, a store, a shop and a session that live and die as the rules say.

    Attributes:
        kinds: What each reference is for.
        excused: Charges of a reference beyond the first that nobody but Airalo and the caller has to answer for.
        completed: Order number of each reference that was seen to be COMPLETED.
        answered: Business keys of the pushes that were answered 200.
        flights: Purchases whose callers still wait.
        shops: Every receiver that has lived, with what its handlers had.
        has_worked: Whether the process has done anything since it was started.
    """

    def open_store(self) -> RequestStore:
        raise NotImplementedError

    async def reopened(self, store: RequestStore) -> RequestStore:
        """Open what is left of a store after its process is gone."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = FakeClock(ticking=False)
        self.due = self.clock.now() + timedelta(days=200)
        self.kinds: dict[str, str] = {}
        self.excused: Counter[str] = Counter()
        self.completed: dict[str, int | None] = {}
        self.answered: set[str] = set()
        self.flights: list[asyncio.Task[object]] = []
        self.shops: list[Shop] = []
        self.has_worked = False
        self.world = AsyncExitStack()
        self.life = AsyncExitStack()
        self.fake: FakeAiralo
        self.store: RequestStore
        self.airalo: AiraloSession
        self.webhook: str

    def run(self, work: Coroutine[object, object, Any]) -> Any:
        return self.runner.run(work)

    @initialize(list_delay=st.sampled_from([0, 300]))
    def begin(self, list_delay: int) -> None:
        self.run(self._begin(list_delay))

    async def _begin(self, list_delay: int) -> None:
        fake = FakeAiralo(clock=self.clock, limits=False, processing_time=None, list_delay=list_delay, seed=7)
        self.fake = await self.world.enter_async_context(fake)
        self.store = self.open_store()
        self.port = free_port()
        self.webhook = f"http://127.0.0.1:{self.port}/airalo"
        await self.live()

    async def live(self) -> None:
        shop = open_shop(self.store, self.fake.client_secret, port=self.port)
        self.shops.append(await self.life.enter_async_context(shop))
        self.has_worked = False
        self.airalo = self.fake.session(store=self.store, limits=(), ask_after=600)

    def buy(self, kind: str, reference: str, *, resubmit: bool) -> Awaitable[object]:
        orders, future = self.airalo.orders, self.airalo.future_orders
        if kind == "order":
            return orders.submit(PACKAGE, reference=reference, resubmit=resubmit)
        if kind == "async_order":
            return orders.submit_async(PACKAGE, webhook_url=self.webhook, reference=reference, resubmit=resubmit)
        return future.submit(
            PACKAGE, due_date=self.due, webhook_url=self.webhook, reference=reference, resubmit=resubmit
        )

    async def kill(self) -> None:
        """End as a process does that is killed: what it was about to say is never said."""
        purchases = self.airalo._purchases
        tasks = [*purchases._flights._tasks, *self.flights]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.flights.clear()
        await self.airalo._pipeline.close()
        await self.ended(self.life.aclose())
        self.store = await self.reopened(self.store)

    async def move(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.fake.settle()

    async def dispatched(self) -> None:
        """Wait until no push waits for its handler."""
        while [push async for push in self.store.inbox(state=PushState.PENDING)]:
            await self.clock.sleep(1)

    async def ended(self, work: Awaitable[object]) -> object:
        """Let work come to its end, moving the clock when nothing else would; errors of the library are its answer."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await asyncio.wait([task], timeout=PATIENCE)
            if not task.done() and (due := self.clock.next_due()) is not None:
                self.clock.advance(min(due, _STEP))
        if task.cancelled() or isinstance(task.exception(), AiraloError):
            return None
        return task.result()
