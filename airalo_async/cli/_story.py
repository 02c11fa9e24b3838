"""The story that ``airalo demo`` tells, step by step.

Every step does something real and then looks whether it happened: in the SQLite file, in the fake's books, in what the
handler was called with. What is printed is what was found there.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

import aiohttp

from airalo_async import VoucherRequest
from airalo_async.cli._proof import PATIENCE, charged_once, check, handled, push, raised, settled_once
from airalo_async.errors import OrderCancelledError, OutcomeUnknownError, ReferenceConflictError
from airalo_async.models import ActivationCode, State
from airalo_async.stores import SQLiteStore
from airalo_async.testing import faults
from airalo_async.webhooks import sign

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from airalo_async.cli._screen import Screen
    from airalo_async.cli._shop import Shop
    from airalo_async.models import Order

__all__ = ["STEPS"]


async def _choose_a_package(shop: Shop, screen: Screen) -> None:
    offers = [offer async for offer in shop.airalo.packages.flat()]
    places = {offer.destination.slug for offer in offers}
    calls = sum(call.path == "/v2/packages" for call in shop.fake.calls)
    screen.fact("catalogue", f"{len(offers)} packages in {len(places)} destinations, read in {calls} calls")
    check(len(offers) >= 200, "the catalogue is too small")
    cheapest = min((offer for offer in offers if offer.package.amount), key=lambda offer: offer.package.price.amount)
    shop.package_id = cheapest.package_id
    package = cheapest.package
    screen.fact("choice", f"{package.id}: {package.title}, {cheapest.destination.title}, {package.price}")


async def _order_by_push(shop: Shop, screen: Screen) -> None:
    pending = await shop.airalo.orders.submit_async(
        shop.package_id, reference="cart-17", metadata={"user": 5}, webhook_url=shop.webhook_url
    )
    check("cart-17" in shop.stored_as_sending, "the request left before it was on disk")
    screen.fact("on disk", "cart-17 is SENDING; seen by a second reader before the request left")
    call = shop.fake.calls[-1]
    check(call.status == 202, f"{call.path} answered {call.status}")
    screen.fact("Airalo", f"{call.method} {call.path} -> {call.status}, request_id {pending.request_id}")
    stored = await shop.store.get("cart-17")
    check(stored.state is State.ACCEPTED and stored.request_id == pending.request_id, f"cart-17 is {stored.state}")
    screen.fact("on disk", f"cart-17 is {stored.state.name}, metadata {dict(stored.metadata)}")


async def _receive_the_push(shop: Shop, screen: Screen) -> None:
    request = await shop.store.get("cart-17")
    await push(shop, screen, request.request_id)
    event = await handled(shop, screen, "cart-17")
    check(event.request is not None and event.request.metadata == {"user": 5}, "the handler got other metadata")
    stored = await shop.store.get("cart-17")
    check(stored.state is State.COMPLETED, f"cart-17 is {stored.state}")
    pushes = [push async for push in shop.receiver.inbox() if push.reference == "cart-17"]
    check(len(pushes) == 1, f"the inbox has {len(pushes)} pushes for cart-17")
    screen.fact("on disk", f"push {pushes[0].id}, signature good ({pushes[0].form}), matched by request_id to cart-17")
    screen.fact("on disk", f"cart-17 is {stored.state.name}, order {stored.order_code}")
    order = await shop.airalo.orders.wait("cart-17", timeout=PATIENCE)
    check(order.sims and order == event.order, "wait() returned another order than the handler got")
    screen.fact("wait()", f"order {order.code} with eSIM {order.sims[0].iccid}")
    _draw(screen, order)


async def _use_the_shops_own_route(shop: Shop, screen: Screen) -> None:
    async with aiohttp.ClientSession(shop.url) as browser:
        async with browser.get("/carts/cart-17") as answer:
            check(answer.status == 200, f"the shop's own route answered {answer.status}")
            screen.fact("own route", f"GET /carts/cart-17 -> {answer.status} {await answer.text()}")
        async with browser.head("/airalo") as answer:
            check(answer.status == 200, f"the probe was answered {answer.status}")
            screen.fact("receiver", f"HEAD /airalo -> {answer.status}, which is how Airalo probes a webhook")


async def _receive_it_again(shop: Shop, screen: Screen) -> None:
    request = await shop.store.get("cart-17")
    await push(shop, screen, request.request_id)
    await shop.fake.settle()
    check(shop.receiver.stats.duplicates == 1, "the push was not seen as a duplicate")
    times = len(shop.deliveries_of("cart-17"))
    check(times == 1, f"the handler was called {times} times")
    screen.fact("handler", f"called {times} time for cart-17")


async def _receive_a_forgery(shop: Shop, screen: Screen) -> None:
    before = [push.id async for push in shop.receiver.inbox()]
    body = b'{"request_id": "aaaaaaaaaaaaaaaaaaaaaaaaa", "data": {"sims": []}}'
    headers = {"airalo-signature": sign(body, "a guess")}
    status = await shop.fake.push_raw(shop.webhook_url, body, headers)
    check(status == 401, f"the forged push was answered {status}")
    check([push.id async for push in shop.receiver.inbox()] == before, "the forged push is in the inbox")
    screen.fact("receiver", f"POST /airalo -> {status}; the inbox still has {len(before)} push")


async def _lose_the_answer_of_an_async_order(shop: Shop, screen: Screen) -> None:
    shop.fake.fail_next("POST", "/v2/orders-async", faults.drop_after_commit())
    sending = shop.airalo.orders.submit_async(shop.package_id, reference="cart-18", webhook_url=shop.webhook_url)
    error = await raised(OutcomeUnknownError, sending)
    check(error.request is not None and error.request.state is State.UNKNOWN, "cart-18 is not UNKNOWN")
    screen.fact("submit", f"{type(error).__name__}: it may have been bought, and is not sent again")
    await push(shop, screen, shop.fake.requests[-1].request_id)
    await handled(shop, screen, "cart-18")
    await settled_once(shop, screen, "cart-18", "matched by its tag")


async def _lose_the_answer_of_an_order(shop: Shop, screen: Screen) -> None:
    shop.fake.fail_next("POST", "/v2/orders", faults.drop_after_commit())
    error = await raised(OutcomeUnknownError, shop.airalo.orders.submit(shop.package_id, reference="cart-19"))
    screen.fact("submit", f"{type(error).__name__}: it may have been bought, and is not sent again")
    (settled,) = await shop.airalo.orders.reconcile("cart-19")
    check(settled.state is State.COMPLETED, f"after asking, cart-19 is {settled.state}")
    screen.fact("reconcile", f"GET /v2/orders found order {settled.order_code} under the whole tag")
    await handled(shop, screen, "cart-19")
    await settled_once(shop, screen, "cart-19", "found by its tag")


async def _repeat_a_reference(shop: Shop, screen: Screen) -> None:
    before = sum(call.method == "POST" for call in shop.fake.calls)
    order = await shop.airalo.orders.submit(shop.package_id, reference="cart-19")
    check(sum(call.method == "POST" for call in shop.fake.calls) == before, "the repeated order was sent")
    screen.fact("submit", f"the stored order {order.code}; nothing was sent")
    another = shop.airalo.orders.submit(shop.package_id, quantity=2, reference="cart-19")
    error = await raised(ReferenceConflictError, another)
    screen.fact("submit", f"with another quantity: {type(error).__name__}; nothing was sent")
    await charged_once(shop, screen, "cart-19")


async def _plan_ahead(shop: Shop, screen: Screen) -> None:
    due = (shop.fake.clock.now() + timedelta(days=2, hours=1)).replace(second=0, microsecond=0)
    for reference in ("trip-1", "trip-2"):
        await shop.airalo.future_orders.submit(
            shop.package_id, due_date=due, reference=reference, webhook_url=shop.webhook_url
        )
    cancelled, kept = shop.fake.requests[-2:]
    check(kept.due_date == due, f"the order is due {kept.due_date}")
    screen.fact("Airalo", f"both accepted, due {kept.due_date:%Y-%m-%d %H:%M} UTC")
    await shop.airalo.future_orders.cancel(cancelled.request_id)
    shop.fake.auto_push = True
    # To the due date and no further: a lease that is jumped over has run out, and the push would be handled again.
    await shop.fake.advance((due - shop.fake.clock.now()).total_seconds())
    shop.fake.auto_push = False
    screen.fact("clock", f"moved on to {shop.fake.clock.now():%Y-%m-%d %H:%M} UTC")
    await handled(shop, screen, "trip-2")
    await settled_once(shop, screen, "trip-2", "pushed when it came due")
    error = await raised(OrderCancelledError, shop.airalo.orders.wait("trip-1", timeout=PATIENCE))
    screen.fact("wait()", f"{type(error).__name__} for trip-1")
    charges = shop.fake.charges("trip-1")
    check(charges == 0, f"the cancelled order was charged {charges} times")
    screen.fact("Airalo", f"charged {charges} times for trip-1")


async def _buy_vouchers(shop: Shop, screen: Screen) -> None:
    wanted = VoucherRequest(shop.package_id, quantity=3, booking_reference="booking-123")
    (row,) = await shop.airalo.vouchers.submit_esim([wanted], reference="vouchers-123")
    sold = shop.fake.vouchers[-1]
    check(row.codes == sold.codes and len(row.codes) == 3, f"{len(row.codes)} codes came")
    first = row.codes[0]
    screen.fact(
        "vouchers", f"{len(row.codes)} codes for {row.booking_reference}, the first {first[:2]}{'*' * (len(first) - 2)}"
    )


async def _read_the_books(shop: Shop, screen: Screen) -> None:
    books = SQLiteStore(shop.path, clock=shop.fake.clock)
    try:
        requests = [request async for request in books.list()]
    finally:
        await books.close()
    for request in requests:
        vouchers = request.package_id is None
        charged = len(shop.fake.vouchers) if vouchers else shop.fake.charges(request.reference)
        handled = len(shop.deliveries_of(request.reference))
        due = 0 if request.state is State.CANCELLED else 1
        check(request.state in (State.COMPLETED, State.CANCELLED), f"{request.reference} is {request.state}")
        check(charged == due, f"{request.reference} was charged {charged} times")
        check(handled == (0 if vouchers else due), f"{request.reference} was handled {handled} times")
        screen.fact(request.reference, f"{request.state.name:<10} charged {charged}, handled {handled}")
    check(len(requests) == 6, f"the file has {len(requests)} requests")
    check(shop.receiver.stats.dead == 0 and shop.receiver.stats.failures == 0, "a handler failed")


STEPS: tuple[tuple[str, Callable[[Shop, Screen], Awaitable[None]]], ...] = (
    ("Read the catalogue and choose a package", _choose_a_package),
    ("Order it: on disk first, then sent, then accepted", _order_by_push),
    ("Airalo pushes the eSIM: verified, committed, matched, decoded, handled", _receive_the_push),
    ("The receiver is one part of the shop's own application", _use_the_shops_own_route),
    ("The same push comes again: answered, and handled once", _receive_it_again),
    ("A stranger forges a push: refused, and nothing of it is kept", _receive_a_forgery),
    ("The answer to an order gets lost on the way: its push settles it", _lose_the_answer_of_an_async_order),
    ("Another answer gets lost, and no push will come: asking Airalo settles it", _lose_the_answer_of_an_order),
    ("The customer clicks twice: the same reference never buys again", _repeat_a_reference),
    ("Two orders for later: one is cancelled, one comes due", _plan_ahead),
    ("Voucher codes: as good as money, so they are hidden in every repr", _buy_vouchers),
    ("The books: what another process reads from the file, and what Airalo charged", _read_the_books),
)
"""What each step is called, and the step, in their order."""


def _draw(screen: Screen, order: Order) -> None:
    """Show the QR code of the first eSIM where there is something to draw it with."""
    text = order.sims[0].qrcode
    if text is None or find_spec("segno") is None:
        screen.fact("QR code", 'drawn where the extra is installed: pip install "airalo_async[qr]"')
    elif not screen.draws_blocks:
        screen.fact("QR code", "not drawn: this output has no block characters")
    else:
        screen.block(ActivationCode.parse(text).qr_text())
