"""Which handler gets which event, and how patiently they are tried."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from airalo_async.models import PushKind, PushState
from airalo_async.models._rules import check_int, check_seconds, refuse
from airalo_async.models.events import CreditLimit, Event, LowData, OrderCompleted, OrderFailed, UnknownPush

if TYPE_CHECKING:
    from airalo_async.models import StoredPush

__all__ = ["Handler", "Handlers", "Patience"]

E = TypeVar("E", bound=Event)
Handler = Callable[[E], Awaitable[object]]

_KINDS: dict[type, PushKind] = {
    OrderCompleted: PushKind.ORDER_COMPLETED,
    OrderFailed: PushKind.ORDER_FAILED,
    LowData: PushKind.LOW_DATA,
    CreditLimit: PushKind.CREDIT_LIMIT,
    UnknownPush: PushKind.UNKNOWN,
}


@frozen
class Patience:
    """How handlers are run; all times in seconds of the store's clock.

    Attributes:
        lease: For how long a claim holds unless it is renewed.
        handler_timeout: For how long a handler may run.
        max_tries: After so many failures a push is a dead letter.
        backoff: Bound of the first wait between two tries; it doubles with each.
        longest: Upper bound of every wait between two tries.
        grace: For how long a push is parked before ``on_unmatched`` gets it.
        concurrency: Handlers that run at once.
        sweep_every: Between two looks for what nobody told of: lapsed leases, parked pushes.
        drain: For how long handlers may go on at shutdown.
    """

    lease: float
    handler_timeout: float
    max_tries: int
    backoff: float
    longest: float
    grace: float
    concurrency: int
    sweep_every: float
    drain: float

    def __attrs_post_init__(self) -> None:
        for name in ("lease", "handler_timeout", "backoff", "longest", "sweep_every"):
            check_seconds(name, getattr(self, name))
        for name in ("grace", "drain"):
            check_seconds(name, getattr(self, name), zero=True)
        for name in ("max_tries", "concurrency"):
            check_int(name, getattr(self, name))


class Handlers:
    """One handler a kind of event, and one for what nothing matches."""

    def __init__(self) -> None:
        self._by_kind: dict[PushKind, Handler[Event]] = {}
        self._unmatched: list[Handler[Event]] = []

    def __repr__(self) -> str:
        names = [str(kind) for kind in self._by_kind] + ["unmatched"] * len(self._unmatched)
        return f"[{', '.join(names)}]"

    @property
    def kinds(self) -> tuple[PushKind, ...]:
        """Kinds that have a handler."""
        return tuple(self._by_kind)

    @property
    def takes_unmatched(self) -> bool:
        """Whether there is a handler for what nothing matches."""
        return bool(self._unmatched)

    def add(self, event: type[E], handler: Handler[E]) -> None:
        """Register the handler of a kind of event."""
        kind = _KINDS.get(event)
        if kind is None:
            known = ", ".join(each.__name__ for each in _KINDS)
            raise refuse("event", f"must be one of the event classes: {known}", event)
        if kind in self._by_kind:
            raise refuse("event", f"{event.__name__} has a handler; call both from one handler", event)
        self._by_kind[kind] = _checked(handler)

    def add_unmatched(self, handler: Handler[Event]) -> None:
        """Register the handler of what nothing matches."""
        if self._unmatched:
            raise refuse("handler", "on_unmatched has a handler; call both from one handler", handler)
        self._unmatched.append(_checked(handler))

    def of(self, push: StoredPush) -> Handler[Event]:
        """Get the handler of a push that was claimed for it."""
        return self._unmatched[0] if push.state is PushState.PARKED else self._by_kind[push.kind]


def _checked(handler: Handler[E]) -> Handler[Event]:
    called = getattr(type(handler), "__call__", None)  # noqa: B004  (an object with an async __call__ will do too)
    if not (inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(called)):
        raise refuse("handler", "must be a coroutine function (async def)", handler)
    return handler  # type: ignore[return-value]  # it is only ever called with events of its own kind
