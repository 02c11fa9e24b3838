"""One claimed push and its handler, until the store knows how it ended or the claim is lost."""

from __future__ import annotations

import asyncio
import logging
import random
import traceback
from pathlib import PurePath
from typing import TYPE_CHECKING

from attrs import frozen

from airalo_async._push import decode_event
from airalo_async.errors import AiraloError, DecodeError, StoreError, UnknownReferenceError
from airalo_async.models import PushState, StoredPush
from airalo_async.stores._base import RequestStore
from airalo_async.webhooks._handlers import Handlers, Patience
from airalo_async.webhooks._stats import Stats

if TYPE_CHECKING:
    from airalo_async.models import StoredRequest
    from airalo_async.models.events import Event
    from airalo_async.webhooks._handlers import Handler

__all__ = ["Delivery", "describe"]

_log = logging.getLogger("airalo_async.webhooks")

_RENEWALS = 3
"""Renewals in the time of one lease."""

_PAUSE = 1.0
"""Seconds between two tries to tell a store that fails how a handler ended."""


class _OwnError(Exception):
    """Our own word for why a push could not be delivered; ``final`` when another try cannot help."""

    def __init__(self, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.final = final


@frozen
class Delivery:
    """One claimed push on its way through its handler.

    Attributes:
        push: What was claimed.
        claimed_at: When the claim was asked for, on the clock's monotonic time: the lease holds no shorter.
    """

    push: StoredPush
    claimed_at: float
    store: RequestStore
    handlers: Handlers
    patience: Patience
    stats: Stats

    async def run(self) -> float | None:
        """Run the handler under the lease, and record how it ended.

        Returns:
            Seconds until the push is due again; None when it is not, or when the claim is lost.
        """
        keeper = asyncio.create_task(self._keep())
        work = asyncio.create_task(self._work())
        try:
            await asyncio.wait({work, keeper}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                self._lose()
                return None
            return await self._settle(work, keeper)
        finally:
            for task in (work, keeper):
                task.cancel()
            await asyncio.wait({work, keeper})
            for task in (work, keeper):
                if not task.cancelled():
                    task.exception()

    async def _keep(self) -> None:
        """Renew the claim for as long as that succeeds; return when it is lost."""
        clock, lease = self.store.clock, self.patience.lease
        held_until = self.claimed_at + lease
        while True:
            await clock.sleep(lease / _RENEWALS)
            asked_at = clock.monotonic()
            try:
                async with clock.timeout(max(held_until - asked_at, lease / _RENEWALS)):
                    if not await self.store.renew(self.push.id, self.push.fence, lease=lease):
                        return
                held_until = asked_at + lease
            except (StoreError, TimeoutError):
                if clock.monotonic() >= held_until:
                    return

    async def _work(self) -> None:
        if self.push.tries > self.patience.max_tries:
            message = f"dispatched {self.push.tries - 1} times without an end"
            raise _OwnError(message, final=True)
        if self.push.body is None:
            message = "its body was purged"
            raise _OwnError(message, final=True)
        request = await self._request()
        try:
            event = decode_event(self.push.body, request=request, push_id=self.push.id)
        except DecodeError as error:
            raise _OwnError(str(error), final=True) from None
        await self._call(self.handlers.of(self.push), event)

    async def _call(self, handler: Handler[Event], event: Event) -> None:
        clock, seconds = self.store.clock, self.patience.handler_timeout
        started_at = clock.monotonic()
        try:
            async with clock.timeout(seconds):
                await handler(event)
        except TimeoutError:
            if clock.monotonic() - started_at < seconds:
                raise
            message = f"its handler did not end in {seconds:g} s"
            raise _OwnError(message, final=False) from None

    async def _request(self) -> StoredRequest | None:
        if self.push.reference is None:
            return None
        try:
            return await self.store.get(self.push.reference)
        except UnknownReferenceError:
            return None

    async def _settle(self, work: asyncio.Task[None], keeper: asyncio.Task[None]) -> float | None:
        """Tell the store how the handler ended, again and again while the claim holds."""
        error = asyncio.CancelledError() if work.cancelled() else work.exception()
        retry_in = None if error is None else self._retry_in(error)
        clock = self.store.clock
        while True:
            try:
                async with clock.timeout(self.patience.lease):
                    held = await self._record(error, retry_in)
            except (StoreError, TimeoutError) as failure:
                _log.error("push %d: its end could not be stored: %s", self.push.id, describe(failure))
                if keeper.done():
                    return None
                await clock.sleep(_PAUSE)
            else:
                if held:
                    return self._count(error, retry_in)
                self._lose()
                return None

    async def _record(self, error: BaseException | None, retry_in: float | None) -> bool:
        if error is None:
            return await self.store.finish(self.push.id, self.push.fence)
        return await self.store.fail(self.push.id, self.push.fence, describe(error), retry_in=retry_in)

    def _retry_in(self, error: BaseException) -> float | None:
        """Draw the wait before the next try, with full jitter; None when there is none."""
        if (isinstance(error, _OwnError) and error.final) or self.push.tries >= self.patience.max_tries:
            return None
        bound = min(self.patience.longest, self.patience.backoff * 2.0 ** min(self.push.tries - 1, 60))
        return random.uniform(0, bound)  # noqa: S311  (it spreads load; nothing about it is secret)

    def _count(self, error: BaseException | None, retry_in: float | None) -> float | None:
        if error is None:
            self.stats.delivered += 1
            return None
        self.stats.failures += 1
        if retry_in is not None:
            _log.warning(
                "push %d: try %d failed: %s; again in %.1f s", self.push.id, self.push.tries, describe(error), retry_in
            )
            return retry_in
        self.stats.dead += self.push.state is not PushState.PARKED
        _log.error("push %d: given up after %d tries: %s", self.push.id, self.push.tries, describe(error))
        return None

    def _lose(self) -> None:
        self.stats.lost += 1
        _log.warning("push %d: the claim is lost; what its handler did is not recorded", self.push.id)


def describe(error: BaseException) -> str:
    """Tell what was raised and where, but not a stranger's message: it may quote a secret or an eSIM."""
    if isinstance(error, _OwnError):
        return str(error)
    name = type(error).__qualname__
    if isinstance(error, AiraloError):
        return f"{name}: {error}"
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return name
    frame, line = frames[-1]
    return f"{name} in {frame.f_code.co_name}, {PurePath(frame.f_code.co_filename).name}:{line}"
