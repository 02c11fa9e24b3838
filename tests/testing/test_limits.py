from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller


async def test_used_up_limit_says_when_to_come_back(fake: FakeAiralo, caller: Caller) -> None:
    iccid = (await caller.order()).data["sims"][0]["iccid"]
    path = f"/v2/sims/{iccid}/packages"
    allowed = [await caller.get(path) for _ in range(10)]
    await fake.advance(20)

    refused = await caller.get(path)
    await fake.advance(int(refused.headers["Retry-After"]))
    again = await caller.get(path)

    assert [answer.headers["X-RateLimit-Remaining"] for answer in allowed] == [str(left) for left in range(9, -1, -1)]
    assert (refused.status, refused.body) == (429, {"message": "Too Many Attempts."})
    assert 38 <= int(refused.headers["Retry-After"]) <= 40
    assert (refused.headers["X-RateLimit-Limit"], refused.headers["X-RateLimit-Remaining"]) == ("10", "0")
    assert int(refused.headers["X-RateLimit-Reset"]) <= math.ceil(fake.clock.time()) + 1
    assert again.status == 200


async def test_window_slides(fake: FakeAiralo, caller: Caller) -> None:
    await fake.advance(40)
    await caller.sign_in()
    await caller.sign_in()
    await fake.advance(21)

    third = await caller.post("/v2/token", {"client_id": fake.client_id, "client_secret": fake.client_secret})
    fourth = await caller.post("/v2/token", {"client_id": fake.client_id, "client_secret": fake.client_secret})

    assert (third.status, fourth.status) == (200, 429)


async def test_limits_are_counted_by_scope(fake: FakeAiralo, caller: Caller) -> None:
    sims = (await caller.order(quantity=2)).data["sims"]
    first, second = (f"/v2/sims/{sim['iccid']}/packages" for sim in sims)
    for _ in range(10):
        await caller.get(first)

    assert (await caller.get(first)).status == 429
    assert (await caller.get(second)).status == 200
    assert fake.calls[-2].status == 429


async def test_strictest_of_two_limits_refuses(fake: FakeAiralo, caller: Caller) -> None:
    iccid = (await caller.order()).data["sims"][0]["iccid"]

    statuses = [(await caller.get(f"/v2/sims/{iccid}/usage")).status for _ in range(6)]
    await fake.advance(1)
    later = [(await caller.get(f"/v2/sims/{iccid}/usage")).status for _ in range(5)]
    await fake.advance(1)

    assert statuses == [200] * 5 + [429]
    assert later == [200] * 5
    assert (await caller.get(f"/v2/sims/{iccid}/usage")).status == 429


async def test_strangers_are_counted_before_they_are_known(caller: Caller) -> None:
    caller.token = ""

    answer = await caller.get("/v2/packages")

    assert answer.status == 401
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("80", "79")


async def test_endpoints_without_a_limit_are_free(caller: Caller) -> None:
    answers = [await caller.get("/v2/balance") for _ in range(20)]

    assert {answer.status for answer in answers} == {200}
    assert "X-RateLimit-Limit" not in answers[0].headers


async def test_sandbox_allows_five_a_second(fake: FakeAiralo, caller: Caller) -> None:
    fake.sandbox = True

    statuses = [(await caller.get("/v2/balance")).status for _ in range(6)]
    other = (await caller.get("/v2/orders")).status

    assert statuses == [200] * 5 + [429]
    assert other == 200


@pytest.mark.parametrize(("scale", "allowed"), [(1.0, 3), (2.0, 6), (0.1, 1)])
async def test_limits_can_be_scaled(fake: FakeAiralo, caller: Caller, scale: float, allowed: int) -> None:
    fake.reset_limits()
    fake.limit_scale = scale
    secrets = {"client_id": fake.client_id, "client_secret": fake.client_secret}

    statuses = [(await caller.post("/v2/token", secrets)).status for _ in range(allowed + 1)]

    assert statuses == [200] * allowed + [429]


async def test_limits_can_be_switched_off(fake: FakeAiralo, caller: Caller) -> None:
    fake.limits = False

    for _ in range(10):
        await caller.sign_in()

    assert {call.status for call in fake.calls} == {200}
