"""Servers of a benchmark's own, set so that what they have told survives a crash."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults._engines import Engine

__all__ = ["private"]

E = TypeVar("E", bound="Engine")


@contextmanager
def private(engine: Callable[[], E]) -> Iterator[E]:
    """Start a server, and remove it with all that it holds."""
    started = engine()
    try:
        asyncio.run(started.start())
        yield started
    finally:
        started.remove()
