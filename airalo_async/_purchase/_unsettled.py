"""Outcomes that the store did not take: kept, and offered again until it does or the session is closed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from airalo_async._purchase._alarms import log_alarms
from airalo_async.errors import StoreError

if TYPE_CHECKING:
    from collections import Counter

    from airalo_async.models import Evidence, StoredRequest
    from airalo_async.stores._base import RequestStore

__all__ = ["Unsettled"]

_RETRY_EVERY = 1.0

_log = logging.getLogger("airalo_async")


class Unsettled:
    """Outcomes of one session that are not stored yet.

    Args:
        store: Takes them; the time between two tries is on its clock.
        alarms: Counts what they raise.
    """

    def __init__(self, store: RequestStore, alarms: Counter[str]) -> None:
        self._store = store
        self._alarms = alarms
        self._kept: list[tuple[StoredRequest, Evidence]] = []
        self._settling: asyncio.Task[None] | None = None

    def keep(self, request: StoredRequest, evidence: Evidence) -> None:
        """Keep an outcome, and try again in the background."""
        self._kept.append((request, evidence))
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._keep_settling())

    async def close(self) -> None:
        """Try all once more, and give up."""
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)
            await self._settle()

    async def _keep_settling(self) -> None:
        while self._kept:
            await self._store.clock.sleep(_RETRY_EVERY)
            await self._settle()

    async def _settle(self) -> None:
        for item in tuple(self._kept):
            request, evidence = item
            try:
                settled = await self._store.settle(request.reference, evidence)
            except StoreError:
                _log.warning("the outcome of %r is not stored yet", request.reference)
            else:
                self._kept.remove(item)
                log_alarms(request, settled, self._alarms)
