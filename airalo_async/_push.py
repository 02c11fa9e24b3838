"""What a verified push says.

No push names its kind, and the body of an order push is not published: only that a success is an order answer with its
``request_id``, and a failure has a ``reason`` and no ``sims``. So kinds are told apart by keys, wherever they stand,
and what fits no kind is kept as it came.

Money decides the doubtful cases: what carries eSIMs was bought, whatever else it says; what carries an order number
and neither eSIMs nor a reason is no failure. Nothing that was signed raises here: a strange push is stored and
looked at by a person.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from attrs import evolve

from airalo_async import _codec, models
from airalo_async._signature import no_constant, no_duplicates, php_json
from airalo_async._tag import find_tag
from airalo_async.errors import DecodeError, PayloadError
from airalo_async.models import JSON, Failed, Paid, PushFacts, PushKind, Refusal, StoredRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airalo_async.models import CreditLimit, Event, LowData

__all__ = ["REPEAT_WINDOW", "decode_event", "read_facts"]

REPEAT_WINDOW = 21600.0
"""Seconds for which an equal low-data or credit-limit push is a duplicate: Airalo retries for 5 hours, and one that is
sent again after a top-up is news."""

_JSON = json.JSONDecoder(parse_constant=no_constant, object_pairs_hook=no_duplicates)
_REQUEST_ID = re.compile(r"[!-~]{1,255}", re.ASCII)
_ORDER_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_CODE = re.compile(r"[0-9]{1,9}", re.ASCII)
_GOOD_KEYS = ("id", "accepted_at")
_TEXT = 500


class _StrangeError(Exception):
    """The push was signed, but a value in it is not what it must be."""


def read_facts(body: bytes) -> PushFacts:
    """Tell what a push says, as far as storing and matching it needs; never raises.

    Only what the store needs is looked at, because it is done before the push is answered.

    Args:
        body: The verified bytes.
    """
    try:
        text = body.decode()
        value = _JSON.decode(text)
        if not isinstance(value, dict):
            return _unknown(body, "the body is not a JSON object")
        return _facts(body, text, value)
    except _StrangeError as error:
        return _unknown(body, str(error))
    except (ValueError, RecursionError):
        return _unknown(body, "the body is not JSON that can be read")


def decode_event(body: bytes | str, *, request: StoredRequest | None = None, push_id: int | None = None) -> Event:
    """Decode a push that was verified before.

    Args:
        body: The push as it came.
        request: The stored request that it was matched to.
        push_id: Its place in the inbox.

    Returns:
        The event; ``UnknownPush`` for a push of no known kind, and for one that is no JSON.

    Raises:
        DecodeError: The kind is known, but a value of it does not fit.
    """
    body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    facts = read_facts(body)
    if facts.kind is PushKind.UNKNOWN:
        return models.UnknownPush(facts.undecodable or "it is of no known kind", request, push_id, _raw(body))
    raw: JSON = _codec.parse(body)
    if isinstance(facts.evidence, Failed):
        refusal = facts.evidence.refusal
        return models.OrderFailed(facts.request_id, refusal.code, refusal.reason, request, push_id, raw)
    if facts.kind is PushKind.ORDER_COMPLETED:
        order = _codec.decode_order(body)
        missing = 0 if request is None else max(0, request.quantity - len(order.sims))
        return models.OrderCompleted(evolve(order, shortfall=missing), facts.request_id, request, push_id, raw)
    kind: type[LowData | CreditLimit] = models.LowData if facts.kind is PushKind.LOW_DATA else models.CreditLimit
    return evolve(_codec.decode(kind, raw), request=request, push_id=push_id, raw=raw)


def _raw(body: bytes) -> JSON:
    try:
        value: JSON = _codec.parse(body)
    except DecodeError:
        return body.decode("utf-8", "replace")
    return value


def _facts(body: bytes, text: str, top: Mapping[str, object]) -> PushFacts:
    inner = top.get("data")
    data: Mapping[str, object] = inner if isinstance(inner, dict) else {}
    if "request_id" in top or "sims" in top or "request_id" in data or "sims" in data:
        return _order_facts(body, text, top, data)
    if "level" in top and "iccid" in top:
        return PushFacts(PushKind.LOW_DATA, canonical_key(body), REPEAT_WINDOW)
    if "message" in top and "remaining" in top:
        return PushFacts(PushKind.CREDIT_LIMIT, canonical_key(body), REPEAT_WINDOW)
    if reason := _reason(top, data):
        return _failed(body, None, reason, top, data)
    return _unknown(body, "")


def _order_facts(body: bytes, text: str, top: Mapping[str, object], data: Mapping[str, object]) -> PushFacts:
    request_id, reason = _request_id(top, data), _reason(top, data)
    order = data if data.get("sims") is not None else top
    sims = _sims(order.get("sims"))
    if sims or (sims is not None and not reason and order.get("id") is not None):
        return _completed(body, text, order, len(sims), request_id)
    if not reason and any(part.get(key) is not None for part in (top, data) for key in _GOOD_KEYS):
        message = "it has neither eSIMs nor a reason, and does not read as a failure"
        raise _StrangeError(message)
    return _failed(body, request_id, reason or _message(top), top, data)


def _completed(
    body: bytes, text: str, order: Mapping[str, object], delivered: int, request_id: str | None
) -> PushFacts:
    order_id, code = _order_id(order.get("id")), order.get("code")
    tag = find_tag(order.get("description"))
    paid = Paid(
        order_id=order_id,
        order_code=_plain(code) if isinstance(code, str) else None,
        delivered=delivered,
        result=text,
        tag=tag,
        request_id=request_id,
        echoed=tag is not None,
    )
    if order_id is not None:
        key = f"order:{order_id}"
    elif request_id is not None:
        key = f"order-of:{request_id}"
    else:
        key = canonical_key(body)
    return PushFacts(PushKind.ORDER_COMPLETED, key, None, request_id, tag, paid)


def _failed(
    body: bytes, request_id: str | None, reason: str, top: Mapping[str, object], data: Mapping[str, object]
) -> PushFacts:
    """Read a failure; one with neither id nor tag matches nothing, but a person can look at it."""
    tag = find_tag(top.get("description")) or find_tag(data.get("description"))
    failed = Failed(Refusal(code=_code(top, data), reason=reason), request_id=request_id, tag=tag)
    if request_id is None and tag is None and not reason:
        return _unknown(body, "")
    if request_id is None:
        return PushFacts(PushKind.ORDER_FAILED, canonical_key(body), REPEAT_WINDOW, None, tag, failed)
    return PushFacts(PushKind.ORDER_FAILED, f"failed:{request_id}", None, request_id, tag, failed)


def _unknown(body: bytes, undecodable: str) -> PushFacts:
    return PushFacts(PushKind.UNKNOWN, canonical_key(body), undecodable=undecodable)


def canonical_key(body: bytes) -> str:
    """Make a duplicate key of the PHP form, so that white space does not make one captured push into many."""
    try:
        return "php:" + hashlib.sha256(php_json(body)).hexdigest()
    except PayloadError:
        return "raw:" + hashlib.sha256(body).hexdigest()


def _request_id(top: Mapping[str, object], data: Mapping[str, object]) -> str | None:
    value = top.get("request_id")
    if value is None:
        value = data.get("request_id")
    if value is None or (isinstance(value, str) and _REQUEST_ID.fullmatch(value)):
        return value
    message = "request_id is not a text of 1 to 255 visible characters"
    raise _StrangeError(message)


def _order_id(value: object) -> int | None:
    """Read an order number, which may come as text; it must fit a column of 64 bits."""
    if value is None:
        return None
    if type(value) is int and 0 < value < 10**18:
        return value
    if isinstance(value, str) and _ORDER_ID.fullmatch(value):
        return int(value)
    message = "the order number is not a number"
    raise _StrangeError(message)


def _reason(top: Mapping[str, object], data: Mapping[str, object]) -> str:
    for value in (top.get("reason"), data.get("reason")):
        if isinstance(value, str) and value:
            return _plain(value)
    return ""


def _message(top: Mapping[str, object]) -> str:
    """Find the sentence of the envelope; it decides nothing, but may be all that is said of a failure."""
    meta = top.get("meta")
    inner = meta.get("message") if isinstance(meta, dict) else None
    said = (message for message in (inner, top.get("message")) if isinstance(message, str))
    return _plain(next(said, ""))


def _sims(value: object) -> Sequence[object] | None:
    """Read a list, which PHP writes as an object of indexes when one is missing."""
    if value is None or isinstance(value, list):
        return value
    if isinstance(value, dict) and all(map(str.isdecimal, value)):
        return list(value.values())
    message = "sims is not a list"
    raise _StrangeError(message)


def _code(top: Mapping[str, object], data: Mapping[str, object]) -> int | None:
    for value in (top.get("code"), data.get("code")):
        if isinstance(value, str) and _CODE.fullmatch(value):
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31:
            return value
    return None


def _plain(text: str) -> str:
    """Shorten, and take out what not every store can keep: NUL, and halves of surrogate pairs."""
    return text[:_TEXT].replace("\0", "").encode("utf-8", "replace").decode()
