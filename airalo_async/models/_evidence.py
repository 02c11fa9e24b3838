"""What can become known about a stored request: the rows of the transition table, as values.

``tag`` names the attempt that the evidence is about; None where the source does not tell.
"""

from __future__ import annotations

from attrs import field, frozen

from airalo_async.models._stored import PushKind, Refusal
from airalo_async.models._twins import plain_init

__all__ = [
    "Accepted",
    "Cancelled",
    "DeclaredUnsent",
    "Evidence",
    "Failed",
    "LeaseLapsed",
    "Mismatched",
    "NoAnswer",
    "NotVisible",
    "NothingFound",
    "Paid",
    "PushFacts",
    "Refused",
    "Unsent",
]


@plain_init
@frozen
class Paid:
    """An answer or push with the order, or an order found under the whole tag.

    Attributes:
        order_id: The API's order number; None when the body has none.
        order_code: The API's order code.
        delivered: Number of eSIMs or voucher codes in it; None when it cannot be told.
        result: The body, as JSON text.
        tag: Of the attempt.
        request_id: The API's request id, when the source carries one.
        echoed: Whether the order carries the tag that was sent; None where none was sent.
    """

    order_id: int | None
    order_code: str | None
    delivered: int | None
    result: str = field(repr=False)
    tag: str | None = None
    request_id: str | None = None
    echoed: bool | None = None


@frozen
class Accepted:
    """The API gave a request id."""

    request_id: str
    result: str
    tag: str | None = None


@frozen
class Failed:
    """A failure push, or the order found as failed."""

    refusal: Refusal
    request_id: str | None = None
    tag: str | None = None


@frozen
class Cancelled:
    """The API confirmed the cancellation of this request id."""

    request_id: str


@frozen
class Refused:
    """The API refused the attempt; only the holder of the mark may say so."""

    refusal: Refusal
    tag: str


@frozen
class Unsent:
    """No byte of the attempt was taken by the API; only the holder of the mark may say so."""

    tag: str
    detail: str = ""


@frozen
class DeclaredUnsent:
    """A person says that nothing was bought; taken only when no sender can be at work any more."""


@frozen
class NoAnswer:
    """The attempt was sent, or may have been, and got no usable answer.

    Attributes:
        tag: Of the attempt.
        detail: Short text of what happened.
        placed: Whether a 200 or 202 that could not be read proves that it was carried out.
        result: The unreadable answer, as text.
    """

    tag: str
    detail: str = ""
    placed: bool = False
    result: str | None = field(default=None, repr=False)


@frozen
class LeaseLapsed:
    """The sender's lease ran out, so its process is taken for dead."""


@frozen
class NothingFound:
    """A complete look at the API, late enough, found nothing.

    Attributes:
        earlier: Codes of orders under the same first part with another mark.
        tag: Of the attempt that was latest when the look began.
    """

    earlier: tuple[str, ...] = ()
    tag: str | None = None


@frozen
class NotVisible:
    """A complete look at the API found nothing, too early to tell.

    Attributes:
        earlier: Codes of orders under the same first part with another mark.
        tag: Of the attempt that was latest when the look began.
    """

    earlier: tuple[str, ...] = ()
    tag: str | None = None


@frozen
class Mismatched:
    """An order under the whole tag, but for another package or more eSIMs.

    Attributes:
        detail: The order codes and what differs.
        tag: Of the attempt that was latest when the look began.
    """

    detail: str
    tag: str | None = None


Evidence = (
    DeclaredUnsent
    | Paid
    | Accepted
    | Failed
    | Cancelled
    | Refused
    | Unsent
    | NoAnswer
    | LeaseLapsed
    | NotVisible
    | NothingFound
    | Mismatched
)


@plain_init
@frozen
class PushFacts:
    """What a verified push says, as far as storing and matching it needs.

    Attributes:
        kind: What it says.
        key: Duplicate key, made from the verified canonical form.
        window: Seconds for which the key holds; None for good.
        request_id: The API's id that it carries.
        tag: The whole tag that its description starts with.
        evidence: What it proves about its stored request; None for a push that is about no order.
        undecodable: Why it cannot be decoded, else empty.
    """

    kind: PushKind
    key: str
    window: float | None = None
    request_id: str | None = None
    tag: str | None = None
    evidence: Paid | Failed | None = None
    undecodable: str = ""
