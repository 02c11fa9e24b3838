"""Pushes: what they say, how they are signed, delivered and repeated."""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from airalo_async.testing._json import SIGNATURE_HEADER, php_json, sign
from airalo_async.testing._money import number
from airalo_async.testing._rendering import order_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async.testing._records import Order, Request
    from airalo_async.testing._world import World

__all__ = [
    "alert",
    "credit_alert",
    "deliver",
    "encode",
    "in_shape",
    "is_alive",
    "order_payload",
    "push",
    "push_target",
    "watch_credit",
]

RETRIES = 20
RETRY_AFTER = 15 * 60.0
_TIMEOUT = 10.0

# The documented rule: a status from 204 on is a failure.
_FIRST_BAD_STATUS = 204


def order_payload(world: World, request: Request, order: Order | None = None) -> dict[str, Any]:
    """Write what a push says about an async or future order, in the shape that is set."""
    if request.failure is not None and order is None:
        code, reason = request.failure
        body: dict[str, Any] = {"request_id": request.request_id, "reason": reason}
        return body if code is None else {"request_id": request.request_id, "code": code, "reason": reason}
    data = order_answer(order or request.orders[0], world.behaviour)
    data["quantity"] = request.purchase.quantity
    return in_shape(world, request.request_id, data)


def in_shape(world: World, request_id: str, data: dict[str, Any]) -> dict[str, Any]:
    """Put a request_id to an order, where the shape that is set has it."""
    meta = {"message": "success"}
    match world.behaviour.push_shape:
        case "top":
            return {"request_id": request_id, "data": data, "meta": meta}
        case "inside":
            return {"data": {"request_id": request_id, **data}, "meta": meta}
        case _:
            return {"request_id": request_id, **data}


def credit_alert(world: World, percent: int) -> dict[str, Any]:
    """Write a credit-limit notification."""
    remaining = number(world.behaviour.credit)
    return {"message": f"Surpassed {percent}% of the credit limit balance", "remaining": remaining}


async def alert(world: World, kind: str, payload: dict[str, Any]) -> None:
    """Push a notification to the webhook that opted in to its kind; in sandbox mode none goes out."""
    opt_in = world.opt_ins.get(kind)
    if opt_in is not None and not world.behaviour.sandbox:
        await deliver(world, opt_in.contact, *encode(world, payload))


def watch_credit(world: World) -> None:
    """Push the levels of the credit limit that have been passed since the last look."""
    opt_in = world.opt_ins.get("webhook_credit_limit")
    limit = world.behaviour.credit_limit
    if opt_in is None or not limit:
        return
    used = 100 - 100 * world.behaviour.credit / limit
    for level in sorted(set(opt_in.levels) - opt_in.reached):
        if level <= used:
            opt_in.reached.add(level)
            world.agenda.start(alert(world, "webhook_credit_limit", credit_alert(world, level)))


def encode(world: World, payload: object) -> tuple[bytes, dict[str, str]]:
    """Write a payload and its headers, signed as is set."""
    text = php_json(payload)
    secret = world.behaviour.client_secret
    headers = {"Content-Type": "application/json", "User-Agent": "Airalo-Webhook"}
    match world.behaviour.push_signing:
        case "body":
            headers[SIGNATURE_HEADER] = sign(text, secret)
        case "php":
            headers[SIGNATURE_HEADER] = sign(text, secret)
            text = json.dumps(payload, indent=2, ensure_ascii=False)
        case "wrong":
            headers[SIGNATURE_HEADER] = sign(text, f"not {secret}")
        case _:
            pass
    return text.encode(), headers


def push_target(world: World, request: Request) -> str | None:
    """Tell where the push of an order goes: the URL it named, else, outside sandbox mode, the one opted in."""
    if request.webhook_url or world.behaviour.sandbox:
        return request.webhook_url
    opt_in = world.opt_ins.get("async_orders")
    return None if opt_in is None else opt_in.contact


async def push(world: World, request: Request, order: Order | None = None) -> int | None:
    """Push what became of an order; a refused push is repeated later.

    Returns:
        The status of the first delivery, or None where there was no answer or no address.
    """
    url = push_target(world, request)
    if url is None:
        return None
    request.pushes += 1
    body, headers = encode(world, order_payload(world, request, order))
    return await deliver(world, url, body, headers, again=lambda: _count(request))


async def deliver(
    world: World,
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    again: Callable[[], None] | None = None,
    retries: int = RETRIES,
) -> int | None:
    """Post a push, and arrange for the next attempt if it was not taken.

    Args:
        world: Whose push it is.
        url: Where to.
        body: The bytes.
        headers: With the signature.
        again: Called before each repeated attempt.
        retries: How many more attempts there are.
    """
    status = await _send(world, "POST", url, body, headers)
    if retries and (status is None or status >= _FIRST_BAD_STATUS):

        async def repeat() -> None:
            if again is not None:
                again()
            await deliver(world, url, body, headers, again=again, retries=retries - 1)

        world.agenda.later(RETRY_AFTER, repeat)
    return status


async def is_alive(world: World, url: str) -> bool:
    """Tell whether a webhook answers HEAD with 200; one that must not be asked passes for alive."""
    if not _may_call(world, url):
        return True
    return await _send(world, "HEAD", url, b"", {}) == 200


async def _send(world: World, method: str, url: str, body: bytes, headers: dict[str, str]) -> int | None:
    if not _may_call(world, url):
        return None
    try:
        async with (
            world.clock.timeout(_TIMEOUT),
            world.http().request(method, url, data=body or None, headers=headers, allow_redirects=False) as response,
        ):
            return response.status
    except (aiohttp.ClientError, aiohttp.InvalidURL, OSError, TimeoutError, ValueError):
        return None


def _may_call(world: World, url: str) -> bool:
    """Tell whether an address is on this machine, or any may be called."""
    if world.behaviour.remote_webhooks:
        return True
    try:
        host = URL(url).host or ""
    except ValueError:
        return True
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _count(request: Request) -> None:
    request.pushes += 1
