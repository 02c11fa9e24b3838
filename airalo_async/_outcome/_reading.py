"""Answers, and what the API's error bodies say.

Error bodies come in these shapes (Partner API documentation, error handling):

====  ==========================================================  ==========================================
A     ``{"data": {"<field>": "<message>"}, "meta": {…}}``         validation
B     ``{"data": [], "meta": {"message": "<text>"}}``             token, orders of others, absent things, refund
C     ``{"code": 33, "reason": "<text>"}``                        business errors
D     ``{"reason": "<text>"}``                                    async order without a webhook
E     ``{"message": "<text>"}``                                   framework: 429, 403
F     ``{"error": "<text>"}``                                     webhook simulator
G     an HTML page                                                server error
====  ==========================================================  ==========================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from attrs import field, frozen

from airalo_async import _codec
from airalo_async.errors import DecodeError

__all__ = ["Reading", "Response", "Shape", "is_html", "read"]

_JSON_STARTS = (b"{", b"[")
_TITLE = r"(?i)<title[^>]*>([^<]{0,200})"


@frozen(eq=False)
class Response:
    """An answer, whole.

    Attributes:
        status: HTTP status.
        headers: Names in lower case; values of repeated ones joined by a comma.
        body: The bytes, inflated.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Shape(Enum):
    """The shapes of error bodies, as listed in the module's docstring."""

    FIELDS = "A"
    SENTENCE = "B"
    CODE = "C"
    REASON = "D"
    MESSAGE = "E"
    ERROR = "F"
    HTML = "G"
    FOREIGN = ""


@frozen(eq=False, repr=False)
class Reading:
    """What an error body says.

    Attributes:
        shape: Which of the known shapes it has.
        code: Business code, or None.
        reason: The API's own sentence, else an empty text.
        fields: Message by field name.
    """

    shape: Shape
    code: int | None = None
    reason: str = ""
    fields: Mapping[str, str] = field(factory=dict[str, str])


def is_html(response: Response) -> bool:
    """Tell whether an answer is a web page: a proxy's, a portal's or an error page, never the API's word."""
    start = response.body[:256].lstrip()[:1]
    if start in _JSON_STARTS:
        return False
    return start == b"<" or "html" in response.headers.get("content-type", "").lower()


def read(response: Response) -> Reading:
    """Read an error body; what has none of the known shapes is FOREIGN."""
    if is_html(response):
        title = re.search(_TITLE, response.body[:4096].decode("utf-8", "replace"))
        return Reading(Shape.HTML, reason=" ".join(title[1].split()) if title else "")
    try:
        value = _codec.parse(response.body)
    except DecodeError:
        return Reading(Shape.FOREIGN)
    return _read_object(value) if isinstance(value, dict) else Reading(Shape.FOREIGN)


def _read_object(value: Mapping[str, object]) -> Reading:
    code, reason, data, meta = _code(value.get("code")), value.get("reason"), value.get("data"), value.get("meta")
    if isinstance(reason, str):
        plain = Shape.REASON if value.get("code") is None else Shape.FOREIGN  # a code that is no number is not Airalo's
        return Reading(plain if code is None else Shape.CODE, code, reason)
    fields = _fields(data)
    sentence = meta.get("message") if isinstance(meta, dict) else None
    reason = sentence if isinstance(sentence, str) else ""
    if fields:
        return Reading(Shape.FIELDS, reason=reason, fields=fields)
    if reason and not data:
        return Reading(Shape.SENTENCE, reason=reason)
    for key, shape in (("message", Shape.MESSAGE), ("error", Shape.ERROR)):
        text = value.get(key)
        if isinstance(text, str):
            return Reading(shape, code, text)
    return Reading(Shape.FOREIGN, code, reason)


def _code(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _fields(data: object) -> dict[str, str]:
    """Take ``data`` for field errors only when every value is a text, or a list of texts."""
    if not isinstance(data, dict):
        return {}
    found: dict[str, str] = {}
    for name, message in data.items():
        texts = message if isinstance(message, list) else [message]
        if not texts or not all(isinstance(text, str) for text in texts):
            return {}
        found[str(name)] = " ".join(texts)
    return found
