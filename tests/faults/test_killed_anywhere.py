"""A shop that buys and delivers is killed at any call in the package: nothing is lost, doubled or made up."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.faults._ruin import Ruin, calls_of_a_life, kill_and_take_up
from tests.faults._zygote import zygote

if TYPE_CHECKING:
    from pathlib import Path

SOAK_ROUNDS = 500


async def test_shop_killed_at_any_of_its_calls_loses_nothing(tmp_path: Path) -> None:
    ruin = await killed_often(tmp_path, [number / 13 for number in range(1, 13)])

    assert ruin.kills > 0
    assert ruin.wrong == 0, ruin


@pytest.mark.soak
async def test_shop_killed_five_hundred_times_loses_nothing(tmp_path: Path) -> None:
    ruin = await killed_often(tmp_path, [random.random() for _ in range(SOAK_ROUNDS)])  # noqa: S311  (places to die)

    print(ruin)  # noqa: T201  (a soak is run to be read)
    assert ruin.wrong == 0, ruin


async def killed_often(folder: Path, fractions: list[float]) -> Ruin:
    """Kill a shop after each of these fractions of its life."""
    total = Ruin()
    async with zygote() as processes:
        life = folder / "life"
        life.mkdir()
        calls = await calls_of_a_life(processes, life)
        for number, fraction in enumerate(fractions):
            grave = folder / f"{number}"
            grave.mkdir()
            total.add(await kill_and_take_up(processes, grave, max(1, round(calls * fraction))))
    return total
