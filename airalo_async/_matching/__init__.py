"""The one transition table: what a piece of evidence does to a stored request.

Pure. A store calls ``decide`` inside its own transaction, so that two pieces of evidence that arrive at once are
weighed one after the other. Evidence never takes anything back: nothing leaves COMPLETED, and what cannot be true
together with what is known is kept as an alarm.
"""

from __future__ import annotations

from airalo_async._matching._decide import Decision, decide
from airalo_async._matching._table import RESUBMIT, TRANSITIONS, check_same, may_attempt

__all__ = ["RESUBMIT", "TRANSITIONS", "Decision", "check_same", "decide", "may_attempt"]
