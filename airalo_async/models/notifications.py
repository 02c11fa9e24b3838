"""Notifications: what the account has asked to be told, and where."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra

__all__ = ["CreditLevel", "LowDataTrigger", "Notification", "NotificationKind", "SimulatedEvent"]


class NotificationKind(StrEnum):
    """What one can opt in to."""

    ASYNC_ORDERS = "async_orders"
    WEBHOOK_LOW_DATA = "webhook_low_data"
    EMAIL_LOW_DATA = "email_low_data"
    WEBHOOK_CREDIT_LIMIT = "webhook_credit_limit"
    EMAIL_CREDIT_LIMIT = "email_credit_limit"


class SimulatedEvent(StrEnum):
    """What the simulator can push."""

    LOW_DATA = "low_data_notification"
    CREDIT_LIMIT = "credit_limit_notification"
    ASYNC_ORDER = "async_order_notification"


class LowDataTrigger(StrEnum):
    """What a simulated low-data push tells.

    Attributes:
        DATA_75: 75 % of the data are used.
        DATA_90: 90 % of the data are used.
        EXPIRE_1: One day is left.
        EXPIRE_3: Three days are left.
    """

    DATA_75 = "data_75"
    DATA_90 = "data_90"
    EXPIRE_1 = "expire_1"
    EXPIRE_3 = "expire_3"


class CreditLevel(IntEnum):
    """Shares of the credit limit, in percent used, at which the account can be told."""

    P50 = 50
    P70 = 70
    P80 = 80
    P90 = 90


@frozen
class Notification:
    """One thing that the account has opted in to.

    Attributes:
        type: The kind; a word that this version does not know is a plain string.
        contact_point: The webhook's URL, or the e-mail address.
        language: Language code of the e-mails; None for a webhook.
        levels: Percent of the credit limit used, at which it is sent; empty for the other kinds.
        extra: Keys that this version does not know.
    """

    type: NotificationKind | str
    contact_point: str | None = None
    language: str | None = None
    levels: tuple[int, ...] = ()
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
