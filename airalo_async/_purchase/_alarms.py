"""Alarms of stored requests, told where people look: in the log, and counted."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter

    from airalo_async.models import StoredRequest

__all__ = ["log_alarms"]

_log = logging.getLogger("airalo_async")


def log_alarms(before: StoredRequest, after: StoredRequest, counts: Counter[str]) -> StoredRequest:
    """Log and count the alarms that a change has raised."""
    for alarm in after.alarms[len(before.alarms) :]:
        counts[alarm.kind] += 1
        _log.error("alarm %s on %r: %s", alarm.kind, after.reference, alarm.detail)
    return after
