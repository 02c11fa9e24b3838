"""Every error of the library, and what each one says about money.

::

    AiraloError                      .outcome (None where no purchase is concerned)
    ├── ArgumentError (ValueError)   a rule was broken before sending         .argument .rule
    ├── RequestError                 no usable answer                         .method .url
    │   ├── NotSentError             nothing left this machine; safe to repeat  .retry_after
    │   └── OutcomeUnknownError      may have been carried out                .reference .request
    ├── ResponseError                the API said no    .status .code .reason .fields .headers .body
    │   ├── AuthenticationError      401, and 422 of the token call
    │   ├── PermissionDeniedError    403, and 401 on an order of somebody else
    │   ├── NotFoundError            404
    │   ├── InvalidRequestError      400, 422
    │   │   ├── InsufficientCreditError     code 11
    │   │   ├── OperatorMaintenanceError    code 13
    │   │   ├── OutOfStockError             codes 33 and 34
    │   │   ├── TopUpDisabledError          code 23
    │   │   └── RecycledSimError            code 73
    │   ├── RateLimitedError         429                                      .retry_after
    │   └── ServerError              5xx of calls that buy nothing
    ├── DecodeError                  an answer that does not fit              .path .body .reference
    ├── OrderFailedError             an async or future order ended in failure  .request .code .reason
    │   └── OrderCancelledError
    ├── ReferenceConflictError       a reference used again for another purchase  .reference
    ├── UnknownReferenceError (LookupError)   the store has no such request   .reference
    ├── StoreError                   the store could not be read or written   .result
    └── WebhookError                 a push was refused                       .status to answer with
        ├── SignatureError           401
        ├── PayloadError             400
        └── PayloadTooLargeError     413

Every error can be pickled. No message ever contains a secret, a token or eSIM activation data.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airalo_async.models import StoredRequest

__all__ = [
    "AiraloError",
    "ArgumentError",
    "AuthenticationError",
    "DecodeError",
    "InsufficientCreditError",
    "InvalidRequestError",
    "NotFoundError",
    "NotSentError",
    "OperatorMaintenanceError",
    "OrderCancelledError",
    "OrderFailedError",
    "OutOfStockError",
    "Outcome",
    "OutcomeUnknownError",
    "PayloadError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "RateLimitedError",
    "RecycledSimError",
    "ReferenceConflictError",
    "RequestError",
    "ResponseError",
    "ServerError",
    "SignatureError",
    "StoreError",
    "TopUpDisabledError",
    "UnknownReferenceError",
    "WebhookError",
]


class Outcome(Enum):
    """What is known about a purchase.

    Attributes:
        NOT_SENT: No byte of it reached the API; it may be repeated.
        REJECTED: The API refused it; nothing was bought.
        UNKNOWN: It may have been carried out; it must not be repeated.
        PLACED: It was carried out.
    """

    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    PLACED = "placed"


class AiraloError(Exception):
    """Base of every error that this library raises on purpose.

    Attributes:
        outcome: What is known about the purchase; None where no purchase is concerned.
    """

    def __init__(self, message: str = "", *, outcome: Outcome | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome


class ArgumentError(AiraloError, ValueError):
    """An argument breaks a rule; nothing was sent and nothing was bought.

    Attributes:
        argument: Name of the argument.
        rule: The rule that it breaks.
    """

    def __init__(self, message: str = "", *, argument: str = "", rule: str = "") -> None:
        super().__init__(message or f"{argument}: {rule}", outcome=Outcome.NOT_SENT)
        self.argument = argument
        self.rule = rule


class RequestError(AiraloError):
    """A call got no usable answer.

    Attributes:
        method: HTTP method of the call.
        url: URL of the call, without its query.
    """

    def __init__(self, message: str = "", *, method: str = "", url: str = "", outcome: Outcome | None = None) -> None:
        super().__init__(message, outcome=outcome)
        self.method = method
        self.url = url


class NotSentError(RequestError):
    """Nothing left this machine, so nothing was bought; it is safe to repeat the call.

    Attributes:
        retry_after: Seconds to wait before the next try when a limit was the reason, else None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        method: str = "",
        url: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, method=method, url=url, outcome=Outcome.NOT_SENT)
        self.retry_after = retry_after


class OutcomeUnknownError(RequestError):
    """A purchase may have been carried out; what is known of it is in the store.

    Attributes:
        reference: The caller's key of the purchase.
        request: The stored request, or None when the store could not be read.
    """

    def __init__(
        self,
        message: str = "",
        *,
        method: str = "",
        url: str = "",
        reference: str = "",
        request: StoredRequest | None = None,
        outcome: Outcome = Outcome.UNKNOWN,
    ) -> None:
        super().__init__(message, method=method, url=url, outcome=outcome)
        self.reference = reference
        self.request = request


