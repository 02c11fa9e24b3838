"""Orders: buy now, or by push; wait, look up, settle."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from attrs import evolve

from airalo_async import _codec, models
from airalo_async._purchase import async_plan, find_reference, order_plan, top_up_plan, wait_for_order
from airalo_async._tag import new_reference
from airalo_async._wire import Request
from airalo_async.errors import AiraloError
from airalo_async.models._rules import (
    check_aware,
    check_iccid,
    check_int,
    check_part_of_iccid,
    check_request_id,
    check_seconds,
    check_several,
    check_text,
    check_word,
    demand,
    refuse,
    written_days,
    written_words,
)
from airalo_async.resources._listing import Listing
from airalo_async.resources._rows import reader_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping
    from datetime import date, datetime

    from airalo_async._pipeline import Pipeline
    from airalo_async._purchase import Plan, Purchases, Reconciler
    from airalo_async.models import (
        JSON,
        BulkItem,
        EmailShare,
        FutureOrder,
        Order,
        OrderRequest,
        PendingOrder,
        StoredRequest,
        Unresolved,
    )
    from airalo_async.stores._base import RequestStore

__all__ = ["Orders"]

_PATH = "/v2/orders"
_INCLUDES = ("sims", "user", "status")
_REQUESTS = "must be OrderRequest values"


class Orders:
    """Orders of the session."""

    def __init__(self, pipeline: Pipeline, purchases: Purchases, reconciler: Reconciler, store: RequestStore) -> None:
        self._pipeline = pipeline
        self._purchases = purchases
        self._reconciler = reconciler
        self._store = store

    async def submit(
        self,
        package_id: str,
        *,
        quantity: int = 1,
        reference: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, JSON] | None = None,
        share: EmailShare | None = None,
        brand_settings_name: str | None = None,
        resubmit: bool = False,
    ) -> Order:
        """Order eSIMs and get them at once.

        The request is in the store before anything is sent. Under a reference that was used before nothing is
        bought again while an earlier attempt may have bought.

        Args:
            package_id: The package's slug, as listed by ``packages.list``.
            quantity: eSIMs to buy, 1 to 50.
            reference: Your own key for this purchase, 1 to 255 characters; made up if not given.
            description: Text of yours in the order, at most 200 characters.
            metadata: A JSON object that is handed back with every event.
            share: E-mail that Airalo sends to the traveller.
            brand_settings_name: Brand of the sharing page; must exist at Airalo.
            resubmit: Your word that a purchase which failed or stayed unresolved may be tried again; not before
                90 s have passed since it was sent (30 s more than a call may take).

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused; nothing was bought.
            NotSentError: Nothing left this machine; nothing was bought.
            OutcomeUnknownError: Sent without an answer. It may have been bought; see ``orders.reconcile``.
            DecodeError: Bought, but the answer cannot be read; it is in the store.
            ReferenceConflictError: The reference was used for another purchase; nothing was sent.
            StoreError: Its ``outcome`` tells whether anything was sent.

        Source:
            POST /v2/orders, Partner API documentation, 2026-09-19.
        """
        request = models.OrderRequest(
            package_id,
            quantity=quantity,
            reference=reference,
            description=description,
            metadata=metadata,
            share=share,
            brand_settings_name=brand_settings_name,
        )
        return await self._purchases.submit(order_plan(request), resubmit=resubmit)

    async def submit_async(
        self,
        package_id: str,
        *,
        quantity: int = 1,
        webhook_url: str | None = None,
        reference: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, JSON] | None = None,
        share: EmailShare | None = None,
        brand_settings_name: str | None = None,
        resubmit: bool = False,
    ) -> PendingOrder:
        """Order eSIMs that a push will deliver.

        The request is in the store before anything is sent. Repeated under the reference of a completed order, the
        answer carries the stored order.

        Args:
            package_id: The package's slug, as listed by ``packages.list``.
            quantity: eSIMs to buy, 1 to 50.
            webhook_url: Where the push goes; the URL that the account has opted in with, if not given.
            reference: Your own key for this purchase, 1 to 255 characters; made up if not given.
            description: Text of yours in the order, at most 200 characters.
            metadata: A JSON object that is handed back with every event.
            share: E-mail that Airalo sends to the traveller.
            brand_settings_name: Brand of the sharing page; must exist at Airalo.
            resubmit: Your word that a purchase which failed or stayed unresolved may be tried again; not before
                90 s have passed since it was sent (30 s more than a call may take).

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused; nothing was bought.
            NotSentError: Nothing left this machine; nothing was bought.
            OutcomeUnknownError: Sent without an answer. It may have been bought; see ``orders.reconcile``.
            OrderFailedError: An earlier attempt under the reference failed; nothing was sent.
            ReferenceConflictError: The reference was used for another purchase; nothing was sent.
            StoreError: Its ``outcome`` tells whether anything was sent.

        Source:
            POST /v2/orders-async, Partner API documentation, 2025-07-10.
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
        return await self._purchases.submit(async_plan(request), resubmit=resubmit)

    async def submit_many(self, requests: Iterable[OrderRequest], *, concurrency: int = 10) -> AsyncIterator[BulkItem]:
        """Order many, a few at a time, and give each result as it comes.

        Every request has its reference before the first is sent. One failure stops nobody else; a consumer who
        stops early leaves what is in flight to finish, and starts nothing more.

        Args:
            requests: What to order.
            concurrency: Orders in flight at once, 1 to 1000.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
        """
        check_int("concurrency", concurrency, 1, 1000)
        named = [_with_reference(request) for request in check_several("requests", requests, _REQUESTS)]
        waiting = [(request, order_plan(request)) for request in reversed(named)]
        running: set[asyncio.Task[BulkItem]] = set()
        while waiting or running:
            while waiting and len(running) < concurrency:
                running.add(self._purchases.run(self._item(*waiting.pop())))
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()

    async def _item(self, request: OrderRequest, plan: Plan[Order]) -> BulkItem:
        try:
            order = await self._purchases.submit(plan)
        except AiraloError as error:
            return models.BulkItem(request, error=error)
        return models.BulkItem(request, order=order)

    async def top_up(
        self,
        package_id: str,
        *,
        iccid: str,
        reference: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, JSON] | None = None,
        resubmit: bool = False,
    ) -> Order:
        """Buy a top-up for an eSIM.

        Args:
            package_id: A top-up package of that eSIM, as listed by ``sims.topup_packages``.
            iccid: The eSIM, 15 to 22 digits.
            reference: Your own key for this purchase, 1 to 255 characters; made up if not given.
            description: Text of yours in the order, at most 200 characters.
            metadata: A JSON object that is handed back with every event.
            resubmit: Your word that a purchase which stayed unresolved may be tried again; not before
                90 s have passed since it was sent (30 s more than a call may take).

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused; nothing was bought.
            TopUpDisabledError: The operator has disabled it; nothing was bought.
            RecycledSimError: The eSIM can no longer be topped up; nothing was bought.
            NotSentError: Nothing left this machine; nothing was bought.
            OutcomeUnknownError: Sent without an answer. It may have been bought; see ``orders.reconcile``.
            DecodeError: Bought, but the answer cannot be read; it is in the store.
            ReferenceConflictError: The reference was used for another purchase; nothing was sent.
            StoreError: Its ``outcome`` tells whether anything was sent.

        Source:
            POST /v2/orders/topups, Partner API documentation, 2026-09-19.
        """
        request = models.OrderRequest(package_id, reference=reference, description=description, metadata=metadata)
        check_iccid("iccid", iccid)
        return await self._purchases.submit(top_up_plan(request, iccid), resubmit=resubmit)

    async def wait(
        self,
        pending: PendingOrder | FutureOrder | str | None = None,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Order:
        """Wait for the order of a stored request: its push, or what asking the API tells.

        Args:
            pending: What ``submit_async`` or ``future_orders.submit`` returned, or a reference.
            request_id: The API's id, instead of ``pending``.
            timeout: Seconds, from 0; no bound if not given.

        Raises:
            ArgumentError: Not exactly one of the two was given, or it is no order that is waited for.
            TimeoutError: It did not come in time; nothing has changed.
            OrderFailedError: It failed, or was cancelled; nothing was delivered.
            OutcomeUnknownError: It is unresolved; a person should look.
            UnknownReferenceError: The store has no such request.
        """
        rule = "must be a pending order or a reference, or else request_id be given"
        demand("pending", rule, pending, kept=(pending is None) != (request_id is None))
        if timeout is not None:
            check_seconds("timeout", timeout, zero=True)
        if request_id is not None:
            check_request_id("request_id", request_id)
            await self._purchases.ready()
            reference = await find_reference(self._store, request_id)
        else:
            reference = pending if isinstance(pending, str) else getattr(pending, "reference", "")
            demand("pending", rule, pending, kept=bool(reference))
            await self._purchases.ready()
        return await wait_for_order(self._store, self._reconciler, reference, timeout=timeout)

    async def get(self, order_id: int, *, include: Collection[str] = ("sims", "status")) -> Order:
        """Get one order from the API.

        Args:
            order_id: The API's order number.
            include: Any of ``sims``, ``user`` and ``status``.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            PermissionDeniedError: It is not yours, or does not exist; so live answers say.
            NotFoundError: It does not exist; not documented, and possible.
            DecodeError: The answer is no order.

        Source:
            GET /v2/orders/{order_id}, Partner API documentation, 2026-09-19.
        """
        check_int("order_id", order_id)
        request = Request(
            method="GET",
            path=f"/v2/orders/{order_id}",
            route="/v2/orders/{order_id}",
            query=_included(include),
        )
        return _codec.decode_order((await self._pipeline.call(request)).body)

    def list(
        self,
        *,
        created: tuple[date, date] | None = None,
        code: str | None = None,
        status: str | None = None,
        iccid: str | None = None,
        description: str | None = None,
        include: Collection[str] = ("sims", "status"),
        page_size: int | None = 50,
        page: int = 1,
    ) -> Listing[Order]:
        """List orders at the API, newest first.

        Args:
            created: First and last day (UTC) on which they were made; of aware datetimes, their days in UTC.
            code: Part of the order code. The API compares with LIKE, so ``%`` and ``_`` may be wildcards.
            status: ``completed``, ``failed``, ``partially_refunded`` or ``refunded``.
            iccid: Part of an ICCID, 1 to 22 digits.
            description: Part of the description.
            include: Any of ``sims``, ``user`` and ``status``.
            page_size: Orders a page, from 1; None has the API choose.
            page: The page to start from, from 1.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.

        Source:
            GET /v2/orders, Partner API documentation, 2026-09-19.
        """
        filters = {
            "created_at": None if created is None else written_days("created", created),
            "code": None if code is None else check_text("code", code),
            "order_status": None if status is None else check_word("status", status, models.OrderStatus),
            "iccid": None if iccid is None else check_part_of_iccid("iccid", iccid),
            "description": None if description is None else check_text("description", description),
        }
        chosen = [(f"filter[{name}]", value) for name, value in filters.items() if value is not None]
        request = Request(method="GET", path=_PATH, route=_PATH, query=(*chosen, *_included(include)))
        return Listing(self._pipeline, request, reader_of(models.Order), page=page, limit=page_size)

    async def reconcile(self, reference: str | None = None) -> tuple[StoredRequest, ...]:
        """Ask the API for purchases whose outcome is not known.

        Without a reference it asks for everything that is due: 2, 5, 15, 30, 60, 120, 300 and 600 seconds after
        sending, then hourly; accepted orders whose push has not come, from ``ask_after`` on. It never buys.

        Args:
            reference: Ask for this one now, due or not.

        Returns:
            The stored requests that were asked for, as they stand now.

        Raises:
            UnknownReferenceError: The store has no such request.
            AiraloError: This one could not be asked for; nothing has changed.
        """
        if reference is not None:
            check_text("reference", reference, control=True)
            return (await self._reconciler.settle(reference),)
        return await self._reconciler.settle_due()

    async def recover(self) -> tuple[StoredRequest, ...]:
        """Take up what a dead process left behind; call it at start-up.

        Senders whose lease has run out leave UNKNOWN, parked pushes are matched again, and what is due is asked
        for. Senders that are alive are left alone.

        Returns:
            The stored requests that were taken up, as they stand now.

        Raises:
            StoreError: The store could not be read or written; what is left to do is done by the next call.
        """
        lapsed = await self._reconciler.recover()
        asked = {request.reference: request for request in await self._reconciler.settle_due()}
        return tuple(asked.pop(request.reference, request) for request in lapsed) + tuple(asked.values())

    def unresolved(self) -> AsyncIterator[Unresolved]:
        """Iterate over stored requests that a person may have to look at: unknown, unresolved, or with alarms."""
        return self._reconciler.unresolved()

    def orphans(self, *, since: datetime) -> AsyncIterator[Order]:
        """Iterate over orders at the API that this library made and the store does not know.

        They appear after a backup was restored or a store was lost.

        Args:
            since: First day to look at; an aware datetime.

        Raises:
            ArgumentError: It is not aware.
        """
        return self._reconciler.orphans(check_aware("since", since))

    async def resolve(
        self,
        reference: str,
        *,
        order_id: int | None = None,
        request_id: str | None = None,
        not_placed: bool = False,
    ) -> StoredRequest:
        """Settle a purchase by hand, after a person has looked.

        Args:
            reference: Your own key of the purchase.
            order_id: The API's number of the order that it became.
            request_id: The API's id of the async or future order that it became.
            not_placed: Nothing was bought; the reference may be submitted again.

        Returns:
            The stored request as it stands now: what is proved already, no word changes.

        Raises:
            ArgumentError: Not exactly one of the three was given, or what belongs to another reference.
            UnknownReferenceError: The store has no such request.
        """
        return await self._reconciler.resolve(
            reference, order_id=order_id, request_id=request_id, not_placed=not_placed
        )


def _included(include: Collection[str]) -> tuple[tuple[str, str], ...]:
    return (("include", written_words("include", include, _INCLUDES)),) if include else ()


def _with_reference(request: OrderRequest) -> OrderRequest:
    if not isinstance(request, models.OrderRequest):
        raise refuse("requests", _REQUESTS, request)
    return evolve(request, reference=request.reference or new_reference())
