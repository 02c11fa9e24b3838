"""Answers to the questions of a batch: one statement for each kind of question, whatever the number of questions."""

from __future__ import annotations

from collections import defaultdict
from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING

from airalo_async.models import PushKind, PushState, State
from airalo_async.stores._optimistic import _reads as reads
from airalo_async.stores._optimistic._reads import Kept, Peer
from airalo_async.stores._postgres import _statements as sql
from airalo_async.stores._records import unpack_push, unpack_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from airalo_async.models import StoredRequest
    from airalo_async.stores._optimistic._reads import Read
    from airalo_async.stores._postgres._driver import Connection, Record

__all__ = ["NEEDS_TRANSACTION", "answer"]

_PUSH_KINDS = {kind.value: kind for kind in PushKind}

NEEDS_TRANSACTION = (reads.Due, reads.Unmatched, reads.Purge, reads.DropKeys)
"""Kinds of questions whose answers hold locks, or write."""


async def answer(connection: Connection, asked: Sequence[Read[object]]) -> Sequence[object]:
    """Answer all questions, in their order."""
    requests = await _requests(connection, [read.reference for read in asked if isinstance(read, reads.Request)])
    named = await _named(connection, [read.name for read in asked if isinstance(read, reads.Named)])
    keys = await _keys(connection, [read.key for read in asked if isinstance(read, reads.Key)])
    pushes = await _pushes(connection, [read.push_id for read in asked if isinstance(read, reads.Push)])
    names = [name for read in asked if isinstance(read, reads.ParkedFor) for name in read.names]
    parked = await _parked_for(connection, names)
    references = [name for read in asked if isinstance(read, reads.Peers) for name in read.references]
    peers = await _peers(connection, references)
    answers: list[object] = []
    for read in asked:
        match read:
            case reads.Request():
                answers.append(requests.get(read.reference))
            case reads.Named():
                answers.append(named.get(read.name))
            case reads.Key():
                answers.append(keys.get(read.key, 0))
            case reads.Push():
                answers.append(pushes.get(read.push_id))
            case reads.ParkedFor():
                answers.append([parked.get(name, ()) for name in read.names])
            case reads.Peers():
                answers.append([peers.get(name, ()) for name in read.references])
            case _:
                answers.append(await _alone(connection, read))
    return answers


async def _alone(connection: Connection, read: Read[object]) -> object:
    """Answer a question that is too rare to be put together with others of its kind."""
    match read:
        case reads.Due():
            return await _due(connection, read)
        case reads.Unmatched():
            return _all_kept(await connection.fetch(sql.UNMATCHED, read.before, read.now, read.limit))
        case reads.Requests():
            return await _list_requests(connection, read)
        case reads.Pushes():
            return await _list_pushes(connection, read)
        case reads.Parked():
            return reads.ParkedPage(_all_kept(await connection.fetch(sql.PARKED, read.after, read.limit)), None)
        case reads.Identity():
            return await connection.fetchval(sql.IDENTITY)
        case _:
            return await _without_rows(connection, read)


async def _without_rows(connection: Connection, read: Read[object]) -> object:
    match read:
        case reads.Look():
            return await _look(connection, read)
        case reads.Tell():
            return await connection.execute(sql.TELL, read.message)
        case reads.Purge():
            return await _purge(connection, read)
        case reads.DropKeys():
            return _count(await connection.execute(sql.DROP_KEYS, read.now, read.limit))
        case _:
            raise NotImplementedError(type(read).__name__)


def _request(row: Record) -> StoredRequest:
    result = row["result"]
    return unpack_request(row["record"], None if result is None else result.decode("utf-8", "surrogatepass"))


def _kept(row: Record) -> Kept:
    return Kept(unpack_push(row["id"], row["record"], row["body"]), row["revision"])


def _all_kept(rows: Iterable[Record]) -> tuple[Kept, ...]:
    return tuple([_kept(row) for row in rows])


async def _requests(connection: Connection, references: Sequence[str]) -> Mapping[str, StoredRequest]:
    if not references:
        return {}
    return {row["reference"]: _request(row) for row in await connection.fetch(sql.REQUESTS, references)}


async def _named(connection: Connection, names: Sequence[str]) -> Mapping[str, StoredRequest]:
    if not names:
        return {}
    return {row["name"]: _request(row) for row in await connection.fetch(sql.NAMED, names)}


async def _keys(connection: Connection, keys: Sequence[str]) -> Mapping[str, int]:
    if not keys:
        return {}
    return {row["key"]: row["expires_at"] for row in await connection.fetch(sql.KEYS, keys)}


async def _pushes(connection: Connection, ids: Sequence[int]) -> Mapping[int, Kept]:
    if not ids:
        return {}
    return {row["id"]: _kept(row) for row in await connection.fetch(sql.PUSHES, ids)}


async def _parked_for(connection: Connection, names: Sequence[str]) -> Mapping[str, Sequence[Kept]]:
    found: defaultdict[str, list[Kept]] = defaultdict(list)
    for row in await connection.fetch(sql.PARKED_FOR, names) if names else ():
        found[row["name"]].append(_kept(row))
    return found


async def _peers(connection: Connection, references: Sequence[str]) -> Mapping[str, Sequence[Peer]]:
    found: defaultdict[str, list[Peer]] = defaultdict(list)
    for row in await connection.fetch(sql.PEERS, references) if references else ():
        found[row["reference"]].append(Peer(row["id"], _PUSH_KINDS[row["kind"]], row["lease_until"]))
    return found


async def _due(connection: Connection, read: reads.Due) -> tuple[Kept, ...]:
    kinds = [kind.value for kind in read.kinds]
    found = [await connection.fetch(sql.DUE, kind, read.now, read.limit, kinds) for kind in kinds]
    rows = list(merge(*found, key=itemgetter("due_at", "id")))
    return _all_kept(rows[: read.limit])


async def _list_requests(connection: Connection, read: reads.Requests) -> tuple[StoredRequest, ...]:
    states = State if read.states is None else read.states
    found = [await connection.fetch(sql.LIST_REQUESTS, read.after, read.limit, state.value) for state in states]
    rows = list(merge(*found, key=itemgetter("seq")))
    return tuple([_request(row) for row in rows[: read.limit]])


async def _list_pushes(connection: Connection, read: reads.Pushes) -> tuple[Kept, ...]:
    if read.state is None:
        rows = await connection.fetch(sql.LIST_PUSHES, read.after, read.limit)
    elif read.state is PushState.DONE:
        rows = await connection.fetch(sql.LIST_DONE, read.after, read.limit)
    else:
        rows = await connection.fetch(sql.LIST_PUSHES_IN, read.after, read.limit, read.state.value)
    return _all_kept(rows)


async def _look(connection: Connection, read: reads.Look) -> reads.News:
    rows = await connection.fetch(sql.VERSIONS, read.references)
    due = await connection.fetchval(sql.IS_ANY_DUE, list(_PUSH_KINDS), read.now)
    return reads.News(tuple([(row["reference"], row["version"]) for row in rows]), due=bool(due))


async def _purge(connection: Connection, read: reads.Purge) -> int:
    requests = _count(await connection.execute(sql.PURGE_REQUESTS, read.before, read.limit))
    return requests + _count(await connection.execute(sql.PURGE_PUSHES, read.before, read.limit - requests))


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
