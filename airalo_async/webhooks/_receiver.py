"""The receiver: bytes → verify → one transaction → 200 → dispatch.

Nothing is answered 200 before it is committed, and nothing is decoded further than the store needs before it is
answered. What is not signed is counted and forgotten; what is signed is kept, whatever it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from airalo_async.models import PushState
from airalo_async.models._rules import check_int, check_seconds, refuse
from airalo_async.models.events import Event
from airalo_async.webhooks._dispatcher import Dispatcher
from airalo_async.webhooks._handlers import Handler, Handlers, Patience
from airalo_async.webhooks._intake import Intake, Reply, signatures_in
from airalo_async.webhooks._stats import Stats

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import timedelta
    from types import TracebackType

    from aiohttp import web

    from airalo_async._clock import Clock
    from airalo_async.models import StoredPush
    from airalo_async.stores._base import RequestStore
    from airalo_async.webhooks._intake import Headers

__all__ = ["WebhookReceiver"]

E = TypeVar("E", bound=Event)
_LONGEST = 900.0


class WebhookReceiver:
    """Receives pushes: verifies, stores and matches them, and hands them to your handlers.

    A push that was answered 200 is committed. Each is handed to the handler of its kind at least once; a handler that
    fails is tried again, and after ``max_tries`` the push is a dead letter. Times are in seconds.

    Args:
        store: The store of the session that buys; it is borrowed and never closed.
        secrets: The client secret, or several while they are being rotated.
        clock: For the time limits of a request; the store's own, if not given.
        max_body: Bytes of a body; more is answered 413.
        body_timeout: In which a body must have come; later is answered 408.
        commit_timeout: In which a push must be committed; later is answered 503, and Airalo sends it again.
        grace: For how long an order push is parked before ``on_unmatched`` gets it.
        lease: For how long a push is claimed; renewed while its handler runs.
        handler_timeout: For how long a handler may run.
        max_tries: Tries of a handler before the push is a dead letter.
        backoff: Upper bound of the first wait between two tries; it doubles with each, up to 15 minutes.
        concurrency: Handlers that run at once.
        sweep_every: Between two looks for lapsed leases and for parked pushes.
        drain: For how long handlers may go on at shutdown before they are cancelled.

    Attributes:
        stats: Counters.

    Raises:
        ArgumentError: There is no secret, an empty one, or a number out of its range; nothing was started.
    """

    def __init__(  # noqa: PLR0913  (settings, each with a name and a default)
        self,
        *,
        store: RequestStore,
        secrets: str | Sequence[str],
        clock: Clock | None = None,
        max_body: int = 256 * 1024,
        body_timeout: float = 5.0,
        commit_timeout: float = 5.0,
        grace: float = 60.0,
        lease: float = 60.0,
        handler_timeout: float = 300.0,
        max_tries: int = 12,
        backoff: float = 2.0,
        concurrency: int = 16,
        sweep_every: float = 15.0,
        drain: float = 10.0,
    ) -> None:
        if not hasattr(store, "receive"):
            raise refuse("store", "must be a store; open_store(url) makes one of a URL", store)
        check_int("max_body", max_body)
        for name, value in (("body_timeout", body_timeout), ("commit_timeout", commit_timeout)):
            check_seconds(name, value)
        patience = Patience(
            lease=lease,
            handler_timeout=handler_timeout,
            max_tries=max_tries,
            backoff=backoff,
            longest=max(_LONGEST, backoff),
            grace=grace,
            concurrency=concurrency,
            sweep_every=sweep_every,
            drain=drain,
        )
        self.stats = Stats()
        self._clock = store.clock if clock is None else clock
        self._max_body = max_body
        self._body_timeout = body_timeout
        self._patience = patience
        self._store = store
        self._intake = Intake(
            store,
            secrets,
            clock=self._clock,
            max_body=max_body,
            commit_timeout=commit_timeout,
            stats=self.stats,
        )
        self._handlers = Handlers()
        self._retries: list[float] = []
        self._dispatcher = self._new_dispatcher()
        self._users = 0

    def __repr__(self) -> str:
        state = f"dispatching {len(self._dispatcher)}" if self._dispatcher.running else "not dispatching"
        counts = {name: count for name, count in self.stats.as_dict().items() if count}
        seen = "".join(f" {name}={count}" for name, count in counts.items())
        return f"<WebhookReceiver {state}, handlers={self._handlers!r}{seen}>"

    def on(self, event: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register a coroutine function as the handler of one kind of event.

        Raises:
            ArgumentError: It is no event class, it has a handler, or the handler is no coroutine function.
        """

        def register(handler: Handler[E]) -> Handler[E]:
            self._handlers.add(event, handler)
            return handler

        return register

    def on_unmatched(self, handler: Handler[Event]) -> Handler[Event]:
        """Register the handler of order pushes that no stored request matches.

        It gets each once, after the grace time, as ``OrderCompleted`` or ``OrderFailed`` without a request. The push
        stays parked; when its request appears, the handler of its kind gets it too.

        Raises:
            ArgumentError: There is one already, or the handler is no coroutine function.
        """
        self._handlers.add_unmatched(handler)
        return handler

    async def receive(self, body: bytes, headers: Headers) -> Reply:
        """Verify and commit one push, without any web framework.

        Args:
            body: The bytes as they came, not decoded and not encoded again.
            headers: All headers, as a mapping or as pairs; every value of a repeated one.

        Returns:
            What to answer: 200 when the push is on disk, 401 when it is not signed, 413 when it is too large, 503
            when it could not be stored.

        Raises:
            ArgumentError: The body is not bytes; nothing was stored.
        """
        return await self._intake.receive(body, signatures_in(headers))

    def app(self) -> web.Application:
        """Make an aiohttp application to mount with ``add_subapp``; it answers HEAD and POST.

        Handlers run for as long as the application does.
        """
        from airalo_async.webhooks._app import Limits, build_app  # noqa: PLC0415  (other frameworks need no aiohttp.web)

        return build_app(self, self._intake, Limits(self._max_body, self._body_timeout, self._clock))

    def register(self, app: web.Application, path: str) -> None:
        """Mount on an application: ``app.add_subapp(path, receiver.app())``.

        Args:
            app: The application, before it is started.
            path: Where Airalo posts to, such as ``/airalo``; tell Airalo the same, without a redirect on the way.

        Raises:
            ArgumentError: The path is the root, where nothing can be mounted; nothing was.
        """
        if not path.strip("/"):
            raise refuse("path", "must not be the root; there receiver.app() runs by itself", path)
        app.add_subapp(path, self.app())

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begin to dispatch; ``app()`` and ``async with`` do it for you."""
        if not self._dispatcher.running:
            self._users = 0  # whoever did not stop it has gone with their loop
        self._users += 1
        if self._users == 1:
            # A new one: the last may still be on its way to its end, and belongs to the loop in which it ran.
            self._dispatcher = self._new_dispatcher()
            self._dispatcher.start()

    async def stop(self) -> None:
        """Finish what is under way, bounded by ``drain``; undoes one ``start``."""
        self._users = max(0, self._users - 1)
        if self._users == 0:
            dispatcher = self._dispatcher
            try:
                await self._intake.drain(self._patience.drain)
            finally:
                await dispatcher.stop()

    def _new_dispatcher(self) -> Dispatcher:
        return Dispatcher(self._store, self._handlers, self._patience, self.stats, self._retries)

    def inbox(self, *, state: PushState | None = None) -> AsyncIterator[StoredPush]:
        """Iterate over stored pushes in the order of commits."""
        return self._store.inbox(state=state)

    def dead_letters(self) -> AsyncIterator[StoredPush]:
        """Iterate over pushes whose handler failed too often, or that cannot be read; each tells why."""
        return self._store.inbox(state=PushState.DEAD)

    async def replay(self, push_id: int) -> StoredPush:
        """Dispatch a push again, whatever became of it.

        Raises:
            UnknownReferenceError: The inbox has no such push.
        """
        return await self._store.replay(push_id)

    async def purge(self, *, older_than: timedelta) -> int:
        """Remove bodies and results of what ended so long ago; references, tags and duplicate keys stay.

        Returns:
            How many records lost something.
        """
        return await self._store.purge(older_than=older_than)
