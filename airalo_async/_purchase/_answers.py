"""How the answers of purchases are read, and how their values and errors are made again from the store."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import evolve

from airalo_async import _codec, models
from airalo_async._purchase._plan import PATHS, UNLISTED, Reading
from airalo_async._tag import find_tag
from airalo_async._wire import Request, Response, error_from
from airalo_async.errors import (
    AiraloError,
    DecodeError,
    NotSentError,
    OrderCancelledError,
    OrderFailedError,
    Outcome,
    OutcomeUnknownError,
)
from airalo_async.models import Accepted, Kind, Paid, Refusal, State, StoredRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async.models import AirmoneyVoucher, EsimVoucher, FutureOrder, Order, PendingOrder, Refund

__all__ = [
    "error_of",
    "read_airmoney",
    "read_future",
    "read_order",
    "read_pending",
    "read_refund",
    "read_vouchers",
    "rebuild_airmoney",
    "rebuild_future",
    "rebuild_order",
    "rebuild_pending",
    "rebuild_refund",
    "rebuild_vouchers",
    "way_to_settle",
]

_CANCELLABLE_UNTIL = timedelta(hours=24)


def read_order(body: bytes, request: StoredRequest) -> Reading[Order]:
    """Read the answer of an order or top-up."""
    order = _with_shortfall(_codec.decode_order(body), request)
    delivered = len(order.sims) if request.kind is not Kind.TOP_UP else request.quantity
    evidence = Paid(
        order_id=order.id,
        order_code=order.code,
        delivered=delivered,
        result=_text(body),
        tag=request.attempt.tag,
        echoed=find_tag(order.description) == request.attempt.tag,
    )
    return Reading(order, evidence)


def rebuild_order(request: StoredRequest) -> Order:
    """Make the order of a completed request again."""
    return _with_shortfall(_codec.decode_order(_stored(request)), request)


def _with_shortfall(order: Order, request: StoredRequest) -> Order:
    missing = request.quantity - len(order.sims)
    return evolve(order, shortfall=missing) if missing > 0 and request.kind is not Kind.TOP_UP else order


def read_pending(body: bytes, request: StoredRequest) -> Reading[PendingOrder]:
    """Read the answer of an async order."""
    pending = evolve(_codec.decode(models.PendingOrder, _data(body), path="data"), reference=request.reference)
    return Reading(pending, Accepted(pending.request_id, _text(body), request.attempt.tag))


def rebuild_pending(request: StoredRequest) -> PendingOrder:
    """Make the pending order again; once completed it carries the order."""
    if request.state is State.COMPLETED:
        return models.PendingOrder(
            request_id=request.request_id or "", reference=request.reference, order=rebuild_order(request)
        )
    pending = _codec.decode(models.PendingOrder, _data(_stored(request).encode()), path="data")
    return evolve(pending, reference=request.reference)


def read_future(body: bytes, request: StoredRequest) -> Reading[FutureOrder]:
    """Read the answer of a future order."""
    future = evolve(_codec.decode(models.FutureOrder, _data(body), path="data"), reference=request.reference)
    return Reading(future, Accepted(future.request_id, _text(body), request.attempt.tag))


def rebuild_future(request: StoredRequest) -> FutureOrder:
    """Make the future order again; once completed it carries the order."""
    if request.state is State.COMPLETED and request.due_at is not None:
        return models.FutureOrder(
            request_id=request.request_id or "",
            due_date=request.due_at,
            latest_cancellation_date=request.due_at - _CANCELLABLE_UNTIL,
            reference=request.reference,
            order=rebuild_order(request),
        )
    future = _codec.decode(models.FutureOrder, _data(_stored(request).encode()), path="data")
    return evolve(future, reference=request.reference)


def read_vouchers(body: bytes, request: StoredRequest) -> Reading[tuple[EsimVoucher, ...]]:
    """Read the answer of an eSIM voucher purchase."""
    vouchers = _codec.decode(tuple[models.EsimVoucher, ...], _data(body), path="data")
    return Reading(vouchers, _paid(body, request, sum(len(voucher.codes) for voucher in vouchers)))


def rebuild_vouchers(request: StoredRequest) -> tuple[EsimVoucher, ...]:
    """Make the vouchers of a completed request again."""
    return read_vouchers(_stored(request).encode(), request).value


def read_airmoney(body: bytes, request: StoredRequest) -> Reading[tuple[AirmoneyVoucher, ...]]:
    """Read the answer of an airmoney purchase: one object, or a list, or a list in a list."""
    return Reading(_codec.decode_airmoney(_data(body)), _paid(body, request, None))


def rebuild_airmoney(request: StoredRequest) -> tuple[AirmoneyVoucher, ...]:
    """Make the vouchers of a completed request again."""
    return read_airmoney(_stored(request).encode(), request).value


def read_refund(body: bytes, request: StoredRequest) -> Reading[Refund]:
    """Read the answer of a refund request."""
    return Reading(_codec.decode(models.Refund, _data(body), path="data"), _paid(body, request, None))


def rebuild_refund(request: StoredRequest) -> Refund:
    """Make the refund of a completed request again."""
    return read_refund(_stored(request).encode(), request).value


def _paid(body: bytes, request: StoredRequest, delivered: int | None) -> Paid:
    return Paid(None, None, delivered, _text(body), request.attempt.tag)


def _data(body: bytes) -> object:
    return _codec.unwrap(_codec.parse(body))


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _stored(request: StoredRequest) -> str:
    if request.result is None:
        message = (
            f"the result of {request.reference!r} was purged from the store; "
            f"the order code is {request.order_code}, ask for it with orders.get({request.order_id})"
        )
        raise DecodeError(message, reference=request.reference)
    return request.result


def _rejected(request: StoredRequest) -> AiraloError:
    """Make the error of the answer that refused it, from what the store kept of that answer."""
    refusal = request.refusal or Refusal(422)
    if refusal.code is not None:
        body: object = {"code": refusal.code, "reason": refusal.reason}
    elif refusal.fields:
        body = {"data": dict(refusal.fields), "meta": {"message": refusal.reason}}
    else:
        body = {"reason": refusal.reason}
    answer = Response(refusal.status, {}, json.dumps(body).encode())
    error = error_from(answer, Request(method="POST", path=PATHS[request.kind]), purchase=False)
    error.outcome = Outcome.REJECTED
    return error


def _not_sent(request: StoredRequest) -> AiraloError:
    return NotSentError(f"{request.reference!r} was not sent: {request.attempt.detail}; nothing was bought")


def _failed(request: StoredRequest) -> AiraloError:
    refusal = request.refusal
    reason = refusal.reason if refusal else ""
    return OrderFailedError(
        f"{request.kind} {request.reference!r} failed: {reason.rstrip('. ')}; nothing was delivered. {_anew(request)}",
        request=request,
        code=refusal.code if refusal else None,
        reason=reason,
    )


def _cancelled(request: StoredRequest) -> AiraloError:
    return OrderCancelledError(
        f"{request.kind} {request.reference!r} was cancelled; nothing was delivered. {_anew(request)}", request=request
    )


def _anew(request: StoredRequest) -> str:
    return (
        f"To order it anew, submit it with resubmit=True, from {request.attempt.lease_until:%Y-%m-%d %H:%M:%S} UTC on."
    )


def _unknown(request: StoredRequest) -> AiraloError:
    cure = way_to_settle(request.kind)
    message = f"{request.kind} {request.reference!r} may have been bought and is {request.state}; {cure}"
    return OutcomeUnknownError(message, reference=request.reference, request=request)


def way_to_settle(kind: Kind) -> str:
    """Say what brings certainty about a purchase that may have been carried out."""
    if kind in UNLISTED:
        return "it cannot be looked up at the API: ask Airalo, then say what happened with orders.resolve"
    return "it is settled by a push or by orders.reconcile"


_ERRORS: dict[State, Callable[[StoredRequest], AiraloError]] = {
    State.REJECTED: _rejected,
    State.NOT_SENT: _not_sent,
    State.FAILED: _failed,
    State.CANCELLED: _cancelled,
    State.SENDING: _unknown,
    State.UNKNOWN: _unknown,
    State.UNRESOLVED: _unknown,
}


def error_of(request: StoredRequest) -> AiraloError | None:
    """Make the error that a stored request stands for; None when it is ACCEPTED or COMPLETED."""
    make = _ERRORS.get(request.state)
    return make(request) if make else None
