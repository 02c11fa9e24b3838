"""The access token: fetched once for all who need it, renewed before it ends.

Theory of operation. A token is used until shortly before its end. From a while before that, one task fetches the next
one in the background. Without a usable token everybody waits for that same task, which belongs to nobody: whoever is
cancelled, the others get their token. A refused token is dropped only while it is still the current one, so a hundred
401s at once lead to one refresh. A fleet can share tokens by another class with the same two methods.
"""

from __future__ import annotations

import asyncio
import copy
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from airalo_async._auth._bearer import ACCEPT, Bearer, read_bearer
from airalo_async._outcome import Response, Sent
from airalo_async._retry import RETRYABLE, retry_after
from airalo_async._wire import TOKEN_ROUTE, Request, error_from, without
from airalo_async.errors import (
    AiraloError,
    AuthenticationError,
    NotSentError,
    RateLimitedError,
    RequestError,
)
from airalo_async.models._rules import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async._clock import Clock
    from airalo_async._limits import Limits
    from airalo_async._retry import Attempts, Timeouts
    from airalo_async._transport import Failure, Transport

__all__ = ["TokenCache"]

_log = logging.getLogger("airalo_async")

_RENEW_AGAIN_AFTER = 30.0


class TokenCache:
    """Tokens of one session.

    Args:
        client_id: Of the Partner Platform.
        client_secret: Of the Partner Platform.
        transport: Sends the token call.
        limits: Grants it.
        clock: Its monotonic time counts.
        timeouts: Its deadline bounds one refresh.
        attempts: Gives the tries of one refresh.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        transport: Transport,
        limits: Limits,
        clock: Clock,
        timeouts: Timeouts,
        attempts: Callable[[], Attempts],
    ) -> None:
        for name, value in (("client_id", client_id), ("client_secret", client_secret)):
            if not value or not value.isprintable():
                raise refuse(name, "must not be empty or hold control characters", value)
        form = {"client_id": client_id, "client_secret": client_secret, "grant_type": "client_credentials"}
        self._request = Request("POST", TOKEN_ROUTE, form=form)
        self._secrets = (client_secret, quote_plus(client_secret))
        self._transport = transport
        self._limits = limits
        self._clock = clock
        self._timeouts = timeouts
        self._attempts = attempts
        self._token: Bearer | None = None
        self._refresh: asyncio.Task[Bearer | AiraloError] | None = None
        self._refusal: AiraloError | None = None
        self._not_before = 0.0

    def __repr__(self) -> str:
        left = "none" if self._token is None else f"{self._token.ends_at - self._clock.monotonic():.0f} s left"
        return f"<TokenCache token={left}{' refreshing' if self._refresh is not None else ''}>"

    async def get(self, deadline: float) -> Bearer:
        """Give a token that can be used now.

        Args:
            deadline: Instant of the clock until which this caller can wait; the refresh goes on for the others.

        Raises:
            NotSentError: No token before the deadline.
            ResponseError: The API refused the credentials, or failed.
            DecodeError: The answer holds no token.
            RequestError: The token call had no usable answer.
        """
        token, now = self._token, self._clock.monotonic()
        if token is not None and now < token.ends_at:
            if now >= token.renew_at and now >= self._not_before:
                self._renew()
            return token
        if self._refresh is None:
            delay = self._limits.delay(self._request)
            if delay > 0 and self._refusal is not None:
                raise _copy(self._refusal)  # waiting would not change the answer
            if now + delay > deadline:
                message = f"Nothing was sent: the next access token can be asked for in {delay:.1f} s at the earliest."
                raise NotSentError(message, retry_after=delay)
        return await self._wait(self._renew(), deadline - now)

    def invalidate(self, token: Bearer) -> None:
        """Drop a token that the API refused, if it is still the current one."""
        if self._token is token:
            self._token = None

    async def close(self) -> None:
        """Stop a refresh that is under way."""
        task = self._refresh
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _renew(self) -> asyncio.Task[Bearer | AiraloError]:
        if self._refresh is None:
            self._refresh = asyncio.get_running_loop().create_task(self._fetch(), name="airalo_async token refresh")
            self._refresh.add_done_callback(self._renewed)
        return self._refresh

    def _renewed(self, task: asyncio.Task[Bearer | AiraloError]) -> None:
        self._refresh = None
        if task.cancelled():
            return
        result = task.result()
        if isinstance(result, Bearer):
            self._token, self._refusal = result, None
            _log.debug("token refreshed")
        else:
            self._refusal = result if isinstance(result, AuthenticationError) else None
            self._not_before = self._clock.monotonic() + _RENEW_AGAIN_AFTER
            _log.warning("token refresh failed: %s", result)

    async def _wait(self, task: asyncio.Task[Bearer | AiraloError], seconds: float) -> Bearer:
        try:
            async with self._clock.timeout(max(0.0, seconds)):
                await asyncio.wait([task])  # unlike awaiting the task, never cancels it and never raises its end
        except TimeoutError:
            raise NotSentError("Nothing was sent: no access token before the deadline.") from None
        if task.cancelled():
            raise NotSentError("Nothing was sent: the session was closed.")
        result = task.result()
        if isinstance(result, Bearer):
            return result
        raise _copy(result)

    async def _fetch(self) -> Bearer | AiraloError:
        """Get a token, or the error that says why there is none; only cancellation is raised.

        The wait for the first grant has no bound: those who wait for the token have their own.
        """
        attempts = self._attempts()
        try:
            granted_at = await self._grant()
            ends = self._clock.monotonic() + self._timeouts.deadline
            async with self._clock.timeout(self._timeouts.deadline):
                while True:
                    started = self._clock.monotonic()
                    timeouts = self._timeouts.within(ends - started)
                    result = await self._transport.send(self._request, ACCEPT, timeouts)
                    self._limits.settle(self._request, granted_at)
                    delay = self._delay(result, attempts, ends)
                    if delay is None:
                        return self._read(result, started)
                    await self._clock.sleep(delay)
                    granted_at = await self._grant(ends)
        except TimeoutError:
            return self._no_answer(f"no answer within {self._timeouts.deadline:g} s")
        except AiraloError as error:
            return error

    async def _grant(self, deadline: float | None = None) -> float:
        now = self._clock.monotonic()
        return now if self._limits.take(self._request) else await self._limits.wait(self._request, deadline=deadline)

    def _delay(self, result: Response | Failure, attempts: Attempts, ends: float) -> float | None:
        """Give the seconds until the next try, or None when this result is the last word."""
        left = ends - self._clock.monotonic()
        if not isinstance(result, Response):
            return attempts.again(left)
        if result.status == 429:
            asked = retry_after(result.headers, self._clock.time())
            if asked is not None:
                self._limits.pause(self._request, asked)
            return attempts.again(left, limited=True, after=asked)
        return attempts.again(left) if result.status in RETRYABLE else None

    def _read(self, result: Response | Failure, started: float) -> Bearer | AiraloError:
        if not isinstance(result, Response):
            return self._no_answer(result.detail, sent=result.sent)
        if result.status != 200:
            error = error_from(without(result, *self._secrets), self._request, purchase=False)
            if isinstance(error, RateLimitedError):
                error.retry_after = retry_after(result.headers, self._clock.time())
            return error
        return read_bearer(result.body, started)

    def _no_answer(self, detail: str, sent: Sent = Sent.MAYBE) -> AiraloError:
        address = self._transport.url_of(self._request)
        message = f"POST {TOKEN_ROUTE} got no answer: {detail}. Check the network and base_url."
        if sent is Sent.NO:
            return NotSentError(message, method="POST", url=address)
        return RequestError(message, method="POST", url=address)


def _copy(error: AiraloError) -> AiraloError:
    """Copy an error: one exception raised in many tasks would collect all their tracebacks."""
    again = copy.copy(error)
    again.__cause__ = error.__cause__
    return again
