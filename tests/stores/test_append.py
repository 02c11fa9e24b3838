"""Pushes that are moved are tried again when an engine gave up for a reason that passes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import StoreError
from airalo_async.stores._optimistic._append import append
from airalo_async.stores._optimistic._engine import TryAgainError, UnfitError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from airalo_async.stores._optimistic._changes import Changes
    from airalo_async.stores._optimistic._engine import Verdict
    from airalo_async.stores._optimistic._reads import Read


class FailingSession:
    """Fails as it is told to, and then commits."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)

    async def start(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    async def read(self, asked: Collection[Read[object]]) -> Sequence[object]:
        raise NotImplementedError

    async def commit(self, batch: Sequence[Changes]) -> Sequence[Verdict]:
        if self._failures:
            raise self._failures.pop()
        return [0 for _ in batch]

    def drop(self) -> None: ...

    async def close(self) -> None: ...

    @property
    def left(self) -> int:
        return len(self._failures)


async def test_passing_failures_are_tried_again() -> None:
    session = FailingSession(TryAgainError(), TryAgainError())

    await append(session, [], "there")

    assert session.left == 0


async def test_lasting_failure_is_told() -> None:
    session = FailingSession(*[TryAgainError() for _ in range(9)])

    with pytest.raises(StoreError, match="there is not to be reached"):
        await append(session, [], "there")


async def test_value_that_does_not_fit_is_told() -> None:
    session = FailingSession(UnfitError("a value cannot be kept"))

    with pytest.raises(StoreError, match="there: a value cannot be kept; nothing was stored"):
        await append(session, [], "there")
