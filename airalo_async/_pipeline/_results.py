"""What one exchange came to, as an error or a verdict. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async._outcome import Response, Sent, Verdict, judge, judge_failure
from airalo_async._retry import retry_after
from airalo_async._transport import Failure
from airalo_async._wire import Request, error_from, terms, without
from airalo_async.errors import (
    AiraloError,
    DecodeError,
    NotSentError,
    Outcome,
    OutcomeUnknownError,
    RateLimitedError,
    RequestError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async._auth import Bearer

    UrlOf = Callable[[Request], str]

__all__ = ["error_of", "name_of", "stopped", "verdict_of", "without_token"]


def name_of(result: Response | Failure) -> str:
    """Name a result in a log line."""
    return result.detail if isinstance(result, Failure) else f"HTTP {result.status}"


def error_of(request: Request, result: Response | Failure, token: Bearer, *, url_of: UrlOf, now: float) -> AiraloError:
    """Make the error of a call that buys nothing.

    Args:
        request: What was sent.
        result: What came of it; not a success.
        token: Struck out of what the API said.
        url_of: Gives the address of a call without its query.
        now: Wall time in seconds, for ``Retry-After``.
    """
    if isinstance(result, Response):
        return _said_no(request, result, token, url=url_of(request), now=now, purchase=False)
    name, url = f"{request.method} {request.route}", url_of(request)
    error: AiraloError
    if result.sent is Sent.NO:
        error = NotSentError(f"{name} was not sent: {result.detail}.", method=request.method, url=url)
    else:
        doubt = "" if request.idempotent else " It may have been carried out."
        error = RequestError(f"{name} had no usable answer: {result.detail}.{doubt}", method=request.method, url=url)
    error.__cause__ = result.error
    return error


def verdict_of(request: Request, result: Response | Failure, token: Bearer, *, url_of: UrlOf, now: float) -> Verdict:
    """Say what is known of a purchase; arguments as of ``error_of``."""
    if isinstance(result, Failure):
        finding = judge_failure(result.sent, result.response)
        error = _failed(request, result, finding.outcome, url_of(request))
        return Verdict(finding.outcome, result.response, error, finding.retry)
    finding = judge(result, terms(request))
    if finding.outcome is Outcome.PLACED:
        return Verdict(finding.outcome, result)
    error = _said_no(request, result, token, url=url_of(request), now=now, purchase=True)
    return Verdict(finding.outcome, result, error, finding.retry)


def stopped(verdict: Verdict, error: Exception) -> Verdict:
    """Keep what is known of a purchase, and tell why it was not sent again."""
    if verdict.error is not None:
        verdict.error.__cause__ = error
    return verdict


def without_token(request: Request, error: AiraloError, *, url: str) -> NotSentError:
    """Say that a purchase was not sent because no token could be had."""
    after = error.retry_after if isinstance(error, NotSentError | RateLimitedError) else None
    message = f"{request.method} {request.route} was not sent, for want of a token: {error}"
    return NotSentError(message, method=request.method, url=url, retry_after=after)


def _failed(request: Request, failure: Failure, outcome: Outcome, url: str) -> AiraloError:
    name = f"{request.method} {request.route}"
    error: AiraloError
    if outcome is Outcome.NOT_SENT:
        error = NotSentError(f"{name} was not sent: {failure.detail}.", method=request.method, url=url)
    elif outcome is Outcome.PLACED:
        body = failure.response.body.decode("utf-8", "replace") if failure.response else ""
        message = f"{name} was carried out, but its answer did not arrive whole: {failure.detail}."
        error = DecodeError(message, body=body, outcome=outcome)
    else:
        message = f"{name} may have been carried out: {failure.detail}. Look for it before repeating."
        error = OutcomeUnknownError(message, method=request.method, url=url)
    error.__cause__ = failure.error
    return error


def _said_no(request: Request, answer: Response, token: Bearer, *, url: str, now: float, purchase: bool) -> AiraloError:
    answer = without(answer, token.value)
    error = error_from(answer, request, purchase=purchase, url=url)
    if isinstance(error, RateLimitedError):
        error.retry_after = retry_after(answer.headers, now)
    return error
