"""Sending a purchase: stored first, sent once, settled whatever happens.

The sender commits SENDING with a fresh mark and posts at once. From then on the work belongs to a task of the session,
so that a caller who is cancelled or times out only stops waiting: the answer is stored all the same. A process that
dies leaves SENDING behind; when its lease has run out, that is UNKNOWN.
"""

from __future__ import annotations

import warnings
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from airalo_async._matching import check_same, may_attempt
from airalo_async._purchase._alarms import log_alarms
from airalo_async._purchase._answers import error_of
from airalo_async._purchase._flights import Flights
from airalo_async._purchase._look import Look
from airalo_async._purchase._plan import UNLISTED, Plan, Reading
from airalo_async._purchase._unsettled import Unsettled
from airalo_async._purchase._weigh import Setback, weigh
from airalo_async._tag import make_tag
from airalo_async.errors import (
    NotSentError,
    Outcome,
    OutcomeUnknownError,
    StoreError,
    UnknownReferenceError,
)
from airalo_async.models import LeaseLapsed, NoAnswer, NothingFound, State, StoredRequest
from airalo_async.models._rules import check_flag

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from airalo_async._pipeline import Pipeline, Prepared
    from airalo_async.stores._base import RequestStore

__all__ = ["Purchases"]

T = TypeVar("T")

_LEASE_MARGIN = 30.0
_ASK_BEFORE_RESUBMIT = frozenset({State.FAILED, State.CANCELLED, State.UNRESOLVED})
_FORGETFUL = (
    "buying with an in-memory store: what was bought is forgotten when the process ends; "
    'give the session a durable one, such as store="sqlite:///airalo.db"'
)


