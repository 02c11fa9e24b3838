"""B: what decoding costs, and how long it holds up the event loop.

B1 and B3 divide the time to make models of a *parsed* body by the time that ``json.loads`` takes to parse it. B2 goes
all the way, bytes to models with every price an exact decimal, on both sides.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from typing import TYPE_CHECKING

from airalo_async._codec import decode, decode_page, parse
from airalo_async.models import Destination, Order
from tests.benchmarks._bodies import catalogue_page, order_body
from tests.benchmarks._harness import Effort, Ratio, Row, paired, paired_calls, seconds_a_call
from tests.benchmarks._pydantic_catalogue import CataloguePage

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ROWS"]

_DESTINATIONS = 213
_PAGE = 25
_PACKAGES = 79  # of each destination: 213 of them are then 15 MB


def _order(effort: Effort) -> Ratio:
    body = order_body()
    value = json.loads(body)["data"]
    return paired_calls(lambda: decode(Order, value), lambda: json.loads(body), effort, unit=f"for {len(body)} bytes")


def _page_from_bytes(effort: Effort) -> Ratio:
    body = catalogue_page()
    return paired_calls(
        lambda: decode_page(Destination, parse(body, exact=True)),
        lambda: CataloguePage.model_validate_json(body),
        effort,
        unit=f"for {len(body)} bytes",
    )


def _page(effort: Effort) -> Ratio:
    body = catalogue_page()
    value = parse(body, exact=True)
    return paired_calls(
        lambda: decode_page(Destination, value), lambda: json.loads(body), effort, unit=f"for {len(body)} bytes"
    )


def _stall(effort: Effort) -> Ratio:
    destinations = effort.size(_DESTINATIONS, least=2)
    size = effort.size(_PAGE)
    whole = catalogue_page(destinations, _PACKAGES)
    counts = [min(size, destinations - start) for start in range(0, destinations, size)]
    pages = [catalogue_page(count, _PACKAGES) for count in counts]
    gc.collect()
    gc.freeze()  # what other modules hold is not to be gone through again and again while this is measured
    kept = max(asyncio.run(_longest_stall(pages, keep=True)) for _ in range(effort.rounds))
    return paired(
        lambda: asyncio.run(_longest_stall(pages)),
        seconds_a_call(lambda: decode_page(Destination, parse(whole, exact=True)), effort),
        effort,
        unit=f"s, {len(whole) / 1e6:.1f} MB in {len(pages)} pages; keeping all of them {kept:.3g} s at worst",
    )


async def _longest_stall(bodies: Iterable[bytes], *, keep: bool = False) -> float:
    """Load a catalogue, and tell the longest time for which nothing else ran.

    Args:
        bodies: Its pages.
        keep: Whether every page is kept to the end. Then the garbage collector goes through all of them now and then,
            which says more about it than about decoding.
    """
    done = False
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        before = time.perf_counter()
        while not done:
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest = max(longest, now - before)
            before = now

    watcher = asyncio.create_task(watch())
    kept = []
    for body in bodies:
        await asyncio.sleep(0)
        value = parse(body, exact=True)
        # As in a listing, which gives way between reading a page and decoding it.
        await asyncio.sleep(0)
        page = decode_page(Destination, value)
        if keep:
            kept.append(page)
    await asyncio.sleep(0)
    done = True
    await watcher
    return longest


ROWS = (
    Row("B1", "parsed order to attrs ÷ json.loads of its body", 1.15, _order),
    Row("B2", "catalogue page to attrs, all prices exact ÷ pydantic, the same", 1.30, _page_from_bytes),
    Row("B3", "parsed catalogue page to attrs, all prices exact ÷ json.loads of its body", 1.10, _page),
    Row("B4", "longest stall of the loop, catalogue in pages of 25 ÷ in one", 0.10, _stall),
)
