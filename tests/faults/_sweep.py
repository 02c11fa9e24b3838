"""Breaking one purchase after another, each at another byte, and comparing what the store and the fake know then."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from airalo_async import AiraloSession, VoucherRequest
from airalo_async.errors import AiraloError, StoreError
from airalo_async.models import State
from airalo_async.stores import MemoryStore
from airalo_async.testing import FakeAiralo, FakeClock
from tests.faults._proxy import How, Proxy, Way

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airalo_async.stores import RequestStore

__all__ = ["KINDS", "Subject", "Tally", "measure", "sweep"]

PACKAGE = "change-7days-1gb"
TOP_UP = "change-7days-1gb-topup"
WEBHOOK = "https://shop.example/airalo"  # never called: what the answer did not tell must be found by asking
_BATCH = 50
_NEEDS_TIME = (How.STALL, How.CORRUPT)
_TURNS = 300
_UNTIL_ASKED = timedelta(minutes=20)


@frozen
class Subject:
    """A kind of purchase.

    Attributes:
        submit: Makes one under a reference; the reference is in its description, so that the fake can tell it.
        known: References of the purchases that the fake has carried out, with their number.
        answered: How one stands whose answer was read.
        found: How one stands whose answer was lost, once it was asked for.
        lost: How one stands that was never carried out, once it was asked for; later it is UNRESOLVED.
        settled: How one stands in the end that was carried out.
        days: After which all is settled.
    """

    submit: Callable[[AiraloSession, FakeAiralo, str], Awaitable[object]]
    known: Callable[[FakeAiralo], Counter[str]]
    answered: State = State.COMPLETED
    found: State = State.COMPLETED
    lost: State = State.UNKNOWN
    settled: State = State.COMPLETED
    days: int = 2


@define
class Tally:
    """What a sweep came to."""

    offsets: int = 0
    posts: int = 0
    bought: int = 0
    doubled: int = 0
    missing: int = 0
    invented: int = 0
    unseen: int = 0
    states: Counter[State] = field(factory=Counter[State])

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return (
            f"{self.offsets} offsets, {self.posts} requests, {self.bought} bought; doubled {self.doubled}, "
            f"missing {self.missing}, invented {self.invented}, unseen {self.unseen}; {states}"
        )

    def add(self, other: Tally) -> None:
        for name in ("offsets", "posts", "bought", "doubled", "missing", "invented", "unseen"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.states += other.states


async def _order(airalo: AiraloSession, _: FakeAiralo, reference: str) -> object:
    return await airalo.orders.submit(PACKAGE, quantity=1, reference=reference, description=reference)


async def _async_order(airalo: AiraloSession, _: FakeAiralo, reference: str) -> object:
    return await airalo.orders.submit_async(PACKAGE, webhook_url=WEBHOOK, reference=reference, description=reference)


async def _future_order(airalo: AiraloSession, fake: FakeAiralo, reference: str) -> object:
    due = fake.clock.now() + timedelta(days=60)
    return await airalo.future_orders.submit(
        PACKAGE, due_date=due, webhook_url=WEBHOOK, reference=reference, description=reference
    )


async def _top_up(airalo: AiraloSession, fake: FakeAiralo, reference: str) -> object:
    (iccid,) = fake.orders[0].iccids
    return await airalo.orders.top_up(TOP_UP, iccid=iccid, reference=reference, description=reference)


async def _vouchers(airalo: AiraloSession, _: FakeAiralo, reference: str) -> object:
    item = VoucherRequest(PACKAGE, quantity=2, booking_reference=reference)
    return await airalo.vouchers.submit_esim([item], reference=reference)


async def _airmoney(airalo: AiraloSession, _: FakeAiralo, reference: str) -> object:
    return await airalo.vouchers.submit_airmoney(5, voucher_code=reference, reference=reference)


async def _refund(airalo: AiraloSession, fake: FakeAiralo, reference: str) -> object:
    return await airalo.account.request_refund(
        fake.orders[0].iccids, reason="OTHERS", notes=reference, reference=reference
    )


def _by_description(descriptions: Iterable[str | None]) -> Counter[str]:
    return Counter(description.split()[1] for description in descriptions if description and " " in description)


def _unlisted(
    submit: Callable[[AiraloSession, FakeAiralo, str], Awaitable[object]], known: Callable[[FakeAiralo], Counter[str]]
) -> Subject:
    """Describe a kind that no endpoint lists: what the answer did not tell stands visibly unresolved at once."""
    return Subject(submit, known, found=State.UNRESOLVED, lost=State.UNRESOLVED, settled=State.UNRESOLVED)


KINDS = {
    "order": Subject(_order, lambda fake: _by_description(order.description for order in fake.orders)),
    "async_order": Subject(_async_order, lambda fake: _by_description(order.description for order in fake.orders)),
    "future_order": Subject(
        _future_order,
        lambda fake: _by_description(request.description for request in fake.requests),
        answered=State.ACCEPTED,
        found=State.ACCEPTED,
        days=62,
    ),
    "top_up": Subject(
        _top_up, lambda fake: _by_description(order.description for order in fake.orders if order.type == "topup")
    ),
    "esim_voucher": _unlisted(
        _vouchers, lambda fake: Counter(voucher.booking_reference or "" for voucher in fake.vouchers)
    ),
    "airmoney_voucher": _unlisted(_airmoney, lambda fake: Counter(made.code for made in fake.airmoney)),
    "refund": _unlisted(_refund, lambda fake: Counter(refund.notes or "" for refund in fake.refunds)),
}


async def measure(subject: Subject, way: Way, how: How) -> int:
    """Count the bytes of a purchase, or of its answer."""
    async with (
        FakeAiralo(limits=False, seed=7) as fake,
        Proxy(fake.port, fake.clock) as proxy,
        fake.session(base_url=proxy.url, store=MemoryStore(clock=fake.clock), limits=()) as airalo,
    ):
        await _warm(airalo, fake)
        proxy.count()
        await subject.submit(airalo, fake, _reference(way, how, 0))
        return proxy.passed[way]


async def sweep(subject: Subject, way: Way, how: How, offsets: Iterable[int]) -> Tally:
    """Break a purchase at each of these offsets, and settle all that is left; tells what came of it."""
    tally, waiting = Tally(), list(offsets)
    while waiting:
        tally.add(await _sweep_batch(subject, way, how, waiting[:_BATCH]))
        del waiting[:_BATCH]
    return tally


async def _sweep_batch(subject: Subject, way: Way, how: How, offsets: list[int]) -> Tally:
    async with FakeAiralo(limits=False, seed=7) as fake, Proxy(fake.port, fake.clock) as proxy:
        store = MemoryStore(clock=fake.clock)
        async with fake.session(base_url=proxy.url, store=store, limits=()) as airalo:
            await _warm(airalo, fake)
            answered: set[str] = set()
            posts = proxy.posts
            for offset in offsets:
                reference = _reference(way, how, offset)
                proxy.break_at(way, offset, how)
                if await _survives(subject.submit(airalo, fake, reference), fake.clock, stalls=how in _NEEDS_TIME):
                    answered.add(reference)
            proxy.count()
            tally = Tally(offsets=len(offsets), posts=proxy.posts - posts)
            await fake.settle()
            fake.clock.advance(_UNTIL_ASKED)
            await airalo.orders.reconcile()
            await _compare(tally, subject, fake, store, answered)
            fake.clock.advance(days=subject.days)
            await fake.settle()
            await airalo.orders.reconcile()
            await _compare_late(tally, subject, fake, store, answered)
    return tally


async def _warm(airalo: AiraloSession, fake: FakeAiralo) -> None:
    """Get the token, so that the next bytes are those of a purchase; and place an order, for an eSIM to top up."""
    await airalo.account.balance()
    async with fake.session(store=MemoryStore(clock=fake.clock), limits=()) as other:
        await other.orders.submit(PACKAGE)


def _reference(way: Way, how: How, offset: int) -> str:
    return f"{way.value}-{how.value}-{offset:06}"


async def _survives(work: Awaitable[object], clock: FakeClock, *, stalls: bool) -> bool:
    """Tell whether a purchase gives its caller a result; one that stalls needs the clock to come to its end."""
    task = asyncio.ensure_future(work)
    turns = 0
    while not task.done():
        if stalls and (turns := turns + 1) > _TURNS:
            clock.advance(61)
        if stalls:
            await asyncio.sleep(0)
        else:
            await asyncio.wait((task,))
    error = task.exception()
    if error is not None and (not isinstance(error, AiraloError) or isinstance(error, StoreError)):
        raise error
    return error is None


async def _compare(tally: Tally, subject: Subject, fake: FakeAiralo, store: RequestStore, answered: set[str]) -> None:
    """Hold what the store says against what the fake knows."""
    known = subject.known(fake)
    tally.bought += known.total()
    tally.doubled += sum(count > 1 for count in known.values())
    async for request in store.list():
        tally.states[request.state] += 1
        if known.pop(request.reference, None):
            right = subject.answered if request.reference in answered else subject.found
            tally.missing += request.state is not right
        else:
            tally.invented += request.state not in (subject.lost, State.REJECTED, State.NOT_SENT)
    tally.missing += len(known)


async def _compare_late(
    tally: Tally, subject: Subject, fake: FakeAiralo, store: RequestStore, answered: set[str]
) -> None:
    """What was never carried out stands visibly unresolved; everything else is settled."""
    known = subject.known(fake)
    async for request in store.list():
        is_answered = request.reference in answered and request.state is State.COMPLETED
        right = subject.settled if request.reference in known else State.UNRESOLVED
        tally.unseen += not is_answered and request.state is not right
