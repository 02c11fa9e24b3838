"""The clients of the order benchmarks, each as somebody would write it who has only that library.

``python -m tests.benchmarks._order_load SIDE URL IN_FLIGHT ORDERS RAMP`` makes so many orders and prints two numbers:
orders a second, and the milliseconds of processor time that one took in this process. Some go before and after and are
not counted: they fetch the token, open the connections, and keep as many in flight as there should be.

Every side sends the same order. ``bare`` posts it and reads the answer, ``json`` parses it too; ``memory`` and
``sqlite`` are this library, which also validates, tags, stores, limits, decodes and settles.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from airalo_async.stores import RequestStore

_PACKAGE = "change-7days-1gb"
_PAYLOAD = {
    "package_id": _PACKAGE,
    "quantity": 2,
    "type": "sim",
    "description": "ref-aaaaaaaaaaaaaaaa-bbbbbbbb",
}
_HEADERS = {"Accept": "application/json", "Authorization": "Bearer " + "t" * 300}


@frozen
class _Load:
    """What a client is to do.

    Attributes:
        url: Of the server.
        in_flight: Orders at the same time.
        orders: Orders that are timed.
        ramp: Seconds over which the first ones are spread. Begun all at once they would stay in step with each other,
            and each would wait for all the others at every turn.
    """

    url: str
    in_flight: int
    orders: int
    ramp: float


def _say(orders: int, seconds: float, cpu: float) -> None:
    sys.stdout.write(f"{orders / seconds} {cpu / orders * 1000}\n")


async def _measure(order: Callable[[], Awaitable[object]], load: _Load) -> None:
    """Keep so many orders in flight, and time some in the middle, while all are."""
    first = 2 * load.in_flight
    last = first + load.orders
    done = 0
    started = cpu = 0.0

    async def worker(number: int) -> None:
        nonlocal done, started, cpu
        await asyncio.sleep(load.ramp * number / load.in_flight)
        while done < last:
            await order()
            done += 1
            if done == first:
                started, cpu = time.perf_counter(), time.process_time()
            elif done == last:
                _say(load.orders, time.perf_counter() - started, time.process_time() - cpu)

    await asyncio.gather(*map(worker, range(load.in_flight)))


async def _bare(load: _Load, *, parse: bool = False) -> None:
    import aiohttp  # noqa: PLC0415  (no side pays for what another imports; so below)

    address = load.url + "/v2/orders"
    async with aiohttp.ClientSession() as http:

        async def order() -> object:
            async with http.post(address, json=_PAYLOAD, headers=_HEADERS) as response:
                body = await response.read()
            return json.loads(body) if parse else body

        await _measure(order, load)


async def _ours(load: _Load, *, open_store: Callable[[Path], RequestStore]) -> None:
    from airalo_async import AiraloSession  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        async with AiraloSession("client", "secret", base_url=load.url, store=store) as airalo:
            await _measure(partial(airalo.orders.submit, _PACKAGE, quantity=2), load)
        await store.close()


def _memory(_folder: Path) -> RequestStore:
    from airalo_async import MemoryStore  # noqa: PLC0415

    return MemoryStore()


def _sqlite(folder: Path) -> RequestStore:
    from airalo_async import SQLiteStore  # noqa: PLC0415

    return SQLiteStore(folder / "airalo.db")


async def _httpx(load: _Load) -> None:
    import httpx  # noqa: PLC0415

    from tests.benchmarks._pydantic_order import OrderAnswer  # noqa: PLC0415

    async with httpx.AsyncClient(base_url=load.url) as http:

        async def order() -> object:
            response = await http.post("/v2/orders", json=_PAYLOAD, headers=_HEADERS)
            return OrderAnswer.model_validate_json(response.content)

        await _measure(order, load)


def _sdk(load: _Load) -> None:
    """The official SDK's bulk order: at most 50 packages a call, five threads, a new connection for each order."""
    from airalo import Airalo  # type: ignore[import-untyped]  # noqa: PLC0415  # comes without types
    from airalo.constants.api_constants import ApiConstants  # type: ignore[import-untyped]  # noqa: PLC0415
    from airalo.helpers.cached import Cached  # type: ignore[import-untyped]  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        setattr(ApiConstants, "PRODUCTION_URL", f"{load.url}/v2/")  # noqa: B010  (by name: to a type checker it is constant)
        Cached._cache_path = Path(folder)
        sdk: Any = Airalo({"client_id": "client", "client_secret": "secret"})
        sdk.order_bulk({f"{_PACKAGE}-{number}": 2 for number in range(5)}, _PAYLOAD["description"])
        started, cpu = time.perf_counter(), time.process_time()
        for first in range(0, load.orders, 50):
            packages = {f"{_PACKAGE}-{number}": 2 for number in range(first, min(first + 50, load.orders))}
            answers = sdk.order_bulk(packages, _PAYLOAD["description"])
            assert all("data" in answer for answer in answers.values())
        _say(load.orders, time.perf_counter() - started, time.process_time() - cpu)


_SIDES: dict[str, Callable[[_Load], Coroutine[object, object, None]]] = {
    "bare": _bare,
    "json": partial(_bare, parse=True),
    "memory": partial(_ours, open_store=_memory),
    "sqlite": partial(_ours, open_store=_sqlite),
    "httpx": _httpx,
}


def main(side: str, url: str, in_flight: str, orders: str, ramp: str) -> None:
    """Run one side."""
    load = _Load(url, int(in_flight), int(orders), float(ramp))
    if side == "sdk":
        _sdk(load)
    else:
        asyncio.run(_SIDES[side](load))


if __name__ == "__main__":
    main(*sys.argv[1:])
