"""What must hold of the state machine's shop after every step, and what must hold in the end."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, ClassVar

from hypothesis.stateful import invariant

from airalo_async._tag import find_tag, first_part
from airalo_async.models import PushKind, PushState, State
from tests.faults._world import PATHS, World

if TYPE_CHECKING:
    from airalo_async.models import StoredRequest
    from airalo_async.testing import PlacedRequest

__all__ = ["Promises"]

IN_VIEW = frozenset({State.SENDING, State.ACCEPTED, State.UNKNOWN, State.UNRESOLVED, State.COMPLETED})
UNDONE = frozenset({State.REJECTED, State.NOT_SENT, State.FAILED, State.CANCELLED, State.UNRESOLVED})
# Answers of which a request may be sent again under its mark: they prove that it was not looked at.
TURNED_AWAY = frozenset({401, 429})


def tag_of(description: str | None) -> str:
    return find_tag(description) or ""


def is_in_view(request: StoredRequest) -> bool:
    """Tell whether somebody still looks for what it may have bought, or a person has been told to."""
    return request.state in IN_VIEW or any(alarm.kind == "unresolved" for alarm in request.alarms)


class Promises(World):
    """The invariants, over what the fake knows.

    Attributes:
        reached: What has come about in all runs, so that a test can tell that something has.
    """

    reached: ClassVar[Counter[str]] = Counter()

    def posts(self) -> list[tuple[str, int | None]]:
        """List the purchases that reached the fake whole, by tag, with the status that each was answered."""
        calls = [call for call in self.fake.calls if call.path in PATHS.values() and call.method == "POST"]
        return [(tag_of(call.json()["description"]), call.status) for call in calls if call.body]

    def is_hidden(self, reference: str) -> bool:
        """Tell whether a purchase was carried out that no look at the API can find now."""
        part = first_part(self.fake.client_id, reference)
        orders = [order for order in self.fake._world.orders.values() if tag_of(order.description).startswith(part)]
        waiting = [request for request in self.fake.requests if tag_of(request.description).startswith(part)]
        return any(order.listed_from > self.clock.time() for order in orders) or any(
            request.kind == "async" and request.status == "pending" for request in waiting
        )

    def note(self, key: str, status: object) -> None:
        """Keep the business key of a push that was answered 200."""
        self.reached[f"push answered {status}"] += 1
        if status == 200:
            self.answered.add(key)

    async def push_order(self, request: PlacedRequest, order_id: int | None = None) -> None:
        """Push an order of a request; the first, if not given."""
        status = await self.ended(self.fake.push(request.request_id, order_id=order_id))
        if order_id is None:
            order_id = next(order.order_id for order in self.fake.orders if order.request_id == request.request_id)
        self.note(f"order:{order_id}", status)

    def reference_of(self, request: PlacedRequest) -> str:
        """Find out for which reference the fake has a request."""
        parts = {first_part(self.fake.client_id, reference): reference for reference in self.kinds}
        return parts[tag_of(request.description).rpartition("-")[0]]

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        """P1: what is sent under a mark is sent once, unless it was turned away unread."""
        sent: defaultdict[str, list[int | None]] = defaultdict(list)
        for tag, status in self.posts():
            sent[tag].append(status)
        for tag, statuses in sent.items():
            assert TURNED_AWAY.issuperset(statuses[:-1]), (tag, statuses)
            self.reached["sent again under one mark"] += len(statuses) > 1

    @invariant()
    def nothing_is_bought_twice(self) -> None:
        """P1: a reference is charged once, but for what Airalo did and for a word given when nobody could know."""
        for reference in self.kinds:
            charges = self.fake.charges(reference)
            assert charges <= 1 + self.excused[reference], reference
            self.reached["charged twice with an excuse"] += charges > 1

    @invariant()
    def nothing_is_lost_from_view(self) -> None:
        """P2: whatever the fake has is in the store, in a state that is looked at or that says it was bought."""
        self.run(self._nothing_is_lost_from_view())

    async def _nothing_is_lost_from_view(self) -> None:
        orders = [order.description for order in self.fake.orders if order.status != "failed"]
        waiting = [request.description for request in self.fake.requests if request.status in ("pending", "retry")]
        for description in orders + waiting:
            stored = await self.store.find(tag=tag_of(description))
            assert stored is not None, description
            assert is_in_view(stored), (description, stored)
        async for request in self.store.list():
            self.reached[request.state] += 1
            self.reached.update(f"alarm {alarm.kind}" for alarm in request.alarms)
            self.check_completed(request)

    def check_completed(self, request: StoredRequest) -> None:
        """Nothing leaves COMPLETED, what it completed with stays, and Airalo knows of it."""
        if request.reference in self.completed:
            assert request.state is State.COMPLETED, request
            assert request.order_id == self.completed[request.reference], request
        elif request.state is State.COMPLETED:
            tags = {order.order_id: tag_of(order.description) for order in self.fake.orders}
            assert tags.get(request.order_id or 0) in {attempt.tag for attempt in request.attempts}, "invented"
            self.completed[request.reference] = request.order_id

    @invariant()
    def answered_pushes_are_kept_and_dispatched_once(self) -> None:
        """P3 and P4: what was answered 200 is in the inbox, and one push for each result is dispatched."""
        self.run(self._answered_pushes_are_kept())

    async def _answered_pushes_are_kept(self) -> None:
        pushes = [push async for push in self.store.inbox()]
        self.reached.update(f"push {push.state}" for push in pushes)
        assert self.answered <= {push.key for push in pushes}
        assert max(Counter(push.key for push in pushes).values(), default=1) == 1
        orders = [push for push in pushes if push.kind is PushKind.ORDER_COMPLETED]
        sent = Counter(push.reference for push in orders if push.reference and push.state is not PushState.WITHHELD)
        assert max(sent.values(), default=1) == 1, sent

    def teardown(self) -> None:
        try:
            if hasattr(self, "airalo"):
                self.run(self._settle_all())
                self.run(self._check_the_end())
        finally:
            if hasattr(self, "airalo"):
                self.run(self.kill())
                self.run(self.store.close())
            self.run(self.world.aclose())
            self.runner.close()
            shutil.rmtree(self.folder)

    async def _settle_all(self) -> None:
        await self.kill()
        await self.live()
        self.fake.list_delay = 0
        for days in (2, 210, 2):
            await self.move(days * 86_400)
            for _ in range(2):
                await self.ended(self.airalo.orders.recover())
        await self.ended(self.dispatched())

    async def _check_the_end(self) -> None:
        """Every purchase is settled as the fake knows it, and every result has been with its handler."""
        standing = {tag_of(order.description): order for order in self.fake.orders if order.status != "failed"}
        async for request in self.store.list():
            self.reached[f"{request.state} in the end"] += 1
            self.check_completed(request)
            if request.state is State.COMPLETED:
                continue
            assert request.state in UNDONE, request
            is_told = len(request.attempts) == 1 and f"failed:{request.request_id}" in self.answered
            assert not (is_told and request.state is State.UNRESOLVED), request
            if any(attempt.tag in standing for attempt in request.attempts):
                # A person has been told; only the caller's word, given before anybody could know, leads here.
                assert self.excused[request.reference] > 0, request
                assert any(alarm.kind == "unresolved" for alarm in request.alarms), request
        for order in self.fake.orders:
            if f"order:{order.order_id}" in self.answered:
                stored = await self.store.find(tag=tag_of(order.description))
                assert stored is not None, order
                assert stored.state is State.COMPLETED, stored
        dispatched = {
            push.key
            async for push in self.store.inbox()
            if push.kind is PushKind.ORDER_COMPLETED and push.state is PushState.DONE
        }
        assert dispatched == {f"order:{event.order.id}" for shop in self.shops for event in shop.delivered}
