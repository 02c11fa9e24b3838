"""What callers ask for. Each value checks itself when it is made, so that nothing wrong is ever sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from airalo_async.models._rules import check_email, check_int, check_metadata, check_text, check_url, refuse
from airalo_async.models._stored import JSON
from airalo_async.models._twins import plain_init

__all__ = ["EmailShare", "OrderRequest", "VoucherRequest"]

_SHARING_OPTIONS = ("link", "pdf")


def _as_tuple(value: Sequence[str]) -> Sequence[str]:
    # A lone string would fall apart into characters; it is left as it is and refused.
    return value if isinstance(value, str) or not isinstance(value, Sequence) else tuple(value)


@frozen
class EmailShare:
    """Ask Airalo to e-mail the eSIMs to somebody.

    Attributes:
        to_email: Who gets them.
        sharing_option: What is in the e-mail: ``link``, ``pdf`` or both.
        copy_address: Who gets a copy.

    Raises:
        ArgumentError: A rule is broken; nothing was sent.
    """

    to_email: str = field(repr=False)
    sharing_option: Sequence[str] = field(default=("link",), converter=_as_tuple)
    copy_address: Sequence[str] = field(default=(), converter=_as_tuple, repr=False)

    def __attrs_post_init__(self) -> None:
        check_email("to_email", self.to_email)
        options = self.sharing_option
        if not isinstance(options, tuple) or not options or any(option not in _SHARING_OPTIONS for option in options):
            raise refuse("sharing_option", "must be one or both of 'link' and 'pdf', in a list", options)
        if not isinstance(self.copy_address, tuple):
            raise refuse("copy_address", "must be a list of e-mail addresses", self.copy_address)
        for address in self.copy_address:
            check_email("copy_address", address)


@plain_init
@frozen
class OrderRequest:
    """An order to place.

    Attributes:
        package_id: The package's slug, as listed by ``packages.list``.
        quantity: eSIMs to buy, 1 to 50.
        description: The caller's text, at most 200 characters; the API keeps it with the order.
        reference: The caller's own key of this purchase, 1 to 255 characters; one is made up when it is None.
        metadata: The caller's own JSON object, kept in the store and handed back with every event; never sent.
        brand_settings_name: Brand that the eSIMs are shared under; None for none.
        share: Whom Airalo e-mails the eSIMs to, or None.
        webhook_url: Where the push goes, in place of the URL opted in with; async orders only.

    Raises:
        ArgumentError: A rule is broken; nothing was sent.
    """

    package_id: str
    quantity: int = field(default=1, kw_only=True)
    description: str | None = field(default=None, kw_only=True)
    reference: str | None = field(default=None, kw_only=True)
    metadata: Mapping[str, JSON] | None = field(default=None, kw_only=True, hash=False)
    brand_settings_name: str | None = field(default=None, kw_only=True)
    share: EmailShare | None = field(default=None, kw_only=True)
    webhook_url: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text("package_id", self.package_id)
        check_int("quantity", self.quantity, 1, 50)
        if self.description is not None:
            check_text("description", self.description, least=0, most=200)
        if self.reference is not None:
            check_text("reference", self.reference, most=255, control=True)
        if self.metadata is not None:
            check_metadata("metadata", self.metadata)
        if self.brand_settings_name is not None:
            check_text("brand_settings_name", self.brand_settings_name, least=0)
        if self.share is not None and not isinstance(self.share, EmailShare):
            raise refuse("share", "must be an EmailShare", self.share)
        if self.webhook_url is not None:
            check_url("webhook_url", self.webhook_url)


@frozen
class VoucherRequest:
    """eSIM vouchers of one package to buy.

    Attributes:
        package_id: The package's slug.
        quantity: Codes to buy, 1 to 100.
        booking_reference: The caller's text for them, echoed by the API; None for none.

    Raises:
        ArgumentError: A rule is broken; nothing was sent.
    """

    package_id: str
    quantity: int = field(default=1, kw_only=True)
    booking_reference: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text("package_id", self.package_id)
        check_int("quantity", self.quantity, 1, 100)
        if self.booking_reference is not None:
            check_text("booking_reference", self.booking_reference, least=0)
