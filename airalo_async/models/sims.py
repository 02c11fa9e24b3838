"""eSIMs after the purchase: what they are, what they have used, and how they are installed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra
from airalo_async.models.broken import Broken
from airalo_async.models.esims import Sim
from airalo_async.models.orders import Order
from airalo_async.models.packages import Package

__all__ = [
    "DeviceInstructions",
    "InstallationManual",
    "InstallationViaQRCode",
    "Instructions",
    "NetworkSetup",
    "Sharing",
    "SimDetails",
    "SimPackage",
    "SimStatus",
    "Usage",
]


class SimStatus(StrEnum):
    """Words that the status of an eSIM, or of a package on it, is known to take."""

    NOT_ACTIVE = "NOT_ACTIVE"
    ACTIVE = "ACTIVE"
    FINISHED = "FINISHED"
    UNKNOWN = "UNKNOWN"
    EXPIRED = "EXPIRED"
    RECYCLED = "RECYCLED"


@frozen
class Sharing:
    """The page on which an end user finds the eSIM. Whoever has both can install it.

    Attributes:
        link: Address of the page; None when nothing was shared.
        access_code: Four digits that the page asks for, or None.
        extra: Keys that this version does not know.
    """

    link: str | None = field(default=None, repr=False)
    access_code: str | None = field(default=None, repr=False)
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class SimDetails(Sim):
    """One eSIM as the account knows it. Whatever installs it is left out of the ``repr``.

    Attributes:
        recycled: Whether it was given back to the operator; it can then no longer be used or topped up.
        recycled_at: When (UTC), or None.
        brand_settings_name: Brand that it is shared under; None when it is unbranded.
        sharing: Its page for end users; None unless ``share`` was included.
        simable: The order that it came with; None unless ``order`` was included.
        order: None in every answer that is known; the order stands in ``simable``.
    """

    recycled: bool | None = None
    recycled_at: datetime | None = None
    brand_settings_name: str | None = None
    sharing: Sharing | None = None
    simable: Order | None = None
    order: JSON = field(default=None, repr=False, hash=False)


@frozen
class Usage:
    """What is left of an eSIM. The API renews its figures every 20 minutes, in the sandbox every hour.

    Attributes:
        status: The API's word; one that this version does not know is a plain string.
        remaining: MB left; without meaning when unlimited.
        total: MB in all; without meaning when unlimited.
        is_unlimited: Whether data is unlimited; None for a recycled eSIM. The sandbox may tell False all the same.
        expired_at: When it ends or ended (UTC), or None.
        remaining_voice: Voice minutes left.
        total_voice: Voice minutes in all.
        remaining_text: SMS left.
        total_text: SMS in all.
        extra: Keys that this version does not know.
    """

    status: SimStatus | str
    remaining: int | None = None
    total: int | None = None
    is_unlimited: bool | None = None
    expired_at: datetime | None = None
    remaining_voice: int | None = None
    total_voice: int | None = None
    remaining_text: int | None = None
    total_text: int | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class SimPackage:
    """A package that an eSIM has or had: the one it was sold with, or a top-up.

    Attributes:
        id: The API's number of this row; later ones are higher.
        status: The API's word; one that this version does not know is a plain string.
        remaining: MB left.
        activated_at: When it began (UTC), or None.
        expired_at: When it ends or ended (UTC), or None.
        finished_at: When it was used up (UTC), or None.
        package: What it is.
        extra: Keys that this version does not know.
    """

    id: int
    status: SimStatus | str | None = None
    remaining: int | None = None
    activated_at: datetime | None = None
    expired_at: datetime | None = None
    finished_at: datetime | None = None
    package: Package | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class InstallationViaQRCode:
    """How to install by QR code.

    Attributes:
        steps: What to do, in order.
        qr_code_data: The text of the QR code.
        qr_code_url: Airalo's own picture of it.
        direct_apple_installation_url: Link that installs it on iOS 17.4 and later; None for Android.
        extra: Keys that this version does not know.
    """

    steps: tuple[str, ...] = ()
    qr_code_data: str | None = field(default=None, repr=False)
    qr_code_url: str | None = field(default=None, repr=False)
    direct_apple_installation_url: str | None = field(default=None, repr=False)
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class InstallationManual:
    """How to install by hand.

    Attributes:
        steps: What to do, in order.
        smdp_address_and_activation_code: What to type in.
        extra: Keys that this version does not know.
    """

    steps: tuple[str, ...] = ()
    smdp_address_and_activation_code: str | None = field(default=None, repr=False)
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class NetworkSetup:
    """How to get on the network once it is installed.

    Attributes:
        steps: What to do, in order.
        apn_type: ``automatic`` or ``manual``.
        apn_value: Name of the access point, or None.
        is_roaming: Whether data roaming must be on; None when the API does not tell.
        extra: Keys that this version does not know.
    """

    steps: tuple[str, ...] = ()
    apn_type: str | None = None
    apn_value: str | None = None
    is_roaming: bool | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class DeviceInstructions:
    """Instructions for some versions of one operating system.

    Attributes:
        model: Device that they are for; None for all.
        version: Versions that they are for, parted by commas; None for all.
        installation_via_qr_code: By QR code.
        installation_manual: By hand.
        network_setup: Afterwards.
        extra: Keys that this version does not know.
    """

    model: str | None = None
    version: str | None = None
    installation_via_qr_code: InstallationViaQRCode | None = None
    installation_manual: InstallationManual | None = None
    network_setup: NetworkSetup | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Instructions:
    """How to install one eSIM, in one language.

    Attributes:
        language: The language that the API chose, in upper case, such as ``EN``.
        ios: For iOS.
        android: For Android.
        broken: Instructions that could not be read.
        extra: Keys that this version does not know.
    """

    language: str | None = None
    ios: tuple[DeviceInstructions, ...] = ()
    android: tuple[DeviceInstructions, ...] = ()
    broken: tuple[Broken, ...] = ()
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
