"""The fake's own bodies with one thing wrong: one row degrades, never the page, and nothing crashes."""

from __future__ import annotations

import asyncio
import copy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airalo_async import _codec
from airalo_async._wire import Position, Progress
from airalo_async.errors import DecodeError
from airalo_async.models import (
    Balance,
    Destination,
    Device,
    ExchangeRates,
    Instructions,
    Package,
    Page,
    ProductInformation,
    SimPackage,
    Usage,
)
from airalo_async.resources._rows import reader_of
from airalo_async.resources._sim_answers import read_sims
from airalo_async.resources.packages import _read_offers
from airalo_async.testing import FakeAiralo

if TYPE_CHECKING:
    from collections.abc import Callable

    from airalo_async.resources._rows import Reader

ROWS: dict[str, Reader[object]] = {
    "packages": reader_of(Destination),
    "flat": _read_offers,
    "sims": read_sims,
    "topups": reader_of(Package),
    "history": reader_of(SimPackage),
    "devices": reader_of(Device),
}
VALUES: dict[str, tuple[type, str | None]] = {
    "usage": (Usage, None),
    "instructions": (Instructions, "instructions"),
    "balance": (Balance, "balances"),
    "rates": (ExchangeRates, None),
    "information": (ProductInformation, None),
}
EXAMPLES = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WRONG: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 0, -1, 10**30, 1.5, 1e300, "", "x", "new word", "1e999", "\x00", [], [None], {}, {"x": [{}]}]
)


@cache
def bodies() -> dict[str, Any]:
    """Ask a fake for one body of every kind."""
    return asyncio.run(_collect())


async def _collect() -> dict[str, Any]:
    async with FakeAiralo() as fake, fake.session() as airalo:
        order = await airalo.orders.submit("change-7days-1gb", quantity=3)
        sim = f"/v2/sims/{order.sims[0].iccid}"
        paths = {
            "usage": f"{sim}/usage",
            "instructions": f"{sim}/instructions",
            "topups": f"{sim}/topups",
            "history": f"{sim}/packages",
            "devices": "/v2/compatible-devices",
            "balance": "/v2/balance",
            "rates": "/v2/finance/exchange-rates",
            "information": "/v2/packages/change-7days-1gb/product-information",
        }
        found: dict[str, Any] = {name: await airalo.request("GET", path) for name, path in paths.items()}
        included = {"include": "order,order.status,order.user,share"}
        found["sims"] = await airalo.request("GET", "/v2/sims", params=included)
        found["packages"] = await airalo.request("GET", "/v2/packages", params={"limit": "3", "include": "topup"})
        found["flat"] = found["packages"]
        return found


@st.composite
def mutated(draw: st.DrawFn, name: str, *keys: str) -> tuple[Any, list[Any]]:
    """Change one thing somewhere in a body, or in some of its keys; tell where."""
    whole = bodies()[name]
    body = copy.deepcopy({key: whole[key] for key in keys or whole})
    steps: list[Any] = []
    parent: Any = {"": body}
    step: Any = ""
    while isinstance(parent[step], dict | list) and parent[step] and (not steps or draw(st.integers(0, 3))):
        parent = parent[step]
        step = draw(st.sampled_from(sorted(parent) if isinstance(parent, dict) else range(len(parent))))
        steps.append(step)
    if isinstance(parent, dict) and draw(st.booleans()):
        del parent[step]
    elif isinstance(parent[step], dict) and draw(st.booleans()):
        parent[step]["a_new_key"] = draw(WRONG)
    else:
        parent[step] = draw(WRONG)
    return body, steps


def tried(call: Callable[[], object]) -> object:
    """Give what a call returns, or its DecodeError; anything else is a crash."""
    try:
        return call()
    except DecodeError as error:
        return error


@pytest.mark.parametrize("name", ROWS)
@EXAMPLES
@given(data=st.data())
def test_wrong_value_costs_one_row_at_most(name: str, data: st.DataObject) -> None:
    whole, read = bodies()[name], ROWS[name]
    body, steps = data.draw(mutated(name))

    page = tried(lambda: read(body))

    if isinstance(page, DecodeError):
        assert steps == ["data"]
        assert page.path == "data"
    else:
        assert isinstance(page, Page)
        hit = [] if steps[0] != "data" else whole["data"] if len(steps) == 1 else [whole["data"][steps[1]]]
        assert len(page) >= len(read(whole)) - len(read({"data": hit}))


@pytest.mark.parametrize("name", VALUES)
@EXAMPLES
@given(data=st.data())
def test_wrong_value_is_read_or_told(name: str, data: st.DataObject) -> None:
    body, _ = data.draw(mutated(name))
    kind, key = VALUES[name]

    def read() -> object:
        inner = _codec.unwrap(body)
        return _codec.decode(kind, inner.get(key) if key and isinstance(inner, dict) else inner, path="data")

    assert isinstance(tried(read), kind | DecodeError)


@pytest.mark.parametrize("name", ROWS)
def test_rows_of_numbers_and_of_texts_are_equal(name: str) -> None:
    body = bodies()[name]

    page = ROWS[name]({**body, "data": _texts(body["data"])})

    assert page.broken == ()
    assert page.items == ROWS[name](body).items


def _texts(value: Any) -> Any:
    """Write each number as its text."""
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@EXAMPLES
@given(data=st.data())
def test_wrong_meta_leads_on_or_is_told(data: st.DataObject) -> None:
    body, steps = data.draw(mutated("packages", "meta", "links"))

    more = tried(lambda: Progress(3).admit(1, Position.of(body), bodies()["packages"]["data"]))

    if isinstance(more, DecodeError):
        assert steps[0] == "meta"
        assert more.path.startswith("meta.")
    else:
        assert isinstance(more, bool)
