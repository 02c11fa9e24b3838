"""``airalo store copy`` moves a store to another engine, and ``airalo store unseal`` gives that up."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlunsplit

from airalo_async.cli._screen import open_screen
from airalo_async.errors import AiraloError, ArgumentError
from airalo_async.models._rules import refuse
from airalo_async.stores import SQLiteStore, open_store
from airalo_async.stores._address import split_address
from airalo_async.stores._copy import Side, copy_store
from airalo_async.stores._give_up import give_up
from airalo_async.stores._transactional import TransactionalStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async.cli._screen import Screen
    from airalo_async.stores._copy import Contents

__all__ = ["run"]


def run(action: str, source: str, target: str) -> int:
    """Move a store (``copy``), or give up to move it (``unseal``).

    Returns:
        0 when it is done: both hold the same, or the source takes writes again. 1 when it could not be done, or not all
        of it; 2 when a URL is wrong.
    """
    screen = open_screen()
    try:
        asyncio.run((_copy if action == "copy" else _unseal)(source, target, screen))
    except ArgumentError as error:
        print(f"airalo: error: {error}", file=sys.stderr)  # noqa: T201 (the command's own output)
        return 2
    except (AiraloError, OSError) as error:
        print(f"airalo: error: {error}", file=sys.stderr)  # noqa: T201 (the command's own output)
        return 1
    return 0


async def _copy(source: str, target: str, screen: Screen) -> None:
    async with _both(source, target) as sides:
        screen.heading("Moving a store; what still writes into the source is refused from now on.")
        screen.fact("from", without_password(source))
        screen.fact("to", without_password(target))
        _tell(screen, await copy_store(*sides, without_password(target)))


async def _unseal(source: str, target: str, screen: Screen) -> None:
    async with _both(source, target) as sides:
        await give_up(*sides, without_password(target), without_password(source))
    screen.success(f"{without_password(source)} takes writes again. What was moved is sealed: remove it.")


@asynccontextmanager
async def _both(source: str, target: str) -> AsyncIterator[tuple[Side, Side]]:
    if without_password(source) == without_password(target):
        raise refuse("target", "must be another store than the source", target)
    async with AsyncExitStack() as stack:
        yield await _open(stack, source, is_source=True), await _open(stack, target, is_source=False)


async def _open(stack: AsyncExitStack, url: str, *, is_source: bool) -> Side:
    store = open_store(url)
    assert isinstance(store, TransactionalStore)  # noqa: S101  (all of ours are)
    shelf = store.open_shelf()
    stack.push_async_callback(store.close)
    stack.push_async_callback(shelf.close)
    if is_source and isinstance(store, SQLiteStore) and not store.path.exists():
        message = f"there is no store at {store.path}"
        raise FileNotFoundError(message)
    return Side(store, shelf)


def without_password(url: str) -> str:
    """Write a URL so that it can be shown.

    Raises:
        ArgumentError: It is not clear what of it is the password.
    """
    parts = split_address("store", url)
    if parts.scheme == "sqlite":
        return f"sqlite:///{Path(unquote(parts.path[1:])).absolute()}"
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}", query=_shown(parts.query)))


def _shown(query: str) -> str:
    return "&".join(word for word in query.split("&") if word.startswith(("schema=", "prefix=")))


def _tell(screen: Screen, contents: Contents) -> None:
    screen.fact("identity", contents.identity or "not bound")
    for name, part in (("requests", contents.requests), ("pushes", contents.pushes), ("keys", contents.keys)):
        screen.fact(name, f"{part.count:>9}  SHA-256 {part.digest}")
    screen.fact("attempts", f"{contents.attempts:>9}")
    screen.success("Both stores hold the same. Start your programs on the new one, and keep the old one as a backup.")
