"""eSIMs as an order carries them."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra

__all__ = ["Apn", "ApnSettings", "Sim"]


@frozen
class Apn:
    """The access point that a device must use.

    Attributes:
        apn_type: ``automatic`` or ``manual``.
        apn_value: The access point's name; None or ``N/A`` when there is nothing to enter.
        extra: Keys that this version does not know.
    """

    apn_type: str | None = None
    apn_value: str | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class ApnSettings:
    """The access point by operating system.

    Attributes:
        ios: On iOS.
        android: On Android.
        extra: Keys that this version does not know.
    """

    ios: Apn | None = None
    android: Apn | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Sim:
    """One eSIM of an order. Whatever installs it is left out of the ``repr``.

    Attributes:
        id: The API's number of the eSIM.
        iccid: Its serial number, 17 to 22 digits.
        created_at: When it was made (UTC).
        lpa: Address of the server that holds its profile (SM-DP+).
        matching_id: Activation code.
        qrcode: The text to show as a QR code: ``LPA:1$<lpa>$<matching_id>``.
        qrcode_url: Airalo's own picture of it; the link ends 999 days after the purchase.
        direct_apple_installation_url: Link that installs it on iOS 17.4 and later.
        confirmation_code: Code to enter while installing, or None.
        airalo_code: Airalo's own code, or None.
        voucher_code: Voucher it was bought with, or None.
        msisdn: Its phone number, or None.
        imsis: Always None so far.
        apn_type: ``automatic`` or ``manual``.
        apn_value: The access point's name, or None.
        apn: The access point by operating system.
        is_roaming: Whether data roaming must be on.
        extra: Keys that this version does not know.
    """

    id: int
    iccid: str
    created_at: datetime | None = None
    lpa: str | None = field(default=None, repr=False)
    matching_id: str | None = field(default=None, repr=False)
    qrcode: str | None = field(default=None, repr=False)
    qrcode_url: str | None = field(default=None, repr=False)
    direct_apple_installation_url: str | None = field(default=None, repr=False)
    confirmation_code: str | None = field(default=None, repr=False)
    airalo_code: str | None = field(default=None, repr=False)
    voucher_code: str | None = field(default=None, repr=False)
    msisdn: str | None = field(default=None, repr=False)
    imsis: JSON = field(default=None, repr=False, hash=False)
    apn_type: str | None = None
    apn_value: str | None = None
    apn: ApnSettings | None = None
    is_roaming: bool | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
