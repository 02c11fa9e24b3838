r"""Sign and verify: HMAC-SHA512 in lower-case hex, under the client secret.

What exactly Airalo signs is not published. Its samples sign the body as it came; its own verifiers sign the body as PHP
would write it again. So a body is checked as it came first, and in its PHP form only if that fails: compact, ``\/``,
``\uXXXX``, numbers and key order as they were.

The PHP form is a rewriting of the text, token by token. Nothing of an unsigned body is parsed into values, so nesting,
endless numbers and the like cannot cost anything before a signature has matched.
"""

from __future__ import annotations

import hmac
import json
import re
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Literal

from airalo_async.errors import PayloadError, SignatureError
from airalo_async.models._rules import check_several, demand, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_secrets", "matched_form", "no_constant", "no_duplicates", "php_json", "sign", "verify_signature"]

_JSON = json.JSONDecoder()
_HEX = re.compile(r"[0-9a-fA-F]{128}", re.ASCII)
_PIECE = 2047
"""Bytes hashed at a time. For more at once Python lets go of the interpreter lock, and to get it back while a store's
thread is at work takes longer than the digest."""
_PHP_PIECE = r'(?s)[ \t\r\n]++|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
"""White space or a string. A string without an end reaches to the end of the text, which keeps the search linear."""


def sign(body: bytes, secret: str) -> str:
    """Sign a body as Airalo does.

    Args:
        body: The bytes to sign.
        secret: The client secret.

    Returns:
        128 hexadecimal digits in lower case: the value of the ``airalo-signature`` header.

    Raises:
        ArgumentError: The secret is empty, or the body is not bytes.
    """
    return _digest(_checked_body(body), _key(secret)).hex()


def verify_signature(
    body: bytes, signature: str | bytes | Sequence[str | bytes] | None, secrets: str | Sequence[str]
) -> Literal["raw", "php"]:
    """Check that a body was signed under one of the secrets.

    Args:
        body: The bytes as they came.
        signature: Value of the ``airalo-signature`` header, or all of its values, or None when it is missing.
        secrets: The client secret, or several while they are being rotated.

    Returns:
        The form of the body that the signature matched: ``"raw"`` or ``"php"``.

    Raises:
        SignatureError: The header is missing, repeated, malformed or wrong; the body must not be trusted.
        ArgumentError: There is no secret, or an empty one.

    Source:
        Webhook definition, Partner API documentation, 2025-08-21.
    """
    return matched_form(_checked_body(body), signature, check_secrets(secrets))


def matched_form(
    body: bytes, signature: str | bytes | Sequence[str | bytes] | None, keys: Sequence[hmac.HMAC]
) -> Literal["raw", "php"]:
    """Do what ``verify_signature`` does, with keys that ``check_secrets`` made."""
    expected = _signature_bytes(signature)
    if _matches(body, expected, keys):
        return "raw"
    try:
        form = _php_form(body)
    except ValueError:
        raise _refused() from None
    if not _matches(form, expected, keys) or not _is_sound(body):
        raise _refused()
    return "php"


def php_json(body: bytes) -> bytes:
    r"""Write a JSON text as PHP's ``json_encode`` would: compact, ``\/``, ``\uXXXX``, numbers and key order kept.

    Raises:
        PayloadError: PHP would not read it: not UTF-8, not JSON, a key twice in one object, half a surrogate pair.
    """
    try:
        form = _php_form(_checked_body(body))
    except ValueError:
        form = None
    if form is None or not _is_sound(body):
        message = "the body has no PHP form: not UTF-8, not JSON, a key twice in one object, or half a surrogate pair"
        raise PayloadError(message)
    return form


def check_secrets(secrets: str | Sequence[str]) -> tuple[hmac.HMAC, ...]:
    """Turn secrets into keys, ready to be copied for each body.

    Raises:
        ArgumentError: There is no secret, or an empty one.
    """
    rule = "must hold at least one secret; it is the client secret"
    listed = (secrets,) if isinstance(secrets, str) else check_several("secrets", secrets, rule)
    demand("secrets", rule, secrets, kept=bool(listed))
    return tuple(map(_key, listed))


def _key(secret: str) -> hmac.HMAC:
    if not isinstance(secret, str) or not secret:
        raise refuse("secret", "must be a text that is not empty; it is the client secret", secret)
    try:
        return hmac.new(secret.encode(), digestmod="sha512")
    except UnicodeEncodeError:
        raise refuse("secret", "must be text that UTF-8 can carry", secret) from None


def _checked_body(body: bytes) -> bytes:
    if not isinstance(body, bytes):
        raise refuse("body", "must be bytes, as they came over the wire", body)
    return body


def _signature_bytes(signature: str | bytes | Sequence[str | bytes] | None) -> bytes:
    """Turn the header into the 64 bytes of a digest; whatever is wrong with it, the refusal is the same."""
    if isinstance(signature, str | bytes):
        values: Sequence[str | bytes] = (signature,)
    else:
        values = signature or ()
    if len(values) != 1:
        raise _refused()
    value = values[0]
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(text, str) or _HEX.fullmatch(text) is None:
        raise _refused()
    return bytes.fromhex(text)


def _refused() -> SignatureError:
    return SignatureError("the signature is missing, malformed or wrong")


def _digest(body: bytes, key: hmac.HMAC) -> bytes:
    running = key.copy()
    for start in range(0, len(body), _PIECE):
        running.update(body[start : start + _PIECE])
    return running.digest()


def _matches(body: bytes, expected: bytes, keys: Sequence[hmac.HMAC]) -> bool:
    """Compare with every key, also after one has matched: the time taken says nothing."""
    results = [hmac.compare_digest(_digest(body, key), expected) for key in keys]
    return any(results)


def _php_form(body: bytes) -> bytes:
    """Rewrite white space and strings; a ``ValueError`` says that a string, or the whole, cannot be read.

    What comes out is the PHP form only if the body is sound: in what is no JSON, white space may part a token.
    """
    return re.sub(_PHP_PIECE, _php_token, body.decode()).encode()


def _php_token(found: re.Match[str]) -> str:
    token = found[0]
    if token[0] != '"':
        return ""
    if "\\" not in token and "/" not in token and token.isascii():
        return token
    return _php_string(_JSON.raw_decode(token)[0])


def _php_string(text: str) -> str:
    # The standard encoder writes 0x7f as an escape and / as it is; PHP does the opposite of both.
    parts = map(encode_basestring_ascii, text.split("\x7f"))
    return '"' + "\x7f".join([part[1:-1] for part in parts]).replace("/", "\\/") + '"'


def _is_sound(body: bytes) -> bool:
    """Tell whether PHP would read this body, and read nothing into it that another reader would not."""
    try:
        value = _STRICT.decode(body.decode())
        if b"\\" in body:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def no_constant(name: str) -> object:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(name)


def no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a key that stands twice in one object, where two readers may read two things."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError
    return result


_STRICT = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=no_constant, object_pairs_hook=no_duplicates)
