"""Events: pushes, decoded. Each says one thing; they share nothing but where they came from."""

from __future__ import annotations

from attrs import field, frozen

from airalo_async.models._stored import JSON, StoredRequest
from airalo_async.models._wire import LOCAL, Extra
from airalo_async.models.broken import Broken
from airalo_async.models.money import Money
from airalo_async.models.orders import Order

__all__ = ["CreditLimit", "Event", "LowData", "OrderCompleted", "OrderFailed", "UnknownPush"]


@frozen
class OrderCompleted:
    """An async or future order was carried out.

    Attributes:
        order: What was bought.
        request_id: The API's 25-character id, or None when the push has none.
        request: What was asked for, with the caller's metadata; None when no stored request matches.
        push_id: Its place in the inbox; None for a body that was decoded outside of one.
        raw: The whole push, as parsed JSON.
    """

    order: Order
    request_id: str | None = None
    request: StoredRequest | None = field(default=None, hash=False)
    push_id: int | None = None
    raw: JSON = field(default=None, repr=False, hash=False)


@frozen
class OrderFailed:
    """An async or future order failed for good; nothing was delivered.

    Attributes:
        request_id: The API's 25-character id, or None when the push has none.
        code: Business code of Airalo, or None.
        reason: The API's own sentence.
        request: What was asked for, with the caller's metadata; None when no stored request matches.
        push_id: Its place in the inbox; None for a body that was decoded outside of one.
        raw: The whole push, as parsed JSON.
    """

    request_id: str | None = None
    code: int | None = None
    reason: str = ""
    request: StoredRequest | None = field(default=None, hash=False, metadata=LOCAL)
    push_id: int | None = field(default=None, metadata=LOCAL)
    raw: JSON = field(default=None, repr=False, hash=False, metadata=LOCAL)


@frozen
class LowData:
    """An eSIM runs out of data or of days.

    Attributes:
        iccid: The eSIM's serial number.
        level: What it is near: ``75%`` or ``90%`` of the data used, ``3days`` or ``1days`` left.
        package_name: The package, by a name like a slug.
        remaining_percentage: Percent of the data that is left, or None.
        request: Always None: the push names no order.
        push_id: Its place in the inbox; None for a body that was decoded outside of one.
        raw: The whole push, as parsed JSON.
        broken: What of it could not be read.
        extra: Keys that this version does not know.
    """

    iccid: str
    level: str
    package_name: str | None = None
    remaining_percentage: int | None = None
    request: StoredRequest | None = field(default=None, hash=False, metadata=LOCAL)
    push_id: int | None = field(default=None, metadata=LOCAL)
    raw: JSON = field(default=None, repr=False, hash=False, metadata=LOCAL)
    broken: tuple[Broken, ...] = ()
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class CreditLimit:
    """The account has used so much of its credit.

    Attributes:
        message: The API's own sentence, which holds the percentage.
        remaining: Credit that is left.
        request: Always None: the push names no order.
        push_id: Its place in the inbox; None for a body that was decoded outside of one.
        raw: The whole push, as parsed JSON.
        extra: Keys that this version does not know.
    """

    message: str
    remaining: Money
    request: StoredRequest | None = field(default=None, hash=False, metadata=LOCAL)
    push_id: int | None = field(default=None, metadata=LOCAL)
    raw: JSON = field(default=None, repr=False, hash=False, metadata=LOCAL)
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class UnknownPush:
    """A signed push that this version cannot decode.

    Attributes:
        reason: Why not.
        request: Always None.
        push_id: Its place in the inbox; None for a body that was decoded outside of one.
        raw: The whole push, as parsed JSON; its text when it is no JSON.
    """

    reason: str = ""
    request: StoredRequest | None = field(default=None, hash=False)
    push_id: int | None = None
    raw: JSON = field(default=None, repr=False, hash=False)


Event = OrderCompleted | OrderFailed | LowData | CreditLimit | UnknownPush
