"""How the partner pays."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra

__all__ = ["Pricing", "PricingModel"]


class PricingModel(StrEnum):
    """How the partner pays."""

    NET = "net_pricing"
    DISCOUNT = "discount_pricing"


@frozen
class Pricing:
    """How the partner pays.

    Attributes:
        model: ``net_pricing`` or ``discount_pricing``; another word is a plain string.
        discount_percentage: Percent off the retail price; 0 under net pricing.
        extra: Keys that this version does not know.
    """

    model: PricingModel | str
    discount_percentage: Decimal | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