class Purchases:
    """Sends purchases of one session.

    Args:
        owner: Names the process and session in the store.
        sandbox: Whether the store belongs to the sandbox.
        forgetful: Whether real money is spent on a store that ends with the process; buying warns once.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        store: RequestStore,
        *,
        client_id: str,
        sandbox: bool,
        owner: str,
        forgetful: bool = False,
    ) -> None:
        self.look = Look(pipeline, store, client_id)
        self.alarms: Counter[str] = Counter()
        self._pipeline = pipeline
        self._store = store
        self._client_id = client_id
        self._sandbox = sandbox
        self._owner = owner
        self._forgetful = forgetful
        self._lease = pipeline.timeouts.deadline + _LEASE_MARGIN
        self._bound = False
        self._closing = False
        self._flights = Flights()
        self._unsettled = Unsettled(store, self.alarms)

    @property
    def lease(self) -> float:
        """Seconds for which a sender is taken for alive."""
        return self._lease

    async def ready(self) -> None:
        """Open the store and bind it to the client id and mode, at first use."""
        self._check_open()
        if not self._bound:
            await self._store.bind(self._client_id, sandbox=self._sandbox)
            self._bound = True

    def _check_open(self) -> None:
        """Begin nothing that ``close`` would not wait for."""
        if self._closing:
            message = "the session is closed"
            raise NotSentError(message)

    async def submit(self, plan: Plan[T], *, resubmit: bool = False) -> T:
        """Buy, unless an earlier attempt under the reference stands against it.

        Raises:
            AiraloError: Its ``outcome`` tells what is known.
        """
        check_flag("resubmit", resubmit)
        if self._forgetful:
            self._forgetful = False
            warnings.warn(_FORGETFUL, RuntimeWarning, stacklevel=3)
        if self._closing or not self._bound:
            await self._before_sending(self.ready())
        after: str | None = None
        if plan.named:
            known = await self._before_sending(self._find(plan.reference))
            if known is not None:
                check_same(known, plan.kind, plan.fingerprint())
                standing = await self._standing(known, resubmit=resubmit)
                if standing is not None:
                    return await self._answer(plan, standing)
                after = known.attempt.tag
        if plan.due_at is not None:
            plan.check_due(self._store.clock.now())
        tag = make_tag(self._client_id, plan.reference)
        prepared = await self._pipeline.prepare(plan.request(tag))
        self._check_open()
        # A word is about what was looked for, and says nothing of an attempt that somebody has made since.
        work = self._attempt(plan, tag, prepared, resubmit=resubmit and after is not None, after=after)
        ended = await self._flights.detached(work, plan.reference)
        if isinstance(ended, Reading):
            return ended.value
        return await self._answer(plan, await self._standing(ended, resubmit=False) or ended)

    async def close(self, *, timeout: float) -> None:
        """Wait for purchases in flight, bounded; what is cut off is SENDING in the store until its lease ends.

        Outcomes that could not be stored so far get one more try.
        """
        self._closing = True
        await self._flights.land(timeout=timeout)
        await self._unsettled.close()

    def run(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Run work that must not end with its caller, and that ``close`` waits for."""
        return self._flights.run(work)

    async def _find(self, reference: str) -> StoredRequest | None:
        try:
            return await self._store.get(reference)
        except UnknownReferenceError:
            return None

    async def _before_sending(self, work: Coroutine[object, object, T]) -> T:
        """Await a use of the store after whose failure nothing is sent."""
        try:
            return await work
        except StoreError as error:
            error.outcome = Outcome.NOT_SENT
            raise

    async def _standing(self, known: StoredRequest, *, resubmit: bool) -> StoredRequest | None:
        """Tell how an earlier attempt stands; None when a new one may be made.

        One that another task or process is sending is joined. One that may have been bought is asked for.
        """
        request, joined = known, False
        if request.state is State.SENDING:
            request, joined = await self._join(request), True
        asks = request.state is State.UNKNOWN or (resubmit and request.state in _ASK_BEFORE_RESUBMIT)
        if asks and request.kind not in UNLISTED:
            request = log_alarms(request, await self.look.at(request), self.alarms)
        is_meant = request.attempt.tag == known.attempt.tag
        if not joined and may_attempt(request, resubmit=resubmit and is_meant, now=self._store.clock.now()):
            return None
        return request

    async def _join(self, request: StoredRequest) -> StoredRequest:
        """Wait until whoever is sending has an outcome, or its lease has run out."""
        while request.state is State.SENDING:
            left = (request.attempt.lease_until - self._store.clock.now()).total_seconds()
            try:
                request = await self._store.changed(request.reference, request.version, timeout=max(left, 0.0))
            except TimeoutError:
                request = await self._store.settle(request.reference, LeaseLapsed())
        return request

    async def _answer(self, plan: Plan[T], request: StoredRequest) -> T:
        error = error_of(request)
        if error is not None:
            raise error
        return plan.rebuild(await self.look.restored(request))

    async def _attempt(
        self, plan: Plan[T], tag: str, prepared: Prepared, *, resubmit: bool, after: str | None
    ) -> Reading[T] | StoredRequest:
        """Commit, send, settle; gives the stored request where an earlier attempt stands against it or has bought."""
        begun = await self._before_sending(
            self._store.begin(plan.purchase(tag), owner=self._owner, lease=self._lease, resubmit=resubmit, after=after)
        )
        request = begun.request
        if not begun.fresh:
            return request
        confirm = partial(self._store.confirm, plan.reference, tag, lease=self._lease)
        told = weigh(plan, request, await self._pipeline.send_purchase(prepared, confirm))
        settled = await self._settle(request, told)
        if isinstance(told, Reading):
            return told
        if settled.state in (State.ACCEPTED, State.COMPLETED):
            return settled
        error = told.error
        if isinstance(error, OutcomeUnknownError):
            error.request = settled
        elif settled.state is State.UNKNOWN and not settled.placed:
            # This attempt came to nothing, but an earlier one may have bought.
            raise (error_of(settled) or error) from error
        raise error

    async def _settle(self, request: StoredRequest, told: Reading[T] | Setback) -> StoredRequest:
        """Commit the evidence; when the store fails, keep trying in the background and say so."""
        evidence = told.evidence
        try:
            settled = await self._store.settle(request.reference, evidence)
            if isinstance(evidence, NoAnswer) and request.kind in UNLISTED and not evidence.placed:
                settled = await self._store.settle(request.reference, NothingFound())
        except StoreError as error:
            self._unsettled.keep(request, evidence)
            if isinstance(told, Setback):
                error.outcome = told.error.outcome
                raise error from told.error
            error.result, error.outcome = told.value, Outcome.PLACED
            raise
        return log_alarms(request, settled, self.alarms)
