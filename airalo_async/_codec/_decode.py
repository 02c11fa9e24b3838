"""The functions that other modules use."""

from __future__ import annotations

import json
import re
from decimal import Context, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from attrs import evolve

from airalo_async._codec._containers import elements
from airalo_async._codec._converters import attempt, structure
from airalo_async._codec._misfit import Misfit, dotted, missing, refusal
from airalo_async.errors import DecodeError
from airalo_async.models.orders import Order
from airalo_async.models.paging import Page, PageLinks, PageMeta
from airalo_async.models.pricing import Pricing
from airalo_async.models.vouchers import AirmoneyVoucher

if TYPE_CHECKING:
    from airalo_async.models.broken import Broken

__all__ = ["decode", "decode_airmoney", "decode_order", "decode_page", "parse", "unwrap"]

T = TypeVar("T")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise ValueError(message)


# Made for text: what a context makes of a float is the float's exact value, not the number that the API wrote.
_BOUNDED = Context(prec=40, Emax=15, traps=[InvalidOperation, Overflow])
_JSON = json.JSONDecoder(parse_constant=_refuse_constant)
_EXACT_JSON = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_BOUNDED.create_decimal)


def parse(body: bytes | str, *, exact: bool = False) -> Any:
    """Parse JSON strictly: UTF-8 without a byte order mark, no NaN, no lone surrogate, no bottomless nesting.

    Args:
        body: What was received.
        exact: Whether numbers with a point become decimals instead of floats. That costs a quarter more; to make
            decimals of the prices of a catalogue later costs twice as much as parsing it. The result is for
            ``decode``: it is no JSON any more. Where a number is out of all bounds everything is parsed to floats
            after all, so that ``decode`` can tell which one it is.

    Raises:
        DecodeError: It is not that; the body rides on the error and is not in its message.
    """
    try:
        return _parse(body, exact=exact)
    except DecodeError as error:
        error.__traceback__ = None  # the local variables of its frames hold what must not be told, eSIMs for instance
        raise


def _parse(body: bytes | str, *, exact: bool) -> Any:
    try:
        content = body if isinstance(body, str) else body.decode()
        value = _parse_exactly(content) if exact else _JSON.decode(content)
        if "\\" in content and _SURROGATE.search(content):
            json.dumps(value, ensure_ascii=False, default=float).encode()
    except RecursionError:
        reason = "it is nested too deep"
    except UnicodeError:
        reason = "it is not UTF-8, or has a lone surrogate"
    except ValueError:  # also for an integer of more digits than Python converts
        reason = "it is broken"
    else:
        return value
    message = f"the answer cannot be read as JSON: {reason}"
    raise DecodeError(message, body=_text(body)) from None


def _parse_exactly(content: str) -> Any:
    try:
        return _EXACT_JSON.decode(content)
    except ArithmeticError:
        return _JSON.decode(content)


def decode(kind: type[T], value: object, *, path: str = "") -> T:
    """Make a model of parsed JSON.

    Args:
        kind: An attrs class, or ``tuple[X, ...]`` or ``Mapping[str, X]`` of one.
        value: The parsed JSON.
        path: Where it stands in the answer, for the error.

    Raises:
        DecodeError: It does not fit; ``.path`` tells where, and no value is in the message.
    """
    try:
        found: T = structure(kind, value)
    except Misfit as misfit:
        failure = _error(misfit, path)
    else:
        return found
    del value  # as in `parse`
    raise failure


def unwrap(value: object) -> Any:
    """Take ``data`` out of the API's envelope.

    Raises:
        DecodeError: There is no envelope, or no ``data`` in it.
    """
    if not isinstance(value, dict):
        raise _error(refusal("an object", value))
    if "data" not in value:
        raise _error(missing("data"))
    return value["data"]


def decode_order(body: bytes | str) -> Order:
    """Find and decode the order in an answer, or in any form of the push that delivers one.

    Raises:
        DecodeError: There is none, or it does not fit; the body rides on the error.
    """
    try:
        value = parse(body, exact=True)
        inner = value.get("data") if isinstance(value, dict) else None
        # In a push without an envelope `data` is the allowance, a text.
        if inner is None or isinstance(inner, str):
            return decode(Order, value)
        order = decode(Order, inner, path="data")
    except DecodeError as error:
        error.body = _text(body)
        error.__traceback__ = None  # as in `parse`
        raise
    request_id = value.get("request_id")
    if order.request_id is None and isinstance(request_id, str):
        return evolve(order, request_id=request_id)
    return order


def decode_airmoney(value: object) -> tuple[AirmoneyVoucher, ...]:
    """Decode Airmoney vouchers from ``data``: one object, or a list, or a list of lists.

    Raises:
        DecodeError: It does not fit.
    """
    if isinstance(value, dict):
        if not all(key.isdecimal() for key in value):
            return (decode(AirmoneyVoucher, value, path="data"),)
        value = list(value.values())
    if isinstance(value, list) and all(isinstance(row, list) for row in value):
        value = [voucher for row in value for voucher in row]
    return decode(tuple[AirmoneyVoucher, ...], value, path="data")


def decode_page(kind: type[T], value: object) -> Page[T]:
    """Decode one page of a list; an element that does not fit degrades alone.

    ``data`` may be a list, or an object whose keys are indexes. What cannot be read of ``meta``, ``links`` or
    ``pricing`` is in ``.broken`` too.

    Raises:
        DecodeError: There is no list of elements at all.
    """
    try:
        rows = elements(unwrap(value))
    except Misfit as misfit:
        raise _error(misfit.inside("data")) from None
    envelope = value if isinstance(value, dict) else {}
    broken: list[Broken] = []
    found = [attempt(kind, row, broken, "data", index) for index, row in rows]
    meta, pricing, links = envelope.get("meta"), envelope.get("pricing"), envelope.get("links")
    return Page(
        items=tuple(item for item in found if item is not None),
        meta=(attempt(PageMeta, meta, broken, "meta") if meta else None) or PageMeta(),
        pricing=attempt(Pricing, pricing, broken, "pricing") if pricing else None,
        links=attempt(PageLinks, links, broken, "links") if links else None,
        broken=tuple(broken),
    )


def _error(misfit: Misfit, path: str = "") -> DecodeError:
    where = dotted(path, *misfit.steps)
    return DecodeError(f"{where or 'the answer'} {misfit.rule}", path=where)


def _text(body: bytes | str) -> str:
    return body if isinstance(body, str) else body.decode(errors="replace")
