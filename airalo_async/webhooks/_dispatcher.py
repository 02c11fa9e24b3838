"""Hands stored pushes to handlers: at least once, one at a time for each stored request, and never forgotten.

A push is claimed under a lease with a fence, and the lease is renewed for as long as its handler runs. A claim that
cannot be renewed is lost: its handler is cancelled, and what it says afterwards counts for nothing, because the store
knows a younger fence. A process that dies says nothing at all; then the lease runs out and another one claims.

The order of one request's pushes is the store's doing: of several it offers the oldest only.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from typing import TYPE_CHECKING

from airalo_async.webhooks._delivery import Delivery, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airalo_async.models import StoredPush
    from airalo_async.stores._base import RequestStore
    from airalo_async.webhooks._handlers import Handlers, Patience
    from airalo_async.webhooks._stats import Stats

__all__ = ["Dispatcher"]

_log = logging.getLogger("airalo_async.webhooks")

_PAUSE = 1.0
"""Seconds between two tries to reach a store that fails."""

_SLACK = 0.001
"""Seconds by which a retry is looked for later than it is due, so that rounding never makes it too early."""


class Dispatcher:
    """Claims pushes for a receiver, from its start to its stop; ``retries`` are the instants when one is due again."""

    def __init__(
        self, store: RequestStore, handlers: Handlers, patience: Patience, stats: Stats, retries: list[float]
    ) -> None:
        self._store = store
        self._clock = store.clock
        self._handlers = handlers
        self._patience = patience
        self._stats = stats
        self._halt = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[float | None]] = set()
        self._ended_so_far = 0
        self._retries = retries
        self._sweep_at = 0.0

    def __len__(self) -> int:
        return len(self._running)

    @property
    def running(self) -> bool:
        """Whether it claims pushes."""
        return self._loop is not None and not self._loop.done()

    def start(self) -> None:
        """Begin to claim."""
        self._sweep_at = self._clock.monotonic()
        self._loop = asyncio.create_task(self._run(), name="airalo-dispatcher")

    async def stop(self) -> None:
        """Stop claiming, let handlers end, and cancel those that do not; the leases of these run out."""
        loop = self._loop
        if loop is None:
            return
        self._halt.set()
        try:
            async with self._clock.timeout(self._patience.drain):
                await asyncio.wait({loop})
                if self._running:
                    await asyncio.wait(self._running)
        except TimeoutError:
            _log.warning("%d handlers were cancelled at shutdown; their pushes are dispatched again", len(self))
        finally:
            left = {loop, *self._running}
            for task in left:
                task.cancel()
        try:
            async with self._clock.timeout(max(self._patience.drain, _PAUSE)):
                await asyncio.wait(left)
        except TimeoutError:
            _log.error("%d handlers refuse to be cancelled", len(self))
        self._loop = None

    async def _run(self) -> None:
        halted = asyncio.create_task(self._halt.wait())
        try:
            while not self._halt.is_set():
                await self._turn(halted)
        finally:
            halted.cancel()

    async def _turn(self, halted: asyncio.Task[bool]) -> None:
        """Claim what is due; then wait until more may be due, a handler has ended, or the end has come."""
        woken = asyncio.create_task(self._arrival())
        try:
            # The wait is registered before the store is asked; else what arrives between the two is missed.
            await asyncio.sleep(0)
            ended = self._ended_so_far
            await self._claim()
            if self._ended_so_far > ended:
                return  # the claim did not know of that slot, nor of what waited behind its push
            await asyncio.wait({woken, halted, *self._running}, return_when=asyncio.FIRST_COMPLETED)
            if woken.done():
                woken.result()
        except Exception as error:  # noqa: BLE001  (whatever a store raises, dispatching goes on)
            _log.error("the store failed while dispatching: %s", describe(error))
            await self._pause(halted)
        finally:
            await _put_down(woken)

    async def _arrival(self) -> None:
        """Return when a push may have become due."""
        now = self._clock.monotonic()
        while self._retries and self._retries[0] <= now:
            heapq.heappop(self._retries)
        due = min(self._retries[0], self._sweep_at) if self._retries else self._sweep_at
        await self._store.arrived(timeout=max(due - now, 0.0))

    async def _pause(self, halted: asyncio.Task[bool]) -> None:
        slept = asyncio.create_task(self._clock.sleep(_PAUSE))
        await asyncio.wait({slept, halted}, return_when=asyncio.FIRST_COMPLETED)
        await _put_down(slept)

    async def _claim(self) -> None:
        """Claim as many due pushes as there are free slots; now and then look for what nobody told of."""
        sweep = self._clock.monotonic() >= self._sweep_at
        if sweep:
            self._sweep_at = self._clock.monotonic() + self._patience.sweep_every
            await self._store.sweep()
        lease, claimed_at = self._patience.lease, self._clock.monotonic()
        free = self._patience.concurrency - len(self._running)
        if free > 0 and self._handlers.kinds:
            self._spawn(await self._store.claim(self._handlers.kinds, lease=lease, limit=free), claimed_at)
        free = self._patience.concurrency - len(self._running)
        if free > 0 and sweep and self._handlers.takes_unmatched:
            grace, claimed_at = self._patience.grace, self._clock.monotonic()
            self._spawn(await self._store.claim_unmatched(grace=grace, lease=lease, limit=free), claimed_at)

    def _spawn(self, pushes: Sequence[StoredPush], claimed_at: float) -> None:
        for push in pushes:
            delivery = Delivery(push, claimed_at, self._store, self._handlers, self._patience, self._stats)
            task = asyncio.create_task(delivery.run(), name=f"airalo-push-{push.id}")
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[float | None]) -> None:
        """Free the slot, and remember when the push is due again."""
        self._running.discard(task)
        self._ended_so_far += 1
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            _log.error("the store failed after a handler ended: %s", describe(error))
            return
        retry_in = task.result()
        if retry_in is not None:
            heapq.heappush(self._retries, self._clock.monotonic() + retry_in + _SLACK)


async def _put_down(task: asyncio.Task[None]) -> None:
    """Cancel a task of ours and wait for its end; its result is not wanted."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
