"""What processes tell each other of their commits, and what keeps a waiter from waiting for a word that got lost.

A commit is told of on a channel of the engine: which stored requests changed, and whether a push is due. Words are
hints. They may come late or never, so whoever waits also looks for himself, now and then: one question for all
who wait in a process, and only those whose request changed are woken.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from typing import TYPE_CHECKING, Protocol

from airalo_async._clock import SystemClock
from airalo_async.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from airalo_async.stores._optimistic._reads import News
    from airalo_async.stores._waiting import Waiters

__all__ = ["Channel", "Hints", "messages"]

_log = logging.getLogger("airalo_async")

POLL_EVERY = 5.0
"""Seconds between two looks while somebody waits and the channel stands."""

POLL_WITHOUT_CHANNEL = 1.0
"""Seconds between two looks while somebody waits and it does not."""

_MOST_BYTES = 7000
_CANCEL_AGAIN_AFTER = 1.0


class Channel(Protocol):
    """How messages of other processes come in."""

    async def listen(self, heard: Callable[[str], None], ready: Callable[[], None]) -> None:
        """Hand over what is heard until the connection is lost; ``ready`` is called when it stands.

        Raises:
            StoreError: The engine is away.
        """
        ...


def messages(sender: str, versions: Mapping[str, int], *, due: bool) -> Iterator[str]:
    """Write messages, none longer than every engine takes."""
    batch: dict[str, int] = {}
    size = 0
    for reference, version in versions.items():
        length = len(json.dumps(reference)) + len(str(version)) + 4
        if batch and size + length > _MOST_BYTES:
            yield json.dumps([sender, batch, False])
            batch, size = {}, 0
        batch[reference] = version
        size += length
    yield json.dumps([sender, batch, due])


class Hints:
    """Hears and looks for what other processes commit, while somebody waits here.

    Args:
        waiters: Who waits.
        channel: Where messages come in.
        look: Tells how stored requests stand, by their references, and whether a push is due.

    Attributes:
        sender: What this store calls itself in its messages.
    """

    def __init__(
        self,
        waiters: Waiters,
        channel: Channel,
        look: Callable[[tuple[str, ...]], Awaitable[News]],
    ) -> None:
        self.sender = secrets.token_hex(8)
        self._waiters = waiters
        self._channel = channel
        self._news = look
        self._clock = SystemClock()
        self._known: dict[str, int] = {}
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._stands = False
        self._looking: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Begin to hear and to look, unless that is done already; it goes on until the store is closed."""
        loop = asyncio.get_running_loop()
        if self._tasks and all(task.get_loop() is loop and not task.done() for task in self._tasks):
            return
        for task in self._tasks:
            if task.get_loop() is loop:
                task.cancel()
        self._tasks = (
            loop.create_task(self._poll(), name="airalo-store-hints"),
            loop.create_task(self._hear(), name="airalo-store-channel"),
        )

    def know(self, reference: str, version: int) -> None:
        """Take down which version somebody who waits has seen; of several the oldest counts."""
        self._known[reference] = min(version, self._known.get(reference, version))

    async def close(self) -> None:
        """Stop hearing and looking."""
        for task in (*self._tasks, self._looking):
            if task is not None and task.get_loop() is asyncio.get_running_loop():
                await _end(task)

    async def _poll(self) -> None:
        while True:
            await self._clock.sleep(POLL_EVERY if self._stands else POLL_WITHOUT_CHANNEL)
            if self._waiters:
                await self._look()

    async def _hear(self) -> None:
        while not _is_cancelled():
            try:
                await self._channel.listen(self._heard, self._ready)
            except StoreError as error:
                _log.debug("the channel of the store is away: %s", error)
            self._stands = False
            if not _is_cancelled():
                await self._clock.sleep(POLL_WITHOUT_CHANNEL)

    def _ready(self) -> None:
        """The channel stands; whatever was committed before it did was not heard."""
        self._stands = True
        self._looking = asyncio.get_running_loop().create_task(self._look())

    def _heard(self, message: str) -> None:
        sender, versions, due = json.loads(message)
        if sender != self.sender:
            news = [name for name, version in versions.items() if self._known.get(name, 0) < version]
            self._waiters.wake(news, inbox=due)

    async def _look(self) -> None:
        """Wake those whose request has another version than the one they have seen, and who waits for the inbox."""
        references = self._waiters.references()
        try:
            news = await self._news(references)
        except StoreError:
            return  # who reads or writes is told what is wrong
        changed = [name for name, version in news.versions if self._known.get(name, version) != version]
        waiting = set(references)
        self._known = {name: version for name, version in self._known.items() if name in waiting}
        self._known.update((name, version) for name, version in news.versions if name in self._known)
        if changed or news.due:
            self._waiters.wake(changed, inbox=news.due)


def _is_cancelled() -> bool:
    """Tell whether this task was cancelled, also when a driver took that for the end of its connection."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel a task for as long as it takes: a driver may swallow a cancellation and go on."""
    while not (task.done() or task.get_loop().is_closed()):
        task.cancel()
        await asyncio.wait([task], timeout=_CANCEL_AGAIN_AFTER)
