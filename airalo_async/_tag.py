"""Tags: the one thread that leads from an order at the API back to a stored request.

The API has no idempotency key, but it echoes ``description`` and can search it. So the first word of every description
is ``ref-`` + 16 base32 characters + ``-`` + 8 base32 characters: a hash of client id and reference, then the attempt's
mark. The first part finds; only the whole tag settles. Lower case, and no ``%`` or ``_``, because the search is a LIKE.
"""

from __future__ import annotations

import hashlib
import os
import re

__all__ = ["find_tag", "first_part", "make_tag", "new_reference"]

_MARK = 8
_HASH = 16
# The 32 letters, eight times over: any byte names one of them, all equally often.
_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567" * 8
_TAG = re.compile(r"ref-[a-z2-7]{16}-[a-z2-7]{8}(?=\s|\Z)")


def first_part(client_id: str, reference: str) -> str:
    """Derive the part of a tag that all attempts of one reference share."""
    digest = hashlib.sha256(f"{client_id}\0{reference}".encode("utf-8", "surrogatepass")).digest()
    return "ref-" + _word(digest[:_HASH])


def make_tag(client_id: str, reference: str) -> str:
    """Make the tag of a new attempt, with a mark of 40 random bits."""
    return f"{first_part(client_id, reference)}-{_word(os.urandom(_MARK))}"


def find_tag(description: object) -> str | None:
    """Find the whole tag that a description starts with, or None."""
    if not isinstance(description, str):
        return None
    found = _TAG.match(description)
    return found[0] if found else None


def new_reference() -> str:
    """Make a reference of 128 random bits for a caller who gives none."""
    return os.urandom(16).hex()


def _word(data: bytes) -> str:
    """Write one letter, 5 bits, of each byte."""
    return data.translate(_LETTERS).decode("ascii")
