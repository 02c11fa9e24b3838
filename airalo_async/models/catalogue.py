"""The catalogue as rows: one for each package, and what changed between two of them. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from attrs import evolve, fields, frozen

from airalo_async.models.packages import Destination, Operator, Package

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal

__all__ = ["CatalogueDiff", "FieldChange", "PackageChange", "PackageOffer", "diff", "offers_of"]


@frozen
class PackageOffer:
    """One package, with who provides it and where it is offered.

    Attributes:
        package: The package.
        operator: Who provides it, without the list of packages.
        destination: Where it is offered, without the list of operators.
    """

    package: Package
    operator: Operator
    destination: Destination

    @property
    def package_id(self) -> str:
        """The slug that an order names."""
        return self.package.id

    @property
    def countries(self) -> tuple[str, ...]:
        """Two-letter codes of the countries in which it works.

        Where the operator names no countries, they are those of its coverage, or else the destination's own.
        """
        named = [country.country_code for country in self.operator.countries]
        covered = [coverage.code or coverage.name for coverage in self.operator.coverages]
        return tuple(dict.fromkeys(code for code in named or covered or [self.destination.country_code] if code))

    @property
    def prices(self) -> Mapping[str, Decimal]:
        """The least that a partner may ask for it, by currency code, in units of the currency."""
        by_currency = self.package.prices and self.package.prices.recommended_retail_price
        return by_currency or {self.package.price.currency: self.package.price.amount}

    @property
    def net_prices(self) -> Mapping[str, Decimal]:
        """What the partner pays for it, by currency code, in units of the currency; empty under discount pricing."""
        by_currency = self.package.prices and self.package.prices.net_price
        if by_currency:
            return by_currency
        net = self.package.net_price
        return {} if net is None else {net.currency: net.amount}


def offers_of(destination: Destination) -> tuple[PackageOffer, ...]:
    """Lay a destination out as one row for each package, in its order."""
    place = evolve(destination, operators=(), broken=())
    return tuple(
        PackageOffer(package, provider, place)
        for operator in destination.operators
        for provider in (evolve(operator, packages=(), broken=()),)
        for package in operator.packages
    )


@frozen
class FieldChange:
    """One value that is no longer the same.

    Attributes:
        name: Where it stands in a ``PackageOffer``, such as ``package.price`` or ``operator.title``.
        before: What it was.
        after: What it is.
    """

    name: str
    before: object
    after: object


@frozen
class PackageChange:
    """A package that is no longer the same.

    Attributes:
        before: What it was.
        after: What it is.
        changes: The values that differ, at least one.
    """

    before: PackageOffer
    after: PackageOffer
    changes: tuple[FieldChange, ...]

    @property
    def package_id(self) -> str:
        """The slug that an order names."""
        return self.after.package_id


@frozen
class CatalogueDiff:
    """What changed between two catalogues. False when nothing did.

    Attributes:
        added: Offers that are new, in the new catalogue's order.
        removed: Offers that are gone, in the old catalogue's order.
        changed: Offers that are no longer the same, in the new catalogue's order.
    """

    added: tuple[PackageOffer, ...] = ()
    removed: tuple[PackageOffer, ...] = ()
    changed: tuple[PackageChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def diff(old: Iterable[Destination | PackageOffer], new: Iterable[Destination | PackageOffer]) -> CatalogueDiff:
    """Tell what changed between two catalogues.

    A package that is offered in several destinations is compared destination by destination; one that moved to another
    destination has changed. Keys that this version does not know are not compared.

    Args:
        old: Destinations from ``packages.list``, or rows from ``packages.flat``.
        new: The same, later. Both must be whole, or what is missing counts as removed.
    """
    before, now = _by_place(old), _by_place(new)
    added, changed = [], []
    pairs = _Pairs(before, now)
    for place, offer in now.items():
        earlier = pairs.earlier(place)
        if earlier is None:
            added.append(offer)
        elif changes := tuple(_changes(earlier, offer)):
            changed.append(PackageChange(earlier, offer, changes))
    return CatalogueDiff(tuple(added), tuple(pairs.left()), tuple(changed))


_Place = tuple[str, str]


class _Pairs:
    """Finds the earlier form of an offer: in the same destination, else one that has left another destination."""

    def __init__(self, before: Mapping[_Place, PackageOffer], now: Mapping[_Place, PackageOffer]) -> None:
        self._before = before
        self._gone: dict[str, list[PackageOffer]] = defaultdict(list)
        for place, offer in before.items():
            if place not in now:
                self._gone[offer.package_id].append(offer)

    def earlier(self, place: _Place) -> PackageOffer | None:
        if place in self._before:
            return self._before[place]
        gone = self._gone[place[0]]
        return gone.pop(0) if gone else None

    def left(self) -> list[PackageOffer]:
        return [offer for gone in self._gone.values() for offer in gone]


def _by_place(catalogue: Iterable[Destination | PackageOffer]) -> dict[_Place, PackageOffer]:
    rows = (row for item in catalogue for row in (offers_of(item) if isinstance(item, Destination) else (item,)))
    return {(row.package_id, row.destination.slug): row for row in rows}


_NOT_COMPARED = frozenset({"extra", "broken", "packages", "operators"})
_COMPARED = {
    part: tuple(field.name for field in fields(kind) if field.name not in _NOT_COMPARED)
    for part, kind in (("package", Package), ("operator", Operator), ("destination", Destination))
}


def _changes(before: PackageOffer, after: PackageOffer) -> Iterator[FieldChange]:
    for part, names in _COMPARED.items():
        old, new = getattr(before, part), getattr(after, part)
        for name in names:
            was, is_ = getattr(old, name), getattr(new, name)
            if was != is_:
                yield FieldChange(f"{part}.{name}", was, is_)
