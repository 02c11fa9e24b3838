from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller


async def test_whole_catalogue_comes_in_one_answer(fake: FakeAiralo, caller: Caller) -> None:
    answer = await caller.get("/v2/packages")

    assert len(answer.data) == len(fake.catalogue.destinations)
    assert answer.body["pricing"] == {"model": "net_pricing", "discount_percentage": 0}
    assert answer.body["meta"]["last_page"] == 1
    kinds = {item["type"] for row in answer.data for operator in row["operators"] for item in operator["packages"]}
    assert kinds == {"sim"}


async def test_pages_lead_through_the_catalogue(fake: FakeAiralo, caller: Caller) -> None:
    answer = await caller.get("/v2/packages?limit=30&include=topup")
    slugs = [row["slug"] for row in answer.data]
    while link := answer.body["links"]["next"]:
        answer = await caller.get(link.removeprefix(fake.url))
        slugs += [row["slug"] for row in answer.data]

    assert slugs == [row.slug for row in fake.catalogue.destinations]
    assert answer.body["meta"]["per_page"] == "30"
    assert "language=en" in answer.body["links"]["first"]
    assert answer.body["links"]["prev"].endswith("page=2")


async def test_page_beyond_the_end_is_empty(caller: Caller) -> None:
    answer = await caller.get("/v2/packages?limit=50&page=9")

    assert answer.data == []
    assert answer.body["meta"]["from"] is None
    assert answer.body["meta"]["to"] is None


async def test_later_pages_can_be_keyed_by_index(fake: FakeAiralo, caller: Caller) -> None:
    fake.indexed_pages = True

    first = await caller.get("/v2/packages?limit=2")
    second = await caller.get("/v2/packages?limit=2&page=2")

    assert isinstance(first.data, list)
    assert list(second.data) == ["2", "3"]
    assert second.data["2"]["slug"] == fake.catalogue.destinations[2].slug


async def test_limit_must_be_a_number(caller: Caller) -> None:
    answer = await caller.get("/v2/packages?limit=many&page=x")
    low = await caller.get("/v2/packages?limit=0")

    assert answer.status == 422
    assert answer.data == {"limit": "The limit must be an integer.", "page": "The page must be an integer."}
    assert answer.body["meta"] == {"message": "the parameter is invalid"}
    assert low.data == {"limit": "The limit must be at least 1."}


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("filter[country]=us", ["united-states"]),
        ("filter[country]=AU&filter[type]=global", ["oceania", "world"]),
        ("filter[country]=XX", []),
        ("filter[country]=us&filter[type]=local", ["united-states"]),
    ],
)
async def test_filters_combine(caller: Caller, query: str, slugs: list[str]) -> None:
    answer = await caller.get(f"/v2/packages?{query}")

    assert [row["slug"] for row in answer.data] == slugs


async def test_global_type_includes_regions(caller: Caller) -> None:
    answer = await caller.get("/v2/packages?filter[type]=global&limit=")
    wrong = await caller.get("/v2/packages?filter[type]=lunar")

    assert {row["country_code"] for row in answer.data} == {""}
    assert len(answer.data) == 8
    assert wrong.status == 422


async def test_prices_follow_the_pricing_model(fake: FakeAiralo, caller: Caller) -> None:
    net = (await caller.get("/v2/packages?filter[country]=US")).data[0]
    fake.pricing = "discount_pricing"

    answer = await caller.get("/v2/packages?filter[country]=US")

    first = net["operators"][0]["packages"][0]
    assert (first["price"], first["net_price"], first["prices"]["net_price"]["USD"]) == (4.5, 3.24, 3.24)
    assert net["min_price"]["recommended_retail_price"]["USD"] == 4.5
    discounted = answer.data[0]["operators"][0]["packages"][0]
    assert answer.body["pricing"] == {"model": "discount_pricing", "discount_percentage": 10}
    assert "net_price" not in discounted
    assert "net_price" not in discounted["prices"]
    assert "net_price" not in answer.data[0]["min_price"]


async def test_topups_come_when_included(caller: Caller) -> None:
    answer = await caller.get("/v2/packages?filter[country]=US&include=topup")

    packages = [item for operator in answer.data[0]["operators"] for item in operator["packages"]]
    assert "change-classic-30days-3gb-topup-old" in {item["id"] for item in packages}
    assert any(item["is_unlimited"] and item["amount"] == 0 for item in packages)


async def test_product_information_is_told_by_slug(fake: FakeAiralo, caller: Caller) -> None:
    limited = await caller.get("/v2/packages/change-7days-1gb/product-information")
    unlimited = await caller.get("/v2/packages/change-in-3days-unlimited/product-information")
    missing = await caller.get("/v2/packages/nothing/product-information")
    caller.token = ""
    stranger = await caller.get("/v2/packages/change-7days-1gb/product-information")

    assert "meta" not in limited.body
    assert limited.data["data_allowance_mb"] == "1024"
    assert limited.data["retail_price_eur"] == "3.87"
    assert unlimited.data["data_allowance_mb"] == "Unbegrenzt"
    assert (missing.status, missing.body["meta"]["message"]) == (404, "Package not found for slug: nothing")
    assert (stranger.status, stranger.body) == (403, {"message": "Unauthenticated."})
    assert fake.calls[-1].status == 403


async def test_overrides_are_an_empty_page(caller: Caller) -> None:
    answer = await caller.get("/v2/packages/overrides?page=1")

    assert (answer.data, answer.body["meta"]["last_page"]) == ([], 1)
