"""Lists and objects, in every way in which PHP writes them."""

from __future__ import annotations

import json
from typing import Any

from airalo_async._codec._misfit import refusal

__all__ = ["elements", "entries", "plain"]


def elements(value: Any) -> list[tuple[str | int, Any]]:
    """Take a list with its indexes, or what PHP makes of one with gaps: an object whose keys are indexes."""
    if value.__class__ is list:
        return list(enumerate(value))
    if value.__class__ is dict and all(key.isdecimal() and key.isascii() and len(key) < 10 for key in value):
        return [(key, value[key]) for key in sorted(value, key=int)]
    raise refusal("a list", value)


def entries(value: Any) -> dict[str, Any]:
    """Take an object, or an empty one, which PHP writes as an empty list."""
    if value.__class__ is dict:
        found: dict[str, Any] = value
        return found
    if value == []:
        return {}
    raise refusal("an object", value)


def plain(value: Any) -> Any:
    """Copy parsed JSON, with floats where it was parsed exactly: what is handed out raw must be JSON again.

    What is nested so deep that a copy of it would not end becomes None.
    """
    try:
        return json.loads(json.dumps(value, default=float))
    except RecursionError:
        return None
