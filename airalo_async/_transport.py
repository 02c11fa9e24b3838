"""Sends a request, and says how far it got when there is no answer. The only user of aiohttp's client.

Nothing above this module sees an exception of aiohttp: those carry the request's headers, the token among them, and a
status that no server sent (a garbage status line raises one with status 400).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import aiohttp
from attrs import frozen

from airalo_async._outcome import Response, Sent
from airalo_async._retry import Timeouts
from airalo_async._version import __version__
from airalo_async._wire import check_base_url, encode, url
from airalo_async.models._rules import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airalo_async._wire import Request

__all__ = ["MOST_BODY", "Failure", "Sent", "Timeouts", "Transport"]

MOST_BODY = 32 * 1024 * 1024
"""Bytes; the whole catalogue in one answer is about half of it."""

_USER_AGENT = f"airalo-async/{__version__}"
_KEEPALIVE = 10.0
_MOST_DETAIL = 300

_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
"""What aiohttp raises only before the first byte of a request leaves: DNS, refused, TLS, pool exhausted, proxy."""


@frozen(eq=False, repr=False)
class Failure:
    """No whole answer.

    Attributes:
        sent: How far the request got.
        error: Why, as an exception that carries no headers.
        response: The part of the answer that arrived, when its status line did.
    """

    sent: Sent
    error: Exception
    response: Response | None = None

    @property
    def detail(self) -> str:
        """One line for logs and messages."""
        return str(self.error)


class Transport:
    """Connections to one address of the API. Constructed without a loop; belongs to the first one that it sends in.

    Attributes:
        base_url: Address of the API.

    Args:
        base_url: Address of the API, without ``/v2``; https, unless it is on this machine.
        http: A session to borrow; it is never closed.
        fresh_order_connections: Whether ``send(fresh=True)`` opens a connection of its own.

    Raises:
        ArgumentError: An argument breaks a rule.
    """

    def __init__(
        self, base_url: str, *, http: aiohttp.ClientSession | None = None, fresh_order_connections: bool = False
    ) -> None:
        if http is not None and fresh_order_connections:
            rule = "needs the session's own connections; lend one whose connector has force_close=True instead"
            raise refuse("fresh_order_connections", rule, fresh_order_connections)
        if http is not None and http.auth is not None:
            raise refuse("http", "must not have auth of its own: the token goes in that header", http)
        self.base_url = check_base_url(base_url)
        self._borrowed = http
        self._fresh_orders = fresh_order_connections
        self._own: aiohttp.ClientSession | None = None
        self._fresh: aiohttp.ClientSession | None = None
        self._phases: tuple[Timeouts | None, aiohttp.ClientTimeout] = (None, aiohttp.ClientTimeout())
        self._closed = False

    def __repr__(self) -> str:
        kind = "borrowed" if self._borrowed is not None else "own"
        return f"<Transport {self.base_url} {kind}{' closed' if self._closed else ''}>"

    def url_of(self, request: Request) -> str:
        """Give the address of a call without its query.

        Raises:
            ArgumentError: The path does not fit its route.
        """
        return f"{url(self.base_url, request).with_query(None)}"

    async def send(
        self, request: Request, headers: Mapping[str, str], timeouts: Timeouts, *, fresh: bool = False
    ) -> Response | Failure:
        """Send a request once; nothing is followed, repeated or raised.

        Args:
            request: What to send.
            headers: In addition to what the body needs: the token and what is accepted.
            timeouts: Those of the phases; the deadline is the caller's business.
            fresh: Whether it is an order, which may have a connection of its own.

        Raises:
            ArgumentError: The request cannot be put on the wire; nothing was sent.
        """
        address = url(self.base_url, request)
        body, content_type = encode(request)
        headers = {"User-Agent": _USER_AGENT, **headers}
        if content_type:
            headers["Content-Type"] = content_type
        if request.language is not None:
            headers["Accept-Language"] = request.language
        http = None if self._closed else self._session(fresh=fresh)
        if http is None or http.closed:
            closed = "the session is closed" if self._closed else "the aiohttp session that was lent is closed"
            return Failure(Sent.NO, ConnectionError(closed))
        try:
            answer = await http.request(
                request.method,
                address,
                data=body,
                headers=headers,
                timeout=self._phases_of(timeouts),
                allow_redirects=False,
                raise_for_status=False,
                middlewares=(),
            )
        except _UNSENT as error:
            return Failure(Sent.NO, _stripped(error))
        except Exception as error:  # noqa: BLE001  (a whitelist: whatever else went wrong proves nothing)
            return Failure(Sent.MAYBE, _stripped(error))
        return await _read(answer)

    async def close(self) -> None:
        """Close what is its own; may be called twice."""
        self._closed = True
        for http in (self._own, self._fresh):
            if http is not None:
                await http.close()

    def _session(self, *, fresh: bool) -> aiohttp.ClientSession:
        if self._borrowed is not None:
            return self._borrowed
        if fresh and self._fresh_orders:
            if self._fresh is None:
                self._fresh = _new_session(aiohttp.TCPConnector(force_close=True))
            return self._fresh
        if self._own is None:
            self._own = _new_session(aiohttp.TCPConnector(keepalive_timeout=_KEEPALIVE))
        return self._own

    def _phases_of(self, timeouts: Timeouts) -> aiohttp.ClientTimeout:
        known, phases = self._phases
        if timeouts is not known:
            sock_read = timeouts.sock_read if timeouts.sock_read < math.inf else None
            phases = aiohttp.ClientTimeout(None, timeouts.connect, sock_read, timeouts.sock_connect, math.inf)
            self._phases = (timeouts, phases)
        return phases


def _new_session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


async def _read(answer: aiohttp.ClientResponse) -> Response | Failure:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if len(headers) < len(answer.headers):
        headers = {name: ", ".join(answer.headers.getall(name)) for name in headers}
    content = answer.content
    chunks: list[bytes] = []
    size = 0
    try:
        while not content.at_eof():
            chunk = await content.readany()
            size += len(chunk)
            if size > MOST_BODY:
                return _broken(answer, headers, chunks, ValueError(f"the answer is over {MOST_BODY} bytes"))
            chunks.append(chunk)
    except Exception as error:  # noqa: BLE001  (as above: the request is out, whatever became of its answer)
        return _broken(answer, headers, chunks, error)
    finally:
        if not content.at_eof():
            answer.close()  # one that was read to its end has given its connection back
    return Response(answer.status, headers, chunks[0] if len(chunks) == 1 else b"".join(chunks))


def _broken(
    answer: aiohttp.ClientResponse, headers: Mapping[str, str], chunks: list[bytes], error: Exception
) -> Failure:
    sent = Sent.ANSWERED if 200 <= answer.status < 300 else Sent.MAYBE
    return Failure(sent, _stripped(error), Response(answer.status, headers, b"".join(chunks)))


def _stripped(error: Exception) -> Exception:
    """Say what happened without what aiohttp's exceptions carry: the request's headers, and bytes of a stranger."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        said = f"the proxy refused with {error.status}"
    elif isinstance(error, aiohttp.ClientResponseError):
        said = "the answer is not HTTP"
    else:
        said = str(error)
    detail = " ".join(f"{type(error).__name__}: {said}".split())[:_MOST_DETAIL].rstrip(": ")
    return TimeoutError(detail) if isinstance(error, TimeoutError) else ConnectionError(detail)
