"""What the fake remembers, and the plain values it shows of that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from attrs import define, field, frozen

from airalo_async.testing._catalogue import Package

__all__ = [
    "Call",
    "Grant",
    "Order",
    "PlacedAirmoney",
    "PlacedOrder",
    "PlacedRefund",
    "PlacedRequest",
    "PlacedVoucher",
    "Purchase",
    "Request",
    "Sim",
]


@frozen
class Purchase:
    """What was asked for, after every check.

    Attributes:
        quantity_echo: The quantity as it was sent, which a form's answer repeats as text.
        shared: Whether the eSIMs are shared by e-mail.
    """

    package: Package
    quantity: int
    quantity_echo: int | str
    description: str | None
    brand: str | None = None
    shared: bool = False
    kind: str = "sim"
    iccid: str | None = None


@define(eq=False)
class Grant:
    """One package that an eSIM holds."""

    number: int
    package: Package
    granted_at: float
    used: int = 0
    activated_at: float | None = None


@define(eq=False)
class Sim:
    """One eSIM."""

    number: int
    iccid: str
    matching_id: str
    order: Order = field(repr=False)
    brand: str | None
    grants: list[Grant] = field(factory=list)
    recycled_at: float | None = None
    usage_shown: tuple[float, dict[str, Any]] | None = None


@define(eq=False)
class Order:
    """One order that was placed, and will be billed unless it failed."""

    number: int
    purchase: Purchase
    description: str | None
    created_at: float
    listed_from: float
    request_id: str | None = None
    status: str = "completed"
    sims: list[Sim] = field(factory=list)

    @property
    def code(self) -> str:
        """Tell the order's code."""
        return f"{datetime.fromtimestamp(self.created_at, UTC):%Y%m%d}-{self.number:06d}"


@define(eq=False)
class Request:
    """One async or future order that was accepted."""

    request_id: str
    kind: Literal["async", "future"]
    purchase: Purchase
    accepted_at: float
    webhook_url: str | None
    due_at: float | None = None
    status: str = "pending"
    orders: list[Order] = field(factory=list)
    failure: tuple[int | None, str] | None = None
    pushes: int = 0


@frozen
class PlacedOrder:
    """An order as the fake knows it.

    Attributes:
        order_id: Its id.
        code: Its code.
        type: ``sim`` or ``topup``.
        package_id: What was bought.
        quantity: How many were asked for.
        description: The whole description that came with it, whatever the API shows of it.
        status: ``completed``, ``failed``, ``refunded`` or ``partially_refunded``.
        request_id: Of the async or future order that it came from.
        iccids: The eSIMs it delivered, or the one it topped up.
        created_at: When.
    """

    order_id: int
    code: str
    type: str
    package_id: str
    quantity: int
    description: str | None
    status: str
    request_id: str | None
    iccids: tuple[str, ...]
    created_at: datetime


@frozen
class PlacedRequest:
    """An async or future order as the fake knows it.

    Attributes:
        request_id: Its id.
        kind: ``async`` or ``future``.
        package_id: What is to be bought.
        quantity: How many.
        description: The whole description that came with it.
        status: ``pending``, ``retry``, ``completed``, ``failed`` or ``cancelled``.
        webhook_url: The URL it named, if it named one.
        due_date: When a future order comes due.
        order_ids: The orders it became.
        pushes: How many pushes were sent for it, repeats included.
    """

    request_id: str
    kind: str
    package_id: str
    quantity: int
    description: str | None
    status: str
    webhook_url: str | None
    due_date: datetime | None
    order_ids: tuple[int, ...]
    pushes: int


@frozen
class PlacedVoucher:
    """One row of eSIM voucher codes that was sold.

    Attributes:
        package_id: What the codes are good for.
        quantity: How many were asked for.
        codes: The codes.
        booking_reference: The caller's own, if one came.
    """

    package_id: str
    quantity: int
    codes: tuple[str, ...] = field(repr=False)
    booking_reference: str | None


@frozen
class PlacedAirmoney:
    """Airmoney that was made.

    Attributes:
        code: What redeems it.
        amount: What it is worth, in US dollars.
        quantity: How many were asked for.
    """

    code: str = field(repr=False)
    amount: float
    quantity: int


@frozen
class PlacedRefund:
    """A refund request that was taken on.

    Attributes:
        refund_id: Its id.
        iccids: The eSIMs it is about.
        reason: One of the 23 reasons.
        notes: What came with it, if anything did.
    """

    refund_id: str
    iccids: tuple[str, ...]
    reason: str
    notes: str | None = None


@frozen
class Call:
    """One request that reached the fake.

    Attributes:
        method: The HTTP method.
        path: The path without the query.
        query: The query as it was sent.
        headers: Lower-case names to values, without the token.
        body: The bytes, empty where they were not read; the token endpoint's are left out.
        status: What was answered, or None where nothing was.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    status: int | None

    def json(self) -> Any:
        """Decode the body as JSON."""
        return json.loads(self.body)
