from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Answer, Caller

PACKAGE = "jaco-mobile-7days-1gb"


async def _buy(caller: Caller, *items: Any) -> Answer:
    return await caller.post("/v2/voucher/esim", {"vouchers": list(items)})


async def test_codes_come_row_by_row(fake: FakeAiralo, caller: Caller) -> None:
    answer = await _buy(
        caller,
        {"package_id": PACKAGE, "quantity": 2, "booking_reference": "123"},
        {"package_id": "liberation-mobile-30days-3gb", "quantity": 1},
        {"package_id": PACKAGE, "quantity": 1, "booking_reference": None},
    )

    assert answer.status == 200
    first, second, third = answer.data
    assert [len(code) for code in first["codes"]] == [8, 8]
    assert all(code.isalnum() and code.upper() == code for code in first["codes"])
    assert first["booking_reference"] == "123"
    assert "booking_reference" not in second
    assert third["booking_reference"] is None
    assert fake.vouchers[0].codes == tuple(first["codes"])
    assert fake.credit < Decimal(1_000_000)


async def test_fewer_codes_than_asked_for(fake: FakeAiralo, caller: Caller) -> None:
    fake.shortfall = 1

    answer = await _buy(caller, {"package_id": PACKAGE, "quantity": 3})

    assert (len(answer.data[0]["codes"]), fake.vouchers[0].quantity) == (2, 3)


@pytest.mark.parametrize(
    ("item", "fields"),
    [
        (
            {"package_id": "x", "quantity": 1},
            {"vouchers.0.package_id": "The selected vouchers.0.package_id is invalid"},
        ),
        (
            {},
            {
                "vouchers.0.package_id": "The vouchers.0.package_id field is required.",
                "vouchers.0.quantity": "The vouchers.0.quantity field is required.",
            },
        ),
        ("text", None),
        (
            {"package_id": PACKAGE, "quantity": 0},
            {"vouchers.0.quantity": "The vouchers.0.quantity must be at least 1."},
        ),
        (
            {"package_id": PACKAGE, "quantity": 101},
            {"vouchers.0.quantity": "The vouchers.0.quantity may not be greater than 100."},
        ),
    ],
)
async def test_bad_items_are_named(fake: FakeAiralo, caller: Caller, item: Any, fields: Any) -> None:
    answer = await _buy(caller, item)

    assert answer.status == 422
    assert fields is None or answer.data == fields
    assert fake.vouchers == ()


async def test_errors_can_be_filed_under_200(fake: FakeAiralo, caller: Caller) -> None:
    fake.voucher_error_status = 200

    answer = await _buy(caller, {"package_id": "x", "quantity": 1})

    assert (answer.status, list(answer.data)) == (200, ["vouchers.0.package_id"])


async def test_nothing_can_be_bought_for_nothing(fake: FakeAiralo, caller: Caller) -> None:
    empty = await _buy(caller)
    trigger = await _buy(caller, {"package_id": "test-not-enough-7days-1gb", "quantity": 1})
    fake.credit = Decimal(1)
    poor = await _buy(caller, {"package_id": PACKAGE, "quantity": 1})
    fake.sandbox = True
    mock = await _buy(caller, {"package_id": PACKAGE, "quantity": 1})

    assert empty.data == {"vouchers": "The vouchers field is required."}
    assert (trigger.body["code"], poor.body["code"]) == (33, 11)
    assert (mock.status, fake.credit) == (200, Decimal(1))


async def test_airmoney_comes_in_both_shapes(fake: FakeAiralo, caller: Caller) -> None:
    body = {"amount": 22, "quantity": 1, "usage_limit": 40, "is_paid": True, "voucher_code": "ABC111"}
    plain = await caller.post("/v2/voucher/airmoney", body)
    fake.airmoney_nested = True

    nested = await caller.post("/v2/voucher/airmoney", {"amount": 1.5, "quantity": 2})

    assert plain.data | {"created_at": "", "id": 0} == {
        "id": 0,
        "code": "ABC111",
        "usage_limit": 40,
        "amount": 22,
        "is_paid": True,
        "created_at": "",
    }
    assert (nested.data[0][0]["amount"], nested.data[0][0]["usage_limit"]) == (1.5, 1)
    assert [(made.amount, made.quantity) for made in fake.airmoney] == [(22, 1), (1.5, 2)]
    assert fake.airmoney[0].code == "ABC111"


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"amount": None}, "amount", "The amount field is required."),
        ({"amount": "much"}, "amount", "The amount must be a number."),
        ({"amount": 0}, "amount", "The amount must be between 1 and 100000."),
        ({"quantity": None}, "quantity", "The quantity field is required."),
        ({"quantity": 101}, "quantity", "The quantity must be between 1 and 100."),
        ({"usage_limit": "x"}, "usage_limit", "The usage limit must be an integer."),
        ({"voucher_code": "A" * 256}, "voucher_code", "The voucher code may not be greater than 255 characters."),
        (
            {"voucher_code": "A", "quantity": 2},
            "quantity",
            "The selected voucher code allows a maximum quantity of 1",
        ),
    ],
)
async def test_airmoney_rules_are_named(caller: Caller, changes: dict[str, Any], field: str, message: str) -> None:
    answer = await caller.post("/v2/voucher/airmoney", {"amount": 1, "quantity": 1} | changes)

    assert answer.status == 422
    assert answer.data[field] == message
