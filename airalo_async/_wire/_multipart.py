"""A body as ``multipart/form-data``, which the documentation of some endpoints asks for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airalo_async.models import JSON

__all__ = ["multipart"]


def multipart(fields: Mapping[str, JSON]) -> tuple[bytes, str]:
    """Write texts and lists of texts, a list as ``name[]`` repeated, as PHP reads it; gives body and content type.

    Names are ours and plain; a text can hold anything, so the boundary is a hash of all of them.
    """
    pairs = [pair for name, value in fields.items() for pair in _pairs(name, value)]
    boundary = hashlib.sha256(repr(pairs).encode("utf-8", "surrogatepass")).hexdigest()[:40]
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in pairs
    ]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _pairs(name: str, value: JSON) -> list[tuple[str, str]]:
    if isinstance(value, list | tuple):
        return [(f"{name}[]", str(item)) for item in value]
    return [(name, str(value))]
