"""A fake Airalo for tests: a real local server with memory, clock, signed pushes and faults.

Names are resolved on first use, so that the pytest plugin costs nothing where it is not used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airalo_async.testing import faults
    from airalo_async.testing._clock import FakeClock
    from airalo_async.testing._fake import FakeAiralo
    from airalo_async.testing._json import sign_push
    from airalo_async.testing._records import Call, PlacedOrder, PlacedRequest, PlacedVoucher

__all__ = [
    "Call",
    "FakeAiralo",
    "FakeClock",
    "PlacedOrder",
    "PlacedRequest",
    "PlacedVoucher",
    "faults",
    "sign_push",
]

_HOMES = {
    "Call": "_records",
    "FakeAiralo": "_fake",
    "FakeClock": "_clock",
    "PlacedOrder": "_records",
    "PlacedRequest": "_records",
    "PlacedVoucher": "_records",
    "sign_push": "_json",
}


def _load(name: str) -> object:
    if name == "faults":
        return importlib.import_module("airalo_async.testing.faults")
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


if not TYPE_CHECKING:
    # Hidden from type checkers, which would take any name for a known one.
    __getattr__ = _load


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
