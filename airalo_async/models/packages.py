"""The catalogue: destinations, their operators, and the packages that can be ordered."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra
from airalo_async.models.broken import Broken
from airalo_async.models.esims import ApnSettings
from airalo_async.models.money import Money, Prices

__all__ = [
    "Country",
    "Coverage",
    "Destination",
    "Image",
    "Network",
    "Operator",
    "Package",
    "PackageOverride",
    "PackageType",
]


class PackageType(StrEnum):
    """What a package is for: a new eSIM, or one that is there."""

    SIM = "sim"
    TOPUP = "topup"


@frozen
class Image:
    """A picture on Airalo's servers; it is never fetched by this library.

    Attributes:
        url: Its address.
        width: Pixels.
        height: Pixels.
        extra: Keys that this version does not know.
    """

    url: str
    width: int | None = None
    height: int | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Network:
    """One mobile network.

    Attributes:
        name: Its name.
        types: What it offers, such as ``5G`` and ``LTE``.
        extra: Keys that this version does not know.
    """

    name: str
    types: tuple[str, ...] = ()
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Coverage:
    """The networks of one country.

    Attributes:
        name: The country's code.
        code: The same.
        networks: The networks.
        extra: Keys that this version does not know.
    """

    name: str
    code: str | None = None
    networks: tuple[Network, ...] = ()
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Country:
    """A country that an operator covers.

    Attributes:
        country_code: Two-letter ISO 3166 code.
        title: Its name, in the language asked for.
        image: Its flag.
        extra: Keys that this version does not know.
    """

    country_code: str
    title: str | None = None
    image: Image | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Package:
    """What can be ordered.

    Attributes:
        id: The package's slug, which is what an order names.
        price: Airalo's retail price, and the least that a partner may ask.
        type: ``sim`` or ``topup``; another word is a plain string.
        net_price: What the partner pays; None under discount pricing.
        amount: Data in MB (1 GB = 1024); without meaning when ``is_unlimited``.
        day: Validity in days.
        is_unlimited: Whether data is unlimited; None when the answer does not say.
        title: Its name, such as ``1 GB - 7 days``.
        data: Data for people, such as ``1 GB`` or ``Unlimited``.
        short_info: A sentence about it.
        qr_installation: How to install by QR code (HTML).
        manual_installation: How to install by hand (HTML).
        voice: Minutes included, or None.
        text: SMS included, or None.
        is_fair_usage_policy: Whether a fair usage policy applies.
        fair_usage_policy: What it says.
        prices: Prices by currency.
        extra: Keys that this version does not know.
    """

    id: str
    price: Money
    type: PackageType | str = PackageType.SIM
    net_price: Money | None = None
    amount: int | None = None
    day: int | None = None
    is_unlimited: bool | None = None
    title: str | None = None
    data: str | None = None
    short_info: str | None = None
    qr_installation: str | None = field(default=None, repr=False)
    manual_installation: str | None = field(default=None, repr=False)
    voice: int | None = None
    text: int | None = None
    is_fair_usage_policy: bool | None = None
    fair_usage_policy: str | None = None
    prices: Prices | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class PackageOverride:
    """What the account has overridden of a package; no source tells which keys that are.

    Attributes:
        extra: The whole of it, as parsed JSON.
    """

    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Operator:
    """Who provides the packages.

    Attributes:
        id: The API's number of it.
        title: Its name.
        type: ``local`` or ``global``.
        plan_type: ``data`` or ``data-voice-text``.
        packages: What can be ordered.
        esim_type: ``Prepaid``.
        is_prepaid: Whether it is prepaid.
        style: ``light`` or ``dark``.
        gradient_start: Colour.
        gradient_end: Colour.
        warning: A sentence to show, or None.
        apn_type: ``manual`` or ``automatic``.
        apn_value: The access point's name, or None.
        apn: The access point by operating system.
        is_roaming: Whether data roaming must be on.
        info: Sentences to show.
        other_info: One more.
        image: Its picture.
        activation_policy: ``first-usage`` or ``installation``.
        is_kyc_verify: Whether the user must prove who they are.
        rechargeability: Whether it can be topped up.
        coverages: Networks by country.
        countries: Countries covered.
        install_window_days: Days from purchase until it can no longer be installed, or None.
        topup_grace_window_days: Days after its end in which it can be topped up, or None.
        broken: Packages and other parts that could not be read.
        extra: Keys that this version does not know.
    """

    id: int
    title: str | None = None
    type: str | None = None
    plan_type: str | None = None
    packages: tuple[Package, ...] = ()
    esim_type: str | None = None
    is_prepaid: bool | None = None
    style: str | None = None
    gradient_start: str | None = None
    gradient_end: str | None = None
    warning: str | None = None
    apn_type: str | None = None
    apn_value: str | None = None
    apn: ApnSettings | None = None
    is_roaming: bool | None = None
    info: tuple[str, ...] = ()
    other_info: str | None = None
    image: Image | None = None
    activation_policy: str | None = None
    is_kyc_verify: bool | None = None
    rechargeability: bool | None = None
    coverages: tuple[Coverage, ...] = ()
    countries: tuple[Country, ...] = ()
    install_window_days: int | None = None
    topup_grace_window_days: int | None = None
    broken: tuple[Broken, ...] = ()
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Destination:
    """A country, a region, or the world.

    Attributes:
        slug: Its key, such as ``united-states`` or ``world``.
        country_code: Two-letter ISO 3166 code; empty for a region and the world.
        title: Its name, in the language asked for.
        image: Its flag or map.
        min_price: The lowest prices in it, by currency; None where the API does not tell.
        operators: Who provides packages there.
        broken: Operators, their packages and other parts that could not be read.
        extra: Keys that this version does not know.
    """

    slug: str
    country_code: str = ""
    title: str | None = None
    image: Image | None = None
    min_price: Prices | None = None
    operators: tuple[Operator, ...] = ()
    broken: tuple[Broken, ...] = ()
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
