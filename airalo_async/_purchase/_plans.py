"""The plan of each kind of purchase: its rules, its body, and how its answer is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async import models
from airalo_async._purchase._answers import (
    read_airmoney,
    read_future,
    read_order,
    read_pending,
    read_refund,
    read_vouchers,
    rebuild_airmoney,
    rebuild_future,
    rebuild_order,
    rebuild_pending,
    rebuild_refund,
    rebuild_vouchers,
)
from airalo_async._purchase._plan import Plan
from airalo_async._tag import new_reference
from airalo_async.models import Kind
from airalo_async.models._rules import check_flag, check_int, check_metadata, check_several, check_text, demand, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from airalo_async.models import (
        JSON,
        AirmoneyVoucher,
        EsimVoucher,
        FutureOrder,
        Order,
        OrderRequest,
        PendingOrder,
        Refund,
        RefundRequest,
        VoucherRequest,
    )

__all__ = [
    "airmoney_plan",
    "async_plan",
    "future_plan",
    "order_plan",
    "refund_plan",
    "top_up_plan",
    "voucher_plan",
]

_MOST_AIRMONEY = 100_000


def order_plan(request: OrderRequest) -> Plan[Order]:
    """Plan an order that is answered at once."""
    if request.webhook_url is not None:
        raise refuse("webhook_url", "must be None: only async and future orders are pushed", request.webhook_url)
    return Plan(
        kind=Kind.ORDER,
        reference=request.reference or new_reference(),
        named=request.reference is not None,
        body={**_order_body(request), "type": "sim"},
        text=request.description or "",
        package_id=request.package_id,
        quantity=request.quantity,
        metadata=request.metadata or {},
        read=read_order,
        rebuild=rebuild_order,
    )


def async_plan(request: OrderRequest) -> Plan[PendingOrder]:
    """Plan an order that a push delivers."""
    return Plan(
        kind=Kind.ASYNC_ORDER,
        reference=request.reference or new_reference(),
        named=request.reference is not None,
        body={**_order_body(request), "type": "sim"},
        text=request.description or "",
        package_id=request.package_id,
        quantity=request.quantity,
        metadata=request.metadata or {},
        read=read_pending,
        rebuild=rebuild_pending,
    )


def future_plan(request: OrderRequest, due_at: datetime) -> Plan[FutureOrder]:
    """Plan an order for a date; the API takes it in whole minutes."""
    return Plan(
        kind=Kind.FUTURE_ORDER,
        reference=request.reference or new_reference(),
        named=request.reference is not None,
        body={**_order_body(request), "due_date": f"{due_at:%Y-%m-%d %H:%M}"},
        text=request.description or "",
        package_id=request.package_id,
        quantity=request.quantity,
        metadata=request.metadata or {},
        read=read_future,
        rebuild=rebuild_future,
        due_at=due_at,
    )


def top_up_plan(request: OrderRequest, iccid: str) -> Plan[Order]:
    """Plan a top-up of an eSIM."""
    return Plan(
        kind=Kind.TOP_UP,
        reference=request.reference or new_reference(),
        named=request.reference is not None,
        body={"package_id": request.package_id, "iccid": iccid},
        text=request.description or "",
        package_id=request.package_id,
        quantity=1,
        metadata=request.metadata or {},
        read=read_order,
        rebuild=rebuild_order,
    )


def voucher_plan(
    vouchers: Sequence[VoucherRequest], reference: str | None, metadata: Mapping[str, JSON] | None
) -> Plan[tuple[EsimVoucher, ...]]:
    """Plan eSIM vouchers."""
    _check_notes(reference, metadata)
    rule = "must be a list of at least one VoucherRequest"
    items = check_several("vouchers", vouchers, rule)
    demand("vouchers", rule, vouchers, kept=bool(items))
    for index, voucher in enumerate(items):
        if not isinstance(voucher, models.VoucherRequest):
            raise refuse(f"vouchers[{index}]", "must be a VoucherRequest", voucher)
    return Plan(
        kind=Kind.ESIM_VOUCHER,
        reference=reference or new_reference(),
        named=reference is not None,
        body={"vouchers": [_voucher_body(voucher) for voucher in items]},
        text=None,
        package_id=None,
        quantity=sum(voucher.quantity for voucher in items),
        metadata=metadata or {},
        read=read_vouchers,
        rebuild=rebuild_vouchers,
    )


def airmoney_plan(
    body: Mapping[str, JSON], reference: str | None, metadata: Mapping[str, JSON] | None
) -> Plan[tuple[AirmoneyVoucher, ...]]:
    """Plan airmoney vouchers; ``body`` holds what is to be sent, None for what is not."""
    _check_notes(reference, metadata)
    amount, quantity = body["amount"], body["quantity"]
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not 1 <= amount <= _MOST_AIRMONEY:
        raise refuse("amount", f"must be a number from 1 to {_MOST_AIRMONEY}", amount)
    check_int("quantity", quantity, 1, 100)
    if body.get("usage_limit") is not None:
        check_int("usage_limit", body["usage_limit"], 1, _MOST_AIRMONEY)
    if body.get("is_paid") is not None:
        check_flag("is_paid", body["is_paid"])
    if body.get("voucher_code") is not None:
        check_text("voucher_code", body["voucher_code"], most=255)
        if quantity != 1:
            raise refuse("quantity", "must be 1 when a voucher_code is given", quantity)
    return Plan(
        kind=Kind.AIRMONEY_VOUCHER,
        reference=reference or new_reference(),
        named=reference is not None,
        body={name: value for name, value in body.items() if value is not None},
        text=None,
        package_id=None,
        quantity=quantity if isinstance(quantity, int) else 1,
        metadata=metadata or {},
        read=read_airmoney,
        rebuild=rebuild_airmoney,
    )


def refund_plan(request: RefundRequest, reference: str | None, metadata: Mapping[str, JSON] | None) -> Plan[Refund]:
    """Plan a refund request."""
    _check_notes(reference, metadata)
    body = request.body()
    return Plan(
        kind=Kind.REFUND,
        reference=reference or new_reference(),
        named=reference is not None,
        body=body,
        text=None,
        package_id=None,
        quantity=len(request.iccids),
        metadata=metadata or {},
        read=read_refund,
        rebuild=rebuild_refund,
    )


def _order_body(request: OrderRequest) -> dict[str, JSON]:
    body: dict[str, JSON] = {"package_id": request.package_id, "quantity": request.quantity}
    if request.webhook_url is not None:
        body["webhook_url"] = request.webhook_url
    if request.brand_settings_name is not None:
        body["brand_settings_name"] = request.brand_settings_name
    if request.share is not None:
        body["to_email"] = request.share.to_email
        body["sharing_option"] = list(request.share.sharing_option)
        if request.share.copy_address:
            body["copy_address"] = list(request.share.copy_address)
    return body


def _voucher_body(voucher: VoucherRequest) -> dict[str, JSON]:
    body: dict[str, JSON] = {"package_id": voucher.package_id, "quantity": voucher.quantity}
    if voucher.booking_reference is not None:
        body["booking_reference"] = voucher.booking_reference
    return body


def _check_notes(reference: str | None, metadata: Mapping[str, JSON] | None) -> None:
    if reference is not None:
        check_text("reference", reference, most=255, control=True)
    if metadata is not None:
        check_metadata("metadata", metadata)
