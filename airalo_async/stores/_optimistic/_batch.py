"""A batch of units of work: run in lockstep, and committed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async.stores._optimistic._reads import Both

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airalo_async.stores._optimistic._changes import Changes, Fact
    from airalo_async.stores._optimistic._engine import Session
    from airalo_async.stores._optimistic._reads import Read
    from airalo_async.stores._optimistic._unit import Unit

__all__ = ["converse"]


async def converse(
    session: Session, units: Sequence[Unit[object]], committed: Callable[[Sequence[Changes]], None]
) -> Sequence[Unit[object]]:
    """Run units of work and commit what they write; each caller is told as soon as that is certain.

    Args:
        session: Where to read and write.
        units: The units; none of their callers is told anything when this raises, but those who wrote nothing.
        committed: Called with what was committed, before its callers are told.

    Returns:
        Units that are to be run again.
    """
    await _run(session, units)
    chosen: list[tuple[Unit[object], Changes]] = []
    again: list[Unit[object]] = []
    written: set[Fact] = set()
    for unit in units:
        changes = unit.changes
        if unit.is_torn:
            again.append(unit)
        elif changes is None:
            unit.tell()
        elif written.isdisjoint(changes.seen):
            chosen.append((unit, changes))
            written.update(changes.written())
        else:
            again.append(unit)
    again += await _commit(session, chosen, committed)
    return again


async def _run(session: Session, units: Sequence[Unit[object]]) -> None:
    now = await session.start()
    asking = [(unit, read) for unit in units if (read := unit.start(now)) is not None]
    while asking:
        answers = await _read(session, [read for _, read in asking])
        answered = zip(asking, answers, strict=True)
        asking = [(unit, read) for (unit, _), answer in answered if (read := unit.answer(answer)) is not None]


async def _read(session: Session, asked: Sequence[Read[object]]) -> Sequence[object]:
    """Answer questions; two that are asked at once become one of each, and an answer with two parts."""
    parts: list[Read[object]] = []
    for read in asked:
        parts += (read.first, read.second) if isinstance(read, Both) else (read,)
    answers = iter(await session.read(parts))
    return [(next(answers), next(answers)) if isinstance(read, Both) else next(answers) for read in asked]


async def _commit(
    session: Session,
    chosen: Sequence[tuple[Unit[object], Changes]],
    committed: Callable[[Sequence[Changes]], None],
) -> Sequence[Unit[object]]:
    verdicts = await session.commit([changes for _, changes in chosen])
    judged = list(zip(chosen, verdicts, strict=True))
    committed([changes for (_, changes), verdict in judged if verdict is not None])
    for (unit, _), verdict in judged:
        if verdict is not None:
            unit.finish(verdict)
            unit.tell()
    return [unit for (unit, _), verdict in judged if verdict is None]
