"""Which module of this package measures which row."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks._harness import Row

__all__ = ["MODULES", "rows_of"]

MODULES: Mapping[str, str] = {
    "A1": "orders",
    "A2": "orders",
    "A3": "orders",
    "A4": "orders",
    "A5": "orders",
    "B1": "decoding",
    "B2": "decoding",
    "B3": "decoding",
    "B4": "decoding",
    "C1": "pushes",
    "C2": "pushes",
    "C3": "stores",
    "C4": "stores",
    "D1": "limits",
    "D2": "limits",
    "E1": "imports",
    "G1": "growth",
    "G2": "growth",
    "G3": "fleet",
}
"""Row name to module name. A module is imported only when one of its rows is asked for: each has peers of its own."""


def rows_of(name: str) -> tuple[Row, ...]:
    """Give the rows of one name."""
    module = importlib.import_module(f"tests.benchmarks.{MODULES[name]}")
    rows: tuple[Row, ...] = module.ROWS
    return tuple(row for row in rows if row.name == name)
