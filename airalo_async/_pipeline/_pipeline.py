"""Calls of one session.

Theory of operation. Ordinary calls (``call``) end with an answer or a typed error. Purchases are cut in two, so that
the caller can commit in between: ``prepare`` does everything that can fail harmlessly, ``send_purchase`` sends at once
and ends with a verdict. It sends again only when the last try is proved not to have been carried out, and asks
``confirm`` before it does. One deadline holds for all of it, on the session's clock.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

from airalo_async._auth import TokenCache
from airalo_async._limits import DOCUMENTED, Limiter
from airalo_async._outcome import Resend, Response, Verdict
from airalo_async._pipeline._exchange import Exchange, Prepared
from airalo_async._pipeline._fleet import shared_limiter, shared_tokens
from airalo_async._pipeline._results import error_of, name_of, stopped, verdict_of, without_token
from airalo_async._retry import Attempts, Budget, RetryPolicy, Timeouts
from airalo_async._wire import Request, encode, path_of, rejected_token
from airalo_async.errors import (
    AiraloError,
    AuthenticationError,
    Outcome,
    PermissionDeniedError,
)
from airalo_async.models._rules import refuse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from airalo_async._auth import Tokens
    from airalo_async._clock import Clock
    from airalo_async._limits import Limit, Limits
    from airalo_async._transport import Failure, Transport
    from airalo_async.stores._fleet import Fleet

__all__ = ["Pipeline", "Prepared"]

_log = logging.getLogger("airalo_async")


class Pipeline:
    """Calls of one session.

    Attributes:
        base_url: Address of the API.
        timeouts: Its deadline is that of every call without one of its own.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        transport: Transport,
        clock: Clock,
        limits: Iterable[Limit] | None = None,
        sandbox: bool = False,
        retry: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        fleet: Fleet | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Construct a pipeline; nothing is sent yet.

        Args:
            client_id: Of the Partner Platform.
            client_secret: Of the Partner Platform.
            transport: Sends; closed with the pipeline.
            clock: What waiting and deadlines run on.
            limits: Limits to stay under; None for the documented ones.
            sandbox: Whether those of sandbox mode apply as well.
            retry: How often and how soon a call is tried again; None for the default.
            timeouts: How long a call may take; None for the default.
            fleet: Shares the token and the limits with other processes; None for a process of its own.
            draw: Gives a random number from 0 to 1.

        Raises:
            ArgumentError: An argument breaks a rule.
        """
        self.base_url = transport.base_url
        self.timeouts = timeouts or Timeouts()
        self._transport = transport
        self._clock = clock
        self._policy = retry or RetryPolicy()
        self._budget = Budget()
        self._draw = draw
        counted = DOCUMENTED if limits is None else tuple(limits)
        local = Limiter(clock, counted, sandbox=sandbox)
        self._shared = None if fleet is None else shared_limiter(fleet, clock, local, counted, sandbox=sandbox)
        self._limits: Limits = self._shared or local
        self._exchange = Exchange(transport, self._limits, clock, self.timeouts)
        make = TokenCache if fleet is None else shared_tokens(fleet)
        self._cache = make(
            client_id,
            client_secret,
            transport=transport,
            limits=self._limits,
            clock=clock,
            timeouts=self.timeouts,
            attempts=self._attempts,
        )
        self._tokens: Tokens = self._cache

    def __repr__(self) -> str:
        return f"<Pipeline {self.base_url} {self._transport} {self._tokens} {self._limits} {self._budget}>"

    async def call(self, request: Request, *, deadline: float | None = None) -> Response:
        """Make a call that buys nothing.

        Args:
            request: What to ask for.
            deadline: Seconds for all of it; None for the session's.

        Returns:
            The answer; its status is 2xx.

        Raises:
            ArgumentError: The request breaks a rule; nothing was sent.
            NotSentError: Nothing of it left this machine; it is safe to repeat.
            RequestError: No usable answer. Unless it only reads, it may have been carried out.
            ResponseError: The API said no.
        """
        ends_at = self._start(request, deadline)
        attempts = self._attempts()
        refreshed = False
        while True:
            prepared = await self._prepared(request, ends_at)
            result = await self._exchange.send(prepared, fresh=False)
            if isinstance(result, Response) and 200 <= result.status < 300:
                attempts.succeeded()
                return result
            if not refreshed and isinstance(result, Response) and rejected_token(result):
                refreshed = True
                self._tokens.invalidate(prepared.token)
                continue
            delay = self._exchange.delay(request, result, attempts, ends_at)
            if delay is None:
                url_of = self._exchange.url_of
                raise error_of(request, result, prepared.token, url_of=url_of, now=self._clock.time())
            _log.info("%s %s: %s, again in %.2f s", request.method, request.route, name_of(result), delay)
            await self._clock.sleep(delay)

    async def prepare(self, request: Request, *, deadline: float | None = None) -> Prepared:
        """Do all of a purchase that can fail harmlessly: check it, get a token, get its grant.

        Args:
            request: What to buy.
            deadline: Seconds for all of it, sending included; None for the session's.

        Raises:
            ArgumentError: The request breaks a rule; nothing was sent.
            NotSentError: No token or no grant in time; nothing was sent.
            AuthenticationError: The credentials were refused; nothing was sent.
            PermissionDeniedError: This machine may not ask for a token; nothing was sent.
        """
        ends_at = self._start(request, deadline)
        try:
            token = await self._tokens.get(ends_at)
        except (AuthenticationError, PermissionDeniedError) as error:
            error.outcome = Outcome.NOT_SENT
            raise
        except AiraloError as error:
            raise without_token(request, error, url=self._exchange.url_of(request)) from error
        return Prepared(request, token, await self._exchange.grant(request, ends_at), ends_at)

    async def send_purchase(self, prepared: Prepared, confirm: Callable[[], Awaitable[bool]]) -> Verdict:
        """Send a purchase; nothing else is awaited before it is on its way.

        It is sent again only when it is proved not to have been carried out, and after ``confirm`` returned True.

        Args:
            prepared: By ``prepare``.
            confirm: Commits that it is still being sent, by this sender. False or an exception stops it.

        Returns:
            What is known in the end. Nothing but cancellation is raised; after that it may have been carried out.
        """
        request = prepared.request
        attempts = self._attempts()
        refreshed = False
        while True:
            token = prepared.token
            result = await self._exchange.send(prepared, fresh=True)
            verdict = verdict_of(request, result, token, url_of=self._exchange.url_of, now=self._clock.time())
            if verdict.outcome is Outcome.PLACED:
                attempts.succeeded()
            if verdict.retry is Resend.NEVER or (verdict.retry is Resend.REFRESH and refreshed):
                return verdict
            if verdict.retry is Resend.REFRESH:
                refreshed = True
                self._tokens.invalidate(token)
            _log.info("%s %s: %s", request.method, request.route, name_of(result))
            try:
                again = await self._prepare_again(prepared, result, verdict, attempts)
                if again is None or not await self._confirmed(confirm, prepared.ends_at):
                    return verdict
            except Exception as error:  # noqa: BLE001  (whatever it is: nothing was carried out, nothing more is sent)
                return stopped(verdict, error)
            prepared = again

    async def close(self) -> None:
        """Let a token refresh and the transport's own connections go; may be called twice."""
        await self._cache.close()
        if self._shared is not None:
            await self._shared.close()
        await self._transport.close()

    def _attempts(self) -> Attempts:
        return Attempts(self._policy, self._budget, self._draw)

    def _start(self, request: Request, deadline: float | None) -> float:
        """Check a request, and give the instant of its deadline."""
        path_of(request)
        encode(request)
        seconds = self.timeouts.deadline if deadline is None else deadline
        if not seconds > 0:
            raise refuse("deadline", "must be more than 0 s", deadline)
        return self._clock.monotonic() + seconds

    async def _prepare_again(
        self, prepared: Prepared, result: Response | Failure, verdict: Verdict, attempts: Attempts
    ) -> Prepared | None:
        """Do what sending once more takes; None when that is not to be."""
        request, ends_at = prepared.request, prepared.ends_at
        if verdict.retry is not Resend.REFRESH:
            delay = self._exchange.delay(request, result, attempts, ends_at)
            if delay is None:
                return None
            await self._clock.sleep(delay)
        return await self._prepared(request, ends_at)

    async def _prepared(self, request: Request, ends_at: float) -> Prepared:
        token = await self._tokens.get(ends_at)
        return Prepared(request, token, await self._exchange.grant(request, ends_at), ends_at)

    async def _confirmed(self, confirm: Callable[[], Awaitable[bool]], ends_at: float) -> bool:
        async with self._clock.timeout(self._exchange.left(ends_at)):
            return await confirm()
