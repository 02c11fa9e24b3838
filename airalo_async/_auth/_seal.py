"""A token on its way through a store: only who has the client secret can read it."""

from __future__ import annotations

import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from airalo_async._auth._bearer import ACCEPT, Bearer
from airalo_async.stores._shares import SealedToken

__all__ = ["Seal"]

_INFO = b"airalo_async token 1 "
_NONCE = 12
_NAME = 16
_KEY = 32


class Seal:
    """Seals and opens tokens with AES-GCM, under a key that HKDF-SHA256 derives from the client secret.

    Args:
        client_id: Of the Partner Platform.
        client_secret: Of the Partner Platform; it is not kept.
        base_url: Of the API.

    Attributes:
        name: Under what the token is kept; another secret or another API has another name.
    """

    def __init__(self, client_id: str, client_secret: str, base_url: str) -> None:
        info = _INFO + base_url.encode()
        derived = HKDF(SHA256(), _KEY + _NAME, salt=client_id.encode(), info=info).derive(client_secret.encode())
        self.name = derived[_KEY:].hex()
        self._cipher = AESGCM(derived[:_KEY])

    def close(self, token: Bearer, now: float) -> SealedToken:
        """Seal a token; its life is told in seconds from now, as clocks differ."""
        mark, nonce = secrets.token_hex(12), secrets.token_bytes(_NONCE)
        text = json.dumps([token.value, token.ends_at - token.renew_at]).encode()
        sealed = nonce + self._cipher.encrypt(nonce, text, f"{self.name} {mark}".encode())
        return SealedToken(sealed, mark, token.ends_at - now)

    def open(self, token: SealedToken, now: float) -> Bearer | None:
        """Open a token, or tell by None that it was not sealed like this."""
        nonce, rest = token.sealed[:_NONCE], token.sealed[_NONCE:]
        try:
            value, renew_before = json.loads(self._cipher.decrypt(nonce, rest, f"{self.name} {token.mark}".encode()))
        except (InvalidTag, ValueError):
            return None
        ends_at = now + token.seconds
        headers = {**ACCEPT, "Authorization": f"Bearer {value}"}
        return Bearer(value, renew_at=ends_at - renew_before, ends_at=ends_at, headers=headers)
