"""Voucher codes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from airalo_async import VoucherRequest, errors
from airalo_async.models import State
from airalo_async.testing import faults

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.testing import FakeAiralo

PACKAGE = "change-7days-1gb"
TWO = [VoucherRequest(PACKAGE, quantity=3, booking_reference="123"), VoucherRequest(PACKAGE)]


async def test_vouchers_are_bought_and_stored(airalo: AiraloSession, fake: FakeAiralo) -> None:
    rows = await airalo.vouchers.submit_esim(TWO, reference="batch-1")

    again = await airalo.vouchers.submit_esim(TWO, reference="batch-1")

    assert [(len(row.codes), row.booking_reference) for row in rows] == [(3, "123"), (1, None)]
    assert again == rows
    assert len(fake.vouchers) == 2


async def test_lost_answer_is_unresolved_at_once(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.fail_next("POST", "/v2/voucher/esim", faults.drop_after_commit())

    with pytest.raises(errors.OutcomeUnknownError, match="cannot be looked up"):
        await airalo.vouchers.submit_esim(TWO, reference="batch-1")
    with pytest.raises(errors.OutcomeUnknownError, match="cannot be looked up"):
        await airalo.vouchers.submit_esim(TWO, reference="batch-1")

    assert (await airalo.store.get("batch-1")).state is State.UNRESOLVED
    assert len(fake.vouchers) == 2


@pytest.mark.parametrize("status", [200, 422])
async def test_refused_item_is_rejected_whatever_the_status(
    airalo: AiraloSession, fake: FakeAiralo, status: int
) -> None:
    fake.voucher_error_status = status  # type: ignore[assignment]  # one of the two

    with pytest.raises(errors.InvalidRequestError) as caught:
        await airalo.vouchers.submit_esim([VoucherRequest("no-such-package")], reference="batch-1")

    assert "vouchers.0.package_id" in caught.value.fields
    assert (await airalo.store.get("batch-1")).state is State.REJECTED


async def test_fewer_codes_than_asked_for_are_alarmed(airalo: AiraloSession, fake: FakeAiralo) -> None:
    fake.shortfall = 1

    await airalo.vouchers.submit_esim([VoucherRequest(PACKAGE, quantity=3)], reference="batch-1")

    stored = await airalo.store.get("batch-1")
    assert (stored.state, [alarm.kind for alarm in stored.alarms]) == (State.COMPLETED, ["shortfall"])


@pytest.mark.parametrize("nested", [False, True])
async def test_airmoney_is_read_in_both_shapes(airalo: AiraloSession, fake: FakeAiralo, nested: bool) -> None:  # noqa: FBT001
    fake.airmoney_nested = nested

    vouchers = await airalo.vouchers.submit_airmoney(Decimal(25), usage_limit=40, reference="gift-1")

    assert [(voucher.amount.amount, voucher.usage_limit) for voucher in vouchers] == [(Decimal(25), 40)]
    assert (await airalo.store.get("gift-1")).state is State.COMPLETED


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("amount", {"amount": 0.5}),
        ("amount", {"amount": Decimal(100_001)}),
        ("amount", {"amount": "5"}),
        ("amount", {"amount": float("nan")}),
        ("quantity", {"amount": 5, "quantity": 101}),
        ("quantity", {"amount": 5, "quantity": 2, "voucher_code": "GIFT"}),
        ("usage_limit", {"amount": 5, "usage_limit": 0}),
        ("voucher_code", {"amount": 5, "voucher_code": "x" * 256}),
        ("is_paid", {"amount": 5, "is_paid": 1}),
    ],
)
async def test_broken_rule_of_airmoney_is_named(
    airalo: AiraloSession, fake: FakeAiralo, argument: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(errors.ArgumentError) as caught:
        await airalo.vouchers.submit_airmoney(**arguments)  # type: ignore[arg-type]  # wrong on purpose

    assert caught.value.argument == argument
    assert fake.calls == ()


@pytest.mark.parametrize("form", ["[A,B]", "[[A,B]]", "[[A],[B]]"])
async def test_several_airmoney_vouchers_are_all_read(airalo: AiraloSession, fake: FakeAiralo, form: str) -> None:
    row = '{"id":%d,"code":"MIRO4","usage_limit":10,"amount":"2.50","is_paid":false,"created_at":"2026-02-05 13:51:31"}'
    data = form.replace("A", row % 1).replace("B", row % 2)
    fake.fail_next("POST", "/v2/voucher/airmoney", faults.status(200, f'{{"data":{data}}}'))

    vouchers = await airalo.vouchers.submit_airmoney(2.5, quantity=2)

    assert [(voucher.id, voucher.amount.amount) for voucher in vouchers] == [(1, Decimal("2.50")), (2, Decimal("2.50"))]


@pytest.mark.parametrize(
    ("argument", "vouchers"),
    [("vouchers", []), ("vouchers", "abc"), ("vouchers[1]", [VoucherRequest(PACKAGE), PACKAGE])],
)
async def test_bad_vouchers_are_refused(
    airalo: AiraloSession, fake: FakeAiralo, argument: str, vouchers: list[VoucherRequest]
) -> None:
    with pytest.raises(errors.ArgumentError) as caught:
        await airalo.vouchers.submit_esim(vouchers)

    assert caught.value.argument == argument
    assert fake.calls == ()


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("amount", {"amount": 0}),
        ("amount", {"amount": True}),
        ("amount", {"amount": 100_001}),
        ("quantity", {"amount": 5, "quantity": 101}),
        ("quantity", {"amount": 5, "quantity": 2, "voucher_code": "GIFT"}),
        ("usage_limit", {"amount": 5, "usage_limit": 0}),
        ("voucher_code", {"amount": 5, "voucher_code": "x" * 256}),
        ("reference", {"amount": 5, "reference": ""}),
        ("metadata", {"amount": 5, "metadata": {"when": object()}}),
    ],
)
async def test_bad_airmoney_is_refused(
    airalo: AiraloSession, fake: FakeAiralo, argument: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(errors.ArgumentError) as caught:
        await airalo.vouchers.submit_airmoney(**arguments)  # type: ignore[arg-type]  # wrong on purpose

    assert caught.value.argument == argument
    assert fake.calls == ()


async def test_repeated_airmoney_comes_from_the_store(airalo: AiraloSession) -> None:
    first = await airalo.vouchers.submit_airmoney(25, voucher_code="GIFT", reference="gift-1")

    assert await airalo.vouchers.submit_airmoney(25, voucher_code="GIFT", reference="gift-1") == first


async def test_purged_vouchers_say_that_they_are_gone(airalo: AiraloSession, fake: FakeAiralo) -> None:
    await airalo.vouchers.submit_esim(TWO, reference="batch-1")
    await fake.advance(days=100)
    await airalo.store.purge(older_than=timedelta(days=90))

    with pytest.raises(errors.DecodeError, match="was purged"):
        await airalo.vouchers.submit_esim(TWO, reference="batch-1")

    assert len(fake.vouchers) == 2
