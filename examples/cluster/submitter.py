"""Orders eSIMs and waits until they are here; start as many as you need. Arguments: references.

The order is pushed to a receiver, which is another process: what joins the two is the store that AIRALO_STORE names.
"""

from __future__ import annotations

import asyncio
import os
import sys

from airalo_async import AiraloSession


async def buy(airalo: AiraloSession, reference: str) -> None:
    """Order one eSIM, and wait for it."""
    await airalo.orders.submit_async(
        "change-7days-1gb",
        reference=reference,
        metadata={"user": reference},
        webhook_url=os.environ["AIRALO_WEBHOOK_URL"],
    )
    order = await airalo.orders.wait(reference, timeout=60)
    print(f"submitter: {reference} is order {order.code}", flush=True)


async def main(references: list[str]) -> None:
    """Order all of them at once."""
    async with AiraloSession.from_env() as airalo, asyncio.TaskGroup() as tasks:
        for reference in references:
            tasks.create_task(buy(airalo, reference))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
