"""The account: its balance, its refunds, exchange rates, and the devices that can take an eSIM."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (the API calls a field date)
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import field, frozen

from airalo_async.models._rules import check_email, check_iccid, check_several, check_text, check_word, demand
from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra, wire
from airalo_async.models.broken import Broken
from airalo_async.models.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Balance", "Device", "ExchangeRate", "ExchangeRates", "Refund", "RefundReason", "RefundRequest"]


@frozen
class Balance:
    """What the account may still spend.

    Attributes:
        available_balance: The amount left.
        name: ``balance``.
        extra: Keys that this version does not know.
    """

    available_balance: Money = field(metadata=wire("availableBalance"))
    name: str | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class ExchangeRate:
    """What one unit of a currency is worth in another.

    Attributes:
        source: The currency of which it is one unit; always ``USD`` so far.
        target: The currency of ``mid``.
        mid: Units of ``target`` for one of ``source``, at the middle of buying and selling.
        extra: Keys that this version does not know.
    """

    source: str = field(metadata=wire("from"))
    target: str = field(metadata=wire("to"))
    mid: Decimal
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class ExchangeRates:
    """The exchange rates of one day.

    Attributes:
        date: The day.
        rates: One for each currency.
        broken: Rates that could not be read.
        extra: Keys that this version does not know.
    """

    date: Date
    rates: tuple[ExchangeRate, ...] = ()
    broken: tuple[Broken, ...] = ()
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Device:
    """A device that can take an eSIM.

    Attributes:
        os: ``android`` or ``ios``.
        brand: Its maker.
        name: Its name for people.
        model: The maker's model code; None in the lite list.
        extra: Keys that this version does not know.
    """

    os: str
    brand: str
    name: str
    model: str | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


class RefundReason(StrEnum):
    """Why a refund is asked for."""

    INSTALLATION_FAILURE = "INSTALLATION_FAILURE"
    NO_COVERAGE = "NO_COVERAGE"
    APN_FAILURE = "APN_FAILURE"
    TRIP_CANCELLATION = "TRIP_CANCELLATION"
    INTERMITTENT_CONNECTION = "INTERMITTENT_CONNECTION"
    BLOCKED_NETWORK = "BLOCKED_NETWORK"
    CHANGE_OF_PLAN = "CHANGE_OF_PLAN"
    DELETED_ESIM = "DELETED_ESIM"
    EARLY_EXPIRY = "EARLY_EXPIRY"
    HOTSPOT_NOT_WORKING = "HOTSPOT_NOT_WORKING"
    IMSI_CHANGE = "IMSI_CHANGE"
    INCOMPATIBLE_DEVICE = "INCOMPATIBLE_DEVICE"
    LOCKED_DEVICE = "LOCKED_DEVICE"
    NO_VOICE_TEXT_SERVICES = "NO_VOICE_TEXT_SERVICES"
    OVERCHARGED = "OVERCHARGED"
    SLOW_SPEED = "SLOW_SPEED"
    TOP_UP_PACKAGE_FAILURE = "TOP_UP_PACKAGE_FAILURE"
    UNKNOWN_CHARGES = "UNKNOWN_CHARGES"
    WRONG_PURCHASE = "WRONG_PURCHASE"
    UNABLE_TO_ACCESS_APPS = "UNABLE_TO_ACCESS_APPS"
    SERVICE_DEGRADATION = "SERVICE_DEGRADATION"
    QR_ISSUE_PARTNERS = "QR_ISSUE_PARTNERS"
    OTHERS = "OTHERS"


def _listed(iccids: Iterable[str]) -> tuple[str, ...]:
    return (iccids,) if isinstance(iccids, str) else check_several("iccids", iccids, "must be a list of ICCIDs")


@frozen
class RefundRequest:
    """A request for a refund, checked when it is made.

    Attributes:
        iccids: The eSIMs, 1 to 5 different ones.
        reason: One of ``RefundReason``.
        notes: What the people who decide should know, 1 to 255 characters; must be given for ``OTHERS``.
        email: Where they answer, or None.

    Raises:
        ArgumentError: A rule is broken; nothing was sent.

    Source:
        POST /v2/refund, Partner API documentation, 2026-09-19.
    """

    iccids: tuple[str, ...] = field(converter=_listed)
    reason: RefundReason | str
    notes: str | None = None
    email: str | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        """Check the rules that the API states."""
        for iccid in self.iccids:
            check_iccid("iccids", iccid)
        different = len(set(self.iccids))
        demand("iccids", "must be 1 to 5 different ICCIDs", self.iccids, kept=1 <= different == len(self.iccids) <= 5)
        check_word("reason", self.reason, RefundReason)
        if self.notes is not None:
            check_text("notes", self.notes, most=255, control=True)
        given = self.notes is not None
        demand("notes", "must be given for OTHERS", self.notes, kept=given or self.reason != RefundReason.OTHERS)
        if self.email is not None:
            check_email("email", self.email)

    def body(self) -> dict[str, JSON]:
        """Give the body to send."""
        whole: dict[str, JSON] = {
            "iccids": list(self.iccids),
            "reason": str(self.reason),
            "notes": self.notes,
            "email": self.email,
        }
        return {name: value for name, value in whole.items() if value is not None}


@frozen
class Refund:
    """A request for a refund that was taken up. People decide on it; what they decide cannot be asked for here.

    Attributes:
        refund_id: The API's number of the request, as text.
        created_at: When it was taken up (UTC, whole minutes).
        extra: Keys that this version does not know.
    """

    refund_id: str
    created_at: datetime | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
