"""From bytes and headers to a reply: verify, read what the store needs, commit, answer.

Only ever 200 when the push is on disk. A commit that takes too long is answered 503 and goes on; when Airalo sends the
push again, it is a duplicate.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from attrs import frozen

from airalo_async._push import read_facts
from airalo_async._signature import check_secrets, matched_form
from airalo_async.errors import SignatureError
from airalo_async.models import PushState
from airalo_async.models._rules import refuse
from airalo_async.webhooks._delivery import describe

if TYPE_CHECKING:
    from airalo_async._clock import Clock
    from airalo_async.stores._base import Receipt, RequestStore
    from airalo_async.webhooks._stats import Stats

__all__ = ["SIGNATURE", "Headers", "Intake", "Reply", "signatures_in"]

_log = logging.getLogger("airalo_async.webhooks")
SIGNATURE = "airalo-signature"

Headers = Mapping[str, str] | Mapping[str, Sequence[str]] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
"""Headers as any framework gives them: a mapping of text or of lists, a multi-mapping, or pairs of text or bytes."""


@frozen
class Reply:
    """What to answer.

    Attributes:
        status: HTTP status; exactly 200 when the push is on disk.
        body: A short text for whoever reads the answer.
    """

    status: int
    body: str = ""


_STORED = Reply(200, "stored")
_DUPLICATE = Reply(200, "duplicate")
_LATE = Reply(503, "the push is not stored yet; send it again")
_UNSTORED = Reply(503, "the push could not be stored; send it again")


class Intake:
    """Verifies and commits pushes."""

    def __init__(
        self,
        store: RequestStore,
        secrets: str | Sequence[str],
        *,
        clock: Clock,
        max_body: int,
        commit_timeout: float,
        stats: Stats,
    ) -> None:
        self._keys = check_secrets(secrets)
        self._store = store
        self._clock = clock
        self._max_body = max_body
        self._stats = stats
        self._commit_timeout = commit_timeout
        self._writing: set[asyncio.Future[Receipt]] = set()

    async def receive(self, body: bytes, signatures: Sequence[str | bytes]) -> Reply:
        """Verify and commit a push, and tell what to answer; takes every value of the signature header."""
        if not isinstance(body, bytes):
            raise refuse("body", "must be the bytes as they came over the wire", body)
        if len(body) > self._max_body:
            self._stats.rejected += 1
            return Reply(413, "the body is too large")
        try:
            form = matched_form(body, signatures, self._keys)
        except SignatureError as error:
            self._stats.refused += 1
            return Reply(error.status, str(error))
        reply = await self._commit(body, form)
        self._stats.unstored += reply.status != 200
        return reply

    async def _commit(self, body: bytes, form: str) -> Reply:
        # Not awaited itself: a caller who is cancelled, or no longer waits, does not stop the commit.
        writing = self._store.begin_receiving(body, form, read_facts(body))
        self._writing.add(writing)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        writing.add_done_callback(partial(self._written, form, answer))
        try:
            async with self._clock.timeout(self._commit_timeout):
                return await answer
        except TimeoutError:
            _log.error("a push was not stored in time; its commit goes on")
            return _LATE

    async def drain(self, seconds: float) -> None:
        """Wait for commits that are under way; cancel what takes longer, which nobody was told of."""
        writing = set(self._writing)
        if not writing:
            return
        try:
            async with self._clock.timeout(seconds):
                await asyncio.wait(writing)
        except TimeoutError:
            _log.warning("%d commits were given up at shutdown; Airalo sends their pushes again", len(self._writing))
        finally:
            for task in writing:
                task.cancel()

    def _written(self, form: str, answer: asyncio.Future[Reply], writing: asyncio.Future[Receipt]) -> None:
        """Answer, and count what was committed whether anybody still waits or not."""
        self._writing.discard(writing)
        error = asyncio.CancelledError() if writing.cancelled() else writing.exception()
        if error is not None:
            _give(answer, _UNSTORED)
            _log.error("a push could not be stored: %s", describe(error))
            return
        receipt = writing.result()
        # First of all: whatever goes wrong with the telling, a push that is stored is answered so.
        _give(answer, _DUPLICATE if receipt.duplicate else _STORED)
        self._count(receipt, form)

    def _count(self, receipt: Receipt, form: str) -> None:
        push = receipt.push
        if push is None:
            self._stats.duplicates += 1
            return
        self._stats.stored += 1
        self._stats.alarms += len(receipt.alarms)
        for alarm in receipt.alarms:
            _log.warning("push %d: %s of %s: %s", push.id, alarm.kind, push.reference, alarm.detail)
        if push.state is PushState.DEAD:
            self._stats.quarantined += 1
            _log.error("push %d was signed but cannot be read, and is a dead letter: %s", push.id, push.error)
        else:
            self._stats.parked += push.state is PushState.PARKED
            _log.info("push %d (%s, %s) is stored, %s", push.id, push.kind, form, push.state)


def _give(answer: asyncio.Future[Reply], reply: Reply) -> None:
    if not answer.done():
        answer.set_result(reply)


def signatures_in(headers: Headers) -> list[str | bytes]:
    """Collect every value of the signature header, whatever the case of its name."""
    pairs: Iterable[tuple[object, object]] = headers.items() if isinstance(headers, Mapping) else headers
    found: list[str | bytes] = []
    for name, value in pairs:
        text = name.decode("latin-1") if isinstance(name, bytes) else str(name)
        if text.lower() == SIGNATURE:
            values = value if isinstance(value, list | tuple) else (value,)
            found.extend(each if isinstance(each, str | bytes) else str(each) for each in values)
    return found
