"""Money, and prices by currency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from attrs import field, frozen

__all__ = ["Money", "PriceTable", "Prices"]

PriceTable = Mapping[str, Decimal]
"""Exact prices by three-letter currency code, in units of the currency."""


@frozen
class Money:
    """An exact amount of one currency.

    Attributes:
        amount: In units of the currency (dollars, not cents), exactly as the API wrote it.
        currency: Three-letter ISO 4217 code; the API itself charges in ``USD`` only.
    """

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


@frozen
class Prices:
    """What a package costs, by currency.

    Attributes:
        net_price: What the partner pays; None under discount pricing.
        recommended_retail_price: What Airalo itself charges, and the least that a partner may.
    """

    net_price: PriceTable | None = field(default=None, hash=False)
    recommended_retail_price: PriceTable | None = field(default=None, hash=False)
