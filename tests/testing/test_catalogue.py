from __future__ import annotations

import pytest

from airalo_async.testing._catalogue import Catalogue, catalogue
from airalo_async.testing._destinations import CURRENCIES, TRIGGERS
from airalo_async.testing._money import in_all_currencies


def test_catalogue_is_large_and_varied() -> None:
    known = catalogue()
    packages = known.packages.values()

    assert len(known.destinations) >= 30
    assert len(packages) >= 200
    assert {item.kind for item in packages} == {"sim", "topup"}
    assert any(item.is_unlimited and item.data == "Unlimited" for item in packages)
    assert any(item.voice and item.text for item in packages)
    assert any(row.slug == "world" for row in known.destinations)
    assert any(row.country_code == "" and len(row.operators[0].countries) > 1 for row in known.destinations)


def test_catalogue_is_the_same_every_time() -> None:
    first, second = Catalogue(), Catalogue()

    assert first.packages == second.packages
    assert first.destinations == second.destinations


@pytest.mark.parametrize(
    "slug",
    [
        "change-7days-1gb",
        "change-7days-1gb-topup",
        "change-in-7days-1gb",
        "change-in-3days-unlimited",
        "kallur-digital-7days-1gb",
        "bonbon-mobile-30days-10gb",
        "bonbon-mobile-30days-3gb-topup",
        "jaco-mobile-7days-1gb",
        "liberation-mobile-30days-3gb",
        "merhaba-7days-1gb",
        "elan-7days-1gb",
        *TRIGGERS,
    ],
)
def test_slugs_of_the_documentation_can_be_ordered(slug: str) -> None:
    assert catalogue().packages[slug].slug == slug


def test_destination_slugs_are_plain_ascii() -> None:
    slugs = [row.slug for row in catalogue().destinations]

    assert "turkiye" in slugs
    assert all(slug.replace("-", "").isascii() and slug.islower() for slug in slugs)
    assert len(slugs) == len(set(slugs))


def test_topups_fit_their_own_family() -> None:
    rows = catalogue().topups("change")

    assert [item.slug for item in rows][:1] == ["change-7days-1gb-topup"]
    assert {item.family for item in rows} == {"change"}


def test_prices_come_in_eighteen_currencies() -> None:
    prices = in_all_currencies(450)

    assert len(prices) == len(CURRENCIES) == 18
    assert prices["USD"] == 4.5
    assert isinstance(prices["JPY"], int)
    assert isinstance(in_all_currencies(400)["USD"], int)
    assert prices["KWD"] == 1.395
