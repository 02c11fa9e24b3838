"""Waiting in tests for what tells nobody that it has happened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_REST = 0.001

_PATIENCE = 60.0
"""Real seconds after which a test counts as hung; a bound for what never comes, not for what comes slowly."""


def patience() -> asyncio.Timeout:
    """Bound a block, because a test must end."""
    return asyncio.timeout(_PATIENCE)


async def rest() -> None:
    """Leave the processor to others for a moment.

    A loop that only turns (``sleep(0)``) never lets go of the interpreter for long, so that a store's writer thread
    gets through one step in five milliseconds; and it takes a core from the processes that it waits for.
    """
    await asyncio.sleep(_REST)


async def until(condition: Callable[[], object]) -> None:
    """Let everything else run until a condition holds."""
    async with patience():
        while not condition():
            await rest()
