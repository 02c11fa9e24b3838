"""Faults that a fake can be told to have, each with what the server did.

A fault is given to ``FakeAiralo.fail_next`` and takes the place of one answer. Those that come *before commit* leave
the fake as it was; those *after commit* carry the request out first, so that an order is placed and billed although
its answer never arrives in one piece.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from attrs import field, frozen

from airalo_async.testing._exchange import Exchange
from airalo_async.testing._json import php_json
from airalo_async.testing._replies import Reply, business, framework
from airalo_async.testing._replies import html as html_page

__all__ = [
    "Fault",
    "business_error",
    "drop_after_commit",
    "drop_before_commit",
    "drop_before_read",
    "garbage_status_line",
    "hang_after_commit",
    "hang_before_commit",
    "html",
    "malformed_json",
    "rate_limited",
    "redirect",
    "reset_after_commit",
    "reset_before_commit",
    "stall",
    "status",
    "truncate_body",
    "unreadable_order",
]


@frozen
class Fault:
    """One way in which an answer goes wrong.

    Attributes:
        name: What it is called in a report.
        play: Does it; gives the answer to send, or None when the connection is dealt with.
    """

    name: str
    play: Callable[[Exchange], Awaitable[Reply | None]] = field(repr=False)


def drop_before_read() -> Fault:
    """Close the connection before the body is read; nothing was carried out."""

    async def play(exchange: Exchange) -> None:
        exchange.close()

    return Fault("drop_before_read", play)


def drop_before_commit() -> Fault:
    """Read the whole request, then close the connection; nothing was carried out."""
    return _cut("drop_before_commit", committed=False)


def reset_before_commit() -> Fault:
    """Read the whole request, then reset the connection; nothing was carried out."""
    return _cut("reset_before_commit", committed=False, reset=True)


def drop_after_commit() -> Fault:
    """Carry the request out, then close the connection without an answer."""
    return _cut("drop_after_commit", committed=True)


def reset_after_commit() -> Fault:
    """Carry the request out, then reset the connection without an answer."""
    return _cut("reset_after_commit", committed=True, reset=True)


def hang_before_commit() -> Fault:
    """Read the request and never answer; nothing was carried out. The connection stays open until the fake stops."""
    return _cut("hang_before_commit", committed=False, hang=True)


def hang_after_commit() -> Fault:
    """Carry the request out and never answer. The connection stays open until the fake stops."""
    return _cut("hang_after_commit", committed=True, hang=True)


def stall(seconds: float) -> Fault:
    """Carry the request out, wait, then answer as usual.

    Args:
        seconds: How long, on the fake's clock.
    """

    async def play(exchange: Exchange) -> Reply:
        reply = await exchange.commit()
        await exchange.hang(seconds)
        return reply

    return Fault(f"stall({seconds})", play)


def truncate_body(after: int = 0, *, reset: bool = False) -> Fault:
    """Carry the request out, send the head and a part of the body, then close the connection.

    Args:
        after: Bytes of the body that are sent.
        reset: Whether the connection is reset rather than closed.
    """

    async def play(exchange: Exchange) -> None:
        reply = await exchange.commit()
        await exchange.send_part(reply, after)
        if reset:
            exchange.reset()
        else:
            exchange.close()

    return Fault(f"truncate_body({after})", play)


def garbage_status_line(line: bytes = b"\x16\x03\x01 not HTTP at all") -> Fault:
    """Carry the request out, then send something that is no status line.

    Args:
        line: What is sent.
    """

    async def play(exchange: Exchange) -> None:
        await exchange.commit()
        await exchange.send_raw(line + b"\r\n\r\n")
        exchange.close()

    return Fault("garbage_status_line", play)


def html(status: int = 502, *, committed: bool = False) -> Fault:
    """Answer with an HTML page, as a proxy in front of the API does.

    Args:
        status: Its status; 200 is possible.
        committed: Whether the request was carried out before.
    """
    return _answer(f"html({status})", html_page(status), committed=committed)


def status(code: int, body: Any = None, *, committed: bool = False, headers: dict[str, str] | None = None) -> Fault:
    """Answer with a status and a body.

    Args:
        code: The status.
        body: Bytes or text as they are, anything else as JSON; None for a body in the framework's shape.
        committed: Whether the request was carried out before.
        headers: Further headers; ``Content-Type`` replaces the one that goes with the body.
    """
    extra = dict(headers or {})
    if isinstance(body, str | bytes):
        data, kind = body if isinstance(body, bytes) else body.encode(), "text/plain"
    else:
        data, kind = php_json({"message": "Server Error"} if body is None else body).encode(), "application/json"
    reply = Reply(code, data, extra.pop("Content-Type", kind), tuple(extra.items()))
    return _answer(f"status({code})", reply, committed=committed)


def rate_limited(retry_after: float | str | None = 1) -> Fault:
    """Answer 429; nothing was carried out.

    Args:
        retry_after: The header's value, as it is; None leaves it out.
    """
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return _answer("rate_limited", framework(429, "Too Many Attempts.", headers), committed=False)


def redirect(location: str, code: int = 307, *, committed: bool = False) -> Fault:
    """Answer with a redirect.

    Args:
        location: Where to.
        code: 301, 302, 303, 307 or 308.
        committed: Whether the request was carried out before.
    """
    return _answer(f"redirect({code})", Reply(code, b"", headers=(("Location", location),)), committed=committed)


def business_error(code: int, additional: str = "", *, committed: bool = False) -> Fault:
    """Answer with a business error.

    Args:
        code: 11, 13, 14, 23, 33, 34, 43, 53, 73 or 89.
        additional: What the server adds to the reason.
        committed: Whether the request was carried out before; with 53 nobody can know.
    """
    return _answer(f"business_error({code})", business(code, additional), committed=committed)


def malformed_json() -> Fault:
    """Carry the request out, then answer with the usual status and a body that is no JSON."""

    async def play(exchange: Exchange) -> Reply:
        reply = await exchange.commit()
        return Reply(reply.status, reply.body[:-1] + b",}")

    return Fault("malformed_json", play)


def unreadable_order() -> Fault:
    """Carry the request out, then answer with the usual status and JSON that is no order."""

    async def play(exchange: Exchange) -> Reply:
        reply = await exchange.commit()
        return Reply(reply.status, php_json({"data": {"surprise": []}, "meta": {"message": "success"}}).encode())

    return Fault("unreadable_order", play)


def _cut(name: str, *, committed: bool, reset: bool = False, hang: bool = False) -> Fault:
    async def play(exchange: Exchange) -> None:
        await (exchange.commit() if committed else exchange.read())
        if hang:
            await exchange.hang()
        if reset:
            exchange.reset()
        else:
            exchange.close()

    return Fault(name, play)


def _answer(name: str, reply: Reply, *, committed: bool) -> Fault:
    async def play(exchange: Exchange) -> Reply:
        await (exchange.commit() if committed else exchange.read())
        return reply

    return Fault(name, play)
