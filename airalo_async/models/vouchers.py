"""Vouchers. Their codes are as good as money and never stand in a ``repr``."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra
from airalo_async.models.money import Money

__all__ = ["AirmoneyVoucher", "EsimVoucher"]


@frozen
class EsimVoucher:
    """Voucher codes for eSIMs of one package.

    Attributes:
        package_id: The package that each code is good for.
        codes: One code for each eSIM.
        booking_reference: The caller's own text for it, or None.
        extra: Keys that this version does not know.
    """

    package_id: str
    codes: tuple[str, ...] = field(repr=False)
    booking_reference: str | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class AirmoneyVoucher:
    """A voucher for Airmoney.

    Attributes:
        id: The API's number of it.
        code: The code to hand out.
        amount: What it is worth.
        usage_limit: How often it can be used.
        is_paid: Whether it is paid for.
        created_at: When it was made (UTC).
        extra: Keys that this version does not know.
    """

    id: int
    code: str = field(repr=False)
    amount: Money
    usage_limit: int | None = None
    is_paid: bool | None = None
    created_at: datetime | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
