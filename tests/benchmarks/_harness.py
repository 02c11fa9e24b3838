"""How every benchmark is measured: two sides in one run, round by round in turn, and the ratio of each round.

Absolute times say more about the machine than about the library, so none is ever compared. A round measures both sides,
and the side that goes first changes with each; what counts is the median of the rounds' ratios, shown with the
smallest and the largest.

A module of benchmarks has ``ROWS``, a tuple of ``Row``; ``_table.MODULES`` names it for each of its rows.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

from attrs import frozen

__all__ = ["FULL", "SMOKE", "Effort", "Ratio", "Row", "paired", "paired_calls", "seconds_a_call"]


@frozen
class Effort:
    """How long to measure.

    Attributes:
        rounds: Pairs of measurements.
        seconds: About how long one side of a round is measured.
        scale: Factor on the sizes that a benchmark chooses (orders, pushes, tasks); 1.0 is the real thing.
    """

    rounds: int
    seconds: float
    scale: float

    def size(self, full: int, *, least: int = 1) -> int:
        """Scale a size down, to no less than ``least``."""
        return max(least, round(full * self.scale))


_SLICE = 0.005

FULL = Effort(rounds=7, seconds=0.4, scale=1.0)
SMOKE = Effort(rounds=1, seconds=0.0, scale=0.01)


@frozen
class Ratio:
    """Ours divided by theirs, one number for each round.

    Attributes:
        rounds: The ratios.
        note: What else is worth knowing, such as the absolute figures.
    """

    rounds: tuple[float, ...]
    note: str = ""

    @property
    def median(self) -> float:
        """The figure that counts."""
        return statistics.median(self.rounds)


@frozen
class Row:
    """One line of the table.

    Attributes:
        name: Its short name, such as ``B1``; several lines of one name differ in ``what``.
        what: The two things that are compared, ours first.
        commit: The bound that must hold.
        run: Measures it.
        at_least: Whether the bound is a lower one.
    """

    name: str
    what: str
    commit: float
    run: Callable[[Effort], Ratio]
    at_least: bool = False

    def holds(self, ratio: Ratio) -> bool:
        """Tell whether a measurement is within the bound."""
        return ratio.median >= self.commit if self.at_least else ratio.median <= self.commit


def paired(ours: Callable[[], float], theirs: Callable[[], float], effort: Effort, *, unit: str = "") -> Ratio:
    """Measure both sides in turn.

    Args:
        ours: Measures our side once: seconds, or things a second.
        theirs: The same for what it is compared with.
        effort: How many rounds.
        unit: Unit of the two figures, for the note.
    """
    pairs = []
    for number in range(effort.rounds):
        gc.collect()
        if number % 2:
            their_figure, our_figure = theirs(), ours()
        else:
            our_figure, their_figure = ours(), theirs()
        pairs.append((our_figure, their_figure))
    medians = [statistics.median(side) for side in zip(*pairs, strict=True)]
    note = f"{medians[0]:.4g} ÷ {medians[1]:.4g} {unit}".rstrip()
    return Ratio(tuple(our_figure / their_figure for our_figure, their_figure in pairs), note)


def paired_calls(ours: Callable[[], object], theirs: Callable[[], object], effort: Effort, *, unit: str = "") -> Ratio:
    """Compare two plain functions by the seconds of one call.

    Within a round the sides take turns every few milliseconds, so that what else the machine does hits both alike.

    Args:
        ours: Our side.
        theirs: What it is compared with.
        effort: How many rounds, and how long.
        unit: What to add to the figures in the note.
    """
    sides = (ours, theirs)
    slices = [_calls_in(side, min(effort.seconds, _SLICE)) for side in sides]
    turns = max(1, round(effort.seconds / _SLICE))
    pairs = []
    for _ in range(effort.rounds):
        gc.collect()
        spent = [0.0, 0.0]
        for turn in range(turns):
            for side in (0, 1) if turn % 2 else (1, 0):
                spent[side] += _seconds_of(sides[side], slices[side])
        pairs.append([spent[side] / (turns * slices[side]) for side in (0, 1)])
    medians = [statistics.median(side) for side in zip(*pairs, strict=True)]
    note = f"{medians[0]:.4g} ÷ {medians[1]:.4g} s {unit}".rstrip()
    return Ratio(tuple(our_time / their_time for our_time, their_time in pairs), note)


def _calls_in(call: Callable[[], object], seconds: float) -> int:
    call()
    return max(1, int(seconds / max(_seconds_of(call, 3) / 3, 1e-7)))


def _seconds_of(call: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - started


def seconds_a_call(call: Callable[[], object], effort: Effort) -> Callable[[], float]:
    """Make the measurement of a plain function: mean seconds of one call, over about ``effort.seconds``."""
    times = _calls_in(call, effort.seconds)
    return lambda: _seconds_of(call, times) / times
