from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from airalo_async import testing

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.testing import FakeAiralo
    from airalo_async.testing._responses import AiraloResponses

pytest_plugins = ["pytester"]

_SUITE = """
import pytest

{mark}
async def test_buying(airalo_fake, airalo_session):
    order = await airalo_session.orders.submit("change-7days-1gb", reference="cart-17")
    assert order.sims
    assert airalo_fake.charges("cart-17") == 1
    assert airalo_fake.sandbox is {sandbox}

@pytest.fixture
def airalo_fake_options():
    return {{"sandbox": {sandbox}}}
"""


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_fixtures_work_in_both_modes(pytester: pytest.Pytester, mode: str) -> None:
    pytester.makeini(f"[pytest]\nasyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function\n")
    mark = "@pytest.mark.asyncio" if mode == "strict" else ""
    pytester.makepyfile(_SUITE.format(mark=mark, sandbox=mode == "strict"))

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)


def test_plugin_loads_nothing_heavy() -> None:
    code = (
        "import sys, airalo_async.testing._plugin\n"
        "print(*[name for name in ('aiohttp', 'attrs', 'cattrs', 'sqlite3') if name in sys.modules])"
    )

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    assert loaded.stdout.strip() == ""


def test_names_come_when_they_are_asked_for() -> None:
    for name in testing.__all__:
        assert getattr(testing, name) is not None

    assert set(testing.__all__) <= set(dir(testing))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = testing.nothing  # type: ignore[attr-defined]  # the point of it


async def test_fixtures_serve_this_suite_too(airalo_fake: FakeAiralo, airalo_session: AiraloSession) -> None:
    order = await airalo_session.orders.submit("change-7days-1gb")

    assert [placed.order_id for placed in airalo_fake.orders] == [order.id]


async def test_mocked_answers_work_on_this_aiohttp(airalo_responses: AiraloResponses, airalo_fake: FakeAiralo) -> None:
    url = "https://partners-api.airalo.com/v2/balance"
    airalo_responses.get(url, payload={"data": []})
    airalo_responses.add(url, "GET", 503, "x" * 60_000)
    seen: list[Any] = []

    async with aiohttp.ClientSession() as http:
        for address in (url, url, f"{airalo_fake.url}/v2/balance"):
            async with http.get(address) as response:
                seen.append((response.status, len(await response.read())))

    assert seen == [(200, 12), (503, 60_000), (401, 30)]
