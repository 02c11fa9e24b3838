"""One purchase, from plan to settled: store, tag, send, settle; then wait, look and reconcile."""

from airalo_async._purchase._alarms import log_alarms
from airalo_async._purchase._plan import Plan
from airalo_async._purchase._plans import (
    airmoney_plan,
    async_plan,
    future_plan,
    order_plan,
    refund_plan,
    top_up_plan,
    voucher_plan,
)
from airalo_async._purchase._reconcile import Reconciler
from airalo_async._purchase._submit import Purchases
from airalo_async._purchase._wait import find_reference, wait_for_order

__all__ = [
    "Plan",
    "Purchases",
    "Reconciler",
    "airmoney_plan",
    "async_plan",
    "find_reference",
    "future_plan",
    "log_alarms",
    "order_plan",
    "refund_plan",
    "top_up_plan",
    "voucher_plan",
    "wait_for_order",
]
