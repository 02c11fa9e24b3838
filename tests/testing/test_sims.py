from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller

PACKAGE = "change-7days-1gb"


@pytest.fixture
async def iccid(caller: Caller) -> str:
    answer = await caller.order(to_email="a@b", sharing_option=["link"])
    iccid: str = answer.data["sims"][0]["iccid"]
    return iccid


async def test_list_shows_sims_newest_first(fake: FakeAiralo, caller: Caller, iccid: str) -> None:
    newer = (await caller.order(quantity=2)).data["sims"]

    answer = await caller.get("/v2/sims?limit=2")
    found = await caller.get(f"/v2/sims?filter[iccid]={iccid[-7:]}&filter[created_at]=2000-01-01%20-%202100-01-01")

    assert [row["iccid"] for row in answer.data] == [newer[1]["iccid"], newer[0]["iccid"]]
    assert answer.body["meta"]["total"] == 3
    assert [row["iccid"] for row in found.data] == [iccid]
    assert "simable" not in answer.data[0]
    assert answer.body["meta"]["path"] == f"{fake.url}/v2/sims"


async def test_empty_iccid_is_the_list(caller: Caller, iccid: str) -> None:
    answer = await caller.get("/v2/sims/")

    assert [row["iccid"] for row in answer.data] == [iccid]


async def test_includes_add_order_status_user_share(caller: Caller, iccid: str) -> None:
    plain = await caller.get(f"/v2/sims/{iccid}")
    full = await caller.get(f"/v2/sims/{iccid}?include=order,order.status,order.user,share")
    other = (await caller.order()).data["sims"][0]["iccid"]
    unshared = await caller.get(f"/v2/sims/{other}?include=share,order")

    assert not {"simable", "sharing"} & set(plain.data)
    assert (plain.data["recycled"], plain.data["recycled_at"]) == (False, None)
    simable = full.data["simable"]
    assert (simable["validity"], simable["price"], simable["status"]["slug"]) == ("7", "4.50", "completed")
    assert simable["user"]["name"] == "Technical user"
    assert full.data["sharing"]["link"].startswith("https://esims.cloud/")
    assert len(full.data["sharing"]["access_code"]) == 4
    assert unshared.data["sharing"] == {"link": None, "access_code": None}
    assert not {"status", "user"} & set(unshared.data["simable"])


@pytest.mark.parametrize("tail", ["", "/usage", "/packages", "/topups", "/instructions"])
async def test_unknown_sim_is_not_found(caller: Caller, tail: str) -> None:
    answer = await caller.get(f"/v2/sims/89000000000000000{tail}")

    assert answer.status == 404
    assert answer.body == {"data": [], "meta": {"message": "messages.resource_not_found"}}


async def test_usage_follows_what_is_used(fake: FakeAiralo, caller: Caller, iccid: str) -> None:
    before = await caller.get(f"/v2/sims/{iccid}/usage")
    fake.use_data(iccid, 24)
    kept = await caller.get(f"/v2/sims/{iccid}/usage")
    await fake.advance(minutes=20)

    after = await caller.get(f"/v2/sims/{iccid}/usage")

    assert before.body["meta"]["message"] == "api.succes"
    assert before.data == {
        "remaining": 1024,
        "total": 1024,
        "expired_at": None,
        "is_unlimited": False,
        "status": "NOT_ACTIVE",
        "remaining_voice": 0,
        "remaining_text": 0,
        "total_voice": 0,
        "total_text": 0,
    }
    assert kept.data == before.data
    assert (after.data["status"], after.data["remaining"]) == ("ACTIVE", 1000)
    assert len(after.data["expired_at"]) == 19


async def test_usage_goes_through_its_states(fake: FakeAiralo, caller: Caller, iccid: str) -> None:
    fake.usage_cache = 0
    fake.limits = False

    async def status() -> str:
        word: str = (await caller.get(f"/v2/sims/{iccid}/usage")).data["status"]
        return word

    fake.use_data(iccid, 5000)
    finished = await status()
    await caller.post("/v2/orders/topups", {"package_id": f"{PACKAGE}-topup", "iccid": iccid})
    topped_up = await status()
    fake.use_data(iccid, 1000)
    active = await status()
    await fake.advance(days=8)
    await caller.sign_in()
    expired = await status()
    fake.recycle(iccid)

    assert [finished, topped_up, active, expired] == ["FINISHED", "NOT_ACTIVE", "ACTIVE", "EXPIRED"]
    assert await status() == "RECYCLED"


async def test_unlimited_usage_means_nothing(fake: FakeAiralo, caller: Caller) -> None:
    order = await caller.order(package_id="change-in-3days-unlimited")
    iccid = order.data["sims"][0]["iccid"]
    fake.use_data(iccid, 10**6)

    answer = await caller.get(f"/v2/sims/{iccid}/usage")

    assert (answer.data["remaining"], answer.data["total"], answer.data["is_unlimited"]) == (0, 0, True)
    assert answer.data["status"] == "ACTIVE"


