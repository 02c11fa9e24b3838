"""An answer that is not a success, turned into the error that a caller can act on."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import evolve

from airalo_async._outcome import Reading, Response, Shape, judge, read, refuses_token
from airalo_async._wire._request import TOKEN_ROUTE, terms
from airalo_async.errors import (
    AuthenticationError,
    InsufficientCreditError,
    InvalidRequestError,
    NotFoundError,
    OperatorMaintenanceError,
    Outcome,
    OutcomeUnknownError,
    OutOfStockError,
    PermissionDeniedError,
    RateLimitedError,
    RecycledSimError,
    ResponseError,
    ServerError,
    TopUpDisabledError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airalo_async._wire._request import Request
    from airalo_async.errors import AiraloError

__all__ = ["error_from", "rejected_token", "without"]

_MOST_BODY = 64 * 1024
_MOST_REASON = 500

_BY_CODE: Mapping[int, type[ResponseError]] = MappingProxyType(
    {
        11: InsufficientCreditError,
        13: OperatorMaintenanceError,
        23: TopUpDisabledError,
        33: OutOfStockError,
        34: OutOfStockError,
        73: RecycledSimError,
        89: PermissionDeniedError,
    }
)

_BY_STATUS: Mapping[int, type[ResponseError]] = MappingProxyType(
    {
        400: InvalidRequestError,
        401: AuthenticationError,
        403: PermissionDeniedError,
        404: NotFoundError,
        422: InvalidRequestError,
    }
)

_CURE_BY_CODE: Mapping[int, str] = MappingProxyType(
    {
        11: "Add Airalo credit in the Partner Platform, then repeat.",
        13: "Repeat later, or choose a package of another operator.",
        14: "The request's signature does not fit the client secret; send it unsigned or mend the signature.",
        23: "Choose another top-up package (sims.topup_packages lists them).",
        33: "Ask for fewer eSIMs, or repeat later.",
        34: "Check the package id against packages.list, or repeat later.",
        43: "Compare the arguments with the API's rules.",
        53: "The API failed half way; look for the order before repeating.",
        73: "Order a new eSIM; this one can no longer be used.",
        89: "Add this machine's address to the API IP allowlist in the Partner Platform.",
    }
)

_CURE_BY_STATUS: Mapping[int, str] = MappingProxyType(
    {
        401: "The token was refused; check that client_id and client_secret are still valid in the Partner Platform.",
        403: "The credentials are valid but may not do this; ask the Airalo account manager.",
        404: "Check the id in the call.",
        429: "Make fewer calls, or give the call a longer deadline.",
    }
)


def error_from(response: Response, request: Request, *, purchase: bool, url: str = "") -> AiraloError:
    """Make the error of an answer.

    Args:
        response: The answer; not a success, or the refusal that eSIM vouchers file under 200.
        request: What it answers.
        purchase: Whether money is concerned. Then the error carries the outcome, and one that proves nothing
            becomes the cause of an ``OutcomeUnknownError``.
        url: Address of the call without its query, for the message's reader.
    """
    outcome = judge(response, terms(request)).outcome if purchase else None
    error = _response_error(response, request, outcome)
    if outcome is not Outcome.UNKNOWN:
        return error
    unknown = OutcomeUnknownError(
        f"{request.method} {request.route} may have been carried out: HTTP {response.status}{_of(error)}. "
        "Look for it before repeating.",
        method=request.method,
        url=url or request.path,
    )
    unknown.__cause__ = error
    return unknown


def rejected_token(response: Response) -> bool:
    """Tell whether sending once more with a new token may help."""
    return response.status == 401 and refuses_token(401, read(response))


def without(response: Response, *secrets: str) -> Response:
    """Strike secrets out of a body: an error page of a server in debug mode shows the request that it got."""
    body = response.body
    for secret in secrets:
        body = body.replace(secret.encode(), b"***")
    return response if body is response.body else evolve(response, body=body)


def _response_error(response: Response, request: Request, outcome: Outcome | None) -> ResponseError:
    reading = read(response)
    kind = _kind(response.status, reading, request)
    message = f"{request.method} {request.route}: HTTP {response.status}{_code_of(reading)}"
    return kind(
        " ".join(filter(None, (f"{message}: {_said(reading)}.", _cure(response, reading, request)))),
        status=response.status,
        code=reading.code,
        reason=reading.reason,
        fields=reading.fields,
        headers=response.headers,
        body=response.body[:_MOST_BODY].decode("utf-8", "replace"),
        outcome=outcome,
    )


def _kind(status: int, reading: Reading, request: Request) -> type[ResponseError]:
    if status == 429:
        return RateLimitedError
    if status >= 500:
        return ServerError
    if reading.code is not None and reading.code in _BY_CODE:
        return _BY_CODE[reading.code]
    if request.route == TOKEN_ROUTE and status in {400, 401, 422}:
        return AuthenticationError
    if status == 401 and not refuses_token(status, reading):
        return PermissionDeniedError
    if status < 300 and reading.fields:
        return InvalidRequestError
    return _BY_STATUS.get(status, ResponseError)


def _code_of(reading: Reading) -> str:
    return f", code {reading.code}" if reading.code is not None else ""


def _of(error: ResponseError) -> str:
    code = f", code {error.code}" if error.code is not None else ""
    return f"{code} ({error.reason[:_MOST_REASON].rstrip('. ')})" if error.reason else code


def _said(reading: Reading) -> str:
    """Repeat what the API said, one line and bounded."""
    if reading.fields:
        said = "; ".join(f"{name}: {text}" for name, text in reading.fields.items())
    elif reading.shape is Shape.HTML:
        said = f"a web page instead of an answer ({reading.reason or 'no title'})"
    else:
        said = reading.reason or "no reason given"
    return " ".join(said.split())[:_MOST_REASON].rstrip(". ")


def _cure(response: Response, reading: Reading, request: Request) -> str:
    if reading.code is not None and reading.code in _CURE_BY_CODE:
        return _CURE_BY_CODE[reading.code]
    if request.route == TOKEN_ROUTE and response.status in {400, 401, 422}:
        return "Check client_id and client_secret in the Partner Platform."
    if 300 <= response.status < 400:
        return "Redirects are not followed; check base_url."
    if response.status == 401 and not refuses_token(401, reading):
        return "It belongs to another company, or is not there."
    if response.status >= 500:
        return "Repeat later."
    if reading.fields:
        return "Mend the fields that it names."
    return _CURE_BY_STATUS.get(response.status, "")
