"""Orders that are promised: async orders and future orders."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import LOCAL, Extra
from airalo_async.models.orders import Order

__all__ = ["FutureOrder", "FutureOrderRow", "FutureOrderStatus", "PendingOrder"]


@frozen
class PendingOrder:
    """An async order that the API has accepted; a push will deliver it.

    Attributes:
        request_id: The API's 25-character id.
        accepted_at: When the API accepted it (UTC).
        reference: The caller's own key.
        order: The stored order, when a submit was repeated after it had completed; else None.
        extra: Keys that this version does not know.
    """

    request_id: str
    accepted_at: datetime | None = None
    reference: str = field(default="", metadata=LOCAL)
    order: Order | None = field(default=None, metadata=LOCAL)
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class FutureOrder:
    """An order that the API will place on its due date; a push will deliver it.

    Attributes:
        request_id: The API's 25-character id.
        due_date: When it is placed (UTC, whole minutes).
        latest_cancellation_date: Until when it can be cancelled (UTC): 24 hours before.
        reference: The caller's own key.
        order: The stored order, when a submit was repeated after it had completed; else None.
        extra: Keys that this version does not know.
    """

    request_id: str
    due_date: datetime | None = None
    latest_cancellation_date: datetime | None = None
    reference: str = field(default="", metadata=LOCAL)
    order: Order | None = field(default=None, metadata=LOCAL)
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


class FutureOrderStatus(StrEnum):
    """Words that the status of a listed future order is known to take."""

    PENDING = "pending"
    RETRY = "retry"
    FAILED = "failed"


@frozen
class FutureOrderRow:
    """A future order as the API lists it; one that was placed is listed no more.

    Attributes:
        request_id: The API's 25-character id.
        status: Where it stands; a word that this version does not know is a plain string.
        package_id: The package to buy.
        quantity: eSIMs to buy.
        description: The text that it was ordered with.
        due_date: When it is placed (UTC, whole minutes).
        latest_cancellation_date: Until when it can be cancelled (UTC).
        extra: Keys that this version does not know.
    """

    request_id: str
    status: FutureOrderStatus | str
    package_id: str
    quantity: int
    description: str | None = None
    due_date: datetime | None = None
    latest_cancellation_date: datetime | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
