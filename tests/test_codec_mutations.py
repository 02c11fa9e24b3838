"""What happens to a body that is not quite as documented: one value is lost or one item, never the page, never a crash.

The bodies are the fake's own, fetched once; hypothesis changes one place of one of them at a time.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import json
import pickle
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airalo_async._codec import decode, decode_order, decode_page
from airalo_async.errors import DecodeError
from airalo_async.models import (
    Destination,
    FutureOrderRow,
    Instructions,
    Order,
    SimDetails,
    SimPackage,
    Usage,
)
from airalo_async.testing import FakeAiralo

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_CANARY = "canary-5e0c"
_ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    2.5,
    10**400,
    1e999,
    _CANARY,
    "",
    [],
    {},
    [_CANARY],
    {_CANARY: _CANARY},
    [[]],
    {"0": None},
)
_PAGES: dict[str, type[Any]] = {
    "/v2/packages": Destination,
    "/v2/orders": Order,
    "/v2/sims": SimDetails,
}
# The fake keeps none without a webhook to call.
_FUTURE_ORDER = {
    "request_id": "ehFeHAa_R1GyIgHxNrP6Iz0Hy",
    "quantity": 1,
    "description": "",
    "status": "pending",
    "package_id": "change-7days-1gb",
    "due_date": "2026-03-24 10:00",
    "latest_cancellation_date": "2026-03-23 10:00",
}
_SINGLES: dict[str, type[Any]] = {"": SimDetails, "/usage": Usage, "/instructions": Instructions}


@functools.cache
def _bodies() -> dict[str, tuple[type[Any], Any]]:
    """Fetch answers of the fake: name to model and parsed body."""
    return asyncio.run(_fetch())


async def _fetch() -> dict[str, tuple[type[Any], Any]]:
    include = {"/v2/orders": "sims,user,status", "/v2/sims": "order,order.status,order.user,share"}
    found: dict[str, tuple[type[Any], Any]] = {}
    async with FakeAiralo() as fake, fake.session() as airalo:
        orders = [await airalo.orders.submit("change-7days-1gb", quantity=2) for _ in range(3)]
        iccid = orders[0].sims[0].iccid
        for path, kind in _PAGES.items():
            params = {"limit": "3"} | ({"include": include[path]} if path in include else {})
            found[path] = kind, await airalo.request("GET", path, params=params)
        found["/v2/future-orders"] = (
            FutureOrderRow,
            {**found["/v2/orders"][1], "data": [dict(_FUTURE_ORDER) for _ in range(3)]},
        )
        for path, kind in _SINGLES.items():
            body: Any = await airalo.request("GET", f"/v2/sims/{iccid}{path}")
            found[f"/v2/sims/iccid{path}"] = kind, body["data"].get("instructions", body["data"])
        body = await airalo.request("GET", f"/v2/sims/{iccid}/packages")
        found["/v2/sims/iccid/packages"] = SimPackage, body["data"][0]
        body = await airalo.request("GET", f"/v2/orders/{orders[0].id}", params={"include": "sims,status,user"})
        found["/v2/orders/id"] = Order, body["data"]
    return found


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(*path, key), *_places(value[key], (*path, key))]]


def _outcome(call: Callable[[], T]) -> tuple[T | None, DecodeError | None]:
    try:
        return call(), None
    except DecodeError as error:
        return None, error


@st.composite
def _mutated(draw: st.DrawFn, body: Any, first: tuple[str | int, ...] = ()) -> tuple[Any, tuple[str | int, ...]]:
    """Change one place of a body, at or below ``first``: gone, another value, or a key more beside it."""
    places = [place for place in _places(body) if place[: len(first)] == first and len(place) > len(first)]
    place = draw(st.sampled_from(places))
    changed = copy.deepcopy(body)
    parent = functools.reduce(lambda value, key: value[key], place[:-1], changed)
    change = draw(st.sampled_from(["gone", "other", "other", "more"]))
    if change == "gone":
        del parent[place[-1]]
    elif change == "more" and isinstance(parent, dict):
        parent[_CANARY] = draw(st.sampled_from(_ODD_VALUES))
    else:
        parent[place[-1]] = draw(st.sampled_from(_ODD_VALUES))
    return changed, place


@pytest.mark.parametrize(
    "name", ["/v2/sims/iccid" + path for path in _SINGLES] + ["/v2/sims/iccid/packages", "/v2/orders/id"]
)
@settings(deadline=None)  # the machine's speed is not what is tested
@given(data=st.data())
def test_changed_object_decodes_or_says_where(name: str, data: st.DataObject) -> None:
    kind, body = _bodies()[name]
    changed, _ = data.draw(_mutated(body))

    value, error = _outcome(lambda: decode(kind, changed, path="data"))

    if error is None:
        assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 (our own)
    else:
        assert error.path.startswith("data")
        assert _CANARY not in str(error) or _CANARY in error.path


@pytest.mark.parametrize("name", [*_PAGES, "/v2/future-orders"])
@settings(deadline=None)  # the machine's speed is not what is tested
@given(data=st.data())
def test_changed_item_costs_nobody_the_others(name: str, data: st.DataObject) -> None:
    kind, body = _bodies()[name]
    whole = decode_page(kind, body).items
    row = data.draw(st.integers(0, len(body["data"]) - 1))
    changed, _ = data.draw(_mutated(body, ("data", row)))

    page = decode_page(kind, changed)

    others = [item for index, item in enumerate(whole) if index != row]
    assert all(page.items.count(item) >= others.count(item) for item in others)
    assert len(page.items) in {len(whole), len(whole) - 1}
    assert len(page.items) == len(whole) or page.broken
    assert all(broken.path.startswith(f"data[{row}]") for broken in page.broken)
    assert all(_CANARY not in broken.reason for broken in page.broken)


@pytest.mark.parametrize("name", [*_PAGES, "/v2/future-orders"])
@settings(deadline=None)  # the machine's speed is not what is tested
@given(data=st.data())
def test_changed_envelope_gives_page_or_error(name: str, data: st.DataObject) -> None:
    kind, body = _bodies()[name]
    changed, place = data.draw(_mutated({**body, "data": body["data"][:1]}))

    page, error = _outcome(lambda: decode_page(kind, changed))

    if page is None:
        assert error is not None
        assert (error.path, place) == ("data", ("data",))
    else:
        assert len(page.broken) <= 1


@settings(deadline=None)  # the machine's speed is not what is tested
@given(data=st.data())
def test_changed_order_answer_decodes_or_carries_its_body(data: st.DataObject) -> None:
    changed, _ = data.draw(_mutated({"data": _bodies()["/v2/orders/id"][1]}))
    text = json.dumps(changed)

    order, error = _outcome(lambda: decode_order(text))

    if error is None:
        assert isinstance(order, Order)
    else:
        assert error.body == text
        assert _CANARY not in str(error) or _CANARY in error.path
