"""What single JSON values become: text, numbers, money, instants.

The API writes the same number as a number here and as a string there, so both are read everywhere. A boolean is never a
number, a number never a boolean. Numbers are bounded: nothing that the API counts comes near the bounds, and what
does would overflow somewhere further on.

Every function takes a second argument that it has no use for: cattrs calls its hooks with the type.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from airalo_async._codec._containers import entries
from airalo_async._codec._misfit import Misfit, missing, refusal
from airalo_async.models._twins import twin_of
from airalo_async.models.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

__all__ = [
    "INT_BOUND",
    "boolean",
    "calendar_day",
    "count",
    "decimal",
    "instant",
    "integer",
    "money",
    "money_in",
    "price_table",
    "text",
    "word",
]

T = TypeVar("T")

INT_BOUND = 2**63 - 1
_DECIMAL_BOUND = 10**15
_EXACT_FLOAT = 2**53
_NUMBERS = (Decimal, int, float)
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?")
_DATE_LENGTH = len("2023-02-27")
_NAIVE_LENGTH = len("2023-02-27 14:09:55")
_ONLY_CURRENCY = "USD"
_BlankMoney = twin_of(Money)


def text(value: Any, _: object = None) -> str:
    """Read a string, or a number in place of a string of digits, as PHP writes one where it was told to check.

    A number with a point is taken only as far as a float tells it from its neighbours.
    """
    kind = value.__class__
    if kind is str:
        found: str = value
        return found
    bound = INT_BOUND if kind is int else _EXACT_FLOAT
    if kind in _NUMBERS and -bound <= value <= bound:
        return str(value)
    raise refusal("a string", value)


def integer(value: Any, _: object = None) -> int:
    """Read a whole number, or its text."""
    kind = value.__class__
    whole = kind is int or (kind is str and _INTEGER.fullmatch(value))
    if whole or ((kind is float or kind is Decimal) and value == value // 1):
        number = int(value)
        if -INT_BOUND <= number <= INT_BOUND:
            return number
    raise refusal("a whole number of at most 64 bits", value)


def count(value: Any, _: object = None) -> int | str:
    """Read a whole number where there is one, else the text."""
    if value.__class__ is str and not _INTEGER.fullmatch(value):
        return text(value)
    return integer(value)


def boolean(value: Any, _: object = None) -> bool:
    """Read true or false."""
    if value.__class__ is not bool:
        raise refusal("a boolean", value)
    found: bool = value
    return found


def decimal(value: Any, _: object = None) -> Decimal:
    """Read a number, or its text, exactly: the shortest text that names a float is what the API wrote."""
    number = Decimal(value) if value.__class__ is str and _DECIMAL.fullmatch(value) else value
    kind = number.__class__
    if kind in _NUMBERS and -_DECIMAL_BOUND < number < _DECIMAL_BOUND:
        return number if kind is Decimal else Decimal(str(number))
    raise refusal("a number below 10^15", value)


def money_in(currency: str, value: Any) -> Money:
    """Read money from its number, or from an object with ``amount`` and ``currency``."""
    if value.__class__ is dict:
        return Money(_at("amount", decimal, value), _at("currency", text, value))
    new = _BlankMoney()
    new.amount = decimal(value)
    new.currency = currency
    new.__class__ = Money
    found: Money = new
    return found


def money(value: Any, _: object = None) -> Money:
    """Read money that names no currency: the API charges in one only."""
    return money_in(_ONLY_CURRENCY, value)


def price_table(value: Any, _: object = None) -> dict[str, Decimal]:
    """Read exact prices by currency. Of an answer parsed exactly, most are decimals already."""
    table = dict(entries(value))
    absent = []
    for currency, price in table.items():
        if price.__class__ is Decimal:
            continue
        if price is None:
            absent.append(currency)
        else:
            # The amounts of a currency without cents are whole, and a catalogue has tens of thousands of them.
            whole = price.__class__ is int and -_DECIMAL_BOUND < price < _DECIMAL_BOUND
            table[currency] = Decimal(price) if whole else _at(currency, decimal, table)
    for currency in absent:
        del table[currency]
    return table


def instant(value: Any, _: object = None) -> datetime:
    """Read an instant in any of the API's formats; without an offset it is UTC."""
    if value.__class__ is str:
        try:
            if len(value) == _NAIVE_LENGTH:
                value += "+00:00"
            when = datetime.fromisoformat(value)
            if when.tzinfo is UTC:
                return when
            return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise refusal("a date and time such as 2023-02-27 14:09:55", value)


def calendar_day(value: Any, _: object = None) -> date:
    """Read a date."""
    if value.__class__ is str and len(value) == _DATE_LENGTH:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise refusal("a date such as 2023-02-27", value)


def word(kind: type[StrEnum]) -> Callable[..., str]:
    """Make the reader of an open word: a member where it is known, else the plain string."""
    known = {member.value: member for member in kind}

    def read(value: Any, _: object = None) -> str:
        plain = text(value)
        return known.get(plain, plain)

    return read


def _at(key: str, read: Callable[[Any], T], value: dict[str, Any]) -> T:
    if key not in value:
        raise missing(key)
    try:
        return read(value[key])
    except Misfit as misfit:
        raise misfit.inside(key) from None
