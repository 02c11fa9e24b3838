"""Requests as values: their address and their bytes.

A request names its route (the template) beside its path. The path is aligned with the route and each value that fills
a placeholder is quoted by itself, so no ICCID or slug can lead to another endpoint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import quote, urlencode

from attrs import field, frozen
from yarl import URL

from airalo_async._outcome import Response, Terms
from airalo_async._wire._multipart import multipart
from airalo_async.models import JSON
from airalo_async.models._rules import refuse
from airalo_async.models._twins import plain_init

__all__ = ["TOKEN_ROUTE", "Request", "Response", "check_base_url", "encode", "path_of", "terms", "url"]

TOKEN_ROUTE = "/v2/token"  # noqa: S105  (a path)

_to_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LANGUAGE = r"[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}"
_METHOD = re.compile(r"[A-Z]{3,7}")
_PLACEHOLDER = re.compile(r"\{\w+\}")
_NO_SEGMENT = frozenset({"", ".", ".."})
_PLAIN = Terms()
_WORDED = Terms(worded=True)
_NO_KEYS: Mapping[str, str] = {}


@plain_init
@frozen(eq=False, repr=False)
class Request:
    """One call of the API.

    Attributes:
        method: HTTP method.
        path: Path from ``/v2/`` on, values as they are (not percent-encoded).
        route: Its template, such as ``/v2/sims/{iccid}/usage``; the path itself when nothing varies.
        query: Pairs of the query, in order.
        json: Body, sent as compact JSON; None for no body.
        form: Body, sent urlencoded; of the token call only.
        multipart: Body of texts and lists of texts, sent as ``multipart/form-data``; of refunds only.
        language: Value of ``Accept-Language``, or None.
        keys: Values of limit scopes: ``iccid``, ``package``.
    """

    method: str
    path: str
    route: str = ""
    query: tuple[tuple[str, str], ...] = ()
    json: JSON = None
    form: Mapping[str, str] | None = None
    multipart: Mapping[str, JSON] | None = None
    language: str | None = None
    keys: Mapping[str, str] = _NO_KEYS
    _encoded: tuple[bytes | None, str] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        if not self.route:
            object.__setattr__(self, "route", self.path)  # frozen, and the path is its own route

    @property
    def idempotent(self) -> bool:
        """Whether it can be repeated whatever became of it."""
        return self.method == "GET"

    @property
    def encoded(self) -> tuple[bytes | None, str]:
        """Body and content type, checked and made once however often it is sent."""
        if self._encoded is not None:
            return self._encoded
        encoded = self._encode()
        object.__setattr__(self, "_encoded", encoded)  # frozen, but for this
        return encoded

    def _encode(self) -> tuple[bytes | None, str]:
        if not _METHOD.fullmatch(self.method):
            raise refuse("method", "must be an HTTP method in capitals", self.method)
        if self.language is not None and not re.fullmatch(_LANGUAGE, self.language):
            raise refuse("language", "must be a language code such as 'en' or 'pt-BR'", self.language)
        if self.form is not None:
            return urlencode(self.form).encode("ascii"), "application/x-www-form-urlencoded"
        if self.multipart is not None:
            return multipart(self.multipart)
        if self.json is None:
            return None, ""
        try:
            return _to_json(self.json).encode("utf-8"), "application/json"
        except (ValueError, TypeError, RecursionError):
            raise refuse("json", "must hold values that JSON can carry, texts in Unicode", self.json) from None


def encode(request: Request) -> tuple[bytes | None, str]:
    """Make the body and its content type; None and an empty text for a request without a body.

    Raises:
        ArgumentError: The body cannot be JSON, or a value would break out of its header; nothing was sent.
    """
    return request.encoded


def url(base: URL, request: Request) -> URL:
    """Make the URL, encoded once.

    Raises:
        ArgumentError: The path does not fit its route; nothing was sent.
    """
    address = _address(base, path_of(request))
    return address.with_query(request.query) if request.query else address


def path_of(request: Request) -> str:
    """Make the encoded path.

    Raises:
        ArgumentError: The path does not fit its route; nothing was sent.
    """
    return _quoted(request.route, request.path)


@lru_cache(maxsize=256)
def _address(base: URL, path: str) -> URL:
    return URL(f"{base}".rstrip("/") + path, encoded=True)


@lru_cache(maxsize=256)
def _quoted(route: str, path: str) -> str:
    if not path.startswith("/v2/") or _CONTROL.search(path):
        raise refuse("path", "must start with /v2/ and hold no control characters", path)
    if not _PLACEHOLDER.search(route):
        return _quoted_as_is(path)
    literals = [re.escape(part) for part in _PLACEHOLDER.split(route)]
    match = re.fullmatch("(.*)".join(literals), path)
    if match is None:
        raise refuse("path", f"must fit {route}", path)
    values = [_segment(value) for value in match.groups()]
    return _PLACEHOLDER.sub("{}", route).format(*values)


def _segment(value: str) -> str:
    if value in _NO_SEGMENT:
        raise refuse("path", "must not have an empty value, '.' or '..' in it", value)
    return quote(value, safe="")


def _quoted_as_is(path: str) -> str:
    """Quote a path that a caller wrote himself: its slashes and escapes are his, its dots and queries are not."""
    segments = path.replace("%2e", ".").replace("%2E", ".").split("/")[1:]
    if _NO_SEGMENT.intersection(segments[:-1]) or segments[-1] in {".", ".."} or re.search(r"[?#]", path):
        raise refuse("path", "must be plain: no '..', no empty segment, the query in params", path)
    return quote(path, safe="/%:@!$&'()*+,;=~-._")


def check_base_url(base_url: str) -> URL:
    """Read the address of the API.

    Raises:
        ArgumentError: It would send credentials in the clear or to nowhere; nothing was sent.
    """
    try:
        base = URL(base_url)
    except (ValueError, TypeError):
        raise refuse("base_url", "must be a URL", base_url) from None
    if not base.host or base.user or base.password or base.query_string or base.fragment:
        raise refuse("base_url", "must be scheme, host, and port or path if need be, nothing else", base_url)
    if base.scheme != "https" and not (base.scheme == "http" and _is_loopback(base.host)):
        raise refuse("base_url", "must be https; plain http only to this machine itself", base_url)
    if base.path.rstrip("/").endswith("/v2"):
        raise refuse("base_url", "must not end in /v2, which every path starts with", base_url)
    return base


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def terms(request: Request) -> Terms:
    """Say what is special about the answers to a request."""
    if request.route == "/v2/voucher/esim":
        vouchers = request.json.get("vouchers") if isinstance(request.json, Mapping) else None
        return Terms(items=len(vouchers) if isinstance(vouchers, (list, tuple)) else 2, listed=True)
    return _WORDED if request.route == "/v2/refund" else _PLAIN
