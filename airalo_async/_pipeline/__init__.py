"""One call of the API: token, limits, send, interpret, retry."""

from __future__ import annotations

from airalo_async._pipeline._exchange import Prepared
from airalo_async._pipeline._pipeline import Pipeline
from airalo_async._retry import Timeouts

__all__ = ["Pipeline", "Prepared", "Timeouts"]
