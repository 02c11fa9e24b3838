"""Asyncio SDK for the Airalo Partner API: never buy twice, never lose a push, test both without the network.

Names are resolved when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airalo_async import errors, models
    from airalo_async._limits import Limit
    from airalo_async._pipeline import Timeouts
    from airalo_async._retry import RetryPolicy
    from airalo_async._version import __version__
    from airalo_async.models import (
        ActivationCode,
        EmailShare,
        Money,
        OrderRequest,
        PackageOffer,
        VoucherRequest,
    )
    from airalo_async.models.outcomes import BulkItem, Unresolved
    from airalo_async.resources import Listing
    from airalo_async.session import PRODUCTION_URL, AiraloSession
    from airalo_async.stores import MemoryStore, PostgresStore, RedisStore, SQLiteStore, open_store

__all__ = [
    "PRODUCTION_URL",
    "ActivationCode",
    "AiraloSession",
    "BulkItem",
    "EmailShare",
    "Limit",
    "Listing",
    "MemoryStore",
    "Money",
    "OrderRequest",
    "PackageOffer",
    "PostgresStore",
    "RedisStore",
    "RetryPolicy",
    "SQLiteStore",
    "Timeouts",
    "Unresolved",
    "VoucherRequest",
    "__version__",
    "errors",
    "models",
    "open_store",
]

_HOMES = {
    "PRODUCTION_URL": "session",
    "ActivationCode": "models",
    "AiraloSession": "session",
    "BulkItem": "models.outcomes",
    "EmailShare": "models",
    "Limit": "_limits",
    "Listing": "resources",
    "MemoryStore": "stores",
    "Money": "models",
    "OrderRequest": "models",
    "PostgresStore": "stores",
    "RedisStore": "stores",
    "PackageOffer": "models",
    "RetryPolicy": "_retry",
    "SQLiteStore": "stores",
    "Timeouts": "_pipeline",
    "Unresolved": "models.outcomes",
    "VoucherRequest": "models",
    "__version__": "_version",
    "open_store": "stores",
}


def __getattr__(name: str) -> object:
    if name in ("errors", "models"):
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
