"""How the demonstration makes sure that what it tells has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from airalo_async.models import State

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from airalo_async.cli._screen import Screen
    from airalo_async.cli._shop import Shop
    from airalo_async.webhooks import OrderCompleted

__all__ = [
    "PATIENCE",
    "StepFailedError",
    "charged_once",
    "check",
    "handled",
    "push",
    "raised",
    "settled_once",
]

E = TypeVar("E", bound=Exception)

PATIENCE = 5.0
"""Real seconds in which a handler must have been called."""


class StepFailedError(Exception):
    """Something that the story tells did not happen."""


def check(happened: object, otherwise: str) -> None:
    """Go on only if it really happened.

    Raises:
        StepFailedError: It did not.
    """
    if not happened:
        raise StepFailedError(otherwise)


async def raised(kind: type[E], work: Awaitable[object]) -> E:
    """Await what has to fail, and give its error."""
    try:
        await work
    except kind as error:
        return error
    raise StepFailedError(f"{kind.__name__} was not raised")


async def push(shop: Shop, screen: Screen, request_id: str | None) -> None:
    """Let Airalo push what became of a request, and see that it is answered 200."""
    status = await shop.fake.push(request_id or "")
    check(status == 200, f"the push was answered {status}")
    screen.fact("receiver", f"POST /airalo -> {status}")


async def handled(shop: Shop, screen: Screen, reference: str) -> OrderCompleted:
    """See that the handler was called for a reference; gives what it was called with."""
    event = await shop.delivery(reference, within=PATIENCE)
    if event is None or event.request is None:
        raise StepFailedError(f"no handler was called for {reference} within {PATIENCE:.0f} s")
    screen.fact("handler", f"{type(event).__name__} for {reference}, metadata {dict(event.request.metadata)}")
    return event


async def settled_once(shop: Shop, screen: Screen, reference: str, how: str) -> None:
    """See that a reference is COMPLETED on disk, and was charged once."""
    stored = await shop.store.get(reference)
    check(stored.state is State.COMPLETED, f"{reference} is {stored.state}")
    screen.fact("on disk", f"{reference} is {stored.state.name}, order {stored.order_code}, {how}")
    await charged_once(shop, screen, reference)


async def charged_once(shop: Shop, screen: Screen, reference: str) -> None:
    """See that Airalo has charged once for a reference."""
    charges = shop.fake.charges(reference)
    check(charges == 1, f"Airalo charged {charges} times for {reference}")
    screen.fact("Airalo", f"charged {charges} time for {reference}")
