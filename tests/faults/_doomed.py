"""A shop in a process of its own that is killed with SIGKILL at a chosen point.

Nothing in the package knows of this: the points are calls of the store and of the connections, wrapped here, or any
call at all, by its number.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web
from attrs import define

from airalo_async import AiraloSession
from airalo_async._transport import Transport
from airalo_async.errors import AiraloError
from airalo_async.stores import SQLiteStore
from airalo_async.webhooks import OrderCompleted, WebhookReceiver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import FrameType

    from airalo_async.stores._base import Receipt

__all__ = ["Doom", "buy", "live"]

T = TypeVar("T")

PACKAGE = "change-7days-1gb"
_STORE_CALLS = ("begin", "settle", "claim", "finish")
_PACKAGE_FILES = f"{os.sep}airalo_async{os.sep}"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@define
class Doom:
    """When to die.

    Attributes:
        point: A name of a call and ``before`` or ``after``, such as ``begin:after``; ``handler`` for within the
            handler; a name and ``hang`` to wait there until the parent kills.
        at_call: Number of the call in the package at which to die; 0 for never.
        calls: How many there were.
    """

    point: str = ""
    at_call: int = 0
    calls: int = 0

    def reached(self, point: str) -> None:
        if point == self.point:
            die()

    async def around(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        self.reached(f"{name}:before")
        if self.point == f"{name}:hang":
            await asyncio.Event().wait()
        result = await call()
        self.reached(f"{name}:after")
        return result

    def wrap(self, owner: type, name: str) -> None:
        inner = getattr(owner, name)

        async def wrapped(*args: object, **options: object) -> object:
            return await self.around(name, lambda: inner(*args, **options))

        setattr(owner, name, wrapped)

    def wrap_receiving(self) -> None:
        """Lay the points of ``receive`` around the call that begins it."""
        inner = SQLiteStore.begin_receiving

        def wrapped(*args: Any) -> asyncio.Future[Receipt]:
            return asyncio.ensure_future(self.around("receive", lambda: inner(*args)))

        setattr(SQLiteStore, "begin_receiving", wrapped)  # noqa: B010  (to a type checker a method is no variable)

    def install(self) -> None:
        """Lay the points; the process is a fork and ends soon, so nothing is put back."""
        if self.point:
            for name in _STORE_CALLS:
                self.wrap(SQLiteStore, name)
            self.wrap_receiving()
            self.wrap(Transport, "send")
        if self.at_call:
            threading.setprofile(self._count)
            sys.setprofile(self._count)

    def _count(self, frame: FrameType, event: str, _: object) -> None:
        """Count calls that functions of the package make or are, in all threads."""
        if event in ("call", "c_call") and _PACKAGE_FILES in frame.f_code.co_filename:
            self.calls += 1
            if self.calls == self.at_call:
                die()


async def buy(doom: Doom, url: str, client: tuple[str, str], store_path: str, kind: str, reference: str) -> None:
    """Make one purchase."""
    store = SQLiteStore(store_path)
    async with AiraloSession(*client, store=store, base_url=url) as airalo:
        # The token comes first, so that the connections are wrapped around the purchase alone.
        await airalo.account.balance()
        doom.install()
        if kind == "order":
            await airalo.orders.submit(PACKAGE, reference=reference, description=reference)
        else:
            await airalo.orders.submit_async(
                PACKAGE, webhook_url="https://shop.example/airalo", reference=reference, description=reference
            )
    await store.close()


async def live(
    doom: Doom, url: str, client: tuple[str, str], store_path: str, port: int, delivered: str, orders: int
) -> None:
    """Take pushes, and make purchases at the same time: half of them orders, half of them async orders.

    With no purchases to make it takes pushes until it is killed.
    """
    store = SQLiteStore(store_path)
    receiver = WebhookReceiver(store=store, secrets=[client[1]], sweep_every=1.0)

    @receiver.on(OrderCompleted)
    async def deliver(event: OrderCompleted) -> None:
        doom.reached("handler")
        write_line(delivered, str(event.order.id))

    app = web.Application()
    app.add_subapp("/airalo", receiver.app())
    runner = web.AppRunner(app)
    await runner.setup()
    doom.install()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    tell("ready")
    if not orders:
        await asyncio.Event().wait()
    async with AiraloSession(*client, store=store, base_url=url) as airalo:

        async def purchase(number: int) -> None:
            reference = f"cart-{number}"
            try:
                if number % 2:
                    webhook = f"http://127.0.0.1:{port}/airalo"
                    await airalo.orders.submit_async(
                        PACKAGE, webhook_url=webhook, reference=reference, description=reference
                    )
                    await airalo.orders.wait(reference, timeout=10)
                else:
                    await airalo.orders.submit(PACKAGE, reference=reference, description=reference)
            except AiraloError as error:
                tell(f"failed {reference} {type(error).__name__}")

        await asyncio.gather(*map(purchase, range(orders)))
    await runner.cleanup()
    await store.close()
    tell(f"calls {doom.calls}")


def write_line(path: str, line: str) -> None:
    with Path(path).open("a", encoding="utf-8") as lines:
        lines.write(f"{line}\n")


def tell(line: str) -> None:
    """Tell the parent, in one write."""
    os.write(1, f"{line}\n".encode())
