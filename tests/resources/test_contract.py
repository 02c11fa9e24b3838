"""Bodies that the contract allows and few recordings show: each type that a field may have, and each form of a body."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

from airalo_async import Listing
from airalo_async.testing import FakeAiralo, faults
from tests.resources._order_cases import ORDERS
from tests.resources._other_cases import ACCOUNT, CATALOGUE
from tests.resources._sim_cases import SIMS
from tests.resources._subjects import SUBJECTS

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from tests.resources._bodies import Case

CASES: Mapping[str, Case] = {**ORDERS, **SIMS, **CATALOGUE, **ACCOUNT}


def _at(value: object, path: str) -> object:
    for step in filter(None, path.split(".")):
        if step.isdecimal():
            assert isinstance(value, Sequence)
            value = value[int(step)]
        else:
            value = getattr(value, step)
    return value


async def _value(name: str, airalo: AiraloSession) -> object:
    found = SUBJECTS[name].good(airalo)
    if isinstance(found, Listing):
        return await anext(aiter(found.pages()))
    assert inspect.isawaitable(found)
    return await found


@pytest.mark.parametrize("case", CASES)
async def test_allowed_body_is_read_in_full(airalo: AiraloSession, fake: FakeAiralo, case: str) -> None:
    name, body, expected = CASES[case]
    fake.fail_next(SUBJECTS[name].method, SUBJECTS[name].path, faults.status(200, body))

    found = await _value(name, airalo)

    assert {path: _at(found, path) for path in expected} == expected
    assert getattr(found, "broken", ()) == ()
