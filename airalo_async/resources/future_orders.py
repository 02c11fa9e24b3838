"""Future orders: buy on a date, list what is planned, cancel."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from airalo_async import models
from airalo_async._purchase import future_plan, log_alarms
from airalo_async._wire import Request
from airalo_async.models import Cancelled
from airalo_async.models._rules import check_aware, check_request_id, check_word, demand
from airalo_async.resources._listing import Listing
from airalo_async.resources._rows import reader_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airalo_async._pipeline import Pipeline
    from airalo_async._purchase import Purchases
    from airalo_async.models import JSON, EmailShare, FutureOrder, FutureOrderRow
    from airalo_async.stores._base import RequestStore

__all__ = ["FutureOrders"]

_PATH = "/v2/future-orders"
_MOST_CANCELLED = 10
_LAST_MINUTE = datetime.max.replace(second=0, microsecond=0, tzinfo=UTC)


class FutureOrders:
    """Future orders of the session."""

    def __init__(self, pipeline: Pipeline, purchases: Purchases, store: RequestStore) -> None:
        self._pipeline = pipeline
        self._purchases = purchases
        self._store = store

    async def submit(
        self,
        package_id: str,
        *,
        due_date: datetime,
        quantity: int = 1,
        webhook_url: str | None = None,
        reference: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, JSON] | None = None,
        share: EmailShare | None = None,
        brand_settings_name: str | None = None,
        resubmit: bool = False,
    ) -> FutureOrder:
        """Order eSIMs that Airalo buys on a date and delivers by push.

        The request is in the store before anything is sent.

        Args:
            package_id: The package's slug, as listed by ``packages.list``.
            due_date: When to buy: an aware datetime, two days to one year ahead. Rounded up to whole minutes (UTC).
            quantity: eSIMs to buy, 1 to 50.
            webhook_url: Where the push goes; the URL that the account has opted in with, if not given. Airalo
                probes it with HEAD and expects 200.
            reference: Your own key for this purchase, 1 to 255 characters; made up if not given.
            description: Text of yours in the order, at most 200 characters.
            metadata: A JSON object that is handed back with every event.
            share: E-mail that Airalo sends to the traveller.
            brand_settings_name: Brand of the sharing page; must exist at Airalo.
            resubmit: Your word that a purchase which failed, was cancelled or stayed unresolved may be tried again;
                not before 90 s have passed since it was sent (30 s more than a call may take).

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused; nothing was ordered.
            NotSentError: Nothing left this machine; nothing was ordered.
            OutcomeUnknownError: Sent without an answer. It may have been ordered; see ``orders.reconcile``.
            DecodeError: Ordered, but the answer cannot be read; it is in the store.
            OrderCancelledError: The reference was cancelled before; nothing was sent.
            ReferenceConflictError: The reference was used for another purchase; nothing was sent.
            StoreError: Its ``outcome`` tells whether anything was sent.

        Source:
            POST /v2/future-orders, Partner API documentation, 2025-05-07.
        """
        request = models.OrderRequest(
            package_id,
            quantity=quantity,
            webhook_url=webhook_url,
            reference=reference,
            description=description,
            metadata=metadata,
            share=share,
            brand_settings_name=brand_settings_name,
        )
        plan = future_plan(request, _whole_minutes(due_date))
        return await self._purchases.submit(plan, resubmit=resubmit)

    def list(
        self,
        *,
        status: str = "pending",
        due: tuple[datetime | None, datetime | None] | None = None,
        page_size: int | None = 25,
        page: int = 1,
    ) -> Listing[FutureOrderRow]:
        """List future orders that were not placed yet; placed and cancelled ones are not listed.

        Args:
            status: ``pending``, ``retry`` or ``failed``.
            due: First and last due date, aware datetimes; None for no bound on that side.
            page_size: Rows a page, from 1; None has the API choose.
            page: The page to start from, from 1.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.

        Source:
            GET /v2/future-orders, Partner API documentation, 2026-09-19.
        """
        query = (("status", check_word("status", status, models.FutureOrderStatus)), *_bounds(due))
        request = Request(method="GET", path=_PATH, route=_PATH, query=query)
        return Listing(self._pipeline, request, reader_of(models.FutureOrderRow), page=page, limit=page_size)

    async def cancel(self, *request_ids: str) -> None:
        """Cancel future orders, until 24 hours before they are due.

        Whether a batch with one bad id cancels the others is not documented: after an error, look at
        ``future_orders.list``. A call without an answer leaves the stored requests as they were.

        Args:
            request_ids: 1 to 10 different ids of 25 characters, as ``submit`` returned them.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused; ``fields`` tells which ids and why.
            RequestError: No answer. They may have been cancelled; cancelling again is harmless.
            StoreError: They are cancelled at the API, but the store does not know all of it.

        Source:
            POST /v2/cancel-future-orders, Partner API documentation, 2025-05-07.
        """
        _check_request_ids(request_ids)
        await self._purchases.ready()
        # It goes on without its caller, or an answer could be lost that is not given a second time.
        await asyncio.shield(self._purchases.run(self._cancel(request_ids)))

    async def _cancel(self, request_ids: tuple[str, ...]) -> None:
        path = "/v2/cancel-future-orders"
        await self._pipeline.call(
            Request(method="POST", path=path, route=path, json={"request_ids": list(request_ids)})
        )
        for request_id in request_ids:
            request = await self._store.find(request_id=request_id)
            if request is not None:
                after = await self._store.settle(request.reference, Cancelled(request_id))
                log_alarms(request, after, self._purchases.alarms)


def _whole_minutes(due_date: datetime) -> datetime:
    """Round a due date up to whole minutes in UTC, as the API takes it."""
    due = check_aware("due_date", due_date)
    whole = due.replace(second=0, microsecond=0)
    # The last minute of the calendar has no next one; it is refused for being too far ahead.
    return whole if whole in (due, _LAST_MINUTE) else whole + timedelta(minutes=1)


def _check_request_ids(request_ids: tuple[str, ...]) -> None:
    different = {check_request_id(f"request_ids[{index}]", each) for index, each in enumerate(request_ids)}
    kept = 1 <= len(different) == len(request_ids) <= _MOST_CANCELLED
    demand("request_ids", f"must be 1 to {_MOST_CANCELLED} different request ids", request_ids, kept=kept)


def _bounds(due: tuple[datetime | None, datetime | None] | None) -> tuple[tuple[str, str], ...]:
    """Write a range of due dates, in UTC and in minutes as the API takes it."""
    rule = "must be a pair of aware datetimes or None, the earlier one first"
    demand("due", rule, due, kept=due is None or (isinstance(due, tuple | list) and len(due) == 2))
    first, last = (None if each is None else check_aware("due", each) for each in due or (None, None))
    demand("due", rule, due, kept=first is None or last is None or first <= last)
    pairs = (("from_due_date", first), ("to_due_date", last))
    return tuple((name, f"{moment:%Y-%m-%d %H:%M}") for name, moment in pairs if moment is not None)