class ResponseError(AiraloError):
    """The API answered, and said no.

    Attributes:
        status: HTTP status.
        code: Business code of Airalo, such as 33, or None.
        reason: The API's own sentence.
        fields: Message by field name for a validation error, else empty.
        headers: Headers of the answer, names in lower case.
        body: The answer as text, at most 64 KiB of it.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        code: int | None = None,
        reason: str = "",
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        outcome: Outcome | None = None,
    ) -> None:
        super().__init__(message, outcome=outcome)
        self.status = status
        self.code = code
        self.reason = reason
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})
        self.body = body


class AuthenticationError(ResponseError):
    """The credentials or the token were refused."""


class PermissionDeniedError(ResponseError):
    """The credentials are good, but not for this: another company's order, or an IP address not allowed."""


class NotFoundError(ResponseError):
    """There is no such thing."""


class InvalidRequestError(ResponseError):
    """The API refused the request as it is; nothing was bought."""


class InsufficientCreditError(InvalidRequestError):
    """The account has too little Airalo credit (code 11)."""


class OperatorMaintenanceError(InvalidRequestError):
    """The operator is undergoing maintenance (code 13)."""


class OutOfStockError(InvalidRequestError):
    """The package is invalid or out of stock, or too few eSIMs remain (codes 33 and 34)."""


class TopUpDisabledError(InvalidRequestError):
    """The operator has disabled this top-up (code 23)."""


class RecycledSimError(InvalidRequestError):
    """The eSIM has been recycled (code 73)."""


class RateLimitedError(ResponseError):
    """Too many requests, and waiting would have outlasted the deadline.

    Attributes:
        retry_after: Seconds that the API asked to wait, or None when it did not say.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 429,
        code: int | None = None,
        reason: str = "",
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        outcome: Outcome | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            status=status,
            code=code,
            reason=reason,
            fields=fields,
            headers=headers,
            body=body,
            outcome=outcome,
        )
        self.retry_after = retry_after


class ServerError(ResponseError):
    """The API failed (5xx) in a call that buys nothing."""


class DecodeError(AiraloError):
    """An answer does not fit; for a purchase the outcome is PLACED and the body is in the store.

    Attributes:
        path: JSON path of the value that does not fit, such as ``data.sims[0].iccid``.
        body: The answer as text.
        reference: The caller's key when a purchase is concerned, else None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        path: str = "",
        body: str = "",
        reference: str | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        super().__init__(message, outcome=outcome)
        self.path = path
        self.body = body
        self.reference = reference


class OrderFailedError(AiraloError):
    """An async or future order ended in failure; nothing was delivered.

    Attributes:
        request: The stored request.
        code: Business code of Airalo, or None.
        reason: The API's own sentence.
    """

    def __init__(
        self,
        message: str = "",
        *,
        request: StoredRequest | None = None,
        code: int | None = None,
        reason: str = "",
        outcome: Outcome = Outcome.REJECTED,
    ) -> None:
        super().__init__(message, outcome=outcome)
        self.request = request
        self.code = code
        self.reason = reason


class OrderCancelledError(OrderFailedError):
    """The future order was cancelled; nothing was delivered."""


class ReferenceConflictError(AiraloError):
    """The reference was used before for another purchase; nothing was sent.

    Attributes:
        reference: The caller's key.
    """

    def __init__(self, message: str = "", *, reference: str = "") -> None:
        super().__init__(message, outcome=Outcome.NOT_SENT)
        self.reference = reference


class UnknownReferenceError(AiraloError, LookupError):
    """The store has no request under this reference or request id.

    Attributes:
        reference: What was looked for.
    """

    def __init__(self, message: str = "", *, reference: str = "") -> None:
        super().__init__(message)
        self.reference = reference


class StoreError(AiraloError):
    """The store could not be read or written.

    Before sending, the outcome is NOT_SENT. After the answer it is PLACED or UNKNOWN and the answer rides along.

    Attributes:
        result: The decoded answer that could not be stored, or None.
    """

    def __init__(self, message: str = "", *, outcome: Outcome | None = None, result: object = None) -> None:
        super().__init__(message, outcome=outcome)
        self.result = result


class WebhookError(AiraloError):
    """A push was refused; nothing of it was stored.

    Attributes:
        status: HTTP status to answer with.
    """

    status = 400


class SignatureError(WebhookError):
    """The signature is missing, malformed or wrong."""

    status = 401


class PayloadError(WebhookError):
    """The body cannot be a push."""

    status = 400


class PayloadTooLargeError(WebhookError):
    """The body is over the cap."""

    status = 413
