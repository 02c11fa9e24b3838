"""Stores: what was asked for and what was pushed, on disk before anything else happens.

Scale on paper
--------------

*Keys and indexes.* A stored request is one row under its reference, and is found by tag, request id and order number:
three index entries, as a rule. A push is one row under an id that grows in the order of commits. Its duplicate key is
a row of its own. Requests are listed by state. What the work of a moment looks into (pushes that are pending, leased
or parked) has indexes of its own, which are as large as what is under way, not as what is stored; what may be purged
has one too.

*Cost of a request.* An order by push takes two commits to submit (SENDING, ACCEPTED), one to receive and match its
push, two to claim and finish it; those of many callers share a commit and its flush. On a server a commit of received
pushes is one question for all that they are about, and one check and write. Each is a fixed number of look-ups in
trees whose depth is the logarithm of what is stored (in Redis some are in hash tables, which have no depth):

=================  ==========================  ==========================  ==========================================
stored requests    disk or memory, about       levels of an index          what it is like
=================  ==========================  ==========================  ==========================================
10³                4 to 6 MB                   2                           all of it is cached
10⁶                4 to 6 GB, 1 to 3 purged    3                           the upper levels are cached; random keys make
                                                                           a leaf of a name or key index a read
10⁹                4 to 6 TB, 1 to 2 purged    4 to 5                      more than one engine: partition. Not in Redis
=================  ==========================  ==========================  ==========================================

The sizes are measured ones, multiplied. For a request with a push of 1.4 KB SQLite takes 4.3 KB, PostgreSQL 6.1 KB
after a full vacuum (up to 10 KB before), Redis 6.4 KB of memory; when both are purged 0.8, 2.0 and 3.0 KB (a file does
not shrink by itself, but its free pages are used again). Measured with ``python -m tests.benchmarks G1`` on a machine
of two cores that others used too, 10⁶ stored requests cost, against 10³:

=================  ==========================  ==========================  ==========================================
an engine          an order                    a push                      a match
=================  ==========================  ==========================  ==========================================
SQLite             1.08 times as much          1.22                        1.35
PostgreSQL         0.84 to 1.00                0.87 to 1.44                0.94 to 1.04
Redis              0.80                        0.79                        0.98
=================  ==========================  ==========================  ==========================================

Those are seconds, and on a server mostly noise. In instructions, of this process and of the server together, which no
neighbour changes, they are 1.04, 1.02 and 1.06 for PostgreSQL, and 1.01, 1.00 and 1.01 for Redis.

*Hot spots.* SQLite has one writer at a time, for the whole file. PostgreSQL gives ids of pushes under one lock, so
that they grow in the order of commits: one commit of received pushes at a time, whatever the number of receivers. In
Redis all keys of a store have one hash tag and live on one node, which runs one script at a time. All three answer
with batches, so that a commit carries what came in while the one before was under way. Listing all requests or pushes
goes page by page and blocks nobody.

*Partition.* A store belongs to one client id and mode, and no transaction spans two. So give each client id a file, a
schema or a prefix; a cluster then spreads them. Within one client id part by reference, by a hash or by month, into
stores of their own: a push finds its store by the tag or request id in it, so each webhook URL must lead to receivers
of one store.

*Expire.* ``purge`` removes results and bodies of what has ended, a page at a time, along an index of what is left to
remove. References, names and the keys of orders stay for good, 1 to 3 KB a request: without them a captured push or
a repeated reference would be new again. Keys of notices expire by themselves and go with the next ``purge``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from airalo_async.stores._base import RequestStore
from airalo_async.stores._memory import MemoryStore
from airalo_async.stores._urls import open_store

if TYPE_CHECKING:
    from airalo_async.stores._postgres import PostgresStore
    from airalo_async.stores._redis import RedisStore
    from airalo_async.stores._sqlite import SQLiteStore

__all__ = ["MemoryStore", "PostgresStore", "RedisStore", "RequestStore", "SQLiteStore", "open_store"]

_HOMES = {"SQLiteStore": "_sqlite", "PostgresStore": "_postgres", "RedisStore": "_redis"}
_EXTRAS = {"PostgresStore": "postgres", "RedisStore": "redis"}


def __getattr__(name: str) -> object:
    """Import a store when it is asked for: a program that uses another one does not pay for it."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    try:
        value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as missing:
        extra = _EXTRAS.get(name)
        if extra is None:
            raise
        message = f"{name} needs the extra {extra!r}: pip install 'airalo_async[{extra}]' ({missing})"
        raise ModuleNotFoundError(message, name=missing.name) from missing
    return value
