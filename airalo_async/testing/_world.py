"""The state of one fake company: tokens, orders, eSIMs, requests."""

from __future__ import annotations

import asyncio
import hashlib
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
from attrs import define, field

from airalo_async.testing._agenda import Agenda
from airalo_async.testing._catalogue import catalogue

if TYPE_CHECKING:
    from airalo_async.testing._behaviour import Behaviour
    from airalo_async.testing._catalogue import Catalogue
    from airalo_async.testing._clock import FakeClock
    from airalo_async.testing._records import Order, PlacedAirmoney, PlacedRefund, PlacedVoucher, Request, Sim

__all__ = ["OptIn", "World", "digest", "stamp"]

_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_CODE_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# Where the numbers of a fake may begin: so wide that two fakes hardly ever meet.
_FIRST_NUMBERS = (1_000_000, 2_000_000_000)
_ICCIDS = 8_900_000_000_000_000_000


@define
class OptIn:
    """A subscription to notifications.

    Attributes:
        contact: The URL or address.
        language: Of an e-mail.
        levels: Percentages of a credit limit.
        reached: The levels that were told already.
    """

    contact: str
    language: str | None = None
    levels: tuple[int, ...] = ()
    reached: set[int] = field(factory=set)


class World:
    """Everything that the fake remembers.

    Args:
        behaviour: The settings, read at every use.
        clock: The time it goes by.
    """

    def __init__(self, behaviour: Behaviour, clock: FakeClock) -> None:
        self.behaviour = behaviour
        self.clock = clock
        self.agenda = Agenda(clock)
        self.url = ""
        self.stopping = asyncio.Event()
        self._random = random.Random(behaviour.seed)  # noqa: S311  (ids of a fake)
        self.tokens: dict[str, float] = {}
        self.orders: dict[int, Order] = {}
        self.sims: dict[str, Sim] = {}
        self.requests: dict[str, Request] = {}
        self.vouchers: list[PlacedVoucher] = []
        self.airmoney: list[PlacedAirmoney] = []
        self.refunds: list[PlacedRefund] = []
        self.opt_ins: dict[str, OptIn] = {}
        self._http: aiohttp.ClientSession | None = None
        kinds = ("order", "sim", "grant", "refund", "airmoney")
        self._next = {kind: self._random.randrange(*_FIRST_NUMBERS) for kind in kinds}

    def http(self) -> aiohttp.ClientSession:
        """Give the client that delivers pushes."""
        if self._http is None:
            self._http = aiohttp.ClientSession(auto_decompress=False)
        return self._http

    async def close(self) -> None:
        """End what is going on and close the client."""
        await self.agenda.close()
        if self._http is not None:
            await self._http.close()
            self._http = None

    @property
    def catalogue(self) -> Catalogue:
        """Give the catalogue; it is built when first asked for."""
        return catalogue()

    def now(self) -> float:
        """Tell the wall time in seconds since the epoch."""
        return self.clock.time()

    def number(self, kind: str) -> int:
        """Take the next number of a kind."""
        self._next[kind] += 1
        return self._next[kind] - 1

    def new_iccid(self, number: int) -> str:
        """Make the ICCID of a numbered eSIM."""
        return str(_ICCIDS + number)

    def new_request_id(self) -> str:
        """Make a request_id: 25 characters, which may begin with a dash."""
        return "".join(self._random.choices(_ID_ALPHABET, k=25))

    def new_code(self) -> str:
        """Make a voucher code: 8 characters."""
        return "".join(self._random.choices(_CODE_ALPHABET, k=8))

    def new_token(self) -> str:
        """Issue a token."""
        token = f"eyJ0eXAiOiJKV1QifQ.{self._random.getrandbits(256):064x}.fake"
        self.tokens[token] = self.now() + self.behaviour.token_lifetime
        return token

    def token_is_good(self, token: str) -> bool:
        """Tell whether a token was issued here and still holds."""
        return self.tokens.get(token, 0.0) > self.now()


def stamp(seconds: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Write a time as the API does: UTC, without saying so."""
    return datetime.fromtimestamp(seconds, UTC).strftime(form)


def digest(*parts: object) -> str:
    """Make 64 hex digits that are always the same for the same parts."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
