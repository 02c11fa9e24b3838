"""The webhook receiver: verifies, stores, matches and dispatches pushes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airalo_async._push import decode_event
    from airalo_async._signature import sign, verify_signature
    from airalo_async.models.events import CreditLimit, Event, LowData, OrderCompleted, OrderFailed, UnknownPush
    from airalo_async.webhooks._intake import Reply
    from airalo_async.webhooks._receiver import WebhookReceiver
    from airalo_async.webhooks._stats import Stats

__all__ = [
    "CreditLimit",
    "Event",
    "LowData",
    "OrderCompleted",
    "OrderFailed",
    "Reply",
    "Stats",
    "UnknownPush",
    "WebhookReceiver",
    "decode_event",
    "sign",
    "verify_signature",
]

_HOMES = {
    "CreditLimit": "airalo_async.models.events",
    "Event": "airalo_async.models.events",
    "LowData": "airalo_async.models.events",
    "OrderCompleted": "airalo_async.models.events",
    "OrderFailed": "airalo_async.models.events",
    "Reply": "airalo_async.webhooks._intake",
    "Stats": "airalo_async.webhooks._stats",
    "UnknownPush": "airalo_async.models.events",
    "WebhookReceiver": "airalo_async.webhooks._receiver",
    "decode_event": "airalo_async._push",
    "sign": "airalo_async._signature",
    "verify_signature": "airalo_async._signature",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
