"""Moving all that a store holds into another store: sealed first, resumable, and compared at the end.

Nothing is ever written over in the target: what stands there must be the beginning of what the source holds. So an
interrupted move is resumed by moving again, and a target that somebody else has used is noticed.
"""

# ruff: noqa: SLF001  (moving is one more half of the store, over the same units of work)

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from airalo_async.errors import StoreError
from airalo_async.stores._records import micros, pack_push, pack_request
from airalo_async.stores._shelf import Shelf
from airalo_async.stores._transactional import TransactionalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from airalo_async.models import StoredPush, StoredRequest
    from airalo_async.stores._transaction import Transaction

__all__ = ["Contents", "Part", "Side", "copy_store", "missing", "now_of", "push_text", "request_text"]

R = TypeVar("R")

_PAGE = 100
_MODULUS = 1 << 256


@frozen
class Part:
    """One sort of records.

    Attributes:
        count: How many there are.
        digest: SHA-256 (hex) of all of them in their order; of duplicate keys, which have none, the sum of those of
            each.
    """

    count: int
    digest: str


@frozen
class Contents:
    """What a store holds; two stores hold the same when these are equal.

    Attributes:
        identity: Client id and mode that it is bound to.
        requests: Stored requests, with their attempts.
        attempts: How many attempts those have.
        pushes: The inbox.
        keys: Duplicate keys.
    """

    identity: str | None
    requests: Part
    attempts: int
    pushes: Part
    keys: Part


@frozen
class Side:
    """A store, and the engine under it."""

    store: TransactionalStore
    shelf: Shelf

    async def identity(self) -> str | None:
        """Tell whom it is bound to."""
        return await self.store._read(lambda tx: tx.identity())

    async def requests(self, after: StoredRequest | None) -> Sequence[StoredRequest]:
        """List the next requests."""
        return await self.store._read(lambda tx: tx.requests(None, after, _PAGE))

    async def pushes(self, after: int) -> Sequence[StoredPush]:
        """List the next pushes."""
        return await self.store._read(lambda tx: tx.pushes(None, after, _PAGE))


async def copy_store(source: Side, target: Side, moved_to: str) -> Contents:
    """Seal a store and move all that it holds; done again, it goes on where it was interrupted.

    Args:
        source: Where from; it is sealed, and stays so unless the move is given up.
        target: Where to: an empty store, or what an earlier attempt has left. Nobody else may use it yet.
        moved_to: What the source tells those who still write into it; without a password.

    Returns:
        What both hold.

    Raises:
        StoreError: The source is in use or moved elsewhere, the target holds something else, or an engine failed. The
            message tells which; what is moved already may stay.
    """
    await _seal(source, target, moved_to)
    await _bind(target, await source.identity())
    await _copy_requests(source, target)
    await _copy_pushes(source, target)
    await _copy_keys(source, target)
    before, after = await _contents(source), await _contents(target)
    if before != after:
        message = f"the two stores differ after the move: {before} and {after}; move into an empty store"
        raise StoreError(message)
    return after


async def _seal(source: Side, target: Side, moved_to: str) -> None:
    elsewhere = await target.shelf.sealed()
    if elsewhere is not None:
        message = f"the target is sealed itself: it moved to {elsewhere}"
        raise StoreError(message)
    sealed = await source.shelf.sealed()
    if sealed is not None:
        if sealed != moved_to:
            message = f"the source is sealed already: it moved to {sealed}"
            raise StoreError(message)
        return
    bound = await target.identity()
    if bound not in {None, await source.identity()} or await target.requests(None) or await target.pushes(0):
        message = "the target is in use: move into an empty store"
        raise StoreError(message)
    living = await source.shelf.seal(moved_to, await source.store._read(now_of))
    if living:
        message = (
            f"the source is in use: purchases being sent: {living.sending}, pushes being handled: {living.handling}; "
            "stop the programs that use it, or wait until their leases end. Nothing was sealed"
        )
        raise StoreError(message)


async def now_of(tx: Transaction) -> datetime:
    return tx.now


async def _bind(target: Side, identity: str | None) -> None:
    bound = await target.identity()
    if identity is not None and bound is None:
        await target.store._write(lambda tx: tx.set_identity(identity))
    elif bound != identity:
        message = "the target belongs to another client id or mode: move into an empty store"
        raise StoreError(message)


async def _copy_requests(source: Side, target: Side) -> None:
    after: StoredRequest | None = None
    while page := await source.requests(after):
        rest = missing(page, await target.requests(after), request_text)
        if rest:
            await target.store._write(partial(_save_requests, rest))
        after = page[-1]


async def _save_requests(requests: Sequence[StoredRequest], tx: Transaction) -> None:
    for request in requests:
        await tx.save_request(request, None)


async def _copy_pushes(source: Side, target: Side) -> None:
    after = 0
    while page := await source.pushes(after):
        rest = missing(page, await target.pushes(after), push_text)
        if rest:
            await target.shelf.append(rest)
        after = page[-1].id


_OTHERS = "the target holds other records than the source: move into an empty store"


def missing(wanted: Sequence[R], there: Sequence[R], text: Callable[[R], str], otherwise: str = _OTHERS) -> Sequence[R]:
    """Tell what is not there yet; what is must be the beginning of what is wanted."""
    if [text(record) for record in there] != [text(record) for record in wanted[: len(there)]]:
        raise StoreError(otherwise)
    return wanted[len(there) :]


async def _copy_keys(source: Side, target: Side) -> None:
    after = ""
    while True:
        page = await source.shelf.keys(after, _PAGE)
        # Taken at once, they are committed at once. One that is there already stays as it is.
        await asyncio.gather(*(target.store._write(partial(_take, key, ends)) for key, ends in page.keys))
        if not page.last:
            return
        after = page.last


async def _take(key: str, expires_at: datetime | None, tx: Transaction) -> None:
    await tx.take_key(key, expires_at)


async def _contents(side: Side) -> Contents:
    requests, attempts = await _read_requests(side)
    return Contents(await side.identity(), requests, attempts, await _read_pushes(side), await _read_keys(side))


async def _read_requests(side: Side) -> tuple[Part, int]:
    digest, count, attempts = hashlib.sha256(), 0, 0
    after: StoredRequest | None = None
    while page := await side.requests(after):
        for request in page:
            digest.update(_bytes(request_text(request)))
            attempts += len(request.attempts)
        count += len(page)
        after = page[-1]
    return Part(count, digest.hexdigest()), attempts


async def _read_pushes(side: Side) -> Part:
    digest, count, after = hashlib.sha256(), 0, 0
    while page := await side.pushes(after):
        for push in page:
            digest.update(_bytes(push_text(push)))
        count += len(page)
        after = page[-1].id
    return Part(count, digest.hexdigest())


async def _read_keys(side: Side) -> Part:
    total, count, after = 0, 0, ""
    while True:
        page = await side.shelf.keys(after, _PAGE)
        for key, ends in page.keys:
            text = f"{key} {'' if ends is None else micros(ends)}\n"
            total += int.from_bytes(hashlib.sha256(_bytes(text)).digest())
        count += len(page.keys)
        if not page.last:
            return Part(count, f"{total % _MODULUS:064x}")
        after = page.last


def request_text(request: StoredRequest) -> str:
    return f"{pack_request(request)}\n{'-' if request.result is None else '+' + request.result}\n"


def push_text(push: StoredPush) -> str:
    return f"{push.id} {pack_push(push)}\n{'-' if push.body is None else push.body.hex()}\n"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
