"""Prices in eighteen currencies, written as the API writes numbers: whole ones without a point."""

from __future__ import annotations

import functools
from decimal import ROUND_HALF_UP, Decimal

from airalo_async.testing._destinations import CURRENCIES

__all__ = ["RATES", "dollars", "in_all_currencies", "in_some_currencies", "number"]

_SOME = ("USD", "EUR", "GBP", "AED", "JPY")
RATES = {code: (Decimal(rate), Decimal(1).scaleb(-decimals)) for code, rate, decimals in CURRENCIES}


def number(amount: Decimal) -> int | float:
    """Write an amount as a JSON number."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


@functools.cache
def dollars(cents: int) -> int | float:
    """Write US cents as dollars."""
    return number(Decimal(cents) / 100)


@functools.cache
def in_all_currencies(cents: int) -> dict[str, int | float]:
    """Write US cents in every currency."""
    amount = Decimal(cents) / 100
    return {code: number((amount * rate).quantize(unit, ROUND_HALF_UP)) for code, (rate, unit) in RATES.items()}


@functools.cache
def in_some_currencies(cents: int) -> dict[str, int | float]:
    """Write US cents in the five currencies of the top-up list."""
    prices = in_all_currencies(cents)
    return {code: prices[code] for code in _SOME}
