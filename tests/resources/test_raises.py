"""Each ``Raises`` line of each public method of the resources, provoked over a real socket.

The lines are read from the docstrings, so that one without a way to provoke it here fails.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

import pytest

from airalo_async import RetryPolicy, VoucherRequest, errors
from airalo_async.errors import Outcome
from airalo_async.models import Cancelled, Failed, NothingFound, Refusal
from airalo_async.testing import FakeAiralo, faults
from tests.resources._subjects import HOOK, PACKAGE, REFERENCE, REQUEST_ID, SUBJECTS, Call, due
from tests.test_docstrings import METHODS, sections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async import AiraloSession

ANOTHER = [VoucherRequest(PACKAGE, quantity=7)]

Provoke = Callable[["AiraloSession", FakeAiralo], Awaitable[None]]

INVALID = {"data": {"field": "The field is invalid."}, "meta": {"message": "the parameter is invalid"}}
ABSENT = {"data": [], "meta": {"message": "messages.resource_not_found"}}
FAULTS = {
    "InvalidRequestError": faults.status(422, INVALID),
    "NotFoundError": faults.status(404, ABSENT),
    "PermissionDeniedError": faults.status(403, {"message": "Unauthenticated."}),
    "RateLimitedError": faults.rate_limited(900),
    "RequestError": faults.drop_after_commit(),
    "OutcomeUnknownError": faults.drop_before_commit(),
    "DecodeError": faults.status(200, '{"data":"odd"}'),
    "TopUpDisabledError": faults.business_error(23),
    "RecycledSimError": faults.business_error(73),
}
OUTCOMES = {
    "ArgumentError": Outcome.NOT_SENT,
    "InvalidRequestError": Outcome.REJECTED,
    "TopUpDisabledError": Outcome.REJECTED,
    "RecycledSimError": Outcome.REJECTED,
    "RateLimitedError": Outcome.NOT_SENT,
    "NotSentError": Outcome.NOT_SENT,
    "OutcomeUnknownError": Outcome.UNKNOWN,
    "DecodeError": Outcome.PLACED,
    "ReferenceConflictError": Outcome.NOT_SENT,
    "StoreError": Outcome.NOT_SENT,
}
"""What an error says of a purchase."""


async def _run(call: Call, airalo: AiraloSession) -> None:
    found = call(airalo)
    if inspect.isawaitable(found):
        await found


async def _use_twice(airalo: AiraloSession, _fake: FakeAiralo) -> None:
    await airalo.vouchers.submit_esim(ANOTHER, reference=REFERENCE)


async def _close_store(airalo: AiraloSession, _fake: FakeAiralo) -> None:
    await airalo.store.close()


async def _go_away(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await airalo.account.balance()
    await fake.stop_listening()


async def _fail(airalo: AiraloSession, _fake: FakeAiralo) -> None:
    pending = await airalo.orders.submit_async(PACKAGE, webhook_url=HOOK, reference=REFERENCE)
    await airalo.store.settle(REFERENCE, Failed(Refusal(code=33, reason="gone"), request_id=pending.request_id))


async def _accept(airalo: AiraloSession, _fake: FakeAiralo) -> None:
    await airalo.orders.submit_async(PACKAGE, webhook_url=HOOK, reference=REFERENCE)


async def _cancel(airalo: AiraloSession, fake: FakeAiralo) -> None:
    answer = {"data": {"request_id": REQUEST_ID, "due_date": "2030-01-02 10:00"}}
    fake.fail_next("POST", "/v2/future-orders", faults.status(200, answer))
    await airalo.future_orders.submit(PACKAGE, due_date=due(airalo), webhook_url=HOOK, reference=REFERENCE)
    await airalo.store.settle(REFERENCE, Cancelled(REQUEST_ID))


async def _lose(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/orders", faults.drop_before_commit())
    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.orders.submit(PACKAGE, reference=REFERENCE)


async def _lose_for_good(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await _lose(airalo, fake)
    await airalo.store.settle(REFERENCE, NothingFound())


async def _lose_and_be_refused(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await _lose(airalo, fake)
    fake.fail_next("GET", "/v2/orders", FAULTS["PermissionDeniedError"])


async def _cancel_with_a_closed_store(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await airalo.orders.submit(PACKAGE)
    await airalo.store.close()
    fake.fail_next("POST", "/v2/cancel-future-orders", faults.status(200, {"data": []}))


async def _deny(_airalo: AiraloSession, fake: FakeAiralo) -> None:
    refusal = {"data": [], "meta": {"message": "This action is unauthorized."}}
    fake.fail_next("GET", "/v2/orders/{order_id}", faults.status(401, refusal))


async def _nothing(_airalo: AiraloSession, _fake: FakeAiralo) -> None:
    pass


BEFORE: Mapping[str, Provoke] = {
    "NotSentError": _go_away,
    "ReferenceConflictError": _use_twice,
    "StoreError": _close_store,
    "UnknownReferenceError": _nothing,
    "FutureOrders.cancel StoreError": _cancel_with_a_closed_store,
    "FutureOrders.submit OrderCancelledError": _cancel,
    "Orders.get PermissionDeniedError": _deny,
    "Orders.reconcile AiraloError": _lose_and_be_refused,
    "Orders.submit_async OrderFailedError": _fail,
    "Orders.wait OrderFailedError": _fail,
    "Orders.wait OutcomeUnknownError": _lose_for_good,
    "Orders.wait TimeoutError": _accept,
}
"""What happens first, for an error of any method or of one."""

INSTEAD: Mapping[str, Call] = {"Orders.wait TimeoutError": lambda a: a.orders.wait(REFERENCE, timeout=0)}


def _lines() -> list[tuple[str, str]]:
    return [
        (name, error)
        for name, method in METHODS.items()
        if not name.startswith("AiraloSession.")
        for error in sections(method.__doc__ or "").get("Raises", {})
    ]


@pytest.fixture
async def airalo(fake: FakeAiralo) -> AsyncIterator[AiraloSession]:
    async with fake.session(retry=RetryPolicy(attempts=1)) as session:
        yield session


async def _provoke(name: str, error: str, airalo: AiraloSession, fake: FakeAiralo) -> Call:
    """Bring the error about; gives the call that raises it."""
    subject = SUBJECTS[name]
    line = f"{name} {error}"
    if error == "ArgumentError":
        assert subject.bad is not None
        return subject.bad
    if (before := BEFORE.get(line) or BEFORE.get(error)) is not None:
        await before(airalo, fake)
    else:
        # aiohttp sends a PUT once more by itself when a kept connection turns out to be closed.
        times = 2 if subject.method == "PUT" and error == "RequestError" else 1
        fake.fail_next(subject.method, subject.path, FAULTS[error], times=times)
    return INSTEAD.get(line, subject.good)


@pytest.mark.parametrize(("name", "error"), _lines(), ids=" ".join)
async def test_promised_error_is_raised(airalo: AiraloSession, fake: FakeAiralo, name: str, error: str) -> None:
    call = await _provoke(name, error, airalo, fake)
    before = len(fake.calls)
    kind = TimeoutError if error == "TimeoutError" else getattr(errors, error)

    with pytest.raises(kind) as caught:
        await _run(call, airalo)

    if SUBJECTS[name].buys and error in OUTCOMES:
        assert getattr(caught.value, "outcome", None) is OUTCOMES[error]
    if error in ("ArgumentError", "ReferenceConflictError"):
        assert len(fake.calls) == before
