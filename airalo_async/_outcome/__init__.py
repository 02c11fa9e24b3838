"""What an answer, or the lack of one, proves about a purchase. Pure."""

from __future__ import annotations

from airalo_async._outcome._judge import (
    REFUSALS,
    Finding,
    Resend,
    Sent,
    Terms,
    Verdict,
    judge,
    judge_failure,
    refuses_token,
)
from airalo_async._outcome._reading import Reading, Response, Shape, is_html, read

__all__ = [
    "REFUSALS",
    "Finding",
    "Reading",
    "Resend",
    "Response",
    "Sent",
    "Shape",
    "Terms",
    "Verdict",
    "is_html",
    "judge",
    "judge_failure",
    "read",
    "refuses_token",
]
