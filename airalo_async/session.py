"""``AiraloSession``: token, limits, retries and decoding are its business, not the caller's."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self

from yarl import URL

from airalo_async import _codec
from airalo_async._clock import Clock, SystemClock
from airalo_async._limits import locate
from airalo_async._pipeline import Pipeline, Timeouts
from airalo_async._purchase import Purchases, Reconciler
from airalo_async._retry import RetryPolicy
from airalo_async._transport import Transport
from airalo_async._wire import Request
from airalo_async.errors import AiraloError
from airalo_async.models._rules import check_flag, check_seconds, check_text, demand
from airalo_async.resources.account import Account
from airalo_async.resources.future_orders import FutureOrders
from airalo_async.resources.notifications import Notifications
from airalo_async.resources.orders import Orders
from airalo_async.resources.packages import Packages
from airalo_async.resources.sims import Sims
from airalo_async.resources.vouchers import Vouchers
from airalo_async.stores import MemoryStore, open_store
from airalo_async.stores._fleet import FleetStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    import aiohttp

    from airalo_async._limits import Limit
    from airalo_async.models import JSON
    from airalo_async.stores import RequestStore

__all__ = ["PRODUCTION_URL", "AiraloSession"]

PRODUCTION_URL = "https://partners-api.airalo.com"

_ASK_AFTER = 600.0
_CLOSE_TIMEOUT = 30.0

_log = logging.getLogger("airalo_async")


class AiraloSession:
    """A session with the Airalo Partner API.

    Can be constructed outside a loop, and belongs to the loop in which it is first used. Use it as a context manager,
    or await ``close()``.

    Attributes:
        orders: Buy now or by push, wait, look up, settle.
        future_orders: Buy on a date.
        vouchers: Codes for eSIMs and credit.
        packages: The catalogue.
        sims: eSIMs that were bought.
        notifications: What Airalo pushes.
        account: Balance, refunds, exchange rates, devices.
        store: The store of requests and pushes.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        store: RequestStore | str | None = None,
        base_url: str = PRODUCTION_URL,
        http: aiohttp.ClientSession | None = None,
        sandbox: bool = False,
        limits: tuple[Limit, ...] | None = None,
        retry: RetryPolicy | None = None,
        timeout: float | Timeouts | None = None,
        clock: Clock | None = None,
        fresh_order_connections: bool = False,
        ask_after: float = _ASK_AFTER,
    ) -> None:
        """Construct a session; nothing is opened or sent yet.

        Args:
            client_id: From the Partner Platform.
            client_secret: From the Partner Platform.
            store: A store, which is borrowed, or a store URL such as ``sqlite:///airalo.db``, which is opened and
                owned; in memory if not given.
            base_url: Where the API is; https, unless it is on this machine.
            http: An ``aiohttp.ClientSession`` to borrow; it is never closed.
            sandbox: Whether the company is in sandbox mode; binds the store, and keeps under the sandbox's limit.
            limits: Rate limits to keep under; the documented ones if not given.
            retry: When idempotent calls are repeated.
            timeout: Seconds for a whole call, 60 if not given; or ``Timeouts`` by phase.
            clock: The clock; for tests.
            fresh_order_connections: Whether every order has a connection of its own: a handshake more, and no order
                is ever lost on a stale connection.
            ask_after: Seconds after which an accepted order whose push has not come is asked for.

        Raises:
            ArgumentError: A rule was broken.
        """
        for name, value in (("client_id", client_id), ("client_secret", client_secret)):
            kept = isinstance(value, str) and bool(value.strip())
            demand(name, "must be a string that is not empty, from the Partner Platform", value, kept=kept)
        check_flag("sandbox", sandbox)
        demand("retry", "must be a RetryPolicy", retry, kept=retry is None or isinstance(retry, RetryPolicy))
        check_seconds("ask_after", ask_after, zero=True)
        self._clock: Clock = SystemClock() if clock is None else clock
        self._owns_store = store is None or isinstance(store, str)
        self.store: RequestStore = _store(store, self._clock)
        transport = Transport(base_url, http=http, fresh_order_connections=fresh_order_connections)
        self._pipeline = Pipeline(
            client_id=client_id,
            client_secret=client_secret,
            transport=transport,
            clock=self._clock,
            limits=limits,
            retry=retry,
            timeouts=Timeouts.of(timeout),
            sandbox=sandbox,
            fleet=self.store.fleet if isinstance(self.store, FleetStore) else None,
        )
        owner = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"
        self._purchases = Purchases(
            self._pipeline,
            self.store,
            client_id=client_id,
            sandbox=sandbox,
            owner=owner,
            forgetful=isinstance(self.store, MemoryStore) and URL(base_url).host == URL(PRODUCTION_URL).host,
        )
        self._reconciler = Reconciler(self._purchases, self.store, ask_after=ask_after)
        self.orders = Orders(self._pipeline, self._purchases, self._reconciler, self.store)
        self.future_orders = FutureOrders(self._pipeline, self._purchases, self.store)
        self.vouchers = Vouchers(self._purchases)
        self.packages = Packages(self._pipeline)
        self.sims = Sims(self._pipeline)
        self.notifications = Notifications(self._pipeline)
        self.account = Account(self._pipeline, self._purchases)
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_env(cls) -> Self:
        """Construct a session from the environment.

        Reads ``AIRALO_CLIENT_ID`` and ``AIRALO_CLIENT_SECRET``, and if they are set ``AIRALO_BASE_URL`` and
        ``AIRALO_STORE``.

        Raises:
            ArgumentError: A variable is missing or breaks a rule.
        """
        for name in ("AIRALO_CLIENT_ID", "AIRALO_CLIENT_SECRET"):
            value = os.environ.get(name)
            demand(name, "must be set in the environment", value, kept=bool(value))
        return cls(
            os.environ["AIRALO_CLIENT_ID"],
            os.environ["AIRALO_CLIENT_SECRET"],
            base_url=os.environ.get("AIRALO_BASE_URL") or PRODUCTION_URL,
            store=os.environ.get("AIRALO_STORE") or None,
        )

    def __repr__(self) -> str:
        return f"<AiraloSession {self._pipeline.base_url} store={self.store!r}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self, *, timeout: float = _CLOSE_TIMEOUT) -> None:
        """Wait for purchases in flight, then let go what the session owns; may be called twice.

        Whoever is cancelled while awaiting it only stops waiting.

        Args:
            timeout: Seconds to wait for purchases in flight. One that is cut off then stays SENDING in the store
                until its lease runs out, and is UNKNOWN after that.
        """
        if self._closing is None or self._closing.cancelled():
            self._closing = asyncio.create_task(self._close(timeout), name="airalo_async close")
        await asyncio.shield(self._closing)

    async def _close(self, timeout: float) -> None:
        try:
            await self._purchases.close(timeout=timeout)
        finally:
            await self._pipeline.close()
            if self._owns_store:
                await self.store.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: JSON = None,
    ) -> JSON:
        """Call any endpoint, with the session's token and limits; only GET is ever retried.

        It is no way to buy: nothing of it is stored.

        Args:
            method: HTTP method.
            path: Path that starts with ``/v2/``.
            params: Query.
            json: JSON body.

        Returns:
            The decoded answer; None for an empty one.

        Raises:
            AiraloError: As any other call.
        """
        check_text("method", method)
        demand("params", "must be a mapping of names to texts", params, kept=params is None or _is_query(params))
        demand("path", "must start with /v2/", path, kept=isinstance(path, str) and path.startswith("/v2/"))
        query = tuple((params or {}).items())
        route, keys = locate(method.upper(), path)
        call = Request(method=method.upper(), path=path, route=route, query=query, json=json, keys=keys)
        response = await self._pipeline.call(call)
        return _codec.parse(response.body) if response.body else None

    @asynccontextmanager
    async def reconciling(self, *, every: float = 30.0) -> AsyncIterator[None]:
        """Settle what is due in the background, for as long as the block runs.

        Args:
            every: Seconds between two rounds, more than 0.

        Raises:
            ArgumentError: It is no such number; nothing was started.
        """
        check_seconds("every", every)
        task = asyncio.create_task(self._reconcile_for_ever(every))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _reconcile_for_ever(self, every: float) -> None:
        while True:
            try:
                await self.orders.recover()
            except AiraloError as error:
                _log.warning("reconciling failed and goes on: %s", error)
            await self._clock.sleep(every)


def _is_query(params: object) -> bool:
    """Tell whether it can stand in an address; numbers can, as their text."""
    return isinstance(params, Mapping) and all(
        isinstance(name, str) and isinstance(value, str | int) and not isinstance(value, bool)
        for name, value in params.items()
    )


def _store(store: RequestStore | str | None, clock: Clock) -> RequestStore:
    if store is None:
        return MemoryStore(clock=clock)
    if isinstance(store, str):
        return open_store(store, clock=clock)
    demand("store", "must be a store or the URL of one", store, kept=hasattr(store, "begin"))
    return store
