"""A shop as a state machine: whatever is done to it in whatever order, P1 to P4 hold.

What may be true is worked out from what the fake knows, never from what the store says.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from airalo_async.stores import MemoryStore, SQLiteStore
from tests._until import rest
from tests.faults._promises import Promises
from tests.faults._world import FAULTS, HANGS, KINDS, PATHS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from airalo_async.stores import RequestStore
    from airalo_async.testing import PlacedRequest

__all__ = ["ShopInMemory", "ShopOnDisk"]

# Few, so that most of what happens is about a purchase that was made before.
REFERENCES = st.sampled_from(["cart-0", "cart-1"])
CHOICES = st.integers(0, 7)
LEASE = 100
REST_TURNS = 30


class _Machine(Promises):
    """The rules; the two stores are subclasses.

    What a rule finds when it runs may differ between two runs, because sockets and threads have times of their own.
    So no precondition looks at the fake or the store.
    """

    # What a caller does.

    @rule(reference=REFERENCES, kind=st.sampled_from(KINDS), fault=st.sampled_from(sorted(FAULTS)))
    def submit(self, reference: str, kind: str, fault: str) -> None:
        self.run(self._submit(reference, kind, fault, resubmit=False))

    @rule(reference=REFERENCES, kind=st.sampled_from(KINDS), fault=st.sampled_from(sorted(FAULTS)), wait=st.booleans())
    def resubmit(self, reference: str, kind: str, fault: str, *, wait: bool) -> None:
        """Buy on the caller's word; when it waited, no sender can be at work any more."""
        self.run(self.move(LEASE if wait else 0))
        if self.is_hidden(reference):
            self.excused[reference] += 1
        self.run(self._submit(reference, kind, fault, resubmit=True))

    async def _submit(self, reference: str, kind: str, fault: str, *, resubmit: bool) -> None:
        kind = self.kinds.setdefault(reference, kind)
        self.has_worked = True
        if (plan := FAULTS[fault]) is not None:
            self.fake.fail_next("POST", PATHS[kind], plan)
        await self.ended(self.buy(kind, reference, resubmit=resubmit))
        self.fake.clear_faults()

    @rule(reference=REFERENCES, kind=st.sampled_from(KINDS), hang=st.sampled_from(sorted(HANGS)))
    def submit_and_hang(self, reference: str, kind: str, hang: str) -> None:
        """Leave a purchase in flight, if it is sent at all."""
        self.run(self._submit_and_hang(reference, kind, hang))

    async def _submit_and_hang(self, reference: str, kind: str, hang: str) -> None:
        kind = self.kinds.setdefault(reference, kind)
        self.has_worked = True
        self.fake.fail_next("POST", PATHS[kind], HANGS[hang])
        sent = len(self.posts())
        task = asyncio.ensure_future(self.buy(kind, reference, resubmit=False))
        self.flights.append(task)
        for _ in range(REST_TURNS):
            await rest()
            if task.done() or len(self.posts()) > sent:
                break
        self.fake.clear_faults()

    @precondition(lambda machine: machine.flights != [])
    @rule(choice=CHOICES)
    def cancel_a_caller(self, choice: int) -> None:
        self.flights[choice % len(self.flights)].cancel()

    @precondition(lambda machine: machine.has_worked)
    @rule()
    def kill_and_start_again(self) -> None:
        self.run(self.kill())
        self.run(self.live())

    # What Airalo does.

    @rule(choice=CHOICES, act=CHOICES)
    def let_airalo_act(self, choice: int, act: int) -> None:
        """Push, push twice, push a failure, say nothing, make two of one, or deliver what was over."""
        if self.fake.requests:
            request = self.fake.requests[choice % len(self.fake.requests)]
            acts = ACTS[request.status]
            self.run(acts[act % len(acts)](self, request))

    async def _push(self, request: PlacedRequest) -> None:
        await self.push_order(request)

    async def _push_twice(self, request: PlacedRequest) -> None:
        await self.push_order(request)
        await self.push_order(request)

    async def _push_failure(self, request: PlacedRequest) -> None:
        status = await self.ended(self.fake.push_failure(request.request_id))
        self.note(f"failed:{request.request_id}", status)

    async def _place(self, request: PlacedRequest) -> None:
        self.fake.process(request.request_id)

    async def _twin(self, request: PlacedRequest) -> None:
        self.excused[self.reference_of(request)] += 1
        await self.push_order(request, self.fake.twin(request.request_id))

    async def _push_after_all(self, request: PlacedRequest) -> None:
        self.excused[self.reference_of(request)] += 1
        await self.push_order(request)

    # What time and people do.

    @rule(seconds=st.sampled_from([3, 70, 100, 700, 4000, 90_000]))
    def move_the_clock(self, seconds: int) -> None:
        self.run(self.move(seconds))

    @rule(reference=REFERENCES | st.none())
    def ask(self, reference: str | None) -> None:
        orders = self.airalo.orders
        self.run(self.ended(orders.reconcile(reference) if reference else orders.recover()))

    @rule(choice=CHOICES)
    def cancel_a_future_order(self, choice: int) -> None:
        if self.fake.requests:
            request = self.fake.requests[choice % len(self.fake.requests)]
            self.run(self.ended(self.airalo.future_orders.cancel(request.request_id)))


ACTS: Mapping[str, Sequence[Callable[[_Machine, PlacedRequest], Coroutine[object, object, None]]]] = {
    "pending": (_Machine._push, _Machine._push_twice, _Machine._push_failure, _Machine._place),
    "completed": (_Machine._push, _Machine._twin),
    "failed": (_Machine._push_after_all,),
    "cancelled": (_Machine._push_after_all,),
}


class ShopInMemory(_Machine):
    def open_store(self) -> RequestStore:
        return MemoryStore(clock=self.clock)

    async def reopened(self, store: RequestStore) -> RequestStore:
        return store


class ShopOnDisk(_Machine):
    def open_store(self) -> RequestStore:
        return SQLiteStore(self.folder / "airalo.db", clock=self.clock)

    async def reopened(self, store: RequestStore) -> RequestStore:
        await store.close()
        return self.open_store()
