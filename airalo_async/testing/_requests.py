"""The life of async and future orders: accepted, placed or failed, cancelled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from airalo_async.testing._buying import check_funds, place
from airalo_async.testing._records import Request
from airalo_async.testing._replies import REASONS, Refused
from airalo_async.testing._webhooks import push

if TYPE_CHECKING:
    from airalo_async.testing._records import Order, Purchase
    from airalo_async.testing._world import World

__all__ = ["accept", "fail", "fulfil", "process"]


def accept(
    world: World,
    purchase: Purchase,
    *,
    webhook_url: str | None,
    due_at: float | None = None,
) -> Request:
    """Take on an async order, or a future one if it has a due date, and see that it is processed in time."""
    request = Request(
        request_id=world.new_request_id(),
        kind="async" if due_at is None else "future",
        purchase=purchase,
        accepted_at=world.now(),
        webhook_url=webhook_url,
        due_at=due_at,
    )
    world.requests[request.request_id] = request
    if isinstance(purchase.package.trigger, str):
        request.status = purchase.package.trigger
        return request
    wait = world.behaviour.processing_time if due_at is None else max(0.0, due_at - world.now())
    if due_at is not None and world.behaviour.sandbox:
        wait = 0.0
    if wait:
        world.agenda.later(wait, lambda: process(world, request))
    elif wait is not None:
        _decide(world, request)
        if world.behaviour.auto_push:
            world.agenda.start(push(world, request))
    return request


async def process(world: World, request: Request) -> None:
    """Place an accepted order whose time has come, and push what became of it if pushes go out by themselves."""
    if request.status != "pending":
        return
    _decide(world, request)
    if world.behaviour.auto_push:
        await push(world, request)


def fulfil(world: World, request: Request) -> Order:
    """Place an accepted order, whatever became of it before."""
    order = request.orders[0] if request.orders else place(world, request.purchase, request)
    order.status = request.status = "completed"
    request.failure = None
    return order


def fail(request: Request, code: int | None, reason: str | None) -> None:
    """Let an accepted order fail; an order it became is failed too."""
    text = reason if reason is not None else REASONS.get(code or 53, REASONS[53]).replace("{additional}", "0")
    request.status = "failed"
    request.failure = (code, text)
    for order in request.orders:
        order.status = "failed"


def _decide(world: World, request: Request) -> None:
    try:
        check_funds(world, request.purchase)
    except Refused as refusal:
        body = json.loads(refusal.reply.body)
        fail(request, body.get("code"), body.get("reason") or next(iter(body["data"].values())))
    else:
        fulfil(world, request)
