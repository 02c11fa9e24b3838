"""Looking up at once what the pushes of one transaction will ask for.

Every statement lets go of the interpreter lock and has to get it back from a busy event loop; one for all pushes of a
commit does so once.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from attrs import field, frozen

from airalo_async.models import PushFacts, StoredRequest
from airalo_async.stores._sqlite import _statements as sql
from airalo_async.stores._sqlite._request_rows import read_request

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Container, Sequence

__all__ = ["Ahead", "look_ahead"]


@frozen
class Ahead:
    """What the file held when the transaction began.

    Attributes:
        free_keys: Duplicate keys that were not there.
        requests: Stored requests by name; None for names that nothing had.
    """

    free_keys: set[str] = field(factory=set)
    requests: dict[str, StoredRequest | None] = field(factory=dict)


def look_ahead(connection: sqlite3.Connection, facts: Sequence[PushFacts], known: Container[str]) -> Ahead:
    """Look up duplicate keys of pushes, and stored requests but for those whose names are known."""
    keys = {each.key for each in facts}
    ids = {
        name: each.request_id
        for each in facts
        if each.request_id and (name := f"request {each.request_id}") not in known
    }
    tags = {name: each.tag for each in facts if each.tag and (name := f"tag {each.tag}") not in known}
    ahead = Ahead(keys, dict.fromkeys((*ids, *tags)))
    lists = [_filled(keys), _filled(ids.values()), _filled(tags.values())]
    query = sql.ahead(*map(len, lists))
    names = _filled(ahead.requests)
    lists.append(names + [None] * (len(lists[1]) + len(lists[2]) - len(names)))
    for what, name, *row in connection.execute(query, list(chain.from_iterable(lists))).fetchall():
        if what == "key":
            keys.discard(name)
        elif what == "name":
            ahead.requests[name] = ahead.requests[name] or read_request(*row)
        elif ahead.requests[name] is None:
            del ahead.requests[name]
    return ahead


def _filled(values: Collection[str | None]) -> list[str | None]:
    """Make the number of values one of few, so that few statements have to be prepared."""
    return [*values, *[None] * (-len(values) % 8)]
