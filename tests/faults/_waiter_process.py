"""A process that waits for one stored request: ``python -m tests.faults._waiter_process URL REFERENCE``.

It prints ``ready``, and then the state in which it found the request after its next change.
"""

from __future__ import annotations

import asyncio
import sys

from airalo_async.stores import open_store


async def main(url: str, reference: str) -> None:
    store = open_store(url)
    request = await store.get(reference)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    changed = await store.changed(reference, request.version, timeout=60)
    sys.stdout.write(f"{changed.state}\n")
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
