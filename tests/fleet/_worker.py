"""A process of a fleet: ``python -m tests.fleet._worker URL ID SECRET STORE WORK COUNT`` does some work and ends."""

from __future__ import annotations

import asyncio
import sys
import time

from airalo_async import AiraloSession
from airalo_async._limits import Limit, Scope

HELD = (Limit("POST", "/v2/token", 3, 60, Scope.CLIENT), Limit("GET", "/v2/packages", 80, 1, Scope.TOKEN))


async def keep_asking(session: AiraloSession, seconds: float) -> None:
    """Ask without a pause, ten at a time."""
    ends = time.monotonic() + seconds

    async def ask() -> None:
        while time.monotonic() < ends:
            await session.request("GET", "/v2/packages", params={"limit": "1"})

    await asyncio.gather(*(ask() for _ in range(10)))


async def main(url: str, client_id: str, secret: str, store: str, work: str, amount: str) -> None:
    session = AiraloSession(client_id, secret, base_url=url, store=store, limits=HELD)
    async with session:
        if work == "hold":
            await keep_asking(session, float(amount))
        else:
            await session.request("GET", "/v2/balance")
    print("done")  # noqa: T201  (what the test reads)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
