from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import ArgumentError, DecodeError, InvalidRequestError, Outcome, OutcomeUnknownError
from airalo_async.models import Money, RefundReason, SimDetails, State
from airalo_async.testing import faults
from airalo_async.testing._incoming import read_params
from tests.resources._scripted import DEVICES, queries, script

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.models import JSON
    from airalo_async.testing import FakeAiralo

BALANCE = "/v2/balance"
RATES = "/v2/finance/exchange-rates"
REFUND = "/v2/refund"


async def test_balance_is_exact(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.credit = Decimal("225.35")

    balance = await airalo.account.balance()

    assert balance is not None
    assert (balance.name, balance.available_balance) == ("balance", Money(Decimal("225.35"), "USD"))


async def test_company_without_an_account_has_no_balance(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.has_account = False

    assert await airalo.account.balance() is None


@pytest.mark.parametrize(
    "body", [{"data": {"balances": []}}, {"data": {"balances": None}}, {"data": {"balances": {}}}, {"data": {}}]
)
async def test_empty_balances_are_none(fake: FakeAiralo, airalo: AiraloSession, body: JSON) -> None:
    fake.fail_next("GET", BALANCE, faults.status(200, body))

    assert await airalo.account.balance() is None


async def test_balance_that_does_not_fit_is_refused(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("GET", BALANCE, faults.status(200, {"data": {"balances": {"name": "balance"}}}))

    with pytest.raises(DecodeError) as caught:
        await airalo.account.balance()

    assert caught.value.path == "data.balances.availableBalance"


async def test_exchange_rates_are_exact(fake: FakeAiralo, airalo: AiraloSession) -> None:
    found = await airalo.account.exchange_rates(date=date(2025, 1, 30), to=["eur", "GBP", "EUR"])

    assert found.date == date(2025, 1, 30)
    assert [(rate.source, rate.target) for rate in found.rates] == [("USD", "EUR"), ("USD", "GBP")]
    assert all(isinstance(rate.mid, Decimal) for rate in found.rates)
    assert queries(fake, RATES) == [{"date": "2025-01-30", "to": "EUR,GBP"}]


async def test_exchange_rates_default_to_all_of_today(fake: FakeAiralo, airalo: AiraloSession) -> None:
    found = await airalo.account.exchange_rates()

    assert len(found.rates) > 2
    assert queries(fake, RATES) == [{}]


async def test_broken_rate_degrades_alone(fake: FakeAiralo, airalo: AiraloSession) -> None:
    rates: JSON = [{"from": "USD", "mid": "1.6059162", "to": "AUD"}, {"from": "USD", "mid": "many", "to": "GBP"}]
    script(fake, RATES, {"data": {"date": "2025-01-30", "rates": rates}})

    found = await airalo.account.exchange_rates()

    assert [rate.mid for rate in found.rates] == [Decimal("1.6059162")]
    assert len(found.broken) == 1


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"date": "2025-01-30"}, "date"),
        ({"date": datetime(2025, 1, 30)}, "date"),  # noqa: DTZ001  (naive on purpose)
        ({"to": ["EURO"]}, "to"),
        ({"to": ["€"]}, "to"),
        ({"to": [1]}, "to"),
        ({"to": "EUR;GBP"}, "to"),
    ],
)
async def test_broken_rule_is_refused_unsent(
    fake: FakeAiralo, airalo: AiraloSession, arguments: dict[str, object], argument: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        await airalo.account.exchange_rates(**arguments)  # type: ignore[arg-type]  # wrong types are tried here

    assert caught.value.argument == argument
    assert fake.calls == ()


async def test_devices_are_listed(fake: FakeAiralo, airalo: AiraloSession) -> None:
    lite, whole = await airalo.account.compatible_devices(), await airalo.account.compatible_devices(lite=False)

    assert {device.os for device in lite} == {"android", "ios"}
    assert all(device.model is None for device in lite)
    assert all(device.model for device in whole)
    assert [call.path for call in fake.calls[-2:]] == [DEVICES, DEVICES.removesuffix("-lite")]


async def test_broken_device_degrades_alone(fake: FakeAiralo, airalo: AiraloSession) -> None:
    script(fake, DEVICES, {"data": [{"os": "ios", "brand": "Apple", "name": "iPhone XS"}, {"os": "ios"}]})

    devices = await airalo.account.compatible_devices()

    assert [device.name for device in devices] == ["iPhone XS"]
    assert [broken.path for broken in devices.broken] == ["data[1].brand"]


async def test_refund_is_taken_up_and_kept(fake: FakeAiralo, airalo: AiraloSession, sim: SimDetails) -> None:
    refund = await airalo.account.request_refund(
        [sim.iccid], reason=RefundReason.NO_COVERAGE, notes="None in the valley.", reference="refund-1"
    )

    assert refund.refund_id.isdecimal()
    assert refund.created_at is not None
    assert refund.created_at.tzinfo is UTC
    assert (await airalo.store.get("refund-1")).state is State.COMPLETED
    [kept] = fake.refunds
    assert (kept.iccids, kept.reason) == ((sim.iccid,), "NO_COVERAGE")


async def test_refund_is_sent_as_documented(fake: FakeAiralo, airalo: AiraloSession, sim: SimDetails) -> None:
    await airalo.account.request_refund(
        [sim.iccid], reason="OTHERS", notes="Not one bar,\nnot even outside.", email="jo@example.com"
    )

    [call] = [call for call in fake.calls if call.path == REFUND]
    params, is_form = read_params(call.headers["content-type"], call.body)
    assert is_form
    assert params == {
        "iccids": [sim.iccid],
        "reason": "OTHERS",
        "notes": "Not one bar,\nnot even outside.",
        "email": "jo@example.com",
    }


async def test_repeated_refund_is_not_sent_again(fake: FakeAiralo, airalo: AiraloSession, sim: SimDetails) -> None:
    first = await airalo.account.request_refund([sim.iccid], reason="NO_COVERAGE", reference="refund-1")

    second = await airalo.account.request_refund([sim.iccid], reason="NO_COVERAGE", reference="refund-1")

    assert first == second
    assert len([call for call in fake.calls if call.path == REFUND]) == 1


async def test_lost_refund_is_not_sent_again(fake: FakeAiralo, airalo: AiraloSession, sim: SimDetails) -> None:
    fake.fail_next("POST", REFUND, faults.drop_after_commit())

    with pytest.raises(OutcomeUnknownError) as caught:
        await airalo.account.request_refund([sim.iccid], reason="NO_COVERAGE", reference="refund-1")

    assert caught.value.reference == "refund-1"
    assert len([call for call in fake.calls if call.path == REFUND]) == 1


async def test_refund_of_a_foreign_esim_is_refused(airalo: AiraloSession) -> None:
    with pytest.raises(InvalidRequestError, match="do not belong to your company") as caught:
        await airalo.account.request_refund(["8999999999999999999"], reason="NO_COVERAGE")

    assert caught.value.outcome is Outcome.REJECTED


async def test_broken_refund_rule_is_refused_unsent(fake: FakeAiralo, airalo: AiraloSession) -> None:
    with pytest.raises(ArgumentError, match="notes"):
        await airalo.account.request_refund(["8999999999999999999"], reason="OTHERS")

    assert fake.calls == ()
