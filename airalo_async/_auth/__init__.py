"""The access token: fetched once for all who need it, renewed before it ends."""

from __future__ import annotations

from airalo_async._auth._bearer import Bearer, Tokens
from airalo_async._auth._cache import TokenCache

__all__ = ["Bearer", "TokenCache", "Tokens"]
