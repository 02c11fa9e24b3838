from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller

PACKAGE = "change-7days-1gb"


async def test_list_shows_orders_newest_first(fake: FakeAiralo, caller: Caller) -> None:
    ids = [(await caller.order()).data["id"] for _ in range(3)]

    plain = await caller.get("/v2/orders?limit=2")
    full = await caller.get("/v2/orders?include=sims,user,status")

    assert [row["id"] for row in plain.data] == ids[:0:-1]
    row = full.data[0]
    assert (row["validity"], row["price"], row["quantity"]) == ("7", "4.50", 1)
    assert row["status"] == {"name": "Completed", "slug": "completed"}
    assert row["sims"][0]["voucher_code"] is None
    assert row["user"]["email"] == "technical.user@example.com"
    assert not {"sims", "user", "status"} & set(plain.data[0])
    assert plain.body["meta"] | {"path": ""} == {
        "message": "success",
        "current_page": 1,
        "from": 1,
        "last_page": 2,
        "path": "",
        "per_page": "2",
        "to": 2,
        "total": 3,
    }
    assert full.body["meta"]["path"] == f"{fake.url}/v2/orders"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("ref-aaaa", [0]),
        ("REF-AAAA", [0]),
        ("ref-%25-1", [0, 1]),
        ("ref_aaaa", [0]),
        ("ref-____-1", [0, 1]),
        ("a.a", []),
        ("more", [1]),
        ("", [0, 1, 2, 3]),
    ],
)
async def test_description_filter_is_a_like(caller: Caller, pattern: str, found: list[int]) -> None:
    descriptions = ["ref-aaaa-1", "ref-bbbb-1\nmore", "other", None]
    ids = [(await caller.order(description=text)).data["id"] for text in descriptions]

    answer = await caller.get(f"/v2/orders?filter[description]={pattern}")

    assert [row["id"] for row in answer.data] == [ids[index] for index in reversed(found)]


async def test_other_filters_narrow_the_list(fake: FakeAiralo, caller: Caller) -> None:
    first = (await caller.order()).data
    await fake.advance(days=2)
    await caller.sign_in()
    second = (await caller.order()).data
    topup = await caller.post(
        "/v2/orders/topups", {"package_id": f"{PACKAGE}-topup", "iccid": second["sims"][0]["iccid"]}
    )
    fake.set_order_status(first["id"], "partially_refunded")
    day = fake.clock.now().strftime("%Y-%m-%d")

    async def ids(query: str) -> list[int]:
        return [row["id"] for row in (await caller.get(f"/v2/orders?{query}")).data]

    assert await ids(f"filter[code]={first['id']}") == [first["id"]]
    assert await ids("filter[order_status]=partially_refunded") == [first["id"]]
    assert await ids(f"filter[iccid]={second['sims'][0]['iccid'][3:]}") == [topup.data["id"], second["id"]]
    assert await ids(f"filter[created_at]={day}%20-%20{day}") == [topup.data["id"], second["id"]]
    assert fake.orders[0].status == "partially_refunded"


async def test_date_filter_must_be_two_days(caller: Caller) -> None:
    answer = await caller.get("/v2/orders?filter[created_at]=yesterday")

    assert answer.data == {"filter.created_at": "The filter.created_at does not match the format Y-m-d - Y-m-d."}


async def test_new_orders_can_show_late(fake: FakeAiralo, caller: Caller) -> None:
    fake.list_delay = 60
    order = (await caller.order()).data

    early = await caller.get("/v2/orders")
    single = await caller.get(f"/v2/orders/{order['id']}")
    await fake.advance(60)
    late = await caller.get("/v2/orders")

    assert (early.data, single.status, len(late.data)) == ([], 200, 1)


async def test_single_order_is_found_by_id(caller: Caller) -> None:
    order = (await caller.order()).data

    found = await caller.get(f"/v2/orders/{order['id']}?include=sims,status")
    foreign = await caller.get("/v2/orders/5")
    nonsense = await caller.get("/v2/orders/abc")

    assert found.data["sims"][0]["iccid"] == order["sims"][0]["iccid"]
    assert foreign.status == nonsense.status == 401
    assert foreign.body == {"data": [], "meta": {"message": "This action is unauthorized."}}
