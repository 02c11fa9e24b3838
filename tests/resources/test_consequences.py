"""What the ``Raises`` lines promise where no other test of a resource shows it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import (
    DecodeError,
    InvalidRequestError,
    NotFoundError,
    NotSentError,
    Outcome,
    RateLimitedError,
    ReferenceConflictError,
    RequestError,
)
from airalo_async.testing import faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from airalo_async import AiraloSession
    from airalo_async.models import SimDetails
    from airalo_async.testing import FakeAiralo

ICCID = "8999999999999999999"


def posts(fake: FakeAiralo, path: str) -> int:
    return len([call for call in fake.calls if call.path == path and call.method != "GET"])


async def test_lost_brand_can_be_set_again(fake: FakeAiralo, airalo: AiraloSession, sim: SimDetails) -> None:
    # aiohttp sends a PUT once more by itself when a kept connection turns out to be closed.
    fake.fail_next("PUT", "/v2/sims/{sim_iccid}/brand", faults.drop_after_commit(), times=2)

    with pytest.raises(RequestError):
        await airalo.sims.set_brand(sim.iccid, brand_settings_name="our perfect brand")

    assert await airalo.sims.set_brand(sim.iccid, brand_settings_name="our perfect brand") == "our perfect brand"


async def test_lost_opt_out_is_not_sent_again_by_itself(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("POST", "/v2/notifications/opt-out", faults.drop_after_commit())

    with pytest.raises(RequestError):
        await airalo.notifications.opt_out("async_orders")

    assert posts(fake, "/v2/notifications/opt-out") == 1
    await airalo.notifications.opt_out("async_orders")


async def test_lost_simulation_is_not_sent_again(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("POST", "/v2/simulator/webhook", faults.drop_after_commit())

    with pytest.raises(RequestError):
        await airalo.notifications.simulate("async_order_notification", webhook_url="http://127.0.0.1:9/airalo")

    assert posts(fake, "/v2/simulator/webhook") == 1


async def test_refused_opt_out_is_told(fake: FakeAiralo, airalo: AiraloSession) -> None:
    refusal = {"data": {"type": "The selected type is invalid."}, "meta": {"message": "the parameter is invalid"}}
    fake.fail_next("POST", "/v2/notifications/opt-out", faults.status(422, refusal))

    with pytest.raises(InvalidRequestError) as caught:
        await airalo.notifications.opt_out("async_orders")

    assert caught.value.fields == {"type": "The selected type is invalid."}


async def test_missing_subscription_may_be_not_found(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("GET", "/v2/notifications/opt-in", faults.status(404, {"data": [], "meta": {"message": "none"}}))

    with pytest.raises(NotFoundError):
        await airalo.notifications.get()


async def test_history_tells_the_limit(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("GET", "/v2/sims/{sim_iccid}/packages", faults.rate_limited(900))

    with pytest.raises(RateLimitedError) as caught:
        await airalo.sims.package_history(ICCID)

    assert caught.value.retry_after == 900


async def test_rates_of_no_such_day_are_refused(fake: FakeAiralo, airalo: AiraloSession) -> None:
    refusal = {"data": {"date": "no such day"}, "meta": {"message": "the parameter is invalid"}}
    fake.fail_next("GET", "/v2/finance/exchange-rates", faults.status(422, refusal))

    with pytest.raises(InvalidRequestError) as caught:
        await airalo.account.exchange_rates()

    assert caught.value.fields == {"date": "no such day"}


async def test_refund_under_a_used_reference_is_refused(airalo: AiraloSession, sim: SimDetails) -> None:
    await airalo.account.request_refund([sim.iccid], reason="NO_COVERAGE", reference="refund-1")

    with pytest.raises(ReferenceConflictError):
        await airalo.account.request_refund([sim.iccid], reason="SLOW_SPEED", reference="refund-1")


async def test_refund_over_the_limit_is_not_carried_out(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("POST", "/v2/refund", faults.rate_limited(900))

    with pytest.raises(RateLimitedError) as caught:
        await airalo.account.request_refund([ICCID], reason="NO_COVERAGE")

    assert (caught.value.retry_after, caught.value.outcome) == (900, Outcome.NOT_SENT)


async def test_refund_that_cannot_leave_is_not_sent(fake: FakeAiralo, airalo: AiraloSession) -> None:
    await airalo.account.balance()
    await fake.stop()

    with pytest.raises(NotSentError) as caught:
        await airalo.account.request_refund([ICCID], reason="NO_COVERAGE")

    assert caught.value.outcome is Outcome.NOT_SENT


async def test_answer_that_does_not_fit_rides_on_the_error(fake: FakeAiralo, airalo: AiraloSession) -> None:
    answers: dict[str, Callable[[], Awaitable[object]]] = {
        "/v2/balance": airalo.account.balance,
        "/v2/finance/exchange-rates": airalo.account.exchange_rates,
        "/v2/compatible-devices-lite": airalo.account.compatible_devices,
        "/v2/notifications/opt-in": airalo.notifications.get,
        "/v2/sims/{sim_iccid}": partial(airalo.sims.get, ICCID),
        "/v2/sims/{sim_iccid}/usage": partial(airalo.sims.usage, ICCID),
        "/v2/sims/{sim_iccid}/topups": partial(airalo.sims.topup_packages, ICCID),
        "/v2/packages/{package_slug}/product-information": partial(airalo.packages.product_information, "slug"),
        "/v2/packages": partial(anext, airalo.packages.list().pages()),
    }
    bodies = {}
    for path, call in answers.items():
        fake.fail_next("GET", path, faults.status(200, '{"data":"secret LPA:1$"}'))
        with pytest.raises(DecodeError) as caught:
            await call()
        bodies[path] = caught.value.body
        assert "secret" not in str(caught.value)

    assert set(bodies.values()) == {'{"data":"secret LPA:1$"}'}
