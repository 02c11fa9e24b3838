"""The API's documented limits as data, and a limiter that stays under them."""

from __future__ import annotations

from airalo_async._limits._documented import DOCUMENTED, SANDBOX, Limit, Scope, locate
from airalo_async._limits._limiter import Limiter
from airalo_async._limits._protocols import Call, Limits

__all__ = ["DOCUMENTED", "SANDBOX", "Call", "Limit", "Limiter", "Limits", "Scope", "locate"]
