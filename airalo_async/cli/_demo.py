"""``airalo demo``: tells the story, and fails when a part of it is not true."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from airalo_async.cli._proof import StepFailedError
from airalo_async.cli._screen import open_screen
from airalo_async.cli._shop import open_shop
from airalo_async.cli._story import STEPS
from airalo_async.errors import AiraloError
from airalo_async.testing import FakeAiralo

if TYPE_CHECKING:
    from airalo_async.cli._screen import Screen

__all__ = ["run", "tell"]


def run(*, plain: bool = False) -> int:
    """Run the demonstration.

    Returns:
        0 when every step really happened, else 1.
    """
    screen = open_screen(plain=plain)
    began = time.perf_counter()
    try:
        asyncio.run(tell(screen, FakeAiralo(processing_time=0.0)))
    except BrokenPipeError:
        raise  # whoever reads the story has left, which is no fault of the story
    except (StepFailedError, AiraloError, OSError) as error:
        print(f"airalo: error: the demo failed: {error}", file=sys.stderr)  # noqa: T201 (the command's own output)
        return 1
    seconds = time.perf_counter() - began
    screen.success(f"All {len(STEPS)} steps really happened, in {seconds:.1f} s.")
    return 0


async def tell(screen: Screen, fake: FakeAiralo) -> None:
    """Tell the story on a temporary file.

    Raises:
        StepFailedError: A step did not happen.
    """
    with tempfile.TemporaryDirectory(prefix="airalo-demo-") as folder:
        path = Path(folder) / "airalo.db"
        async with fake, open_shop(fake, path) as shop:
            screen.heading("airalo_async: the whole story, on this machine")
            screen.fact("Airalo", f"{fake.url} (a fake: nothing costs money)")
            screen.fact("your shop", f"{shop.url}, pushes come to {shop.webhook_url}")
            screen.fact("your store", f"{path} (temporary)")
            for number, (title, step) in enumerate(STEPS, 1):
                screen.heading(f"{number:>2}. {title}")
                await step(shop, screen)
