"""Row E1: what importing costs, each in a fresh interpreter, against importing aiohttp in another.

The interpreter's own start is not counted on either side, nor is compiling: an installed package has its bytecode, so
both sides get theirs, in a folder of the benchmark's own, before the first round.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks._harness import Effort, Ratio, Row, paired

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMED = """
import contextlib, io, time
started = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    {statement}
seconds = time.perf_counter() - started
print(seconds)
"""
_VERSION = "from airalo_async.cli import main; main(['--version'])"


def _seconds(statement: str, bytecode: str) -> float:
    command = [sys.executable, "-c", _TIMED.format(statement=statement)]
    environment = os.environ | {"PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603  (ours)
    return float(done.stdout)


def _against_aiohttp(statement: str) -> Callable[[Effort], Ratio]:
    def run(effort: Effort) -> Ratio:
        with tempfile.TemporaryDirectory() as bytecode:
            ours, theirs = (partial(_seconds, text, bytecode) for text in (statement, "import aiohttp"))
            for compiled in (ours, theirs):
                compiled()
            return paired(ours, theirs, effort, unit="s")

    return run


ROWS = (
    Row("E1", "import airalo_async ÷ import aiohttp", 0.2, _against_aiohttp("import airalo_async")),
    Row(
        "E1",
        "from airalo_async import AiraloSession ÷ the same",
        1.2,
        _against_aiohttp("from airalo_async import AiraloSession"),
    ),
    Row("E1", "airalo --version ÷ the same", 0.2, _against_aiohttp(_VERSION)),
)
