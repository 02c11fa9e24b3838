"""One token for all processes that share a store.

Theory of operation. Who needs a token claims it in the engine: it gets the token that is there, or the turn to fetch
one, or has to wait for whose turn it is. A turn is a lease on the engine's clock that is prolonged while the token call
is under way, so a process that dies holds up the others for a few seconds only. A token that the API refused is dropped
by its mark, in the same step as the claim: if another process has replaced it already, its successor is what comes
back. While the engine is away, each process fetches for itself.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING

from airalo_async._auth._bearer import Bearer
from airalo_async._auth._cache import TokenCache
from airalo_async._auth._seal import Seal
from airalo_async.errors import AiraloError, StoreError
from airalo_async.stores._shares import SealedToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async._clock import Clock
    from airalo_async._limits import Limits
    from airalo_async._retry import Attempts, Timeouts
    from airalo_async._transport import Transport
    from airalo_async.stores._fleet import SharedToken

__all__ = ["FleetTokens"]

_log = logging.getLogger("airalo_async")

LEASE = 6.0
"""Seconds a turn lasts beyond the death of who has it; a process that a busy machine holds up for less keeps it."""

_LOOK_AGAIN = 0.1
_ROOM = 1.0


class FleetTokens(TokenCache):
    """Tokens of one session of a fleet.

    Args:
        client_id: Of the Partner Platform.
        client_secret: Of the Partner Platform.
        shared: Where the token is kept.
        transport: Sends the token call.
        limits: Grants it.
        clock: Its monotonic time counts; turns are on the engine's clock.
        timeouts: Its deadline bounds one refresh.
        attempts: Gives the tries of one refresh.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        shared: SharedToken,
        transport: Transport,
        limits: Limits,
        clock: Clock,
        timeouts: Timeouts,
        attempts: Callable[[], Attempts],
    ) -> None:
        super().__init__(
            client_id,
            client_secret,
            transport=transport,
            limits=limits,
            clock=clock,
            timeouts=timeouts,
            attempts=attempts,
        )
        self._shared = shared
        self._seal = Seal(client_id, client_secret, str(transport.base_url))
        self._owner = secrets.token_hex(8)
        self._mark = ""
        self._refused = ""

    def invalidate(self, token: Bearer) -> None:
        """Drop a token that the API refused, if it is still the current one; here now, and for all at the next look."""
        if self._token is token:
            self._refused = self._mark
        super().invalidate(token)

    async def _fetch(self) -> Bearer | AiraloError:
        current = self._token
        needed = 0.0 if current is None else current.ends_at - current.renew_at + _ROOM
        try:
            while True:
                held = await self._shared.claim_token(
                    self._seal.name, owner=self._owner, lease=LEASE, needed=needed, refused=self._refused
                )
                if isinstance(held, SealedToken):
                    token = self._seal.open(held, self._clock.monotonic())
                    self._mark = held.mark
                    if token is not None:
                        return token
                    self._refused = held.mark  # damaged: nobody can use it
                elif held.mine:
                    break
                else:
                    await self._clock.sleep(min(_LOOK_AGAIN, held.seconds))
        except StoreError as error:
            _log.warning("the access token is fetched for this process alone: %s", error)
            self._mark = ""
            return await super()._fetch()
        return await self._lead(max(needed, LEASE))

    async def _lead(self, needed: float) -> Bearer | AiraloError:
        """Fetch a token for all that is usable for more seconds than the one that is there."""
        prolonging = asyncio.create_task(self._prolong(needed), name="airalo_async token turn")
        kept = False
        try:
            result = await super()._fetch()
            if isinstance(result, Bearer):
                kept = await self._put(result)
        finally:
            prolonging.cancel()
            if not kept:
                await self._release()
        return result

    async def _put(self, token: Bearer) -> bool:
        sealed = self._seal.close(token, self._clock.monotonic())
        self._mark = sealed.mark
        try:
            return await self._shared.put_token(self._seal.name, sealed, owner=self._owner)
        except StoreError as error:
            _log.warning("the access token could not be shared: %s", error)
            return False

    async def _prolong(self, needed: float) -> None:
        """Claim again and again for as long as the token call takes; a failure costs the turn only.

        As much is needed as at first: asked for less, the engine gives the token that is there, and prolongs nothing.
        """
        try:
            while True:
                await self._clock.sleep(LEASE / 3)
                await self._shared.claim_token(self._seal.name, owner=self._owner, lease=LEASE, needed=needed)
        except StoreError as error:
            _log.debug("the turn to fetch the token may end early: %s", error)

    async def _release(self) -> None:
        try:
            await self._shared.release_token(self._seal.name, owner=self._owner)
        except StoreError as error:
            _log.debug("the turn to fetch the token ends by itself: %s", error)
