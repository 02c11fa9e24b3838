"""Who waits in this process for which stored request, and who waits for the inbox."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

__all__ = ["Waiters"]


class Waiters:
    """Futures by reference; a change wakes those of its reference and nobody else.

    Attributes:
        arrivals: How often pushes may have become due.
        on_first: Called when somebody has begun to wait and nobody did before, so that a backend looks for what other
            processes commit only while it matters.
    """

    def __init__(self) -> None:
        self.arrivals = 0
        self.on_first: Callable[[], None] | None = None
        self._by_reference: dict[str, tuple[asyncio.Future[None], ...]] = {}
        self._inbox: tuple[asyncio.Future[None], ...] = ()

    def __bool__(self) -> bool:
        return bool(self._by_reference or self._inbox)

    def __len__(self) -> int:
        return sum(map(len, self._by_reference.values())) + len(self._inbox)

    def __contains__(self, reference: str) -> bool:
        return reference in self._by_reference

    def references(self) -> tuple[str, ...]:
        """Tell which stored requests are waited for."""
        return tuple(self._by_reference)

    def request(self, reference: str) -> Waiter:
        """Register for the next change of a stored request; register before reading, or a change is missed."""
        return Waiter(self, reference)

    def inbox(self) -> Waiter:
        """Register for the next push that may have become due."""
        return Waiter(self, None)

    def add(self, reference: str | None, future: asyncio.Future[None]) -> None:
        """Take a future in."""
        is_first = not self
        if reference is None:
            self._inbox = (*self._inbox, future)
        else:
            self._by_reference[reference] = (*self._by_reference.get(reference, ()), future)
        if is_first and self.on_first is not None:
            self.on_first()  # a thread that looks for waiters at once must find this one

    def discard(self, reference: str | None, future: asyncio.Future[None]) -> None:
        """Let a future go."""
        if reference is None:
            self._inbox = tuple(other for other in self._inbox if other is not future)
            return
        left = tuple(other for other in self._by_reference.get(reference, ()) if other is not future)
        if left:
            self._by_reference[reference] = left
        else:
            self._by_reference.pop(reference, None)

    def wake(self, references: Iterable[str], *, inbox: bool) -> None:
        """Tell that these stored requests changed, and whether pushes may have become due."""
        for reference in references:
            _resolve(self._by_reference.get(reference, ()))
        if inbox:
            self.arrivals += 1
            _resolve(self._inbox)

    def wake_all(self) -> None:
        """Tell everybody to look again."""
        self.wake(tuple(self._by_reference), inbox=True)


class Waiter:
    """One future among the waiters, for the length of a ``with`` block.

    Not a generator: thousands of these stand at once, and a generator's frame would be most of the memory.
    """

    __slots__ = ("_future", "_reference", "_waiters")

    def __init__(self, waiters: Waiters, reference: str | None) -> None:
        self._waiters = waiters
        self._reference = reference
        self._future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> asyncio.Future[None]:
        self._waiters.add(self._reference, self._future)
        return self._future

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiters.discard(self._reference, self._future)


def _resolve(futures: Iterable[asyncio.Future[None]]) -> None:
    for future in futures:
        # Nobody waits any more in a loop that was closed over its tasks, and those behind must hear of it.
        if not (future.done() or future.get_loop().is_closed()):
            future.set_result(None)
