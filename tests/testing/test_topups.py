from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller

PACKAGE = "change-7days-1gb"


async def test_topup_adds_to_its_sim(fake: FakeAiralo, caller: Caller) -> None:
    iccid = (await caller.order()).data["sims"][0]["iccid"]

    answer = await caller.post("/v2/orders/topups", {"package_id": f"{PACKAGE}-topup", "iccid": iccid})
    listed = (await caller.get("/v2/orders?include=sims")).data[0]

    assert (answer.status, answer.data["type"], answer.data["quantity"]) == (200, "topup", 1)
    assert answer.data["description"] == f"Topup ({iccid})"
    assert "sims" not in answer.data
    assert (listed["type"], listed["sims"], listed["manual_installation"]) == ("topup", [], "")
    assert fake.orders[-1].iccids == (iccid,)


async def test_topup_discounts_keep_a_null_price(fake: FakeAiralo, caller: Caller) -> None:
    fake.pricing = "discount_pricing"
    iccid = (await caller.order()).data["sims"][0]["iccid"]

    answer = await caller.post("/v2/orders/topups", {"package_id": f"{PACKAGE}-topup", "iccid": iccid})

    assert answer.data["net_price"] is None
    assert answer.data["unit_paid_price"] == 4.05


async def test_impossible_topups_are_refused(fake: FakeAiralo, caller: Caller) -> None:
    iccid = (await caller.order()).data["sims"][0]["iccid"]

    async def top_up(**body: str) -> Any:
        answer = await caller.post("/v2/orders/topups", body)
        assert answer.status == 422
        return answer.body.get("data") or answer.body["code"]

    assert await top_up() == {
        "iccid": "The iccid field is required.",
        "package_id": "The package id field is required.",
    }
    assert await top_up(iccid="1", package_id=f"{PACKAGE}-topup") == {"iccid": "The selected iccid is invalid."}
    assert await top_up(iccid=iccid, package_id=PACKAGE) == {"package_id": "invalid topup package"}
    assert await top_up(iccid=iccid, package_id="merhaba-7days-1gb-topup") == {"package_id": "invalid topup package"}
    assert await top_up(iccid=iccid, package_id="test-disabled-top-up-7days-1gb") == 23
    fake.topup_limit = 0
    assert await top_up(iccid=iccid, package_id=f"{PACKAGE}-topup") == {"package_id": "validation.order_exceed_limit"}
    fake.recycle(iccid)
    assert await top_up(iccid=iccid, package_id=f"{PACKAGE}-topup") == 73
