"""How long a call may take, whether to try it once more, and when. Policy as data; pure, the random number is given.

A session shares one budget between its calls: when the API is down, retries run dry instead of doubling the load.
"""

from __future__ import annotations

import math
import random
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from airalo_async.models._rules import check_int, check_seconds, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["RETRYABLE", "Attempts", "Budget", "RetryPolicy", "Timeouts", "retry_after"]

_OF_THE_REST = 0.9

RETRYABLE = frozenset({408, 500, 502, 503, 504})
"""Statuses after which an idempotent call is tried again; 401 and 429 have rules of their own."""


@frozen
class Timeouts:
    """How long a call may take, in seconds.

    Attributes:
        deadline: The whole call: token, limits, retries and all. On the session's clock; the others run on real time.
        connect: Getting a connection: waiting for a free one, DNS, TCP and TLS.
        sock_connect: TCP alone, for each address.
        sock_read: Silence of the API while its answer is waited for or read.
    """

    deadline: float = 60.0
    connect: float = 10.0
    sock_connect: float = 10.0
    sock_read: float = 60.0

    def __attrs_post_init__(self) -> None:
        for name in ("deadline", "connect", "sock_connect", "sock_read"):
            check_seconds(f"timeout.{name}", getattr(self, name))
        if self.deadline == math.inf:
            raise refuse("timeout.deadline", "must be finite", self.deadline)

    @classmethod
    def of(cls, value: float | Timeouts | None) -> Timeouts:
        """Read what a caller gave: None for the defaults, a number for the deadline alone."""
        if isinstance(value, Timeouts):
            return value
        if value is None:
            return cls()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refuse("timeout", "must be seconds, or Timeouts", value)
        return cls(deadline=float(value))

    def within(self, left: float) -> Timeouts:
        """Fit the phases into what is left of the deadline, in seconds.

        Connecting ends before the deadline does, so that a dead connect can be told from a lost answer. A silence that
        could only end after it needs no timer of its own, which would be set anew for each piece of the answer.
        """
        timeouts = self if self.sock_read < left else _patient(self)
        if left * _OF_THE_REST >= self.connect:
            return timeouts
        return evolve(timeouts, connect=max(left * _OF_THE_REST, 0.001))


@lru_cache(maxsize=16)
def _patient(timeouts: Timeouts) -> Timeouts:
    return evolve(timeouts, sock_read=math.inf)


@frozen
class RetryPolicy:
    """How often and how soon a call is tried again.

    Attributes:
        attempts: Tries in all, the first included; 1 turns retries off.
        base: Seconds; the wait before retry ``i`` (from 0) is between 0 and ``base·2^i``.
        limited_base: The same after a 429 that did not say how long to wait.
        cap: Longest wait in seconds.
    """

    attempts: int = 3
    base: float = 0.2
    limited_base: float = 1.0
    cap: float = 20.0

    def __attrs_post_init__(self) -> None:
        check_int("attempts", self.attempts)
        for name in ("base", "limited_base", "cap"):
            check_seconds(name, getattr(self, name), zero=True)

    def delay(self, retry: int, draw: float, *, limited: bool = False) -> float:
        """Give the seconds to wait before a retry: full jitter.

        Args:
            retry: 0 for the first one.
            draw: A random number from 0 to 1.
            limited: Whether the API turned the call away with a 429.
        """
        base = self.limited_base if limited else self.base
        return draw * min(self.cap, base * 2.0 ** min(retry, 64))


class Budget:
    """Retries that a session may still make: a bucket that first-try successes fill up again.

    Args:
        size: What the full bucket holds.
        cost: What a retry takes out of it.
        limited_cost: What a retry after a 429 takes: the API is alive, and said when to come back.
        refund: What a success at the first try puts back.
    """

    def __init__(self, *, size: float = 100, cost: float = 14, limited_cost: float = 5, refund: float = 1) -> None:
        self._size = self._left = size
        self._cost = cost
        self._limited_cost = limited_cost
        self._refund = refund

    def __repr__(self) -> str:
        return f"<Budget {self._left:g} of {self._size:g}>"

    def spend(self, *, limited: bool = False) -> bool:
        """Pay for one retry; False when the bucket does not hold enough."""
        cost = self._limited_cost if limited else self._cost
        if cost > self._left:
            return False
        self._left -= cost
        return True

    def refund(self) -> None:
        """Pay back for a success at the first try."""
        if self._left < self._size:
            self._left = min(self._size, self._left + self._refund)


class Attempts:
    """The tries of one call.

    Args:
        policy: How often and how soon.
        budget: Shared by the session.
        draw: Gives a random number from 0 to 1.
    """

    def __init__(self, policy: RetryPolicy, budget: Budget, draw: Callable[[], float] = random.random) -> None:
        self._policy = policy
        self._budget = budget
        self._draw = draw
        self.made = 1

    def again(self, left: float, *, limited: bool = False, after: float | None = None) -> float | None:
        """Give the seconds to wait before the next try, or None when there is to be none.

        Args:
            left: Seconds until the deadline.
            limited: Whether the API turned the call away with a 429.
            after: Seconds that the API asked to wait, if it did.
        """
        if self.made >= self._policy.attempts:
            return None
        delay = self._policy.delay(self.made - 1, self._draw(), limited=limited) if after is None else after
        if delay >= left or not self._budget.spend(limited=limited):
            return None
        self.made += 1
        return delay

    def succeeded(self) -> None:
        """Tell the budget of a success."""
        if self.made == 1:
            self._budget.refund()


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Read ``Retry-After``: seconds from now, or None when it is absent, junk or in the past.

    Args:
        headers: Of the answer, names in lower case.
        now: Wall time in seconds since the epoch, for the form that is an HTTP date.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if seconds >= 0 else None
