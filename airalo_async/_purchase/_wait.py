"""Waiting for the order of a stored request: by push, and by asking now and then."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from airalo_async._purchase._answers import error_of, rebuild_order
from airalo_async._purchase._plan import UNLISTED
from airalo_async.errors import AiraloError, StoreError, UnknownReferenceError
from airalo_async.models import LeaseLapsed, State, StoredRequest
from airalo_async.models._rules import refuse

if TYPE_CHECKING:
    from datetime import datetime

    from airalo_async._purchase._reconcile import Reconciler
    from airalo_async.models import Order
    from airalo_async.stores._base import RequestStore

__all__ = ["find_reference", "wait_for_order"]

_ASK_AGAIN_AFTER = timedelta(seconds=1)
_WAITS = frozenset({State.SENDING, State.ACCEPTED, State.UNKNOWN})

_log = logging.getLogger("airalo_async")


async def wait_for_order(
    store: RequestStore, reconciler: Reconciler, reference: str, *, timeout: float | None
) -> Order:
    """Wait, for so many seconds of the store's clock, until a request is settled; return its order or raise."""
    async with store.clock.timeout(timeout):
        request = await store.get(reference)
        if request.kind in UNLISTED:
            raise refuse("pending", f"must name an order to wait for, not {request.kind}", reference)
        not_before = request.created_at
        while request.state in _WAITS:
            due = max(_due(reconciler, request), not_before)
            left = max((due - store.clock.now()).total_seconds(), 0.0)
            try:
                request = await store.changed(reference, request.version, timeout=left)
            except TimeoutError:
                request = await _ask(store, reconciler, request)
                not_before = store.clock.now() + _ASK_AGAIN_AFTER
    error = error_of(request)
    if error is not None:
        raise error
    return rebuild_order(await reconciler.restored(request))


async def find_reference(store: RequestStore, request_id: str) -> str:
    """Find the reference of a request id, or raise."""
    request = await store.find(request_id=request_id)
    if request is None:
        message = f"the store has no request with the request id {request_id!r}"
        raise UnknownReferenceError(message, reference=request_id)
    return request.reference


def _due(reconciler: Reconciler, request: StoredRequest) -> datetime:
    return reconciler.due_at(request) or request.attempt.lease_until


async def _ask(store: RequestStore, reconciler: Reconciler, request: StoredRequest) -> StoredRequest:
    """Ask for the request; an API that cannot be asked changes nothing, and the wait goes on."""
    if request.state is State.SENDING:
        return await store.settle(request.reference, LeaseLapsed())
    try:
        return await reconciler.look(request)
    except StoreError:
        raise
    except AiraloError as error:
        _log.warning("could not ask for %r: %s", request.reference, error)
        return await store.get(request.reference)
