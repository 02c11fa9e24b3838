"""The names of redis-py that the store uses; the one place that imports it."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as DisconnectedError
from redis.exceptions import TimeoutError as SilentError

__all__ = [
    "AuthenticationError",
    "BusyLoadingError",
    "DisconnectedError",
    "NoBackoff",
    "NoScriptError",
    "OutOfMemoryError",
    "ReadOnlyError",
    "Redis",
    "RedisError",
    "ResponseError",
    "Retry",
    "SilentError",
]
