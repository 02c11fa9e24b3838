"""Anything in any order: submit, lose answers, push, kill, move the clock, ask, submit again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from airalo_async.models import PushState, State
from tests.faults._machine import ShopInMemory, ShopOnDisk

if TYPE_CHECKING:
    from tests.faults._promises import Promises

# What fails is told as it is: sockets and threads have times of their own, so shrinking takes long and leads astray.
SHORT = settings(
    phases=[Phase.generate],
    stateful_step_count=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
LONG = settings(SHORT, max_examples=100, stateful_step_count=50, derandomize=False)
SOAK_MINUTES = float(os.environ.get("SOAK_MINUTES", "20"))


# What has to come about, or nothing is proved; all of it in a long run, the first few in a short one too.
COMMON = {
    *(State.SENDING, State.ACCEPTED, State.UNKNOWN, State.COMPLETED),
    *("push answered 200", "completed in the end", "unresolved in the end"),
}
RARE = {
    *State,
    *(f"push {state}" for state in PushState if state is not PushState.DEAD),
    *("alarm contradiction", "alarm twin", "alarm unresolved"),
    *("sent again under one mark", "charged twice with an excuse"),
}


@pytest.mark.parametrize(("machine", "runs"), [(ShopInMemory, 60), (ShopOnDisk, 25)])
def test_promises_hold_whatever_happens(machine: type[Promises], runs: int) -> None:
    machine.reached.clear()

    run_state_machine_as_test(machine, settings=settings(SHORT, max_examples=runs))

    assert COMMON - set(+machine.reached) == set()


@pytest.mark.soak
@pytest.mark.parametrize("machine", [ShopInMemory, ShopOnDisk])
def test_promises_hold_for_a_long_time(machine: type[Promises]) -> None:
    machine.reached.clear()
    ends_at, rounds = time.monotonic() + SOAK_MINUTES * 30, 0
    while time.monotonic() < ends_at:
        run_state_machine_as_test(machine, settings=LONG)
        rounds += 1

    print(f"{machine.__name__}: {rounds * LONG.max_examples} runs; {machine.reached}")  # noqa: T201  (to be read)
    assert (COMMON | RARE) - set(+machine.reached) == set()
