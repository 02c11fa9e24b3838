"""One unit of work on its way through a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from airalo_async.stores._optimistic._reads import Add, Read
from airalo_async.stores._optimistic._transaction import OptimisticTransaction

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine
    from datetime import datetime

    from airalo_async.stores._optimistic._changes import Changes
    from airalo_async.stores._transaction import Transaction

__all__ = ["Unit"]

T = TypeVar("T")


class Unit(Generic[T]):
    """A unit of work, run as often as it takes; its caller hears of the last run only.

    Attributes:
        future: Where its caller waits.
        expires: Instant of the loop's clock after which its caller has gone.
    """

    __slots__ = ("_coroutine", "_error", "_result", "_tx", "_work", "expires", "future")

    def __init__(
        self,
        work: Callable[[Transaction], Coroutine[object, None, T]],
        future: asyncio.Future[T],
        expires: float,
    ) -> None:
        self.future = future
        self.expires = expires
        self._work = work
        self._coroutine: Coroutine[object, None, T] | None = None
        self._tx: OptimisticTransaction | None = None
        self._result: T | None = None
        self._error: Exception | None = None

    @property
    def changes(self) -> Changes | None:
        """What it has seen and wants written; None when that is nothing."""
        if self._tx is None or self._error is not None or not self._tx.changes:
            return None
        return self._tx.changes

    def start(self, now: datetime) -> Read[object] | None:
        """Run it from its beginning; gives the question that it then waits with, if it does."""
        self._tx = OptimisticTransaction(now)
        self._coroutine = self._work(self._tx)
        self._error = None
        return self.answer(None)

    def answer(self, value: object) -> Read[object] | None:
        """Run it on with an answer; gives its next question, if it has one."""
        assert self._coroutine is not None  # noqa: S101  (started before anything is answered)
        try:
            # What is sent in is the answer that ``ask`` returns; that a unit of work awaits nothing else is checked.
            asked = self._coroutine.send(value)  # type: ignore[arg-type]
        except StopIteration as end:
            self._result = end.value
            return None
        except Exception as error:  # noqa: BLE001  (it belongs to the caller)
            self._error = error
            return None
        if isinstance(asked, Add) and self._tx is not None:
            self._tx.changes.added = asked.push
            return None
        if isinstance(asked, Read):
            return asked
        self._coroutine.close()
        self._error = RuntimeError("a unit of work awaited something else than a row operation")
        return None

    @property
    def is_torn(self) -> bool:
        """Whether it must be run again, because something changed while it ran."""
        return self._tx is not None and self._tx.changes.torn

    def finish(self, push_id: int) -> None:
        """Run it to its end, now that it is committed."""
        if self._tx is not None and self._tx.changes.added is not None and self.answer(push_id):
            self._error = RuntimeError("a unit of work goes on after it has added a push")

    def fail(self, error: Exception) -> None:
        """Tell the caller what went wrong; one who was cancelled is not there any more."""
        if not self.future.done():
            self.future.set_exception(error)

    def tell(self) -> None:
        """Give the caller the result."""
        if self.future.done():
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            # Without an error ``_step`` has set the result, which is None only where T allows it.
            self.future.set_result(self._result)  # type: ignore[arg-type]
