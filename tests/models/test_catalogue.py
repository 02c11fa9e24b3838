from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from airalo_async.models import (
    Country,
    Coverage,
    Destination,
    Money,
    Operator,
    Package,
    PackageOffer,
    Prices,
    diff,
    offers_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def package(slug: str, price: str = "4.50") -> Package:
    return Package(id=slug, price=Money(Decimal(price), "USD"))


def destination(slug: str, *packages: Package) -> Destination:
    return Destination(slug=slug, country_code="US", operators=(Operator(id=1, title="Change", packages=packages),))


ONE, TWO = package("one"), package("two", "9")
USA = destination("united-states", ONE, TWO)


def offer(
    *, package: Package = ONE, operator: Operator = USA.operators[0], destination: Destination = USA
) -> PackageOffer:
    return PackageOffer(package, operator, destination)


def test_offers_carry_operator_and_destination() -> None:
    offers = offers_of(USA)

    assert [row.package_id for row in offers] == ["one", "two"]
    assert {row.operator.title for row in offers} == {"Change"}
    assert {row.destination.slug for row in offers} == {"united-states"}


def test_offers_do_not_drag_the_lists_along() -> None:
    row = offers_of(USA)[0]

    assert row.destination.operators == ()
    assert row.operator.packages == ()


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (Operator(id=1, countries=(Country("DE"), Country("FR"), Country("DE"))), ("DE", "FR")),
        (Operator(id=1, coverages=(Coverage("ES", code="ES"), Coverage("PT"))), ("ES", "PT")),
        (Operator(id=1), ("US",)),
    ],
)
def test_countries_come_from_the_closest_source(operator: Operator, expected: tuple[str, ...]) -> None:
    assert offer(operator=operator).countries == expected


def test_region_without_countries_names_none() -> None:
    assert offer(operator=Operator(id=1), destination=Destination(slug="world")).countries == ()


def test_prices_are_told_by_currency() -> None:
    retail = {"USD": Decimal(4), "EUR": Decimal("3.44")}
    prices = Prices(net_price={"USD": Decimal("1.8")}, recommended_retail_price=retail)

    row = offer(package=evolve(ONE, prices=prices))

    assert row.prices == retail
    assert row.net_prices == {"USD": Decimal("1.8")}


def test_prices_fall_back_to_the_only_ones_there() -> None:
    row = offer(package=evolve(ONE, net_price=Money(Decimal(3), "USD")))

    assert row.prices == {"USD": Decimal("4.50")}
    assert row.net_prices == {"USD": Decimal(3)}


def test_net_prices_are_empty_under_discount_pricing() -> None:
    assert offer().net_prices == {}


def test_same_catalogue_has_no_changes() -> None:
    assert not diff([USA], [USA])


def test_new_and_gone_packages_are_told() -> None:
    found = diff([USA], [destination("united-states", TWO, package("three"))])

    assert found
    assert [row.package_id for row in found.added] == ["three"]
    assert [row.package_id for row in found.removed] == ["one"]
    assert found.changed == ()


def test_changed_values_are_named() -> None:
    dearer = evolve(ONE, price=Money(Decimal(5), "USD"), day=7)

    change = diff([USA], [destination("united-states", dearer, TWO)]).changed[0]

    assert change.package_id == "one"
    assert {(part.name, part.before, part.after) for part in change.changes} == {
        ("package.price", ONE.price, dearer.price),
        ("package.day", None, 7),
    }


def test_changes_of_operator_and_destination_count() -> None:
    renamed = evolve(USA, title="USA", operators=(evolve(USA.operators[0], title="Switch"),))

    changed = diff([USA], [renamed]).changed

    assert [change.package_id for change in changed] == ["one", "two"]
    assert [part.name for part in changed[0].changes] == ["operator.title", "destination.title"]


def test_unknown_keys_are_not_compared() -> None:
    tagged = evolve(ONE, extra={"new": "key"})

    assert not diff([USA], [destination("united-states", tagged, TWO)])


def test_package_in_two_places_is_compared_by_place() -> None:
    europe, world = destination("europe", ONE), destination("world", ONE)
    dearer = destination("world", package("one", "6"))

    found = diff([europe, world], [dearer, europe])

    assert (found.added, found.removed) == ((), ())
    assert [change.after.destination.slug for change in found.changed] == ["world"]


def test_package_that_moved_has_changed() -> None:
    found = diff([destination("europe", ONE)], [destination("balkans", ONE)])

    assert (found.added, found.removed) == ((), ())
    assert [part.name for part in found.changed[0].changes] == ["destination.slug"]


def test_package_that_left_one_of_two_places_is_removed_there() -> None:
    found = diff([destination("europe", ONE), destination("world", ONE)], [destination("world", ONE)])

    assert [row.destination.slug for row in found.removed] == ["europe"]
    assert found.changed == ()


@pytest.mark.parametrize("rows", [[USA], offers_of(USA), iter(offers_of(USA))])
def test_rows_and_destinations_can_be_mixed(rows: Iterable[Destination | PackageOffer]) -> None:
    assert not diff([USA], rows)
