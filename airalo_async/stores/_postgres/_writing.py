"""The commit of a batch: locks, a check of what was seen, and one statement that writes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from airalo_async.stores._optimistic._changes import Sort
from airalo_async.stores._postgres import _statements as sql
from airalo_async.stores._records import micros, pack_push, pack_request, parked_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from airalo_async.models import StoredPush
    from airalo_async.stores._optimistic._changes import Changes, Fact, WrittenPush
    from airalo_async.stores._optimistic._engine import Verdict
    from airalo_async.stores._postgres._driver import Connection

__all__ = ["Lost", "check", "lock", "lock_number", "write"]


class Lost(Exception):  # noqa: N818  (no error: the batch is run again)
    """Between check and writing another commit came first; nothing is written."""


@frozen
class Checked:
    """What is so, under the locks of the commit.

    Attributes:
        verdicts: Whether each of the batch has seen only what is still so.
        last: Id of the last push.
        clock: The engine's time in microseconds.
    """

    verdicts: Sequence[bool]
    last: int
    clock: int


def lock_number(schema: str, name: str) -> int:
    """Make the number of an advisory lock; different names that meet in one number only wait for each other."""
    digest = hashlib.blake2b(f"airalo_async {schema} {name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def lock(schema: str, batch: Sequence[Changes], *, begun: bool) -> str:
    """Write the statements that begin a transaction and take the locks of a batch, in the same order everywhere."""
    names = {name for changes in batch for name in changes.locks}
    if any(changes.added is not None for changes in batch):
        # Ids of pushes grow in the order of commits, so who gives one commits before the next is given.
        names.add("the order of pushes")
    numbers = sorted({lock_number(schema, name) for name in names})
    taken = ", ".join(f"pg_advisory_xact_lock({number})" for number in numbers)
    statements = [] if begun else ["BEGIN"]
    statements += [f"SELECT {taken}"] if taken else []
    return "; ".join(statements)


async def check(connection: Connection, batch: Sequence[Changes]) -> Checked:
    """Look whether what was seen is still so."""
    facts: defaultdict[str, set[str]] = defaultdict(set)
    for changes in batch:
        for sort, name in changes.seen:
            facts[sort].add(name)
    found: defaultdict[Fact, list[str]] = defaultdict(list)
    rows = await connection.fetch(
        sql.CHECK,
        list(facts[Sort.REQUEST]),
        [int(push_id) for push_id in facts[Sort.PUSH]],
        list(facts[Sort.NAME]),
        list(facts[Sort.KEY]),
        list(facts[Sort.PARKED]),
        list(facts[Sort.PEERS]),
        Sort.IDENTITY in facts,
        any(changes.added is not None for changes in batch),
    )
    last, clock = 0, 0
    for sort, name, stamp in rows:
        if sort == "clock":
            clock = int(stamp)
        elif sort == "last":
            last = int(stamp or 0)
        else:
            found[sort, name].append(stamp)
    now = {fact: _joined(stamps) for fact, stamps in found.items()}
    verdicts = [all(now.get(fact, "") == stamp for fact, stamp in changes.seen.items()) for changes in batch]
    return Checked(verdicts, last, clock)


def _joined(stamps: Sequence[str]) -> str:
    """Put the parts of a stamp together, in the order of the ids that they begin with."""
    if len(stamps) == 1:
        return stamps[0]
    return ",".join(sorted(stamps, key=lambda stamp: int(stamp.partition(":")[0])))


async def write(connection: Connection, batch: Sequence[Changes], last: int, now: datetime) -> Sequence[Verdict]:
    """Write a batch that was checked.

    Raises:
        Lost: Another commit came first after all.
    """
    pushes = _number(batch, last)
    requests = [row for changes in batch for row in changes.requests.values()]
    keys = {key: ends for changes in batch for key, ends in changes.keys.items()}
    old = [row for changes in batch for row in changes.pushes.values()]
    counts = await connection.fetchrow(
        sql.WRITE,
        *_columns(
            7,
            [
                (
                    row.request.reference,
                    row.version,
                    row.request.state,
                    row.request.version,
                    micros(row.request.updated_at),
                    pack_request(row.request),
                    None if row.request.result is None else row.request.result.encode("utf-8", "surrogatepass"),
                )
                for row in requests
            ],
        ),
        *_columns(2, [(name, row.request.reference) for row in requests for name in row.names]),
        *_columns(2, list(keys.items())),
        micros(now),
        *_columns(10, [_new_push(push_id, push) for push_id, push in pushes.values()]),
        *_columns(8, [(row.push.id, row.revision, *_push(row.push)) for row in old]),
        *_columns(2, _now_parked(pushes.values(), old)),
        *_columns(2, [(name, row.push.id) for row in old for name in _no_longer_parked(row)]),
        next((changes.identity for changes in batch if changes.identity is not None), None),
    )
    if counts is None or tuple(counts) != (len(requests), len(keys), len(old)):
        raise Lost
    return [pushes[place][0] if place in pushes else 0 for place in range(len(batch))]


def _columns(width: int, rows: Sequence[tuple[object, ...]]) -> Iterable[Sequence[object]]:
    return [[row[place] for row in rows] for place in range(width)]


def _number(batch: Sequence[Changes], last: int) -> Mapping[int, tuple[int, StoredPush]]:
    """Give each new push its id, by its place in the batch."""
    added = [(place, changes.added) for place, changes in enumerate(batch) if changes.added is not None]
    return {place: (last + number, push) for number, (place, push) in enumerate(added, 1)}


def _now_parked(new: Iterable[tuple[int, StoredPush]], old: Iterable[WrittenPush]) -> Sequence[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [(name, push_id) for push_id, push in new for name in parked_names(push)]
    for row in old:
        rows += [(name, row.push.id) for name in set(parked_names(row.push)) - set(parked_names(row.previous))]
    return rows


def _no_longer_parked(row: WrittenPush) -> Iterable[str]:
    return set(parked_names(row.previous)) - set(parked_names(row.push))


def _new_push(push_id: int, push: StoredPush) -> tuple[object, ...]:
    state, reference, *others, record = _push(push)
    return (push_id, state, push.kind, reference, micros(push.received_at), *others, record, push.body)


def _push(push: StoredPush) -> tuple[object, ...]:
    """Tell the columns that any change may touch."""
    return (
        push.state,
        push.reference,
        micros(push.due_at),
        0 if push.lease_until is None else micros(push.lease_until),
        push.given_unmatched,
        pack_push(push),
    )
