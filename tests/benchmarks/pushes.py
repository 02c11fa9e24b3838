"""Rows C1 and C2: pushes a second that are verified, matched against the store and on disk before their 200.

Server and load are processes of their own. The bare side is an aiohttp handler that reads the body and answers. Redis
and PostgreSQL are started for the occasion, set so that what they have told survives a crash.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks._harness import Effort, Ratio, Row, paired
from tests.benchmarks._private import private
from tests.faults._engines import PostgresEngine, RedisEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.faults._engines import Engine

_CONNECTIONS = 64


@contextmanager
def _server(side: str, url: str = "") -> Iterator[int]:
    command = [sys.executable, "-m", "tests.benchmarks._push_server", side, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603  (this package)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(30)


def _rate(port: int, first: int, pushes: int) -> float:
    numbers = map(str, (port, min(_CONNECTIONS, pushes), first, pushes))
    command = [sys.executable, "-m", "tests.benchmarks._push_load", *numbers]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603  (as above)


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"


@contextmanager
def _private(engine: Callable[[], Engine]) -> Iterator[str]:
    with private(engine) as started:
        yield started.url


def _durable(store: Callable[[], AbstractContextManager[str]], effort: Effort) -> Ratio:
    pushes = effort.size(4000, least=8)
    firsts = count(1, pushes)
    with store() as url, _server("receiver", url) as ours, _server("bare") as theirs:
        return paired(
            lambda: _rate(ours, next(firsts), pushes), lambda: _rate(theirs, next(firsts), pushes), effort, unit="1/s"
        )


_WHAT = "pushes a second, on disk before the 200 ÷ bare aiohttp handler"

ROWS = (
    Row("C1", _WHAT, 0.36, partial(_durable, _sqlite), at_least=True),
    Row("C2", f"Redis: {_WHAT}", 0.36, partial(_durable, partial(_private, RedisEngine)), at_least=True),
    Row("C2", f"PostgreSQL: {_WHAT}", 0.36, partial(_durable, partial(_private, PostgresEngine)), at_least=True),
)
