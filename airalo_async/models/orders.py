"""Orders: what was bought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import LOCAL, Extra
from airalo_async.models.esims import Sim
from airalo_async.models.money import Money

__all__ = ["Order", "OrderState", "OrderStatus", "OrderUser"]


class OrderStatus(StrEnum):
    """Words that ``order.status.slug`` is known to take."""

    COMPLETED = "completed"
    FAILED = "failed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


@frozen
class OrderState:
    """Where an order stands.

    Attributes:
        slug: The API's word for it; one that this version does not know is a plain string.
        name: The same for people, such as ``Completed``.
        extra: Keys that this version does not know.
    """

    slug: OrderStatus | str
    name: str | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class OrderUser:
    """The partner's account that an order belongs to.

    Attributes:
        id: The API's number of it.
        created_at: When it was made (UTC).
        name: Its name.
        email: Its e-mail address.
        mobile: Phone number.
        address: Street.
        state: State.
        city: City.
        postal_code: Postal code.
        country_id: The API's number of its country.
        company: Its company.
        extra: Keys that this version does not know.
    """

    id: int
    created_at: datetime | None = None
    name: str | None = None
    email: str | None = field(default=None, repr=False)
    mobile: str | None = None
    address: str | None = None
    state: str | None = None
    city: str | None = None
    postal_code: str | None = None
    country_id: str | None = None
    company: str | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Order:
    """What was bought.

    Attributes:
        id: The API's number of the order.
        code: The API's code of it, ``YYYYMMDD-`` and the number.
        package_id: The package that was bought.
        quantity: eSIMs that the API counts.
        currency: Currency of the amounts; ``USD``.
        type: ``sim`` or ``topup``.
        description: The text that it was ordered with.
        esim_type: ``Prepaid`` or ``local``.
        validity: Days.
        package: Operator and title, for people.
        data: Data allowance, for people, such as ``1 GB``.
        text: SMS included, or None.
        voice: Voice minutes included, or None.
        price: Airalo's retail price of one.
        net_price: What the partner pays for one; None under discount pricing.
        pricing_model: ``net_pricing`` or ``discount_pricing``.
        discount_percentage: Percent off the retail price.
        discount_amount: Taken off the price of one.
        unit_paid_price: Paid for one.
        total_amount_paid: Paid for all.
        created_at: When it was bought (UTC).
        manual_installation: How to install by hand (HTML).
        qrcode_installation: How to install by QR code (HTML).
        installation_guides: Link to a guide by language code.
        brand_settings_name: Brand that the eSIMs are shared under, or None.
        sims: The eSIMs; empty for a top-up, and in a list that did not include them.
        status: Where it stands, when it was asked for.
        user: The account that it belongs to, when it was asked for.
        request_id: The API's id of the async or future order that it came from; None for an ordinary one.
        shortfall: How many eSIMs fewer came than were asked for; 0 unless a purchase found it out.
        extra: Keys that this version does not know.
    """

    id: int
    code: str
    package_id: str
    quantity: int
    currency: str = "USD"
    type: str | None = None
    description: str | None = None
    esim_type: str | None = None
    validity: int | None = None
    package: str | None = None
    data: str | None = None
    text: int | str | None = None
    voice: int | str | None = None
    price: Money | None = None
    net_price: Money | None = None
    pricing_model: str | None = None
    discount_percentage: Decimal | None = None
    discount_amount: Money | None = None
    unit_paid_price: Money | None = None
    total_amount_paid: Money | None = None
    created_at: datetime | None = None
    manual_installation: str | None = field(default=None, repr=False)
    qrcode_installation: str | None = field(default=None, repr=False)
    installation_guides: Mapping[str, str] = field(factory=dict[str, str], hash=False)
    brand_settings_name: str | None = None
    sims: tuple[Sim, ...] = ()
    status: OrderState | None = None
    user: OrderUser | None = None
    request_id: str | None = None
    shortfall: int = field(default=0, metadata=LOCAL)
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
