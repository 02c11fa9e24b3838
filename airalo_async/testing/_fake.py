"""FakeAiralo: a local server that behaves like the Partner API, with a memory, a clock and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from attrs import define, field

from airalo_async.testing._buying import place
from airalo_async.testing._clock import FakeClock
from airalo_async.testing._ledger import Ledger
from airalo_async.testing._requests import fail, fulfil
from airalo_async.testing._server import Server
from airalo_async.testing._usage import low_data, use
from airalo_async.testing._webhooks import credit_alert, deliver, encode, push
from airalo_async.testing._world import World

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from airalo_async import AiraloSession
    from airalo_async.testing.faults import Fault

__all__ = ["FakeAiralo"]


@define(kw_only=True, eq=False, repr=False)
class FakeAiralo(Ledger):
    """A Partner API of your own, on loopback.

    Every setting of ``Behaviour`` can be given here and changed at any time.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        clock: The time it goes by; real time plus an offset, if not given.
        record_calls: Whether every request is kept for assertions in ``calls``.
    """

    host: str = "127.0.0.1"
    port: int = 0
    clock: FakeClock = field(factory=FakeClock)
    record_calls: bool = True

    def __attrs_post_init__(self) -> None:
        self._world = World(self, self.clock)
        self._server = Server(self._world, record_calls=self.record_calls)

    def __repr__(self) -> str:
        return f"<FakeAiralo {self._world.url or 'not started'} orders={len(self._world.orders)}>"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start to listen.

        Raises:
            OSError: The port is taken or the address is not this machine's.
        """
        self._world.stopping.clear()
        self._world.url = await self._server.start(self.host, self.port)
        self.port = int(self._world.url.rpartition(":")[2])

    async def stop_listening(self) -> None:
        """Refuse connections until ``start`` is called again; the address stays the same and time goes on."""
        await self._server.stop()
        # Let callers in this loop notice, or their next request would go into a connection that is closing.
        await self.settle()

    async def stop(self) -> None:
        """Stop listening, end what hangs, and take back what was to come; what it knows stays readable."""
        self._world.stopping.set()
        await self._server.stop()
        await self._world.close()

    def session(self, **options: Any) -> AiraloSession:
        """Make a session that points at this fake and goes by its clock.

        Args:
            options: Whatever ``AiraloSession`` takes beyond the credentials. A store that was made elsewhere goes by a
                clock of its own, unless it was made with this one: ``open_store(url, clock=fake.clock)``.
        """
        from airalo_async import AiraloSession  # noqa: PLC0415  (the fake serves without the client's half)

        defaults: dict[str, Any] = {"base_url": self.url, "clock": self.clock, "sandbox": self.sandbox}
        return AiraloSession(self.client_id, self.client_secret, **(defaults | options))

    def fail_next(self, method: str, path: str, fault: Fault, times: int = 1) -> None:
        """Let the next requests go wrong; faults given for one path play one after the other.

        Args:
            method: The HTTP method.
            path: A path such as ``/v2/orders``, or the pattern of one such as ``/v2/sims/{sim_iccid}/usage``.
            fault: One of ``airalo_async.testing.faults``.
            times: For how many requests. Requests that are turned away for their token or by a limit do not count.
        """
        self._server.fail_next(method, path, fault, times)

    def clear_faults(self) -> None:
        """Let every request go right again."""
        self._server.clear_faults()

    def reset_limits(self) -> None:
        """Forget the calls that were counted against the limits."""
        self._server.throttle.reset()

    def expire_tokens(self) -> None:
        """Let every token that was issued come to its end now."""
        self._world.tokens.clear()

    def revoke_tokens(self) -> None:
        """Take back every token that was issued; for a caller that looks the same as an expired one."""
        self._world.tokens.clear()

    async def advance(
        self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> None:
        """Move the clock, stopping at whatever comes due on the way; returns when nothing more happens.

        Pushes, their repeats, future orders and everything that sleeps on this clock come due.
        """
        await self._world.agenda.advance(seconds + minutes * 60 + hours * 3600 + days * 86_400)

    async def settle(self) -> None:
        """Wait until no request is being answered and no push is on its way."""
        await self._world.agenda.settle()

    async def push(self, request_id: str, *, order_id: int | None = None) -> int | None:
        """Push the delivery of an async or future order, whatever became of it before; repeated if it is refused.

        Args:
            request_id: The order's request_id.
            order_id: Which of its orders, when it has a twin; the first, if not given.

        Returns:
            The status that the webhook answered, or None if it could not be reached or there is none.

        Raises:
            KeyError: No such request.
        """
        request = self._world.requests[request_id]
        order = fulfil(self._world, request)
        return await push(self._world, request, order if order_id is None else self._world.orders[order_id])

    async def push_failure(self, request_id: str, *, code: int | None = 33, reason: str | None = None) -> int | None:
        """Let an async or future order fail, and push that.

        Args:
            request_id: The order's request_id.
            code: The business code; None leaves it out of the push.
            reason: The reason; the code's own text, if not given.

        Returns:
            As ``push`` does.

        Raises:
            KeyError: No such request.
        """
        request = self._world.requests[request_id]
        fail(request, code, reason)
        return await push(self._world, request)

    async def push_waiting(self) -> int:
        """Push what was decided and has not been pushed yet; gives how many pushes that made."""
        waiting = [
            request
            for request in self._world.requests.values()
            if not request.pushes and (request.orders or request.failure)
        ]
        for request in waiting:
            await push(self._world, request)
        return len(waiting)

    async def push_low_data(self, url: str, iccid: str, level: Literal["75%", "90%", "3days", "1days"]) -> int | None:
        """Push a low-data notification about an eSIM, once.

        Raises:
            KeyError: No such eSIM.
        """
        payload = low_data(self._world.sims[iccid], level)
        return await deliver(self._world, url, *encode(self._world, payload), retries=0)

    async def push_credit_limit(self, url: str, percent: Literal[50, 70, 80, 90] = 80) -> int | None:
        """Push a credit-limit notification, once."""
        payload = credit_alert(self._world, percent)
        return await deliver(self._world, url, *encode(self._world, payload), retries=0)

    async def push_raw(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> int | None:
        """Post bytes to a webhook as they are, once."""
        return await deliver(self._world, url, body, dict(headers or {}), retries=0)

    def process(self, request_id: str) -> int:
        """Place an accepted order now, without a push; gives its order id.

        Raises:
            KeyError: No such request.
        """
        return fulfil(self._world, self._world.requests[request_id]).number

    def twin(self, key: int | str) -> int:
        """Place an order a second time, as a server does that was asked twice; gives the new order id.

        Args:
            key: An order id, or a request_id.

        Raises:
            KeyError: No such order or request.
        """
        if isinstance(key, int):
            order = self._world.orders[key]
            request = self._world.requests.get(order.request_id or "")
            return place(self._world, order.purchase, request).number
        request = self._world.requests[key]
        return place(self._world, request.purchase, request).number

    def set_order_status(
        self, order_id: int, status: Literal["completed", "failed", "partially_refunded", "refunded"]
    ) -> None:
        """Change what the API says about an order.

        Raises:
            KeyError: No such order.
        """
        self._world.orders[order_id].status = status

    def use_data(self, iccid: str, megabytes: int) -> None:
        """Let an eSIM use data; its package begins, and whoever opted in is told at 75 and 90 percent.

        Usage that was asked for before is told anew when ``usage_cache`` seconds have passed, as the API does.

        Raises:
            KeyError: No such eSIM.
        """
        use(self._world, self._world.sims[iccid], megabytes)

    def recycle(self, iccid: str) -> None:
        """Let an eSIM be recycled: it can no longer be used or topped up.

        Usage that was asked for before is told anew when ``usage_cache`` seconds have passed, as the API does.

        Raises:
            KeyError: No such eSIM.
        """
        self._world.sims[iccid].recycled_at = self._world.now()
