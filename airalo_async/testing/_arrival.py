"""What is kept of a request that came, from its first byte on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.testing._records import Call

if TYPE_CHECKING:
    from aiohttp import web

    from airalo_async.testing._replies import Reply

__all__ = ["Arrival"]

_SECRET_PATH = "/v2/token"  # noqa: S105  (a path)
_KEPT_BACK = frozenset({"authorization"})


class Arrival:
    """A request that came; it shows in the calls at once, though its answer may never be given.

    Args:
        request: The request on the wire.
    """

    __slots__ = ("_call", "_request")

    def __init__(self, request: web.BaseRequest) -> None:
        self._request: web.BaseRequest | None = request
        self._call: Call | None = None

    def end(self, reply: Reply | None) -> None:
        """Keep what is known of it, and let the request itself go."""
        if self._request is not None:
            self._call, self._request = _call(self._request, reply), None

    def call(self) -> Call:
        """Show it as a plain value."""
        if self._request is not None:
            return _call(self._request, None)
        return self._call  # type: ignore[return-value]  # one of the two is always there


def _call(request: web.BaseRequest, reply: Reply | None) -> Call:
    # Only what was read: reading more here would change what a fault does.
    body = request._read_bytes or b""  # noqa: SLF001
    return Call(
        method=request.method,
        path=request.path,
        query=request.query_string,
        headers={name.lower(): value for name, value in request.headers.items() if name.lower() not in _KEPT_BACK},
        body=b"" if request.path == _SECRET_PATH else body,
        status=None if reply is None else reply.status,
    )
