"""One look at the API for a purchase whose outcome is not known.

The list of orders is searched by the part of the tag that all attempts of a reference share, because the search is a
LIKE; only an order under the whole tag of an attempt settles anything. What is found goes through the inbox, so that
handlers run as if a push had come, and the push that comes late is a duplicate.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from airalo_async import _codec
from airalo_async._purchase._plan import UNLISTED
from airalo_async._tag import find_tag, first_part
from airalo_async._wire import Position, Progress, Request
from airalo_async.errors import DecodeError, Outcome
from airalo_async.models import (
    Accepted,
    Failed,
    Kind,
    Mismatched,
    NothingFound,
    NotVisible,
    Paid,
    PushFacts,
    PushKind,
    Refusal,
    State,
    StoredRequest,
)

if TYPE_CHECKING:
    from airalo_async._pipeline import Pipeline
    from airalo_async.stores._base import RequestStore

__all__ = ["Look"]


_SETTLE_WINDOW = timedelta(hours=24)
_PAGE_SIZE = 100
_FUTURE_STATES = ("pending", "retry", "failed")

_log = logging.getLogger("airalo_async")

Row = Mapping[str, object]


@frozen(eq=False, repr=False)
class _Found:
    """Orders under whole tags of the request, lowest number first, and codes of others under its first part."""

    orders: tuple[Row, ...]
    earlier: tuple[str, ...]


class Look:
    """Asks the API for purchases, and settles them by what it finds."""

    def __init__(self, pipeline: Pipeline, store: RequestStore, client_id: str) -> None:
        self._pipeline = pipeline
        self._store = store
        self._client_id = client_id

    async def at(self, request: StoredRequest) -> StoredRequest:
        """Look once; the request as it stands afterwards.

        Raises:
            AiraloError: The API or the store could not be asked; nothing is known that was not known before.
        """
        if request.kind in UNLISTED:
            return await self._store.settle(request.reference, NothingFound())
        if request.kind is Kind.FUTURE_ORDER:
            changed = await self._future(request)
            if changed is not None:
                return changed
        found = await self._search(request)
        if found.orders:
            for row in found.orders:
                request = await self._settle(request, row)
            return request
        return await self._nothing(request, found.earlier)

    async def rows(self, description: str, created: str | None = None) -> list[Row]:
        """List the orders whose description contains a text."""
        query = [("filter[description]", description), ("include", "sims,status")]
        query += [("filter[created_at]", created)] if created else []
        return await self._all("/v2/orders", query, "id")

    async def _all(self, path: str, query: Sequence[tuple[str, str]], key: str) -> list[Row]:
        """List the rows of all pages, each once.

        Raises:
            DecodeError: Rows may be missing, so the look was not complete and proves nothing.
        """
        progress, rows, number, more = Progress(_PAGE_SIZE), dict[str, Row](), 1, True
        while more:
            page = [*query, ("limit", str(_PAGE_SIZE)), ("page", str(number))]
            response = await self._pipeline.call(_get(path, page))
            try:
                value = _codec.parse(response.body)
                rows = {_name(row, key): row for row in _rows(value)} | rows
                more = progress.admit(number, Position.of(value), _codec.unwrap(value))
            except DecodeError as error:
                error.__traceback__ = None  # the local variables of its frames hold eSIMs
                raise
            number += 1
        return list(rows.values())

    async def order(self, order_id: object) -> Row:
        """Get one order with its eSIMs and status."""
        request = Request(
            method="GET",
            path=f"/v2/orders/{order_id}",
            route="/v2/orders/{order_id}",
            query=(("include", "sims,status"),),
        )
        data = _codec.unwrap(_codec.parse((await self._pipeline.call(request)).body))
        if not isinstance(data, Mapping):
            message = f"GET /v2/orders/{order_id} did not answer with an order"
            raise DecodeError(message, path="data")
        return data

    async def restored(self, request: StoredRequest) -> StoredRequest:
        """Give a completed request its result back, from the API when it was purged from the store."""
        if request.state is not State.COMPLETED or request.result is not None or request.order_id is None:
            return request
        row = await self.order(request.order_id)
        return evolve(request, result=json.dumps({"data": dict(row)}))

    async def settle_order(self, request: StoredRequest, row: Row, tag: str | None) -> StoredRequest:
        """Settle a request by an order, through the inbox."""
        body = {"request_id": request.request_id, "data": dict(row)}
        text = json.dumps(body, separators=(",", ":"))
        order_id = _whole(row.get("id"))
        if _status(row) == "failed":
            reason = "the order is listed as failed"
            evidence: Paid | Failed = Failed(Refusal(reason=reason), request.request_id, tag)
            kind, key = PushKind.ORDER_FAILED, f"failed:{request.request_id or tag}"
            text = json.dumps({"request_id": request.request_id, "reason": reason})
        else:
            delivered = request.quantity if request.kind is Kind.TOP_UP else len(_sims(row))
            code = row.get("code")
            evidence = Paid(
                order_id=order_id,
                order_code=code if isinstance(code, str) else None,
                delivered=delivered,
                result=text,
                tag=tag,
                request_id=request.request_id,
            )
            kind, key = PushKind.ORDER_COMPLETED, f"order:{order_id or tag or request.reference}"
        facts = PushFacts(kind=kind, key=key, request_id=request.request_id, tag=tag, evidence=evidence)
        return await self._store.settle_by_asking(request.reference, text.encode(), facts)

    async def _settle(self, request: StoredRequest, row: Row) -> StoredRequest:
        if request.kind is not Kind.TOP_UP and not _sims(row) and _status(row) != "failed":
            row = await self.order(row.get("id"))
        differs = _difference(request, row)
        if differs:
            detail = f"order {row.get('code') or row.get('id')}: {differs}"
            return await self._store.settle(request.reference, Mismatched(detail, request.attempt.tag))
        return await self.settle_order(request, row, find_tag(row.get("description")))

    async def _search(self, request: StoredRequest) -> _Found:
        part = first_part(self._client_id, request.reference)
        tags = {attempt.tag for attempt in request.attempts}
        orders: list[Row] = []
        earlier: list[str] = []
        for row in await self.rows(part):
            tag = find_tag(row.get("description"))
            if tag in tags:
                orders.append(row)
            elif tag is not None and tag.startswith(part):
                earlier.append(str(row.get("code") or row.get("id")))
        orders.sort(key=lambda row: _whole(row.get("id")) or 0)
        return _Found(tuple(orders), tuple(sorted(earlier)))

    async def _future(self, request: StoredRequest) -> StoredRequest | None:
        """Find a future order that has not been processed; None when its list does not have it."""
        tags = {attempt.tag for attempt in request.attempts}
        for status in _FUTURE_STATES:
            for row in await self._all("/v2/future-orders", [("status", status)], "request_id"):
                request_id = row.get("request_id")
                tag = find_tag(row.get("description"))
                if not isinstance(request_id, str) or (request_id != request.request_id and tag not in tags):
                    continue
                if status == "failed" and _is_known_as_failed(request, request_id, tag):
                    continue  # it says nothing of the other attempts, which may have become orders
                if status == "failed":
                    refusal = Refusal(reason="the future order is listed as failed")
                    facts = PushFacts(
                        kind=PushKind.ORDER_FAILED,
                        key=f"failed:{request_id}",
                        request_id=request_id,
                        tag=tag,
                        evidence=Failed(refusal, request_id, tag),
                    )
                    body = json.dumps({"request_id": request_id, "reason": refusal.reason}).encode()
                    return await self._store.settle_by_asking(request.reference, body, facts)
                text = json.dumps({"data": dict(row)}, separators=(",", ":"))
                after = await self._store.settle(request.reference, Accepted(request_id, text, tag))
                return await self._store.settle(after.reference, NotVisible(tag=request.attempt.tag))
        return None

    async def _nothing(self, request: StoredRequest, earlier: Sequence[str]) -> StoredRequest:
        """Record that a complete look found nothing; late enough, that leaves the request UNRESOLVED."""
        if earlier:
            _log.warning("orders under an earlier mark of %r: %s", request.reference, ", ".join(earlier))
        base = max(request.attempt.started_at, request.due_at or request.attempt.started_at)
        late = self._store.clock.now() >= base + _SETTLE_WINDOW
        tag = request.attempt.tag
        evidence = NothingFound(tuple(earlier), tag) if late else NotVisible(tuple(earlier), tag)
        return await self._store.settle(request.reference, evidence)


def _is_known_as_failed(request: StoredRequest, request_id: str, tag: str | None) -> bool:
    return any(
        attempt.outcome is Outcome.REJECTED and (attempt.request_id == request_id or attempt.tag == tag)
        for attempt in request.attempts
    )


def _get(path: str, query: Sequence[tuple[str, str]]) -> Request:
    return Request(method="GET", path=path, route=path, query=tuple(query))


def _rows(value: object) -> Iterator[Row]:
    data = _codec.unwrap(value)
    rows = data.values() if isinstance(data, Mapping) else data
    if not isinstance(rows, Sequence | type({}.values())) or isinstance(rows, str):
        message = "data is not a list"
        raise DecodeError(message, path="data")
    return (row for row in rows if isinstance(row, Mapping))


def _name(row: Row, key: str) -> str:
    """Tell a row from the others, also where what should name it is missing or odd."""
    value = row.get(key)
    return str(value if isinstance(value, int | str) else row)


def _whole(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _sims(row: Row) -> Sequence[object]:
    sims = row.get("sims")
    return sims if isinstance(sims, list) else ()


def _status(row: Row) -> str | None:
    status = row.get("status")
    slug = status.get("slug") if isinstance(status, Mapping) else status
    return slug if isinstance(slug, str) else None


def _difference(request: StoredRequest, row: Row) -> str:
    """Tell how an order differs from what was asked for; fewer eSIMs are a shortfall, not a difference."""
    if row.get("package_id") != request.package_id:
        return f"package {row.get('package_id')} instead of {request.package_id}"
    if len(_sims(row)) > request.quantity:
        return f"{len(_sims(row))} eSIMs instead of {request.quantity}"
    return ""
