"""The server: a request comes in, is counted, let in, carried out and answered."""

from __future__ import annotations

import ipaddress
from collections import defaultdict, deque
from inspect import isawaitable
from typing import TYPE_CHECKING

from aiohttp import web
from attrs import evolve

from airalo_async.testing import (
    _routes_account,
    _routes_future,
    _routes_notifications,
    _routes_orders,
    _routes_packages,
    _routes_sims,
    _routes_token,
    _routes_vouchers,
)
from airalo_async.testing._arrival import Arrival
from airalo_async.testing._exchange import Exchange
from airalo_async.testing._incoming import Incoming, read_params
from airalo_async.testing._json import SIGNATURE_HEADER, canonical_forms, is_signed, sign
from airalo_async.testing._limits import Throttle
from airalo_async.testing._replies import Refused, Reply, business, framework, html
from airalo_async.testing._routing import Router

if TYPE_CHECKING:
    from airalo_async.testing._records import Call
    from airalo_async.testing._routing import Route
    from airalo_async.testing._world import World
    from airalo_async.testing.faults import Fault

__all__ = ["Server"]

_ROUTES = (
    *_routes_token.ROUTES,
    *_routes_packages.ROUTES,
    *_routes_orders.ROUTES,
    *_routes_future.ROUTES,
    *_routes_vouchers.ROUTES,
    *_routes_sims.ROUTES,
    *_routes_notifications.ROUTES,
    *_routes_account.ROUTES,
)


class Server:
    """Serves a world on a socket.

    Args:
        world: What the requests act on.
        record_calls: Whether every request is kept for assertions.
    """

    def __init__(self, world: World, *, record_calls: bool = True) -> None:
        self._arrivals: list[Arrival] = []
        self.throttle = Throttle()
        self._world = world
        self._record_calls = record_calls
        self._router = Router(_ROUTES)
        self._faults: defaultdict[tuple[str, str], deque[Fault]] = defaultdict(deque)
        self._runner: web.ServerRunner | None = None

    @property
    def calls(self) -> tuple[Call, ...]:
        """List every request that has come, oldest first."""
        return tuple(arrival.call() for arrival in self._arrivals)

    async def start(self, host: str, port: int) -> str:
        """Listen; gives the address."""
        server = web.Server(self._serve, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound_host, bound_port = self._runner.addresses[0][:2]
        return f"http://[{bound_host}]:{bound_port}" if ":" in bound_host else f"http://{bound_host}:{bound_port}"

    async def stop(self) -> None:
        """Stop listening and end every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def fail_next(self, method: str, path: str, fault: Fault, times: int) -> None:
        """Let the next requests at a path (or a path's pattern) go wrong."""
        self._faults[method.upper(), path].extend([fault] * times)

    def clear_faults(self) -> None:
        """Let every request go right again."""
        self._faults.clear()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self._world.agenda.request_began()
        arrival = Arrival(request)
        if self._record_calls:
            self._arrivals.append(arrival)
        reply: Reply | None = None
        try:
            reply = await self._answer(request)
        except (ConnectionError, web.RequestPayloadError):
            # The caller left before the request was whole; nothing was carried out.
            request.protocol.force_close()
        finally:
            self._world.agenda.request_ended()
            if self._record_calls:
                arrival.end(reply)
        if reply is None:
            # The connection is closed; aiohttp still wants something to fail at sending.
            return web.Response()
        return web.Response(
            status=reply.status, body=reply.body, content_type=reply.content_type, headers=dict(reply.headers)
        )

    async def _answer(self, request: web.BaseRequest) -> Reply | None:
        path = request.path.rstrip("/")
        route, keys = self._router.find(request.method, path)
        if route is None:
            return await self._unknown(request, path)
        incoming = Incoming(request.method, path, request.query, request.headers, request.remote or "", keys)
        refusal, rate_headers = self.throttle.admit(self._world, route, incoming)
        if refusal is not None:
            return refusal
        refusal = self._turn_away(route, incoming)
        if refusal is not None:
            return _with(refusal, rate_headers)

        async def carry_out() -> Reply:
            return _with(await self._carry_out(request, route, incoming), rate_headers)

        fault = self._take_fault(request.method, path, route.template)
        return await (carry_out() if fault is None else fault.play(Exchange(request, self._world, carry_out)))

    async def _carry_out(self, request: web.BaseRequest, route: Route, incoming: Incoming) -> Reply:
        try:
            body = await request.read()
            incoming.params, incoming.is_form = read_params(request.headers.get("Content-Type", ""), body)
            self._check_signature(incoming)
            result = route.handler(self._world, incoming)
            reply = await result if isawaitable(result) else result
        except Refused as refused:
            reply = refused.reply
        if reply.is_validation and "json" not in incoming.headers.get("Accept", ""):
            return html(500)
        return reply

    def _turn_away(self, route: Route, incoming: Incoming) -> Reply | None:
        """Refuse a caller from a foreign address or without a token."""
        allowed = self._world.behaviour.allowed_ips
        if allowed is not None and not _is_allowed(incoming.remote, allowed):
            return business(89)
        if route.is_open or self._world.token_is_good(incoming.token):
            return None
        return framework(403 if route.refused_as_403 else 401, "Unauthenticated.")

    def _check_signature(self, incoming: Incoming) -> None:
        header = incoming.headers.get(SIGNATURE_HEADER)
        if incoming.method == "GET" or header is None or not is_signed(header):
            return
        secret = self._world.behaviour.client_secret
        if header.strip().lower() not in {sign(form, secret) for form in canonical_forms(incoming.params)}:
            raise Refused(business(14, "the signature does not match the parameters."))

    def _take_fault(self, method: str, path: str, template: str) -> Fault | None:
        if not self._faults:
            return None
        for key in ((method, path), (method, template)):
            if waiting := self._faults.get(key):
                return waiting.popleft()
        return None

    async def _unknown(self, request: web.BaseRequest, path: str) -> Reply | None:
        async def refuse() -> Reply:
            if self._router.has_path(path):
                return framework(405, f"The {request.method} method is not supported for this route.")
            return framework(404, f"The route {path.removeprefix('/')} could not be found.")

        fault = self._take_fault(request.method, path, path)
        return await (refuse() if fault is None else fault.play(Exchange(request, self._world, refuse)))


def _with(reply: Reply, headers: tuple[tuple[str, str], ...]) -> Reply:
    return evolve(reply, headers=(*reply.headers, *headers)) if headers else reply


def _is_allowed(remote: str, allowed: tuple[str, ...]) -> bool:
    address = ipaddress.ip_address(remote)
    return any(address in ipaddress.ip_network(network, strict=False) for network in allowed)
