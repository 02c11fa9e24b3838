"""One purchase as a value: what is sent, how it is recorded, and how its answer is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Generic, TypeVar

from attrs import frozen

from airalo_async._wire import Request
from airalo_async.models import JSON, Accepted, Kind, Paid, StoredRequest
from airalo_async.models._rules import refuse
from airalo_async.models._twins import plain_init
from airalo_async.stores._base import NewPurchase

__all__ = ["PATHS", "UNLISTED", "Plan", "Reading"]

T = TypeVar("T")

_to_text = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_EARLIEST = timedelta(days=2)
_LATEST = timedelta(days=365, minutes=1)  # the date was rounded up to whole minutes

PATHS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.ORDER: "/v2/orders",
        Kind.ASYNC_ORDER: "/v2/orders-async",
        Kind.FUTURE_ORDER: "/v2/future-orders",
        Kind.TOP_UP: "/v2/orders/topups",
        Kind.ESIM_VOUCHER: "/v2/voucher/esim",
        Kind.AIRMONEY_VOUCHER: "/v2/voucher/airmoney",
        Kind.REFUND: "/v2/refund",
    }
)
"""Where each kind of purchase is posted."""

UNLISTED = frozenset({Kind.ESIM_VOUCHER, Kind.AIRMONEY_VOUCHER, Kind.REFUND})
"""What cannot be looked up at the API, so that a lost answer stays lost."""


@frozen(eq=False, repr=False)
class Reading(Generic[T]):
    """What an answer says: the value for the caller, and the evidence for the store."""

    value: T
    evidence: Paid | Accepted


@plain_init
@frozen(eq=False, repr=False)
class Plan(Generic[T]):
    """One purchase, validated, before anything is sent.

    Attributes:
        kind: What is asked for.
        reference: The caller's own key.
        named: Whether the caller gave the reference, so that the store may know it already.
        body: The JSON body, without description.
        text: The caller's description; None where the endpoint has none, so that no tag can be sent.
        package_id: Package asked for; None for vouchers and refunds.
        quantity: eSIMs or voucher codes asked for.
        metadata: The caller's own JSON object.
        due_at: When a future order comes due (UTC).
        read: Reads an answer; raises ``DecodeError`` when it does not fit.
        rebuild: Makes the value for the caller from a stored request that is ACCEPTED or COMPLETED.
    """

    kind: Kind
    reference: str
    named: bool
    body: Mapping[str, JSON]
    text: str | None
    package_id: str | None
    quantity: int
    metadata: Mapping[str, JSON]
    read: Callable[[bytes, StoredRequest], Reading[T]]
    rebuild: Callable[[StoredRequest], T]
    due_at: datetime | None = None

    def check_due(self, now: datetime) -> None:
        """Refuse a due date out of the API's range; only before sending, a repeated submit may come later."""
        if self.due_at is not None and not now + _EARLIEST <= self.due_at <= now + _LATEST:
            raise refuse("due_date", "must be two days to one year from now (UTC)", self.due_at)

    def fingerprint(self) -> str:
        """Hash kind and whole body, without the tag."""
        whole = [self.kind, self.text, self.body]
        return hashlib.sha256(_to_text(whole).encode()).hexdigest()

    def purchase(self, tag: str) -> NewPurchase:
        """Make the record of a new attempt under its tag."""
        return NewPurchase(
            reference=self.reference,
            kind=self.kind,
            fingerprint=self.fingerprint(),
            package_id=self.package_id,
            quantity=self.quantity,
            metadata=self.metadata,
            tag=tag,
            due_at=self.due_at,
        )

    def request(self, tag: str) -> Request:
        """Make the call of an attempt; its tag is the first word of the description."""
        body = dict(self.body)
        if self.text is not None:
            body["description"] = f"{tag} {self.text}".rstrip()
        if self.kind is Kind.REFUND:  # as documented; unlike the others, no official SDK shows it taking JSON
            return Request(method="POST", path=PATHS[self.kind], multipart=body)
        return Request(method="POST", path=PATHS[self.kind], json=body)
