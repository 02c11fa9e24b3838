"""Giving a move up: the target is sealed in place of the source, which takes writes again.

Never do both stores take writes, or the same reference could be bought in each: the target is sealed first, and only
then is it looked at. What it holds must be no more than what was moved into it.
"""

# ruff: noqa: SLF001  (the other half of moving)

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.errors import StoreError
from airalo_async.stores._copy import missing, now_of, push_text, request_text

if TYPE_CHECKING:
    from airalo_async.models import StoredRequest
    from airalo_async.stores._copy import Side

__all__ = ["give_up"]


async def give_up(source: Side, target: Side, moved_to: str, moved_from: str) -> None:
    """Let the source of a move take writes again; done again, it goes on where it was interrupted.

    Args:
        source: Where the move was from; it must be sealed.
        target: Where it was to, with all of it or a part. It is sealed, and of no more use.
        moved_to: What the source tells those who write into it.
        moved_from: What the target tells them from now on; without a password.

    Raises:
        StoreError: The source is not sealed or moved elsewhere, the target was used since, or an engine failed. The
            message tells which; when the target was used, it is not sealed either.
    """
    sealed = await source.shelf.sealed()
    if sealed != moved_to:
        message = "the source is not sealed" if sealed is None else f"the source moved to {sealed}"
        raise StoreError(message)
    elsewhere = await target.shelf.sealed()
    if elsewhere is None:
        living = await target.shelf.seal(moved_from, await target.store._read(now_of))
        if living:
            raise StoreError(_USED)
    elif elsewhere != moved_from:
        message = f"the target is sealed itself: it moved to {elsewhere}"
        raise StoreError(message)
    try:
        await _check_unused(source, target)
    except StoreError:
        await target.shelf.unseal()
        raise
    await source.shelf.unseal()


_USED = "the target was used since: keep it, or move it on into an empty store"


async def _check_unused(source: Side, target: Side) -> None:
    after: StoredRequest | None = None
    while there := await target.requests(after):
        missing(await source.requests(after), there, request_text, _USED)
        after = there[-1]
    last = 0
    while pushes := await target.pushes(last):
        missing(await source.pushes(last), pushes, push_text, _USED)
        last = pushes[-1].id
