"""One exchange with the API within a deadline: its grant, its sending, and the wait before the next one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from attrs import frozen

from airalo_async._auth import Bearer
from airalo_async._outcome import Response, Sent
from airalo_async._pipeline._results import name_of
from airalo_async._retry import RETRYABLE, retry_after
from airalo_async._transport import Failure, Transport
from airalo_async._wire import Request
from airalo_async.errors import NotSentError
from airalo_async.models._twins import plain_init

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airalo_async._clock import Clock
    from airalo_async._limits import Limits
    from airalo_async._retry import Attempts, Timeouts

__all__ = ["Exchange", "Prepared"]

_log = logging.getLogger("airalo_async")


@plain_init
@frozen(eq=False, repr=False)
class Prepared:
    """A call that can be sent at once.

    Attributes:
        request: What to send.
        token: With which token.
        granted_at: Instant of the clock at which the limits allowed it.
        ends_at: Instant of the clock at which its deadline is.
    """

    request: Request
    token: Bearer
    granted_at: float
    ends_at: float


class Exchange:
    """Sends under limits and deadlines.

    Args:
        transport: Sends.
        limits: Grants.
        clock: Deadlines are instants of its monotonic time.
        timeouts: Those of the phases.
    """

    def __init__(self, transport: Transport, limits: Limits, clock: Clock, timeouts: Timeouts) -> None:
        self._transport = transport
        self._limits = limits
        self._clock = clock
        self._timeouts = timeouts

    def url_of(self, request: Request) -> str:
        """Give the address of a call without its query."""
        return self._transport.url_of(request)

    def left(self, ends_at: float) -> float:
        """Give the seconds until a deadline, 0 when it has passed."""
        return max(0.0, ends_at - self._clock.monotonic())

    async def grant(self, request: Request, ends_at: float) -> float:
        """Wait until the limits allow a call; gives the instant at which they did.

        Raises:
            NotSentError: That cannot be before the deadline; raised as soon as it is known.
        """
        started = self._clock.monotonic()
        if self._limits.take(request):
            return started
        try:
            async with self._clock.timeout(self.left(ends_at)):
                granted_at = await self._limits.wait(request, deadline=ends_at)
        except TimeoutError:
            raise self._not_granted(request, "Nothing was sent: no grant of the limits before the deadline.") from None
        except NotSentError as error:
            raise self._not_granted(request, str(error), error.retry_after) from None
        _log.debug("%s %s waited %.2f s for its limits", request.method, request.route, granted_at - started)
        return granted_at

    async def send(self, prepared: Prepared, *, fresh: bool) -> Response | Failure:
        """Send once what was granted; no answer at the deadline is a failure that proves nothing."""
        request, granted_at = prepared.request, prepared.granted_at
        left = self.left(prepared.ends_at)
        if not left:
            return Failure(Sent.NO, TimeoutError("the deadline passed before sending"))
        timeouts = self._timeouts.within(left)
        result: Response | Failure
        try:
            async with self._clock.timeout(left):
                result = await self._transport.send(request, prepared.token.headers, timeouts, fresh=fresh)
        except TimeoutError:
            result = Failure(Sent.MAYBE, TimeoutError("no answer before the deadline"))
        self._limits.settle(request, granted_at)
        if _log.isEnabledFor(logging.DEBUG):
            took = self._clock.monotonic() - granted_at
            _log.debug("%s %s: %s, %.3f s after its grant", request.method, request.route, name_of(result), took)
        return result

    def delay(self, request: Request, result: Response | Failure, attempts: Attempts, ends_at: float) -> float | None:
        """Give the seconds until a call is tried again, or None when this result is the last word.

        A purchase is asked about only when it is proved not to have been carried out.
        """
        left = self.left(ends_at)
        if isinstance(result, Failure):
            return attempts.again(left) if request.idempotent or result.sent is Sent.NO else None
        if result.status == 429:
            return self._delay_limited(request, result, attempts, left)
        if request.idempotent and result.status in RETRYABLE:
            return attempts.again(left, after=retry_after(result.headers, self._clock.time()))
        return None

    def _delay_limited(self, request: Request, answer: Response, attempts: Attempts, left: float) -> float | None:
        """Pause what the API found used up. The limiter does the waiting, so that all its callers queue."""
        asked = retry_after(answer.headers, self._clock.time())
        delay = attempts.again(left, limited=True, after=asked)
        pause = delay if asked is None else asked
        if pause is not None:
            self._limits.pause(request, pause, count=_limit_of(answer.headers))
            _log.warning("%s %s: 429, paused for %.1f s", request.method, request.route, pause)
        return None if delay is None else 0.0

    def _not_granted(self, request: Request, message: str, after: float | None = None) -> NotSentError:
        return NotSentError(message, method=request.method, url=self.url_of(request), retry_after=after)


def _limit_of(headers: Mapping[str, str]) -> int | None:
    """Read which limit the API means, where it says so."""
    text = headers.get("x-ratelimit-limit", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
