"""Comparing a value with the JSON that it was made of: nothing may be missing, and nothing may be another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import attrs

from airalo_async.models import Money
from airalo_async.models._wire import WIRE_KEY

__all__ = ["check_filled", "rows_of"]


def rows_of(data: Any) -> list[Any]:
    """Take a list, or the list that PHP writes as an object of indexes."""
    return [data[index] for index in sorted(data, key=int)] if isinstance(data, dict) else list(data or [])


def check_filled(value: Any, data: Any, path: str = "data") -> None:
    """Check that a value holds all of the JSON: each key a field, or else among the unknown ones.

    Raises:
        AssertionError: Something is missing or another.
    """
    if data in (None, [], {}):
        # PHP writes an empty object as an empty list, and of a field with a default null stands for that.
        assert value in (None, (), {}, []) or value in _DEFAULTS, f"{path} is made up"
    elif isinstance(value, Money):
        whole = data if isinstance(data, dict) else {"amount": data}
        assert (value.amount, value.currency) == (Decimal(str(whole["amount"])), whole.get("currency", "USD")), path
    elif attrs.has(type(value)):
        _check_model(value, data, path)
    elif isinstance(value, tuple):
        rows = rows_of(data)
        assert len(value) == len(rows), f"{path} has another length"
        for index, (item, inner) in enumerate(zip(value, rows, strict=True)):
            check_filled(item, inner, f"{path}[{index}]")
    elif isinstance(value, Mapping):
        kept = {key: inner for key, inner in data.items() if inner is not None}
        assert value.keys() == kept.keys(), f"{path} has other keys"
        for key, inner in kept.items():
            check_filled(value[key], inner, f"{path}.{key}")
    else:
        assert _same(value, data), f"{path} is another value"


_DEFAULTS = ("USD", "", 0, "sim", "Bearer")
"""What models have for a key whose value is null."""


def _check_model(value: Any, data: Any, path: str) -> None:
    assert isinstance(data, dict), f"{path} is no object"
    assert getattr(value, "broken", ()) == (), f"{path} was read in part"
    fields = {field.metadata.get(WIRE_KEY, field.name): field.name for field in attrs.fields(type(value))}
    for key, inner in data.items():
        if key in fields:
            check_filled(getattr(value, fields[key]), inner, f"{path}.{key}")
        elif path.endswith(".simable") and key == "sharing":
            continue  # checked at the eSIM: the API writes it in one place or the other
        elif hasattr(value, "extra"):
            assert value.extra.get(key) == inner, f"{path}.{key} is lost"


def _same(value: Any, data: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return value is data
    if isinstance(value, int | float | Decimal):
        return Decimal(value) == Decimal(str(data))
    if isinstance(value, datetime):
        moment = datetime.fromisoformat(data)
        return value == (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)
    if isinstance(value, date):
        return bool(value.isoformat() == data)
    return str(value) == str(data) if isinstance(value, str) else bool(value == data)
