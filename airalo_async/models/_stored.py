"""What the store keeps: one record for each purchase and one for each push."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from airalo_async.errors import Outcome
from airalo_async.models._twins import plain_init

__all__ = [
    "JSON",
    "Alarm",
    "Attempt",
    "Kind",
    "PushKind",
    "PushState",
    "Refusal",
    "State",
    "StoredPush",
    "StoredRequest",
]

JSON = Mapping[str, "JSON"] | Sequence["JSON"] | str | int | float | bool | None
"""A value that JSON can carry."""


class Kind(StrEnum):
    """What a stored request asks for."""

    ORDER = "order"
    ASYNC_ORDER = "async_order"
    FUTURE_ORDER = "future_order"
    TOP_UP = "top_up"
    ESIM_VOUCHER = "esim_voucher"
    AIRMONEY_VOUCHER = "airmoney_voucher"
    REFUND = "refund"


class State(StrEnum):
    """Where a stored request stands.

    Attributes:
        SENDING: An attempt is under way, under a lease.
        ACCEPTED: The API gave a request id; the result comes later.
        COMPLETED: Bought; the order is in the store.
        FAILED: The API said that it failed.
        CANCELLED: Cancelled before it was due.
        REJECTED: The API refused it.
        NOT_SENT: No byte of it left this machine.
        UNKNOWN: It may have been bought.
        UNRESOLVED: A complete look a day or more after sending found nothing; a person should look.
    """

    SENDING = "sending"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    UNRESOLVED = "unresolved"


@frozen
class Refusal:
    """Why a request was refused or failed.

    Attributes:
        status: HTTP status; 0 when it came by push.
        code: Business code of Airalo, or None.
        reason: The API's own sentence.
        fields: Message by field name.
    """

    status: int = 0
    code: int | None = None
    reason: str = ""
    fields: Mapping[str, str] = field(factory=dict[str, str])


@frozen
class Alarm:
    """Something about a stored request that a person should see.

    Attributes:
        kind: ``contradiction``, ``twin``, ``shortfall``, ``untagged``, ``mismatch``, ``earlier_orders`` or
            ``unresolved``.
        detail: What was seen: states, order codes, numbers.
        at: When it was raised (UTC).
    """

    kind: str
    detail: str
    at: datetime


@plain_init
@frozen
class Attempt:
    """One try to send a purchase; never overwritten by another.

    Attributes:
        number: 1 for the first.
        tag: First word of the description: finds the order at the API; its last 8 characters are the mark.
        owner: The process and session that sent it.
        started_at: When it was committed as SENDING (UTC, the store's clock).
        lease_until: Until when its sender is taken for alive (UTC); pushed on before each re-send.
        request_id: The API's 25-character id, once known.
        order_id: The API's order number, once known.
        outcome: What became of it; None while SENDING, or ACCEPTED without a result.
        detail: Short text of what happened, without secrets.
    """

    number: int
    tag: str
    owner: str
    started_at: datetime
    lease_until: datetime
    request_id: str | None = None
    order_id: int | None = None
    outcome: Outcome | None = None
    detail: str = ""

    @property
    def mark(self) -> str:
        """The 8 random characters that tell this attempt from every other."""
        return self.tag[-8:]


@plain_init
@frozen
class StoredRequest:
    """The store's record of one purchase.

    Attributes:
        reference: The caller's own key, 1 to 255 characters, unique in the store.
        kind: What was asked for.
        fingerprint: SHA-256 (hex) of kind and whole body, without the tag.
        package_id: Package that was asked for; None for vouchers and refunds.
        quantity: eSIMs or voucher codes that were asked for.
        metadata: The caller's own JSON object, handed back with every event.
        state: Where it stands.
        attempts: Every try to send it, oldest first.
        created_at: When it was first stored (UTC).
        updated_at: When it last changed (UTC).
        due_at: When a future order comes due (UTC), else None.
        request_id: The API's id of the latest attempt that got one.
        order_id: The API's order number, once bought.
        order_code: The API's order code, once bought.
        result: The latest answer or push that counts, as JSON text; None before, and after purging.
        placed: Whether a 200 or 202 that could not be read proves that it was carried out.
        refusal: Why it was refused or failed, else None.
        alarms: What a person should see.
        looks: How often the API was asked for it without finding it.
        looked_at: When it was last asked for (UTC).
        version: Number of committed changes; grows by one with each.
    """

    reference: str
    kind: Kind
    fingerprint: str
    package_id: str | None
    quantity: int
    metadata: Mapping[str, JSON]
    state: State
    attempts: tuple[Attempt, ...]
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None = None
    request_id: str | None = None
    order_id: int | None = None
    order_code: str | None = None
    result: str | None = field(default=None, repr=False)
    placed: bool = False
    refusal: Refusal | None = None
    alarms: tuple[Alarm, ...] = ()
    looks: int = 0
    looked_at: datetime | None = None
    version: int = 1

    @property
    def attempt(self) -> Attempt:
        """The latest attempt."""
        return self.attempts[-1]


class PushKind(StrEnum):
    """What a push says."""

    ORDER_COMPLETED = "order_completed"
    ORDER_FAILED = "order_failed"
    LOW_DATA = "low_data"
    CREDIT_LIMIT = "credit_limit"
    UNKNOWN = "unknown"


class PushState(StrEnum):
    """Where a push stands in the inbox.

    Attributes:
        PARKED: An order push that no stored request matches yet.
        PENDING: Waits for its handler, or is with one under a lease.
        DONE: Its handler returned.
        DEAD: Its handler failed too often, or it cannot be decoded; a person should look.
        WITHHELD: Kept, but not dispatched, because an earlier push or answer stands against it.
    """

    PARKED = "parked"
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"
    WITHHELD = "withheld"


@plain_init
@frozen
class StoredPush:
    """One push in the inbox.

    Attributes:
        id: Its place in the order of commits.
        key: Duplicate key.
        kind: What it says.
        body: The push as it came, or None after purging.
        form: Which form of it the signature matched (``raw``, ``php``), or ``reconciled`` for what asking the API told.
        received_at: When it was committed (UTC).
        state: Where it stands.
        reference: Of the stored request that it was matched to, else None.
        request_id: The API's id that it carries, else None.
        tag: The whole tag that it carries, else None.
        tries: How often a handler was started with it.
        next_at: Not dispatched before this time (UTC).
        lease_until: Until when its handler is taken for alive (UTC), else None.
        fence: Number of claims so far; an acknowledgement with a smaller one is stale.
        error: What the last handler raised, as short text.
        given_unmatched: Whether ``on_unmatched`` has had it.
    """

    id: int
    key: str
    kind: PushKind
    body: bytes | None = field(repr=False)
    form: str
    received_at: datetime
    state: PushState
    reference: str | None = None
    request_id: str | None = None
    tag: str | None = None
    tries: int = 0
    next_at: datetime | None = None
    lease_until: datetime | None = None
    fence: int = 0
    error: str = ""
    given_unmatched: bool = False

    @property
    def due_at(self) -> datetime:
        """The time before which it is not to be claimed (UTC): its back-off, or the end of its lease."""
        if self.next_at is None:
            return self.received_at if self.lease_until is None else self.lease_until
        return self.next_at if self.lease_until is None else max(self.next_at, self.lease_until)
