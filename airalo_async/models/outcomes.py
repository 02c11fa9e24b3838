"""What came of purchases: one of many, and those that a person has to look at."""

from __future__ import annotations

from attrs import frozen

from airalo_async.errors import AiraloError
from airalo_async.models._stored import StoredPush, StoredRequest
from airalo_async.models.orders import Order
from airalo_async.models.purchases import OrderRequest

__all__ = ["BulkItem", "Unresolved"]


@frozen
class BulkItem:
    """What became of one request of ``orders.submit_many``.

    Attributes:
        request: The request, with its reference.
        order: The order, or None.
        error: Why there is no order, or None.
    """

    request: OrderRequest
    order: Order | None = None
    error: AiraloError | None = None


@frozen
class Unresolved:
    """A stored request that a person may have to look at.

    Attributes:
        request: The stored request: UNKNOWN, UNRESOLVED, or with alarms.
        candidates: Parked failure pushes that may be about it; they carry no description, so nothing tells.
    """

    request: StoredRequest
    candidates: tuple[StoredPush, ...] = ()
