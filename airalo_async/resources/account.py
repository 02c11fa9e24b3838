"""The account: balance, refunds, exchange rates, and the devices that can take an eSIM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from airalo_async import _codec, models
from airalo_async._purchase import refund_plan
from airalo_async._wire import Request
from airalo_async.models._rules import check_pattern, check_several, written_day
from airalo_async.resources._answers import model_of, read_answer
from airalo_async.resources._rows import read_rows, reader_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from airalo_async._pipeline import Pipeline
    from airalo_async._purchase import Purchases
    from airalo_async.models import JSON, Balance, Device, ExchangeRates, Page, Refund, RefundReason

__all__ = ["Account"]

_BALANCE = "/v2/balance"
_RATES = "/v2/finance/exchange-rates"
_DEVICES = "/v2/compatible-devices"
_CURRENCY = r"[A-Za-z]{3}"


class Account:
    """What belongs to the account as a whole."""

    def __init__(self, pipeline: Pipeline, purchases: Purchases) -> None:
        self._pipeline = pipeline
        self._purchases = purchases

    async def balance(self) -> Balance | None:
        """Look up what may still be spent; None when the company has no account.

        Raises:
            DecodeError: The answer is no balance.

        Source:
            GET /v2/balance, Partner API documentation, 2026-09-19.
        """
        response = await self._pipeline.call(Request(method="GET", path=_BALANCE, route=_BALANCE))
        return read_answer(response.body, _balance)

    async def request_refund(
        self,
        iccids: Collection[str],
        *,
        reason: RefundReason | str,
        notes: str | None = None,
        email: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, JSON] | None = None,
        resubmit: bool = False,
    ) -> Refund:
        """Ask for the price of eSIMs back, as Airalo credit. Limited to 5 calls a minute.

        That the request was taken up does not mean that it is granted: people decide on it, and what they decide cannot
        be asked for. So it is kept in the store, and sent no more often than a purchase would be.

        Args:
            iccids: The eSIMs, 1 to 5 different ones of 15 to 22 digits.
            reason: A ``RefundReason`` or its word, such as ``NO_COVERAGE``.
            notes: What the people who decide should know, 1 to 255 characters; must be given for ``OTHERS``.
            email: Where they answer.
            reference: Your own key for this request, 1 to 255 characters; made up if not given.
            metadata: A JSON object that is kept with the request.
            resubmit: Your word that a request which stayed unresolved may be sent again; not before
                90 s have passed since it was sent (30 s more than a call may take).

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused, for instance because an eSIM is not yours; nothing was asked for.
            NotSentError: Nothing left this machine; nothing was asked for.
            RateLimitedError: Waiting for the limit would have outlasted the deadline; nothing was asked for.
            OutcomeUnknownError: Sent without an answer. It may have been taken up; ask Airalo.
            ReferenceConflictError: The reference was used for another request; nothing was sent.

        Source:
            POST /v2/refund, Partner API documentation, 2026-09-19.
        """
        request = models.RefundRequest(iccids, reason=reason, notes=notes, email=email)
        return await self._purchases.submit(refund_plan(request, reference, metadata), resubmit=resubmit)

    async def exchange_rates(self, *, date: date | None = None, to: Collection[str] = ()) -> ExchangeRates:
        """Look up what a US dollar is worth in other currencies.

        Args:
            date: The day; today if not given. Of an aware datetime, the day in UTC.
            to: Three-letter codes of currencies; all if none is given.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API has no rates for the day or a currency.

        Source:
            GET /v2/finance/exchange-rates, official Python SDK 1.0.3, 2026-07.
        """
        query = []
        if date is not None:
            query.append(("date", written_day("date", date)))
        if to:
            query.append(("to", _currencies(to)))
        response = await self._pipeline.call(Request(method="GET", path=_RATES, route=_RATES, query=tuple(query)))
        return read_answer(response.body, model_of(models.ExchangeRates))

    async def compatible_devices(self, *, lite: bool = True) -> Page[Device]:
        """List the devices that can take an eSIM. The API repeats some.

        Args:
            lite: Leave the model codes out; the list with them is deprecated.

        Raises:
            DecodeError: The answer is no list.

        Source:
            GET /v2/compatible-devices-lite and /v2/compatible-devices, Partner API documentation, 2026-09-19.
        """
        path = f"{_DEVICES}-lite" if lite else _DEVICES
        response = await self._pipeline.call(Request(method="GET", path=path, route=path))
        return read_answer(response.body, lambda answer: read_rows(answer, reader_of(models.Device), path))


def _balance(answer: JSON) -> Balance | None:
    data = _codec.unwrap(answer)
    found = data.get("balances") if isinstance(data, Mapping) else data
    if not found:
        return None
    return _codec.decode(models.Balance, found, path="data.balances")


def _currencies(to: Collection[str]) -> str:
    rule = "must be currency codes of three letters"
    chosen = check_several("to", to.split(",") if isinstance(to, str) else to, rule)
    codes = (check_pattern("to", code, _CURRENCY, rule) for code in chosen)
    return ",".join(dict.fromkeys(code.upper() for code in codes))
