"""Future orders: submit, list, cancel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airalo_async.testing._buying import check_trigger, read_purchase
from airalo_async.testing._paging import page_of
from airalo_async.testing._replies import Refused, invalid, ok, reason
from airalo_async.testing._requests import accept
from airalo_async.testing._routing import Route
from airalo_async.testing._webhooks import is_alive
from airalo_async.testing._world import stamp

if TYPE_CHECKING:
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._records import Request
    from airalo_async.testing._replies import Reply
    from airalo_async.testing._world import World

__all__ = ["ROUTES"]

_MINUTES = "%Y-%m-%d %H:%M"
_DAY = 86_400.0
_ID_LENGTH = 25
_MOST_IDS = 10
_LISTED = ("pending", "retry", "failed")


async def _submit(world: World, incoming: Incoming) -> Reply:
    purchase = read_purchase(world, incoming, is_future=True)
    check_trigger(purchase)
    due_at = _due_at(world, incoming)
    webhook_url = incoming.text("webhook_url")
    if webhook_url is None and "async_orders" not in world.opt_ins:
        return reason("User is not opted in and no webhook URL provided.")
    if webhook_url is not None and not await is_alive(world, webhook_url):
        return invalid({"webhook_url": "The webhook url must answer a HEAD request with status 200."})
    request = accept(world, purchase, webhook_url=webhook_url, due_at=due_at)
    return ok(
        {
            "request_id": request.request_id,
            "due_date": stamp(due_at, _MINUTES),
            "latest_cancellation_date": stamp(due_at - _DAY, _MINUTES),
        }
    )


def _list(world: World, incoming: Incoming) -> Reply:
    status = incoming.query.get("status") or "pending"
    if status not in _LISTED:
        raise Refused(invalid({"status": "The selected status is invalid."}))
    first, last = _bound(incoming, "from_due_date", 0.0), _bound(incoming, "to_due_date", float("inf"))
    rows = [
        (request, request.due_at)
        for request in reversed(world.requests.values())
        if request.kind == "future"
        and request.status == status
        and request.due_at is not None
        and first <= request.due_at <= last
    ]
    url = f"{world.url}/v2/future-orders"
    page = page_of(incoming, url, len(rows), default=25, extra=(("status", status),))
    data = [_row(request, due_at) for request, due_at in rows[page.start : page.stop]]
    return ok(data, meta=page.meta, links=page.links)


def _cancel(world: World, incoming: Incoming) -> Reply:
    ids = incoming.params.get("request_ids")
    if not isinstance(ids, list) or not ids:
        return invalid({"request_ids": "The request ids field is required."})
    if len(ids) > _MOST_IDS:
        return invalid({"request_ids": f"The request ids may not have more than {_MOST_IDS} items."})
    fields = {
        f"request_ids.{position}": text
        for position, value in enumerate(ids)
        if (text := _objection(world, ids, position, value)) is not None
    }
    if fields:
        return invalid(fields)
    for request_id in ids:
        world.requests[request_id].status = "cancelled"
    return ok([], meta="Future orders cancelled successfully")


def _objection(world: World, ids: list[Any], position: int, value: Any) -> str | None:
    """Say why an id cannot be cancelled, if so."""
    if not isinstance(value, str) or len(value) != _ID_LENGTH:
        return "Each request ID must be exactly 25 characters long."
    if value in ids[:position]:
        return "The request_ids field has a duplicate value."
    request = world.requests.get(value)
    if request is None or request.due_at is None:
        return f"Request ID: {value} does not exist."
    if request.status not in _LISTED:
        return f"Request ID: {value} is already processed and can not be cancelled."
    # The message for a late cancellation is not published; this one is made up.
    if request.status == "pending" and world.now() > request.due_at - _DAY:
        return f"Request ID: {value} can not be cancelled less than 24 hours before its due date."
    return None


def _due_at(world: World, incoming: Incoming) -> float:
    text = incoming.text("due_date")
    if text is None:
        raise Refused(invalid({"due_date": "The due date field is required."}))
    due = _parse(text)
    if due is None:
        raise Refused(invalid({"due_date": "The due date does not match the format Y-m-d H:i."}))
    now = world.clock.now()
    # "Two days from now" and the error text's calendar days differ by up to a day; the text is what the API says.
    earliest = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    if due < earliest:
        text = "Minimum due date must be at least the day after tomorrow in UTC timezone."
        raise Refused(invalid({"due_date": text}))
    if due > now + timedelta(days=366):
        raise Refused(invalid({"due_date": "Maximum due date must be at most one year from now."}))
    return due.timestamp()


def _bound(incoming: Incoming, name: str, otherwise: float) -> float:
    text = incoming.query.get(name)
    if not text:
        return otherwise
    moment = _parse(text)
    if moment is None:
        raise Refused(invalid({name: f"The {name.replace('_', ' ')} is not a valid date."}))
    return moment.timestamp()


def _parse(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _MINUTES).replace(tzinfo=UTC)
    except ValueError:
        return None


def _row(request: Request, due_at: float) -> dict[str, Any]:
    return {
        "request_id": request.request_id,
        "quantity": request.purchase.quantity,
        "description": request.purchase.description or "",
        "status": request.status,
        "package_id": request.purchase.package.slug,
        "due_date": stamp(due_at, _MINUTES),
        "latest_cancellation_date": stamp(due_at - _DAY, _MINUTES),
    }


ROUTES = (
    Route("POST", "/v2/future-orders", _submit),
    Route("GET", "/v2/future-orders", _list),
    Route("POST", "/v2/cancel-future-orders", _cancel),
)
