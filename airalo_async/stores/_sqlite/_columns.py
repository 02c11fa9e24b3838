"""How single values stand in a column.

What is looked for has a column; what is only carried is JSON. Instants are whole microseconds since the epoch, so that
they come back exactly and compare as numbers.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache

__all__ = ["Value", "fits", "micros", "micros_or_none", "moment", "moment_or_none", "text"]

Value = str | int | bytes | None
"""What a column holds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 2**63 - 1


@lru_cache(maxsize=64)
def micros(moment: datetime) -> int:
    """Turn an instant into whole microseconds since the epoch; the rows of one commit have most of theirs in common."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def fits(number: int | None) -> int | None:
    """Let through what SQLite can hold; an order number of more than 63 bits stays in the result alone."""
    return number if number is not None and -_MOST <= number <= _MOST else None


def micros_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def moment(number: int) -> datetime:
    return _EPOCH + timedelta(microseconds=number)


def moment_or_none(number: int | None) -> datetime | None:
    return None if number is None else _EPOCH + timedelta(microseconds=number)


text = json.JSONEncoder(separators=(",", ":")).encode
"""Writes JSON in ASCII, so that even a lone surrogate can be kept."""
