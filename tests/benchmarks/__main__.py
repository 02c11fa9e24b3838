"""``python -m tests.benchmarks [name ...]``: measure, and print a table.

A name is a row (``B1``) or a group (``B``); without one everything is measured. ``--rounds`` and ``--seconds`` measure
longer.
The exit code is 0 whatever the figures are: a noisy machine is not a failure, and the table says what is missed.
"""

from __future__ import annotations

import argparse
import platform
import sys
from importlib import metadata

import pytest
from attrs import evolve

from tests.benchmarks._harness import FULL, Effort, Ratio, Row
from tests.benchmarks._table import MODULES, rows_of

_PEERS = ("airalo_async", "aiohttp", "attrs", "cattrs", "pydantic", "httpx", "aiolimiter", "airalo-sdk")
_WIDTHS = (3, 76, 7, 7, 7, 14, 28)


def main(arguments: list[str]) -> int:
    """Measure the rows that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help="row or group, such as B1 or B")
    parser.add_argument("--rounds", type=int, default=FULL.rounds, help="pairs of measurements, 5 or more")
    parser.add_argument("--seconds", type=float, default=FULL.seconds, help="seconds for one side of a round")
    chosen = parser.parse_args(arguments)
    names = [name for name in MODULES if not chosen.names or any(name.startswith(asked) for asked in chosen.names)]
    if not names:
        parser.error(f"no such row; there are {', '.join(MODULES)}")
    effort = evolve(FULL, rounds=chosen.rounds, seconds=chosen.seconds)
    _say(_versions() + "\n")
    _say(_line("row", "ours ÷ theirs", "median", "min", "max", "commit to", "figures"))
    _say(_line("---", "---", "---", "---", "---", "---", "---"))
    for name in names:
        for row in rows_of(name):
            _say(_measured(row, effort))
    return 0


def _measured(row: Row, effort: Effort) -> str:
    try:
        ratio = row.run(effort)
    except pytest.skip.Exception as reason:
        return _line(row.name, row.what, "", "", "", "", str(reason))
    figures = (f"{figure:.3f}" for figure in (ratio.median, min(ratio.rounds), max(ratio.rounds)))
    return _line(row.name, row.what, *figures, _bound(row, ratio), ratio.note)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)) + " |"


def _bound(row: Row, ratio: Ratio) -> str:
    sign = "≥" if row.at_least else "≤"
    return f"{sign} {row.commit:g}" + ("" if row.holds(ratio) else " MISSED")


def _versions() -> str:
    parts = [f"CPython {platform.python_version()}", platform.machine()]
    for name in _PEERS:
        try:
            parts.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            parts.append(f"{name} absent")
    return ", ".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
