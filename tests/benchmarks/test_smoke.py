"""Every benchmark runs; what it measures is for ``python -m tests.benchmarks`` to say."""

from __future__ import annotations

import math

import pytest

from tests.benchmarks._harness import SMOKE
from tests.benchmarks._table import MODULES, rows_of


@pytest.mark.parametrize("name", MODULES)
def test_benchmark_runs_at_tiny_size(name: str) -> None:
    rows = rows_of(name)

    ratios = [row.run(SMOKE) for row in rows]

    assert ratios
    assert all(math.isfinite(figure) and figure >= 0 for ratio in ratios for figure in ratio.rounds)
