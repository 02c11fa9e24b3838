"""Notifications: opt in and out, and have the simulator push."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from airalo_async import _codec, models
from airalo_async._wire import Request
from airalo_async.errors import DecodeError
from airalo_async.models._rules import (
    check_email,
    check_iccid,
    check_language,
    check_several,
    check_url,
    check_word,
    demand,
    refuse,
)
from airalo_async.resources._answers import read_answer

if TYPE_CHECKING:
    from collections.abc import Collection

    from airalo_async._pipeline import Pipeline
    from airalo_async.models import JSON, LowDataTrigger, Notification, NotificationKind, SimulatedEvent

__all__ = ["Notifications"]

_OPT_IN = "/v2/notifications/opt-in"
_OPT_OUT = "/v2/notifications/opt-out"
_SIMULATOR = "/v2/simulator/webhook"
_LEVELS = (50, 70, 80, 90)  # those of CreditLevel


class Notifications:
    """Notifications of the account. In the sandbox its settings take no effect; the simulator works."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def opt_in_async_orders(self, webhook_url: str) -> Notification:
        """Have the results of async and future orders pushed to a URL.

        Args:
            webhook_url: An absolute http or https URL. Airalo probes it with HEAD at once and expects 200.

        Raises:
            ArgumentError: It is no such URL; nothing was sent.
            InvalidRequestError: The API refused, for instance because the probe failed; nothing was changed.
            RequestError: No answer. Opting in again is harmless.

        Source:
            POST /v2/notifications/opt-in, Partner API documentation, 2026-09-19.
        """
        check_url("webhook_url", webhook_url)
        return await self._opt_in(models.NotificationKind.ASYNC_ORDERS, {"webhook_url": webhook_url})

    async def opt_in_low_data(
        self, *, webhook_url: str | None = None, email: str | None = None, language: str | None = None
    ) -> Notification:
        """Be told when an eSIM has used 75 % and 90 % of its data, and 3 days and 1 day before it ends.

        Args:
            webhook_url: An absolute http or https URL, probed with HEAD; or
            email: an e-mail address. Exactly one of the two.
            language: Language code of the e-mails; English if not given.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused; nothing was changed.
            RequestError: No answer. Opting in again is harmless.

        Source:
            POST /v2/notifications/opt-in, Partner API documentation, 2026-09-19.
        """
        kind = models.NotificationKind.WEBHOOK_LOW_DATA if email is None else models.NotificationKind.EMAIL_LOW_DATA
        return await self._opt_in(kind, _contact(webhook_url, email, language))

    async def opt_in_credit_limit(
        self,
        *,
        webhook_url: str | None = None,
        email: str | None = None,
        language: str | None = None,
        levels: Collection[int] = _LEVELS,
    ) -> Notification:
        """Be told when the account has used a share of its credit limit.

        Args:
            webhook_url: An absolute http or https URL, probed with HEAD; or
            email: an e-mail address. Exactly one of the two.
            language: Language code of the e-mails; English if not given.
            levels: Percent used at which to be told: one or more of 50, 70, 80 and 90.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: The API refused; nothing was changed.
            RequestError: No answer. Opting in again is harmless.

        Source:
            POST /v2/notifications/opt-in, Partner API documentation, 2026-09-19.
        """
        kind = (
            models.NotificationKind.WEBHOOK_CREDIT_LIMIT
            if email is None
            else models.NotificationKind.EMAIL_CREDIT_LIMIT
        )
        rule = "must be one or more of 50, 70, 80, 90"
        chosen = sorted({_level("levels", level) for level in check_several("levels", levels, rule)})
        demand("levels", rule, levels, kept=bool(chosen))
        return await self._opt_in(kind, {**_contact(webhook_url, email, language), "levels": chosen})

    async def get(self) -> Notification | None:
        """Look up what the account has opted in to; None when the API names nothing.

        Which of several the API shows, and what it answers when there is none, is not documented.

        Raises:
            NotFoundError: The API answers so when it has none.
            DecodeError: The answer is no notification.

        Source:
            GET /v2/notifications/opt-in, Partner API documentation, 2026-09-19.
        """
        response = await self._pipeline.call(Request(method="GET", path=_OPT_IN, route=_OPT_IN))
        return read_answer(response.body, _notification)

    async def opt_out(self, kind: NotificationKind | str) -> None:
        """Stop one kind of notification.

        Args:
            kind: A ``NotificationKind`` or its word, such as ``async_orders``.

        Raises:
            ArgumentError: It is no such kind; nothing was sent.
            InvalidRequestError: The API refused; nothing was changed.
            RequestError: No answer. Opting out again is harmless.

        Source:
            POST /v2/notifications/opt-out, Partner API documentation, 2026-09-19.
        """
        body = {"type": check_word("kind", kind, models.NotificationKind)}
        await self._pipeline.call(Request(method="POST", path=_OPT_OUT, route=_OPT_OUT, json=body))

    async def simulate(
        self,
        event: SimulatedEvent | str,
        *,
        type: LowDataTrigger | str | None = None,  # noqa: A002 (the API's own name)
        level: int | None = None,
        iccid: str | None = None,
        webhook_url: str | None = None,
    ) -> str:
        """Have Airalo push a made-up event, in the sandbox too. Limited to 5 calls a minute.

        Args:
            event: ``low_data_notification``, ``credit_limit_notification`` or ``async_order_notification``.
            type: For low data, and needed there: ``data_75``, ``data_90``, ``expire_1`` or ``expire_3``.
            level: For the credit limit, and needed there: 50, 70, 80 or 90 percent used.
            iccid: The eSIM that it tells of, 15 to 22 digits; made up if not given.
            webhook_url: Where to push, whether opted in or not; the URL opted in with, if not given.

        Returns:
            The API's own sentence, ``Notification sent``.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: Not opted in, or the webhook did not take the push.
            RequestError: No answer. The push may have come all the same.

        Source:
            POST /v2/simulator/webhook, Partner API documentation, 2026-09-19.
        """
        body: dict[str, JSON] = {"event": check_word("event", event, models.SimulatedEvent)}
        if type is not None or event == models.SimulatedEvent.LOW_DATA:
            body["type"] = check_word("type", type, models.LowDataTrigger)
        if level is not None or event == models.SimulatedEvent.CREDIT_LIMIT:
            body["level"] = _level("level", level)
        if iccid is not None:
            body["iccid"] = check_iccid("iccid", iccid)
        if webhook_url is not None:
            check_url("webhook_url", webhook_url)
            body["webhook_url"] = webhook_url
        response = await self._pipeline.call(Request(method="POST", path=_SIMULATOR, route=_SIMULATOR, json=body))
        return read_answer(response.body, _sentence)

    async def _opt_in(self, kind: NotificationKind, fields: Mapping[str, JSON]) -> Notification:
        body = {"type": str(kind), **fields}
        response = await self._pipeline.call(Request(method="POST", path=_OPT_IN, route=_OPT_IN, json=body))
        return read_answer(response.body, _made)