async def test_recycled_sim_is_shown_as_such(fake: FakeAiralo, caller: Caller, iccid: str) -> None:
    fake.recycle(iccid)

    sim = await caller.get(f"/v2/sims/{iccid}")
    usage = await caller.get(f"/v2/sims/{iccid}/usage")
    topups = await caller.get(f"/v2/sims/{iccid}/topups")

    assert sim.data["recycled"] is True
    assert len(sim.data["recycled_at"]) == 19
    assert (usage.data["status"], usage.data["is_unlimited"]) == ("RECYCLED", None)
    assert topups.body == {
        "code": 73,
        "reason": f"The eSIM with iccid {iccid} has been recycled. It can no longer be used or topped up.",
    }


async def test_usage_cache_lasts_longer_in_sandbox(fake: FakeAiralo, caller: Caller, iccid: str) -> None:
    fake.sandbox = True
    await caller.get(f"/v2/sims/{iccid}/usage")
    fake.use_data(iccid, 24)

    await fake.advance(minutes=59)
    kept = await caller.get(f"/v2/sims/{iccid}/usage")
    await fake.advance(minutes=1)
    fresh = await caller.get(f"/v2/sims/{iccid}/usage")

    assert (kept.data["status"], fresh.data["status"]) == ("NOT_ACTIVE", "ACTIVE")


async def test_history_lists_packages_newest_first(fake: FakeAiralo, caller: Caller, iccid: str) -> None:
    fake.use_data(iccid, 24)
    await caller.post("/v2/orders/topups", {"package_id": f"{PACKAGE}-topup", "iccid": iccid})

    net = await caller.get(f"/v2/sims/{iccid}/packages")
    fake.pricing = "discount_pricing"
    discount = await caller.get(f"/v2/sims/{iccid}/packages")

    assert "meta" not in net.body
    topup, first = net.data
    assert topup["id"] > first["id"]
    assert (topup["status"], topup["activated_at"], topup["package"]["id"]) == ("NOT_ACTIVE", None, f"{PACKAGE}-topup")
    assert (first["status"], first["remaining"], first["finished_at"]) == ("ACTIVE", 1000, None)
    assert first["activated_at"].endswith("+00:00")
    assert first["package"]["net_price"] == 3.24
    assert discount.data[0]["package"]["net_price"] is None
    assert discount.body["pricing"]["model"] == "discount_pricing"


async def test_topups_of_the_family_are_offered(fake: FakeAiralo, caller: Caller, iccid: str) -> None:
    net = await caller.get(f"/v2/sims/{iccid}/topups")
    fake.pricing = "discount_pricing"
    discount = await caller.get(f"/v2/sims/{iccid}/topups")

    assert "meta" not in net.body
    assert net.data[0]["id"] == f"{PACKAGE}-topup"
    assert set(net.data[0]["prices"]["net_price"]) == {"USD", "EUR", "GBP", "AED", "JPY"}
    assert discount.data[0]["net_price"] is None
    assert "net_price" not in discount.data[0]["prices"]


async def test_instructions_name_their_language(caller: Caller, iccid: str) -> None:
    german = await caller.get(f"/v2/sims/{iccid}/instructions", headers={"Accept-Language": "de"})
    default = await caller.get(f"/v2/sims/{iccid}/instructions")

    told = german.data["instructions"]
    assert told["language"] == "DE"
    assert default.data["instructions"]["language"] == "EN"
    ios = told["ios"][0]["installation_via_qr_code"]
    assert list(ios["steps"])[-1] == "10"
    assert ios["qr_code_data"].startswith("LPA:1$")
    assert "direct_apple_installation_url" in ios
    assert "direct_apple_installation_url" not in told["android"][0]["installation_via_qr_code"]


async def test_brand_is_set_and_taken_off(caller: Caller, iccid: str) -> None:
    path = f"/v2/sims/{iccid}/brand"

    branded = await caller.send("PUT", path, json={"brand_settings_name": "our perfect brand"})
    shown = await caller.get(f"/v2/sims/{iccid}")
    unknown = await caller.send("PUT", path, json={"brand_settings_name": "theirs"})
    unbranded = await caller.send("PUT", path, data={"brand_settings_name": ""})

    assert branded.body == {"data": {"brand_settings_name": "our perfect brand"}, "meta": {"message": "succes"}}
    assert shown.data["brand_settings_name"] == "our perfect brand"
    assert unknown.data == {"brand_settings_name": "Brand settings name doesn't exist."}
    assert unbranded.data == {"brand_settings_name": None}
