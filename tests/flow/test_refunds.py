"""Refund requests, which are stored and never repeated like a purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airalo_async import errors
from airalo_async.models import Kind, State
from airalo_async.testing import faults

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.testing import FakeAiralo

PACKAGE = "change-7days-1gb"


async def test_refund_is_asked_for_once(airalo: AiraloSession, fake: FakeAiralo) -> None:
    order = await airalo.orders.submit(PACKAGE)
    iccids = [order.sims[0].iccid]

    refund = await airalo.account.request_refund(iccids, reason="NO_COVERAGE", reference="refund-1")
    again = await airalo.account.request_refund(iccids, reason="NO_COVERAGE", reference="refund-1")

    stored = await airalo.store.get("refund-1")
    assert again == refund
    assert (stored.kind, stored.state, len(fake.refunds)) == (Kind.REFUND, State.COMPLETED, 1)


async def test_lost_answer_of_a_refund_is_unresolved(airalo: AiraloSession, fake: FakeAiralo) -> None:
    order = await airalo.orders.submit(PACKAGE)
    fake.fail_next("POST", "/v2/refund", faults.drop_after_commit())

    with pytest.raises(errors.OutcomeUnknownError):
        await airalo.account.request_refund([order.sims[0].iccid], reason="NO_COVERAGE", reference="refund-1")

    assert (await airalo.store.get("refund-1")).state is State.UNRESOLVED
    assert len(fake.refunds) == 1


async def test_refused_refund_is_told_again_from_the_store(airalo: AiraloSession) -> None:
    with pytest.raises(errors.InvalidRequestError) as caught:
        await airalo.account.request_refund(["8900000000000000000"], reason="NO_COVERAGE", reference="refund-1")

    stored = await airalo.store.get("refund-1")
    assert stored.state is State.REJECTED
    assert stored.refusal is not None
    assert (stored.refusal.status, stored.refusal.reason) == (caught.value.status, caught.value.reason)
