"""What an answer, or the lack of one, proves about a purchase.

Pure, and a whitelist in both directions: a purchase counts as refused or unsent only where the rules below say so.
Whatever they do not name is UNKNOWN, because the price of a wrong "it was not bought" is buying twice.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from airalo_async._outcome._reading import Reading, Response, Shape, is_html, read
from airalo_async.errors import AiraloError, Outcome
from airalo_async.models._twins import plain_init

__all__ = [
    "REFUSALS",
    "Finding",
    "Resend",
    "Sent",
    "Terms",
    "Verdict",
    "judge",
    "judge_failure",
    "refuses_token",
]

REFUSALS = frozenset({11, 13, 14, 23, 33, 34, 43, 73, 89})
"""Business codes that prove a refusal. 53 ("something unexpected happened") and every unlisted one do not."""

_VALIDATION = frozenset({400, 422})
_CARRIED_OUT = frozenset({200, 202})
_FORBIDDEN_ACTION = "this action is unauthorized."


class Sent(Enum):
    """Whether a request reached the API when no answer could be had of it.

    Attributes:
        NO: Proved that not a byte of it left.
        MAYBE: It may have been read and carried out.
        ANSWERED: The status line was 2xx, but the body did not arrive whole.
    """

    NO = "no"
    MAYBE = "maybe"
    ANSWERED = "answered"


class Resend(Enum):
    """What would allow a request to be sent once more.

    Attributes:
        NEVER: Nothing; this is the last word.
        RECONNECT: Nothing left this machine; it may be sent as it is.
        REFRESH: The token was refused before the request was looked at; once, with a new token.
        WAIT: The limiter in front of the API turned it away; after the wait that it asked for.
    """

    NEVER = "never"
    RECONNECT = "reconnect"
    REFRESH = "refresh"
    WAIT = "wait"


@frozen(eq=False, repr=False)
class Terms:
    """What is special about the answers to one request.

    Attributes:
        items: Separate purchases in it; of several, one refused says nothing about the others.
        listed: A success carries a list in ``data``, so an object of texts there is a refusal whatever the status.
        worded: Refusals come as a sentence without a field name (shape B).
    """

    items: int = 1
    listed: bool = False
    worded: bool = False


@frozen
class Finding:
    """What is proved, and what would allow sending once more."""

    outcome: Outcome
    retry: Resend = Resend.NEVER


@plain_init
@frozen(eq=False, repr=False)
class Verdict:
    """How a purchase ended, as far as this process can know.

    Attributes:
        outcome: What is known about it.
        response: The answer, if there was one; with an error and outcome PLACED only the part that arrived.
        error: What to raise; None when the answer is there to be read.
        retry: What would have allowed sending once more.
    """

    outcome: Outcome
    response: Response | None = None
    error: AiraloError | None = None
    retry: Resend = Resend.NEVER


_PLACED = Finding(Outcome.PLACED)
_REJECTED = Finding(Outcome.REJECTED)
_UNKNOWN = Finding(Outcome.UNKNOWN)


def refuses_token(status: int, reading: Reading) -> bool:
    """Tell whether a new token may help: a 401 that is not about an order of somebody else."""
    return status == 401 and reading.reason.lower() != _FORBIDDEN_ACTION


def judge(response: Response, terms: Terms) -> Finding:
    """Say what an answer to a purchase proves."""
    status = response.status
    if status in _CARRIED_OUT:
        return _judge_success(response, terms)
    reading = read(response)
    if status == 429:
        return Finding(Outcome.NOT_SENT, Resend.WAIT)
    if status == 401:
        return Finding(Outcome.REJECTED, Resend.REFRESH if refuses_token(status, reading) else Resend.NEVER)
    refused = _forbids(status, reading) or _refuses(status, reading, terms)
    return _REJECTED if refused else _UNKNOWN


def judge_failure(sent: Sent, response: Response | None = None) -> Finding:
    """Say what the lack of a whole answer to a purchase proves.

    Args:
        sent: Whether the request reached the API.
        response: What arrived of the answer, when its status line did.
    """
    if sent is Sent.NO:
        return Finding(Outcome.NOT_SENT, Resend.RECONNECT)
    if sent is Sent.ANSWERED and response is not None and response.status in _CARRIED_OUT and not is_html(response):
        return _PLACED
    return _UNKNOWN


def _judge_success(response: Response, terms: Terms) -> Finding:
    if is_html(response):
        return _UNKNOWN
    return _REJECTED if terms.listed and read(response).shape is Shape.FIELDS else _PLACED


def _forbids(status: int, reading: Reading) -> bool:
    """A 403 by the API itself; a page may come from a firewall that looked at the answer, not at the request."""
    return status == 403 and reading.shape is not Shape.HTML and (reading.code is None or reading.code in REFUSALS)


def _refuses(status: int, reading: Reading, terms: Terms) -> bool:
    if reading.shape is Shape.CODE:
        return 400 <= status < 500 and reading.code in REFUSALS and terms.items == 1
    if status not in _VALIDATION:
        return False
    if reading.shape is Shape.REASON:
        return status == 422 and terms.items == 1
    return reading.shape is Shape.FIELDS or (terms.worded and reading.shape is Shape.SENTENCE)
