"""Answers: the success envelope and every error shape the API is known to use."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from airalo_async.testing._json import php_json

__all__ = [
    "REASONS",
    "Refused",
    "Reply",
    "business",
    "framework",
    "html",
    "invalid",
    "message",
    "ok",
    "plain_error",
    "reason",
]

_JSON = "application/json"

# The texts of the error page; ``{additional}`` is the server's own addition.
REASONS = {
    11: "Insufficient Airalo Credit: {additional}",
    13: "The requested operator is currently undergoing maintenance. Please try again later.",
    14: "Invalid checksum: {additional}",
    23: "The requested top-up has been disabled by the operator. {additional}",
    33: "Insufficient stock of eSIMs remaining: {additional}. Please try your request again later.",
    34: "The requested eSIM package is invalid or it is currently out of stock. Please try again later.",
    43: "Bad request. {additional} Please check your input and try again.",
    53: "Something unexpected happened. We're working to resolve the issue. Please try again later.",
    73: "The eSIM with iccid {additional} has been recycled. It can no longer be used or topped up.",
    89: "Your IP address is not permitted to access the Partner API. Add it to your API IP allowlist in the "
    "Partner Platform, or contact your account manager.",
}

_HTML = (
    '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
    "<title>Airalo Partners &ndash; {title}</title></head>\n"
    "<body><h1>{status}</h1><p>{title}</p></body>\n</html>\n"
)
_TITLES = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out", 404: "Not Found"}


@frozen
class Reply:
    """One answer before it is on the wire.

    Attributes:
        status: The HTTP status.
        body: The whole body.
        content_type: Its type, without a charset.
        headers: Further headers.
        is_validation: Whether it is a validation error, which a caller who does not accept JSON gets as an HTML page.
    """

    status: int
    body: bytes
    content_type: str = _JSON
    headers: tuple[tuple[str, str], ...] = ()
    is_validation: bool = False


class Refused(Exception):  # noqa: N818  (not a failure of the fake: an answer on its way out)
    """Ends a handler with an answer that says no."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def _json(status: int, value: object, *, is_validation: bool = False) -> Reply:
    return Reply(status, php_json(value).encode(), is_validation=is_validation)


def ok(data: Any, *, status: int = 200, meta: str | dict[str, Any] | None = "success", **top: Any) -> Reply:
    """Answer with data in the usual envelope.

    Args:
        data: What ``data`` holds.
        status: 200 or 202.
        meta: ``meta``, or its message alone; None leaves it out, as some endpoints do.
        top: Further keys beside ``data``.
    """
    body = {**top, "data": data}
    if meta is not None:
        body["meta"] = {"message": meta} if isinstance(meta, str) else meta
    return _json(status, body)


def invalid(fields: dict[str, str], *, status: int = 422) -> Reply:
    """Refuse with messages by field (shape A)."""
    return _json(status, {"data": fields, "meta": {"message": "the parameter is invalid"}}, is_validation=True)


def message(status: int, text: str) -> Reply:
    """Refuse with a message in ``meta`` (shape B)."""
    return _json(status, {"data": [], "meta": {"message": text}})


def business(code: int, additional: str = "") -> Reply:
    """Refuse with a code and its reason (shape C)."""
    text = REASONS[code].replace("{additional}", additional)
    return _json(403 if code == 89 else 422, {"code": code, "reason": " ".join(text.split())})


def reason(text: str) -> Reply:
    """Refuse with a reason alone (shape D)."""
    return _json(422, {"reason": text})


def framework(status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Refuse as the framework beneath the API does (shape E)."""
    return Reply(status, php_json({"message": text}).encode(), headers=headers)


def plain_error(status: int, text: str) -> Reply:
    """Refuse as the webhook simulator does (shape F)."""
    return _json(status, {"error": text})


def html(status: int) -> Reply:
    """Answer with an HTML page (shape G)."""
    page = _HTML.format(title=_TITLES.get(status, "Server Error"), status=status)
    return Reply(status, page.encode(), "text/html")
