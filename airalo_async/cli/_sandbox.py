"""``airalo sandbox``: serves the fake until it is interrupted."""

from __future__ import annotations

import asyncio
import signal
import sys

from attrs import frozen

from airalo_async.cli._screen import open_screen
from airalo_async.testing import FakeAiralo

__all__ = ["Settings", "run"]


@frozen
class Settings:
    """How the fake is served.

    Attributes:
        host: Address to listen at.
        port: Port to listen at; 0 takes a free one.
        client_id: Credentials to accept.
        client_secret: The same, and the key that pushes are signed with.
        auto_push: Whether pushes go out by themselves.
        push_after: Seconds that an async order takes.
        limits: Whether the documented rate limits are kept.
    """

    host: str
    port: int
    client_id: str
    client_secret: str
    auto_push: bool
    push_after: float
    limits: bool


def run(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM.

    Returns:
        0 after a signal; 1 when it cannot listen.
    """
    try:
        asyncio.run(_serve(settings))
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        print(f"airalo: error: cannot listen at {where}: {error.strerror or error}", file=sys.stderr)  # noqa: T201 (the command's own output)
        return 1
    return 0


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with FakeAiralo(
        host=settings.host,
        port=settings.port,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        auto_push=settings.auto_push,
        processing_time=settings.push_after,
        limits=settings.limits,
        record_calls=False,
    ) as fake:
        _introduce(fake)
        await stop.wait()


def _introduce(fake: FakeAiralo) -> None:
    screen = open_screen()
    screen.heading("A fake Airalo is listening; nothing here costs money. Set this for your program:")
    screen.block(f"export AIRALO_BASE_URL={fake.url}")
    screen.block(f"export AIRALO_CLIENT_ID={fake.client_id}")
    screen.block(f"export AIRALO_CLIENT_SECRET={fake.client_secret}")
    pushes = "go out by themselves, signed with the secret" if fake.auto_push else "do not go out"
    screen.heading(f"Pushes {pushes}. Ctrl-C stops it.")
