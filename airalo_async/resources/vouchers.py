"""Vouchers: codes that a traveller redeems for eSIMs or credit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async._purchase import airmoney_plan, voucher_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from airalo_async._purchase import Purchases
    from airalo_async.models import JSON, AirmoneyVoucher, EsimVoucher, VoucherRequest

__all__ = ["Vouchers"]


class Vouchers:
    """Vouchers of the session."""

    def __init__(self, purchases: Purchases) -> None:
        self._purchases = purchases

    async def submit_esim(
        self,
        vouchers: Sequence[VoucherRequest],
        *,
        reference: str | None = None,
        metadata: Mapping[str, JSON] | None = None,
        resubmit: bool = False,
    ) -> tuple[EsimVoucher, ...]:
        """Buy eSIM voucher codes.

        Vouchers cannot be looked up at the API, so an answer that is lost stays lost: the request is UNRESOLVED at
        once, and only Airalo can tell.

        Args:
            vouchers: Packages, quantities (1 to 100 each) and booking references.
            reference: Your own key for this purchase, 1 to 255 characters; made up if not given.
            metadata: A JSON object that is kept with the request.
            resubmit: Your word that a purchase which stayed unresolved may be tried again; not before
                90 s have passed since it was sent (30 s more than a call may take).

        Returns:
            One row for each item, with its codes.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused; nothing was bought.
            NotSentError: Nothing left this machine; nothing was bought.
            OutcomeUnknownError: Sent without an answer. It may have been bought; ask Airalo.
            DecodeError: Bought, but the answer cannot be read; it is in the store.
            ReferenceConflictError: The reference was used for another purchase; nothing was sent.
            StoreError: Its ``outcome`` tells whether anything was sent.

        Source:
            POST /v2/voucher/esim, Partner API documentation, 2026-04-24.
        """
        return await self._purchases.submit(voucher_plan(vouchers, reference, metadata), resubmit=resubmit)

    async def submit_airmoney(
        self,
        amount: Decimal | float,
        *,
        quantity: int = 1,
        usage_limit: int | None = None,
        voucher_code: str | None = None,
        is_paid: bool | None = None,
        reference: str | None = None,
        metadata: Mapping[str, JSON] | None = None,
        resubmit: bool = False,
    ) -> tuple[AirmoneyVoucher, ...]:
        """Make airmoney vouchers: codes for credit.

        Only the official SDKs show this endpoint; whether every partner may use it is not known. Vouchers cannot be
        looked up, so an answer that is lost stays lost.

        Args:
            amount: What one is worth, in US dollars, 1 to 100,000.
            quantity: Vouchers to make, 1 to 100; 1 when a code is given.
            usage_limit: How often one can be used, 1 to 100,000.
            voucher_code: The code, at most 255 characters; made up by Airalo if not given.
            is_paid: Whether it is paid for.
            reference: Your own key for this purchase, 1 to 255 characters; made up if not given.
            metadata: A JSON object that is kept with the request.
            resubmit: Your word that a purchase which stayed unresolved may be tried again; not before
                90 s have passed since it was sent (30 s more than a call may take).

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused; nothing was bought.
            NotSentError: Nothing left this machine; nothing was bought.
            OutcomeUnknownError: Sent without an answer. It may have been bought; ask Airalo.
            DecodeError: Bought, but the answer cannot be read; it is in the store.
            ReferenceConflictError: The reference was used for another purchase; nothing was sent.
            StoreError: Its ``outcome`` tells whether anything was sent.

        Source:
            POST /v2/voucher/airmoney, official SDKs, 2026-02-02.
        """
        from decimal import Decimal  # noqa: PLC0415  (a session that sells none of these pays nothing)

        body: dict[str, JSON] = {
            "amount": float(amount) if isinstance(amount, Decimal) else amount,
            "quantity": quantity,
            "usage_limit": usage_limit,
            "voucher_code": voucher_code,
            "is_paid": is_paid,
        }
        return await self._purchases.submit(airmoney_plan(body, reference, metadata), resubmit=resubmit)
