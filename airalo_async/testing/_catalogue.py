"""The made-up catalogue: destinations, operators, packages; built on first use, always the same."""

from __future__ import annotations

import functools
import unicodedata

from attrs import field, frozen

from airalo_async.testing._destinations import LADDER, PLACES, REGIONS, TRIGGERS, UNLIMITED_DAYS

__all__ = ["Catalogue", "Destination", "Operator", "Package", "catalogue"]

_MB = 1024
_FIRST_OPERATOR_ID = 1001


@frozen
class Package:
    """One thing to buy.

    Attributes:
        slug: The order key.
        kind: ``sim`` or ``topup``.
        operator: Title of its operator.
        cents: Retail price in US cents.
        megabytes: Allowance in MB; 0 when unlimited.
        days: Validity in days.
        voice: Minutes, or None.
        text: Messages, or None.
        esim_type: ``Prepaid``.
        family: Slug of its operator; a top-up fits the eSIMs of its own family.
        trigger: What ordering it leads to, for the sandbox test packages.
    """

    slug: str
    kind: str
    operator: str
    cents: int
    megabytes: int
    days: int
    family: str
    voice: int | None = None
    text: int | None = None
    esim_type: str = "Prepaid"
    trigger: int | str | None = None

    @property
    def is_unlimited(self) -> bool:
        """Tell whether its data never ends."""
        return self.megabytes == 0

    @property
    def data(self) -> str:
        """Word its allowance."""
        return "Unlimited" if self.is_unlimited else f"{self.megabytes // _MB} GB"

    @property
    def title(self) -> str:
        """Word what it is."""
        extras = f" - {self.text} SMS - {self.voice} Mins" if self.voice else ""
        return f"{self.data}{extras} - {self.days} days"

    @property
    def net_cents(self) -> int:
        """Tell what a partner pays under net pricing, in US cents."""
        return self.cents * 72 // 100


@frozen
class Operator:
    """One seller within a destination."""

    number: int
    slug: str
    title: str
    plan_type: str
    countries: tuple[str, ...]
    is_global: bool
    packages: tuple[Package, ...] = field(repr=False)


@frozen
class Destination:
    """A country, a region, or the world."""

    slug: str
    country_code: str
    title: str
    operators: tuple[Operator, ...] = field(repr=False)


class Catalogue:
    """All destinations, and every package by its slug."""

    def __init__(self) -> None:
        self._numbers = iter(range(_FIRST_OPERATOR_ID, 10_000))
        places = [line.split("|") for line in PLACES.split("\n") if line]
        self.titles = {code: title for code, title, _, _ in places}
        regions = [self._region(*line.split("|")) for line in REGIONS.split("\n") if line]
        self.destinations = (*(self._place(*place) for place in places), *regions)
        listed = {
            package.slug: package
            for destination in self.destinations
            for operator in destination.operators
            for package in operator.packages
        }
        self.packages: dict[str, Package] = listed | {slug: _trigger(slug) for slug in TRIGGERS}

    def topups(self, family: str) -> tuple[Package, ...]:
        """List the top-ups that fit the eSIMs of an operator."""
        return tuple(item for item in self.packages.values() if item.kind == "topup" and item.family == family)

    def _place(self, code: str, title: str, seller: str, cents: str) -> Destination:
        operators = self._operators(seller, int(cents), (code,), is_global=False)
        if code == "US":
            operators = (*operators, self._classic(code))
        return Destination(_slug(title), code, title, operators)

    def _region(self, slug: str, title: str, seller: str, cents: str, codes: str) -> Destination:
        countries = tuple(self.titles) if codes == "*" else tuple(codes.split())
        return Destination(slug, "", title, self._operators(seller, int(cents), countries, is_global=True))

    def _operators(
        self, seller: str, cents: int, countries: tuple[str, ...], *, is_global: bool
    ) -> tuple[Operator, ...]:
        title = seller.rstrip("+*")
        sets = [("", title, "data", _ladder(title, cents))]
        if "+" in seller:
            sets.append(("plus", f"{title}+", "data-voice-text", _talk(title, cents)))
        if "*" in seller:
            sets.append(("in", title, "data", _unlimited(title, cents)))
        return tuple(
            Operator(
                next(self._numbers), _family(title, suffix), name, plan, countries, is_global, _with_topups(packages)
            )
            for suffix, name, plan, packages in sets
        )

    def _classic(self, code: str) -> Operator:
        """Make an operator that sells top-ups alone: an old eSIM's, still in use."""
        old = Package(
            "change-classic-30days-3gb-topup-old", "topup", "Change Classic", 1000, 3 * _MB, 30, "change-classic"
        )
        return Operator(next(self._numbers), "change-classic", "Change Classic", "data", (code,), False, (old,))  # noqa: FBT003


@functools.cache
def catalogue() -> Catalogue:
    """Build the catalogue, once in a process."""
    return Catalogue()


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.replace("ü", "u")).encode("ascii", "ignore").decode()
    return "-".join(plain.lower().split())


def _family(title: str, suffix: str) -> str:
    return f"{_slug(title)}-{suffix}" if suffix else _slug(title)


def _price(cents: int, percent: int) -> int:
    """Scale a price, rounded to half a dollar."""
    return max(50, round(cents * percent / 100 / 50) * 50)


def _ladder(title: str, cents: int) -> list[Package]:
    family = _slug(title)
    return [
        Package(f"{family}-{days}days-{size}gb", "sim", title, _price(cents, percent), size * _MB, days, family)
        for days, size, percent in LADDER
    ]


def _talk(title: str, cents: int) -> list[Package]:
    family = _family(title, "plus")
    return [
        Package(
            f"{family}-{days}days-{size}gb-{size * 10}sms-{size * 10}mins",
            "sim",
            f"{title}+",
            _price(cents, percent + 40),
            size * _MB,
            days,
            family,
            voice=size * 10,
            text=size * 10,
        )
        for days, size, percent in LADDER
    ]


def _unlimited(title: str, cents: int) -> list[Package]:
    family = _family(title, "in")
    first = Package(f"{family}-7days-1gb", "sim", title, _price(cents, 100), _MB, 7, family)
    return [
        first,
        *(
            Package(f"{family}-{days}days-unlimited", "sim", title, _price(cents, percent), 0, days, family)
            for days, percent in UNLIMITED_DAYS
        ),
    ]


def _with_topups(packages: list[Package]) -> tuple[Package, ...]:
    topups = (
        Package(
            f"{item.slug}-topup",
            "topup",
            item.operator,
            item.cents,
            item.megabytes,
            item.days,
            item.family,
            item.voice,
            item.text,
        )
        for item in packages
    )
    return (*packages, *topups)


def _trigger(slug: str) -> Package:
    return Package(slug, "sim", "Test", 450, _MB, 7, "test", trigger=TRIGGERS[slug])
