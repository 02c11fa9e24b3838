"""Settling what is not settled: asking the API when it is due, at start-up, and by hand."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from airalo_async import _codec, models
from airalo_async._purchase._alarms import log_alarms
from airalo_async._tag import find_tag
from airalo_async.errors import AiraloError, StoreError
from airalo_async.models import (
    Accepted,
    DeclaredUnsent,
    Kind,
    LeaseLapsed,
    PushKind,
    PushState,
    State,
    StoredPush,
    StoredRequest,
)
from airalo_async.models._rules import check_flag, check_int, check_request_id, check_text, refuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from airalo_async._purchase._submit import Purchases
    from airalo_async.models import Order, Unresolved
    from airalo_async.stores._base import RequestStore

__all__ = ["Reconciler"]

_LOOK_AFTER = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_LOOK_EVERY = 3600.0
_JITTER = 0.1

_log = logging.getLogger("airalo_async")


class Reconciler:
    """Decides when to ask for which stored request.

    Args:
        ask_after: Seconds after which an accepted order whose push has not come is asked for.
        jitter: Gives a number between 0 and 1.
    """

    def __init__(
        self,
        purchases: Purchases,
        store: RequestStore,
        *,
        ask_after: float,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._purchases = purchases
        self._store = store
        self._ask_after = ask_after
        self._jitter = jitter

    def due_at(self, request: StoredRequest) -> datetime | None:
        """Tell when to ask for a stored request next; None when there is nothing to ask."""
        if request.state is State.UNKNOWN:
            start = request.attempt.started_at
        elif request.state is State.ACCEPTED:
            start = (request.due_at or request.attempt.started_at) + timedelta(seconds=self._ask_after)
        else:
            return None
        if request.looks < len(_LOOK_AFTER):
            wait = _LOOK_AFTER[request.looks]
        else:
            start, wait = request.looked_at or start, _LOOK_EVERY
        return start + timedelta(seconds=wait * (1 + _JITTER * self._jitter()))

    async def look(self, request: StoredRequest) -> StoredRequest:
        """Ask for one stored request now."""
        return log_alarms(request, await self._purchases.look.at(request), self._purchases.alarms)

    async def restored(self, request: StoredRequest) -> StoredRequest:
        """Give a completed request its result back when it was purged."""
        return await self._purchases.look.restored(request)

    async def settle(self, reference: str) -> StoredRequest:
        """Settle one stored request as far as it can be now."""
        await self._purchases.ready()
        request = await self._store.get(reference)
        if request.state is State.SENDING:
            request = await self._store.settle(reference, LeaseLapsed())
        if request.state in (State.UNKNOWN, State.UNRESOLVED, State.ACCEPTED):
            request = await self.look(request)
        return request

    async def settle_due(self) -> tuple[StoredRequest, ...]:
        """Settle everything that is due; one that cannot be asked for is logged and left for later."""
        await self._purchases.ready()
        settled: list[StoredRequest] = []
        async for request in self._store.list(state=(State.UNKNOWN, State.ACCEPTED)):
            due = self.due_at(request)
            if due is None or due > self._store.clock.now():
                continue
            try:
                settled.append(await self.look(request))
            except StoreError:
                raise
            except AiraloError as error:
                _log.warning("could not ask for %r: %s", request.reference, error)
        return tuple(settled)

    async def recover(self) -> tuple[StoredRequest, ...]:
        """Take up what a dead process left: lapsed leases become UNKNOWN, parked pushes are matched again."""
        await self._purchases.ready()
        found: list[StoredRequest] = []
        async for request in self._store.list(state=State.SENDING):
            after = await self._store.settle(request.reference, LeaseLapsed())
            if after.state is not State.SENDING:
                found.append(after)
        await self._store.sweep()
        return tuple(found)

    async def unresolved(self) -> AsyncIterator[Unresolved]:
        """Iterate over what a person may have to look at."""
        failures = [
            push async for push in self._store.inbox(state=PushState.PARKED) if push.kind is PushKind.ORDER_FAILED
        ]
        async for request in self._store.list():
            if request.state in (State.UNKNOWN, State.UNRESOLVED):
                yield models.Unresolved(request, _candidates(request, failures))
            elif request.alarms:
                yield models.Unresolved(request)

    async def orphans(self, since: datetime) -> AsyncIterator[Order]:
        """Iterate over tagged orders at the API that the store does not know."""
        await self._purchases.ready()
        until = self._store.clock.now() + timedelta(days=1)
        created = f"{since:%Y-%m-%d} - {until:%Y-%m-%d}"
        for row in await self._purchases.look.rows("ref-", created):
            tag = find_tag(row.get("description"))
            if tag is not None and await self._store.find(tag=tag) is None:
                yield _codec.decode(models.Order, row, path="data")

    async def resolve(
        self, reference: str, *, order_id: int | None, request_id: str | None, not_placed: bool
    ) -> StoredRequest:
        """Settle a stored request by a person's word."""
        check_text("reference", reference, control=True)
        if (order_id is not None) + (request_id is not None) + check_flag("not_placed", not_placed) != 1:
            rule = "must be given, or request_id, or not_placed=True: exactly one of the three"
            raise refuse("order_id", rule, order_id)
        if order_id is not None:
            check_int("order_id", order_id)
        if request_id is not None:
            check_request_id("request_id", request_id)
        await self._purchases.ready()
        request = await self._store.get(reference)
        holder = await self._store.find(order_id=order_id, request_id=request_id)
        if holder is not None and holder.reference != reference:
            name, what = ("order_id", "order") if request_id is None else ("request_id", "request")
            raise refuse(name, f"is the {what} of {holder.reference!r} already", order_id or request_id)
        if order_id is not None:
            row = await self._purchases.look.order(order_id)
            after = await self._purchases.look.settle_order(request, row, request.attempt.tag)
        elif request_id is not None:
            text = f'{{"data": {{"request_id": "{request_id}"}}}}'
            after = await self._store.settle(reference, Accepted(request_id, text, request.attempt.tag))
        else:
            after = await self._store.settle(reference, DeclaredUnsent())
        return log_alarms(request, after, self._purchases.alarms)


def _candidates(request: StoredRequest, failures: list[StoredPush]) -> tuple[StoredPush, ...]:
    if request.kind not in (Kind.ASYNC_ORDER, Kind.FUTURE_ORDER):
        return ()
    return tuple(push for push in failures if push.received_at >= request.attempt.started_at)
