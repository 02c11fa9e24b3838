"""What a test can set on the fake."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from attrs import define, field

__all__ = ["Behaviour"]

_A_DAY = 86_400.0
_A_YEAR = 31_622_400


@define(kw_only=True, eq=False)
class Behaviour:
    """Settings of a fake; each can be given at construction and changed at any time.

    Attributes:
        client_id: The partner's id.
        client_secret: The partner's secret; also the key of every signature.
        sandbox: Whether the company is in sandbox mode: no balance change, future orders processed at once,
            5 requests a second for each client and endpoint.
        auto_push: Whether a finished async or future order is pushed by itself.
        processing_time: Seconds between accepting an async order and placing it; None leaves it until ``push`` or
            ``process``.
        pricing: The company's pricing model.
        discount_percentage: Percent off under ``discount_pricing``.
        credit: Balance in US dollars.
        credit_limit: Balance at which the credit-limit percentages are zero, in US dollars.
        stock: eSIMs left by package; a package that is not named never runs out.
        topup_limit: Top-ups that one eSIM may have, or None for any number.
        brands: Names that ``brand_settings_name`` may take.
        allowed_ips: Addresses and networks that may call, or None for all.
        token_lifetime: Seconds that a token is good for.
        announced_lifetime: Seconds that ``expires_in`` claims; the API itself claims a year for a token of a day.
        usage_cache: Seconds for which the answer about an eSIM's usage stays the same; None for the documented time.
        limits: Whether requests are counted against the documented limits.
        limit_scale: Factor on the number of calls that each limit allows.
        descriptions: What becomes of an order's description: kept, dropped, or truncated to ``description_length``.
        description_length: Characters that a truncated description keeps.
        shortfall: eSIMs (or voucher codes) missing from each order that follows.
        list_delay: Seconds before a new order shows in the order list.
        push_shape: Where a push carries its request_id: ``top`` beside the data, ``inside`` it, or ``flat``.
        push_signing: ``body`` signs the bytes sent; ``php`` sends an indented body signed over its PHP form; ``none``
            and ``wrong`` are what a stranger sends.
        voucher_error_status: Status of an error of the voucher endpoint; the documentation files it under 200.
        airmoney_nested: Whether an airmoney voucher comes as an array in an array.
        indexed_pages: Whether catalogue pages after the first are objects keyed by index.
        remote_webhooks: Whether pushes and probes may leave this machine. If not, a webhook elsewhere passes for alive
            and is never called: tests do without the network, and without its name servers.
        seed: Makes ids the same in every run; without one no two fakes give the same ids, so that a store may outlive
            a fake.
        has_account: Whether there is a balance account; without one the balances are an empty array.
    """

    client_id: str = "fake-client-id"
    client_secret: str = field(default="fake-client-secret", repr=False)
    sandbox: bool = False
    auto_push: bool = False
    processing_time: float | None = 0.0
    pricing: Literal["net_pricing", "discount_pricing"] = "net_pricing"
    discount_percentage: int = 10
    credit: Decimal = field(default=Decimal(1_000_000), converter=Decimal)
    credit_limit: Decimal = field(default=Decimal(1_000_000), converter=Decimal)
    stock: dict[str, int] = field(factory=dict)
    topup_limit: int | None = None
    brands: set[str] = field(factory=lambda: {"our perfect brand"})
    allowed_ips: tuple[str, ...] | None = None
    token_lifetime: float = _A_DAY
    announced_lifetime: int = _A_YEAR
    usage_cache: float | None = None
    limits: bool = True
    limit_scale: float = 1.0
    descriptions: Literal["kept", "dropped", "truncated"] = "kept"
    description_length: int = 24
    shortfall: int = 0
    list_delay: float = 0.0
    push_shape: Literal["top", "inside", "flat"] = "top"
    push_signing: Literal["body", "php", "none", "wrong"] = "body"
    voucher_error_status: Literal[200, 422] = 422
    airmoney_nested: bool = False
    indexed_pages: bool = False
    remote_webhooks: bool = False
    seed: int | None = None
    has_account: bool = True
