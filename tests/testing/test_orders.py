from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller

PACKAGE = "change-7days-1gb"


async def test_order_is_delivered_and_billed(fake: FakeAiralo, caller: Caller) -> None:
    answer = await caller.order(quantity=2, description="cart 17")

    assert answer.status == 200
    order = answer.data
    assert (order["package_id"], order["quantity"], order["description"]) == (PACKAGE, 2, "cart 17")
    assert (order["price"], order["net_price"], order["pricing_model"]) == (4.5, 3.24, "net_pricing")
    assert order["code"].endswith(f"-{order['id']:06d}")
    assert len({sim["iccid"] for sim in order["sims"]}) == 2
    sim = order["sims"][0]
    assert sim["qrcode"] == f"LPA:1${sim['lpa']}${sim['matching_id']}"
    assert fake.credit == Decimal("999993.52")
    assert [placed.order_id for placed in fake.orders] == [order["id"]]
    assert fake.orders[0].iccids == tuple(sim["iccid"] for sim in order["sims"])


async def test_discount_pricing_tells_what_was_paid(fake: FakeAiralo, caller: Caller) -> None:
    fake.pricing = "discount_pricing"

    order = (await caller.order(quantity=2)).data

    assert "net_price" not in order
    assert order["discount_percentage"] == 10
    assert (order["discount_amount"], order["unit_paid_price"], order["total_amount_paid"]) == (0.45, 4.05, 8.1)
    assert fake.credit == Decimal("999991.9")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (
            {"package_id": "nothing", "quantity": 51},
            {
                "package_id": "The selected package is invalid.",
                "quantity": "The quantity may not be greater than 50.",
            },
        ),
        ({"package_id": f"{PACKAGE}-topup"}, {"package_id": "The selected package is invalid."}),
        ({"description": 5}, {"description": "The description must be a string."}),
        ({"quantity": 0}, {"quantity": "The quantity must be at least 1."}),
        ({"quantity": "-1"}, {"quantity": "The quantity must be at least 1."}),
        ({"quantity": None}, {"quantity": "The quantity field is required."}),
        ({"quantity": "two"}, {"quantity": "The quantity must be an integer."}),
        ({"quantity": "--1"}, {"quantity": "The quantity must be an integer."}),
        ({"quantity": True}, {"quantity": "The quantity must be an integer."}),
        ({"quantity": 1.5}, {"quantity": "The quantity must be an integer."}),
        ({"brand_settings_name": "theirs"}, {"brand_settings_name": "Brand settings name doesn't exist."}),
        (
            {"to_email": "a@example.com"},
            {"sharing_option": "The sharing option field is required when to email is present."},
        ),
        (
            {"to_email": "not-an-email", "sharing_option": ["link"]},
            {"to_email": "The to email must be a valid email address."},
        ),
        (
            {"to_email": "a@b", "sharing_option": ["link", "fax"]},
            {"sharing_option(1)": "Sharing option on position 1 is invalid. Available options are: 'link' and 'pdf'."},
        ),
        ({"copy_address": ["a b@c"]}, {"copy_address.0": "The copy_address.0 must be a valid email address."}),
    ],
)
async def test_broken_rules_are_named_by_field(
    fake: FakeAiralo, caller: Caller, changes: dict[str, Any], fields: dict[str, str]
) -> None:
    answer = await caller.order(**changes)

    assert answer.status == 422
    assert answer.data == fields
    assert answer.body["meta"] == {"message": "the parameter is invalid"}
    assert fake.orders == ()


async def test_missing_package_is_code_34(caller: Caller) -> None:
    nothing = await caller.post("/v2/orders", {})
    text = await caller.send("POST", "/v2/orders", data=b"[1]", headers={"Content-Type": "application/json"})

    assert nothing.status == text.status == 422
    assert nothing.body["code"] == text.body["code"] == 34


async def test_brand_and_type_are_taken(caller: Caller) -> None:
    branded = await caller.order(brand_settings_name="our perfect brand", type="anything")
    unbranded = await caller.order(brand_settings_name="")

    assert branded.data["brand_settings_name"] == "our perfect brand"
    assert branded.data["type"] == "sim"
    assert unbranded.data["brand_settings_name"] is None


@pytest.mark.parametrize(
    ("slug", "code", "reason"),
    [
        ("test-insufficient-balance-7days-1gb", 11, "Insufficient Airalo Credit: balance is too low"),
        (
            "test-maintenance-mode-7days-1gb",
            13,
            "The requested operator is currently undergoing maintenance. Please try again later.",
        ),
        ("test-disabled-top-up-7days-1gb", 23, "The requested top-up has been disabled by the operator."),
        (
            "test-not-enough-7days-1gb",
            33,
            "Insufficient stock of eSIMs remaining: 0. Please try your request again later.",
        ),
        (
            "test-out-of-stock-7days-1gb",
            34,
            "The requested eSIM package is invalid or it is currently out of stock. Please try again later.",
        ),
    ],
)
async def test_trigger_packages_fail_with_their_code(caller: Caller, slug: str, code: int, reason: str) -> None:
    answer = await caller.order(package_id=slug)

    assert answer.status == 422
    assert answer.body == {"code": code, "reason": reason}


async def test_stock_runs_out(fake: FakeAiralo, caller: Caller) -> None:
    fake.stock[PACKAGE] = 3

    taken = await caller.order(quantity=2)
    too_many = await caller.order(quantity=2)
    last = await caller.order()
    none = await caller.order()

    assert (taken.status, last.status) == (200, 200)
    assert too_many.data == {"quantity": "SIM quantity is not available. Available quantity: 1."}
    assert none.body["code"] == 34
    assert fake.stock[PACKAGE] == 0


async def test_credit_runs_out(fake: FakeAiralo, caller: Caller) -> None:
    fake.credit = Decimal(5)

    first = await caller.order()
    second = await caller.order()

    assert first.status == 200
    assert second.body["code"] == 11
    assert second.body["reason"] == "Insufficient Airalo Credit: 1.76 USD left, 3.24 USD needed."


async def test_sandbox_orders_cost_nothing(fake: FakeAiralo, caller: Caller) -> None:
    fake.sandbox = True
    fake.credit = Decimal(0)

    answer = await caller.order()

    assert (answer.status, fake.credit) == (200, Decimal(0))


async def test_fewer_sims_than_asked_for(fake: FakeAiralo, caller: Caller) -> None:
    fake.shortfall = 1

    answer = await caller.order(quantity=3)

    assert (answer.data["quantity"], len(answer.data["sims"])) == (3, 2)


async def test_descriptions_get_lost(fake: FakeAiralo, caller: Caller) -> None:
    fake.descriptions = "dropped"
    dropped = await caller.order(description="ref-abcdefghijklmnop-abcdefgh")
    fake.descriptions = "truncated"
    truncated = await caller.order(description="ref-abcdefghijklmnop-abcdefgh")

    assert dropped.data["description"] is None
    assert truncated.data["description"] == "ref-abcdefghijklmnop-abc"
    assert {order.description for order in fake.orders} == {"ref-abcdefghijklmnop-abcdefgh"}
