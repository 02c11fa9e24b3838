"""A request as the handlers see it, whichever way its body was encoded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from attrs import define, field
from multidict import CIMultiDictProxy, MultiMapping

from airalo_async.testing._replies import Refused, framework

__all__ = ["Incoming", "read_params"]

_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


@define
class Incoming:
    """One request.

    Attributes:
        keys: The variable parts of the path.
        params: The body as a mapping; a form's ``name[]`` fields are lists under ``name``.
        is_form: Whether the values came as text of a form.
    """

    method: str
    path: str
    query: MultiMapping[str]
    headers: CIMultiDictProxy[str]
    remote: str
    keys: Mapping[str, str] = field(factory=dict)
    params: dict[str, Any] = field(factory=dict)
    is_form: bool = False

    @property
    def token(self) -> str:
        """Give the bearer token, or an empty text."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def language(self) -> str:
        """Give the language asked for."""
        return self.headers.get("Accept-Language", "").split(",")[0].strip() or "en"

    def include(self) -> set[str]:
        """Give what ``include`` names."""
        return {name.strip() for name in self.query.get("include", "").split(",") if name.strip()}

    def text(self, name: str) -> str | None:
        """Give a text parameter; None where it is absent, null or empty."""
        value = self.params.get(name)
        return None if value is None or value == "" else str(value)

    def texts(self, name: str) -> list[str]:
        """Give a list parameter; JSON text and single values are taken for lists too."""
        value = self.params.get(name)
        if isinstance(value, str) and value.startswith("["):
            try:
                value = json.loads(value)
            except ValueError:
                return [value]
        if value is None or value == "":
            return []
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def read_params(content_type: str, body: bytes) -> tuple[dict[str, Any], bool]:
    """Decode a body: urlencoded, multipart, or JSON under any other name.

    Returns:
        The parameters, and whether they came from a form.

    Raises:
        Refused: It is none of these.
    """
    if not body:
        return {}, False
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _FORM:
        return _from_pairs(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)), True
    if kind == _MULTIPART:
        return _from_pairs(_parts(content_type, body)), True
    try:
        params = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(framework(400, "Malformed JSON body.")) from error
    return (params, False) if isinstance(params, dict) else ({}, False)


def _parts(content_type: str, body: bytes) -> list[tuple[str, str]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    pairs = []
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            pairs.append((name, value.decode("utf-8", "replace")))
    return pairs


def _from_pairs(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for name, value in pairs:
        plain, bracket, _ = name.partition("[")
        if bracket:
            params.setdefault(plain, []).append(value)
        else:
            params[plain] = value
    return params
