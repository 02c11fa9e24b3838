"""JSON as Airalo writes it, and the signatures over it.

Written apart from the client's half on purpose: an emulator that shared the verifier's code would share its mistakes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SIGNATURE_HEADER", "canonical_forms", "is_signed", "php_json", "sign", "sign_push"]

SIGNATURE_HEADER = "airalo-signature"

# What the official SDKs put into the header when there is nothing to sign.
_NO_SIGNATURE = frozenset({"", "null", "None", "undefined"})

_encode_ascii = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode
_encode_utf8 = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def php_json(value: object) -> str:
    r"""Encode as PHP's ``json_encode`` does: compact, ``\/`` for a slash, ``\uXXXX`` for what is not ASCII."""
    return _encode_ascii(value).replace("/", "\\/")


def sign(text: str | bytes, secret: str) -> str:
    """Compute the HMAC-SHA512 of a text as lower-case hex."""
    data = text.encode() if isinstance(text, str) else text
    return hmac.new(secret.encode(), data, hashlib.sha512).hexdigest()


def sign_push(payload: Mapping[str, Any], secret: str) -> tuple[bytes, dict[str, str]]:
    """Make the body and the headers of a push as Airalo would send it.

    Args:
        payload: What the push says.
        secret: The client secret that the receiver knows.

    Returns:
        The body, to be sent as it is, and its headers with the signature.
    """
    body = php_json(payload).encode()
    return body, {"Content-Type": "application/json", SIGNATURE_HEADER: sign(body, secret)}


def is_signed(header: str | None) -> bool:
    """Tell whether a signature header holds a signature to check."""
    return header is not None and header.strip() not in _NO_SIGNATURE


def canonical_forms(params: object) -> set[str]:
    """List the texts that an SDK may have signed for these parameters: PHP's, Node's and Python's."""
    whole = _whole_numbers(params)
    return {form for value in (params, whole) for form in (php_json(value), _encode_utf8(value).replace("/", "\\/"))}


def _whole_numbers(value: Any) -> Any:
    """Write 5.0 as 5, as JavaScript does."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    return value
