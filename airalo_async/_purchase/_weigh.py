"""What came of sending, as evidence for the store, and as a value or an error for the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from airalo_async._purchase._answers import way_to_settle
from airalo_async.errors import AiraloError, DecodeError, NotSentError, Outcome, OutcomeUnknownError, ResponseError
from airalo_async.models import NoAnswer, Refusal, Refused, StoredRequest, Unsent

if TYPE_CHECKING:
    from airalo_async._outcome import Verdict
    from airalo_async._purchase._plan import Plan, Reading

__all__ = ["Setback", "weigh"]

T = TypeVar("T")


@frozen(eq=False, repr=False)
class Setback:
    """An attempt without a value for the caller: the evidence of it for the store, and what to raise."""

    evidence: Refused | Unsent | NoAnswer
    error: AiraloError


def weigh(plan: Plan[T], request: StoredRequest, verdict: Verdict) -> Reading[T] | Setback:
    """Turn what came of sending into a reading, or into what is known without one."""
    error = verdict.error
    if verdict.response is not None and error is None:
        return _read(plan, request, verdict.response.body)
    tag = request.attempt.tag
    detail = str(error) if error else ""
    if verdict.outcome is Outcome.REJECTED and isinstance(error, ResponseError):
        return Setback(Refused(Refusal(error.status, error.code, error.reason, error.fields), tag), error)
    if verdict.outcome is Outcome.NOT_SENT:
        return Setback(Unsent(tag, detail), error or NotSentError(detail))
    if isinstance(error, DecodeError):
        error.reference = request.reference
        return Setback(NoAnswer(tag, detail, placed=True, result=error.body), error)
    return Setback(NoAnswer(tag, detail), _unknown(request, verdict))


def _read(plan: Plan[T], request: StoredRequest, body: bytes) -> Reading[T] | Setback:
    try:
        return plan.read(body, request)
    except DecodeError as error:
        text = body.decode("utf-8", "replace")
        evidence = NoAnswer(request.attempt.tag, f"unreadable answer: {error.path}", placed=True, result=text)
        message = (
            f"{request.kind} {request.reference!r} was carried out, but its answer cannot be read at "
            f"{error.path or 'its start'}; the answer is in the store"
        )
        unreadable = DecodeError(
            message, path=error.path, body=text, reference=request.reference, outcome=Outcome.PLACED
        )
        # The local variables of its frames hold the answer, and with it the eSIMs.
        unreadable.__cause__ = error.with_traceback(None)
        return Setback(evidence, unreadable)


def _unknown(request: StoredRequest, verdict: Verdict) -> OutcomeUnknownError:
    cause = verdict.error
    message = (
        f"{request.kind} {request.reference!r} was sent and may have been carried out; "
        f"do not buy again under another reference; {way_to_settle(request.kind)}"
    )
    error = OutcomeUnknownError(
        message,
        method="POST",
        url=getattr(cause, "url", ""),
        reference=request.reference,
        request=request,
    )
    error.__cause__ = (cause and cause.__cause__) or cause  # what was seen, not the pipeline's own words for it
    return error
