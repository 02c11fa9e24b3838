"""What moving from and to the stores on servers has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.errors import StoreError
from airalo_async.stores._optimistic._changes import Changes
from airalo_async.stores._optimistic._engine import TryAgainError, UnfitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airalo_async.models import StoredPush
    from airalo_async.stores._optimistic._engine import Session

__all__ = ["append"]

_TRIES = 5


async def append(session: Session, pushes: Sequence[StoredPush], where: str) -> None:
    """Add pushes in one commit; the engine counts their ids on from its last one.

    Raises:
        StoreError: They got other ids than they have, or are not known to be stored.
    """
    batch = [Changes(added=push) for push in pushes]
    for _ in range(_TRIES):
        try:
            await session.start()
            ids = await session.commit(batch)
        except TryAgainError:
            continue
        except UnfitError as error:
            message = f"{where}: {error}; nothing was stored"
            raise StoreError(message) from error
        if list(ids) != [push.id for push in pushes]:
            message = f"{where}: somebody else adds pushes; move into a store that nobody uses"
            raise StoreError(message)
        return
    message = f"{where} is not to be reached; nothing is known to be stored"
    raise StoreError(message)
