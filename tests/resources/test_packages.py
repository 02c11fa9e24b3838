from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import ArgumentError, NotFoundError, PermissionDeniedError
from airalo_async.models import Money, PackageOffer, PackageType, PricingModel
from airalo_async.testing import faults
from tests.resources._scripted import page, queries, script

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.models import JSON
    from airalo_async.testing import FakeAiralo

PATH = "/v2/packages"
INFORMATION = "/v2/packages/{package_slug}/product-information"


async def flat(airalo: AiraloSession, **arguments: object) -> list[PackageOffer]:
    return [offer async for offer in airalo.packages.flat(**arguments)]  # type: ignore[arg-type]  # passed on as given


async def test_filters_are_sent_as_documented(fake: FakeAiralo, airalo: AiraloSession) -> None:
    listing = airalo.packages.list(type="local", country="us", include_topups=True, language="pt-BR")

    found = [destination.country_code async for destination in listing]

    assert found == ["US"]
    assert queries(fake, PATH) == [
        {"filter[type]": "local", "filter[country]": "US", "include": "topup", "limit": "25", "page": "1"}
    ]
    assert fake.calls[-1].headers["accept-language"] == "pt-BR"


async def test_overrides_are_told_as_they_came(fake: FakeAiralo, airalo: AiraloSession) -> None:
    script(fake, f"{PATH}/overrides", page([{"package_id": "a", "price": 4.5}], last_page=2), page([{}], last_page=2))

    found = [override.extra async for override in airalo.packages.overrides()]

    assert found == [{"package_id": "a", "price": 4.5}, {}]
    assert queries(fake, f"{PATH}/overrides") == [{"page": "1"}, {"page": "2"}]


async def test_account_without_overrides_has_none(airalo: AiraloSession) -> None:
    assert [override async for override in airalo.packages.overrides()] == []


async def test_filters_are_left_out_unless_given(fake: FakeAiralo, airalo: AiraloSession) -> None:
    [_ async for _ in airalo.packages.list(page_size=100)]

    assert queries(fake, PATH) == [{"limit": "100", "page": "1"}]


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"type": "regional"}, "type"),
        ({"country": "USA"}, "country"),
        ({"country": "ÄÖ"}, "country"),
        ({"country": 49}, "country"),
        ({"language": "en\r\nX-Evil: 1"}, "language"),
        ({"page": 0}, "page"),
        ({"page_size": 0}, "page_size"),
    ],
)
@pytest.mark.parametrize("method", ["list", "flat"])
async def test_broken_rule_is_refused_at_once(
    airalo: AiraloSession, method: str, arguments: dict[str, object], argument: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        getattr(airalo.packages, method)(**arguments)

    assert caught.value.argument == argument


async def test_flat_has_one_row_a_package(airalo: AiraloSession) -> None:
    destinations = [destination async for destination in airalo.packages.list()]

    offers = await flat(airalo)

    assert [offer.package_id for offer in offers] == [
        package.id
        for destination in destinations
        for operator in destination.operators
        for package in operator.packages
    ]
    assert len(offers) >= 200


async def test_offer_has_all_that_a_shop_shows(airalo: AiraloSession) -> None:
    offer = next(row for row in await flat(airalo, country="US") if row.package_id == "change-7days-1gb")

    assert (offer.destination.title, offer.operator.title) == ("United States", "Change")
    assert offer.countries == ("US",)
    assert isinstance(offer.prices["EUR"], Decimal)
    assert offer.package.price == Money(offer.prices["USD"], "USD")
    assert offer.net_prices["USD"] < offer.prices["USD"]


async def test_topups_are_listed_when_asked_for(airalo: AiraloSession) -> None:
    without, whole = await flat(airalo), await flat(airalo, include_topups=True)

    assert {offer.package.type for offer in without} == {PackageType.SIM}
    assert {offer.package.type for offer in whole} == {PackageType.SIM, PackageType.TOPUP}


async def test_discount_pricing_has_no_net_price(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.pricing = "discount_pricing"

    pages = [page async for page in airalo.packages.flat(country="US").pages()]

    assert pages[0].pricing is not None
    assert pages[0].pricing.model is PricingModel.DISCOUNT
    assert pages[0].pricing.discount_percentage == 10
    assert all(offer.net_prices == {} and offer.package.net_price is None for offer in pages[0])


async def test_broken_package_degrades_alone(fake: FakeAiralo, airalo: AiraloSession) -> None:
    packages: list[JSON] = [
        {"id": "good", "price": "4.50"},
        {"id": "bad", "price": {}},
        {"id": "new", "price": 4, "x": 1},
    ]
    script(fake, PATH, page([{"slug": "moon", "operators": [{"id": 1, "packages": packages}]}], last_page=1))

    destinations = [destination async for destination in airalo.packages.list()]

    operator = destinations[0].operators[0]
    assert [package.id for package in operator.packages] == ["good", "new"]
    assert len(operator.broken) == 1
    assert operator.packages[1].extra == {"x": 1}


async def test_catalogues_can_be_compared(fake: FakeAiralo, airalo: AiraloSession) -> None:
    net = await flat(airalo, country="US")
    fake.pricing = "discount_pricing"

    found = airalo.packages.diff(net, await flat(airalo, country="US"))

    assert (found.added, found.removed) == ((), ())
    assert {part.name for change in found.changed for part in change.changes} == {
        "package.net_price",
        "package.prices",
        "destination.min_price",
    }


async def test_product_information_is_read(airalo: AiraloSession) -> None:
    sheet = await airalo.packages.product_information("change-7days-1gb")

    assert sheet.package_id == "change-7days-1gb"
    assert isinstance(sheet.retail_price_eur, Decimal)
    assert sheet.pib_version_date is not None
    assert sheet.pib_version_date.utcoffset() is not None
    assert sheet.extra == {}


async def test_product_information_of_nothing_is_not_found(airalo: AiraloSession) -> None:
    with pytest.raises(NotFoundError):
        await airalo.packages.product_information("no-such-package")


async def test_product_information_can_be_denied(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("GET", INFORMATION, faults.status(403, {"message": "Unauthenticated."}))

    with pytest.raises(PermissionDeniedError, match="Unauthenticated"):
        await airalo.packages.product_information("change-7days-1gb")


async def test_slug_cannot_lead_elsewhere(fake: FakeAiralo, airalo: AiraloSession) -> None:
    with pytest.raises(NotFoundError):
        await airalo.packages.product_information("../sims?x=1#")

    assert fake.calls[-1].path.endswith("/product-information")


@pytest.mark.parametrize("slug", ["", "s" * 101, "a\nb", ".", "..", None])
async def test_other_slug_is_refused(airalo: AiraloSession, slug: str) -> None:
    with pytest.raises(ArgumentError):
        await airalo.packages.product_information(slug)