def _contact(webhook_url: str | None, email: str | None, language: str | None) -> dict[str, JSON]:
    if webhook_url is not None and email is None:
        check_url("webhook_url", webhook_url)
        return {"webhook_url": webhook_url}
    if email is not None and webhook_url is None:
        check_email("email", email)
        return {"email": email, "language": check_language("language", "en" if language is None else language)}
    raise refuse("webhook_url", "must be given, or email, and not both", webhook_url)


def _level(argument: str, value: object) -> int:
    level = value if isinstance(value, int) and not isinstance(value, bool) else 0
    demand(argument, "must be one of 50, 70, 80, 90", value, kept=level in _LEVELS)
    return int(level)


def _sentence(answer: JSON) -> str:
    said = answer.get("success") if isinstance(answer, Mapping) else None
    return said if isinstance(said, str) else ""


def _made(answer: JSON) -> Notification:
    notification = _notification(answer)
    if notification is None:
        message = "the answer has no notification; notifications.get tells whether it is on"
        raise DecodeError(message, path="data.notification")
    return notification


def _notification(answer: JSON) -> Notification | None:
    data = _codec.unwrap(answer)
    found = data.get("notification") if isinstance(data, Mapping) else data
    if not found:
        return None
    return _codec.decode(models.Notification, found, path="data.notification")
