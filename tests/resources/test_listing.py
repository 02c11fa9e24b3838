from __future__ import annotations

import logging
import pickle
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import ArgumentError, DecodeError
from airalo_async.models import Image, PageLinks, PageMeta
from airalo_async.testing import faults
from tests.resources._scripted import SIMS, page, queries, script, sims

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.models import JSON
    from airalo_async.testing import FakeAiralo


async def test_pages_are_asked_for_one_by_one(fake: FakeAiralo, airalo: AiraloSession) -> None:
    pages = [page async for page in airalo.packages.list(page_size=25).pages()]

    assert [(page.number, page.last, page.total, len(page)) for page in pages] == [
        (1, 3, 72, 25),
        (2, 3, 72, 25),
        (3, 3, 72, 22),
    ]
    assert queries(fake, "/v2/packages") == [{"limit": "25", "page": str(number)} for number in (1, 2, 3)]


async def test_items_come_in_the_order_of_the_pages(airalo: AiraloSession) -> None:
    listing = airalo.packages.list(page_size=30)

    by_item = [destination.slug async for destination in listing]
    by_page = [destination.slug async for page in listing.pages() for destination in page.items]

    assert by_item == by_page
    assert len(set(by_item)) == 72


async def test_nothing_is_sent_before_it_is_iterated(fake: FakeAiralo, airalo: AiraloSession) -> None:
    listing = airalo.packages.list()

    assert "/v2/packages" in repr(listing)
    assert queries(fake, "/v2/packages") == []


async def test_next_page_is_asked_for_only_when_wanted(fake: FakeAiralo, airalo: AiraloSession) -> None:
    async for _ in airalo.packages.list():
        break

    assert len(queries(fake, "/v2/packages")) == 1


async def test_listing_goes_on_from_a_page(airalo: AiraloSession) -> None:
    whole = [destination.slug async for destination in airalo.packages.list()]

    rest = [destination.slug async for destination in airalo.packages.list(page=2)]

    assert rest == whole[25:]


async def test_page_past_the_end_is_empty(airalo: AiraloSession) -> None:
    assert [destination async for destination in airalo.packages.list(page=9)] == []


async def test_pages_keyed_by_index_are_read(fake: FakeAiralo, airalo: AiraloSession) -> None:
    whole = [destination.slug async for destination in airalo.packages.list()]
    fake.indexed_pages = True

    assert [destination.slug async for destination in airalo.packages.list()] == whole


async def test_broken_row_costs_nobody_the_others(
    fake: FakeAiralo, airalo: AiraloSession, caplog: pytest.LogCaptureFixture
) -> None:
    rows = sims(1, 3)
    rows[1] = {"id": "no number", "iccid": "8900000461442000002"}
    script(fake, SIMS, page(rows, last_page=1))

    with caplog.at_level(logging.WARNING, "airalo_async"):
        found = [page async for page in airalo.sims.list().pages()]

    assert [sim.id for sim in found[0]] == [1, 3]
    assert [broken.path for broken in found[0].broken] == ["data[1].id"]
    assert found[0].broken[0].raw == rows[1]
    assert "left out 1 unreadable, first data[1].id" in caplog.text
    assert "no number" not in caplog.text


@pytest.mark.parametrize("number", ["1e300", "1e999", "9" * 30, "-1e300"])
async def test_number_out_of_bounds_costs_nothing_else(fake: FakeAiralo, airalo: AiraloSession, number: str) -> None:
    rows = [
        f'{{"slug":"{slug}","operators":[],"image":{{"url":"u","width":{w}}}}}' for slug, w in (("a", number), ("b", 1))
    ]
    fake.fail_next("GET", "/v2/packages", faults.status(200, f'{{"data":[{",".join(rows)}]}}'))

    [found] = [page async for page in airalo.packages.list().pages()]

    assert [(destination.slug, destination.image) for destination in found] == [("a", None), ("b", Image("u", 1))]
    assert [broken.path for broken in found[0].broken] == ["image.width"]


async def test_page_tells_all_that_stands_beside_its_rows(fake: FakeAiralo, airalo: AiraloSession) -> None:
    links: JSON = {"first": "f", "last": "l", "prev": None, "next": None}
    whole = page(sims(1, 2), current_page=1, last_page=1, per_page="25", total=2, path="p", to=2, **{"from": 1})
    script(fake, SIMS, {**whole, "links": links})

    [found] = [page async for page in airalo.sims.list().pages()]

    assert found.links == PageLinks("f", "l")
    assert found.meta == PageMeta(1, 1, 25, 2, 1, 2, "p", "success")


async def test_page_of_another_number_is_given_and_logged(
    fake: FakeAiralo, airalo: AiraloSession, caplog: pytest.LogCaptureFixture
) -> None:
    script(fake, SIMS, page(sims(1, 2), current_page=3, last_page=3))

    found = [sim async for sim in airalo.sims.list()]

    assert len(found) == 2
    assert "page 1 of /v2/sims calls itself 3" in caplog.text


async def test_loose_meta_is_understood(fake: FakeAiralo, airalo: AiraloSession) -> None:
    meta: JSON = {"current_page": "1", "last_page": "2", "per_page": None, "total": 3.0, "from": [], "to": {}}
    script(fake, SIMS, {"data": sims(1, 2), "meta": meta}, {"data": sims(3, 1), "meta": None})

    found = [(page.number, page.last, page.total) async for page in airalo.sims.list(page_size=2).pages()]

    assert found == [(1, 2, 3), (2, None, None)]


@pytest.mark.parametrize(
    "second",
    [
        page(sims(1, 2), current_page=2, last_page=3, total=6),
        page(sims(3, 2), current_page=1, last_page=3, total=6),
        page(sims(3, 2), current_page=2, last_page=2, total=4),
        page([], current_page=2, last_page=3, total=6),
    ],
    ids=["repeats", "same", "shrinks", "breaks off"],
)
async def test_untrustworthy_page_ends_the_listing(fake: FakeAiralo, airalo: AiraloSession, second: JSON) -> None:
    script(fake, SIMS, page(sims(1, 2), current_page=1, last_page=3, total=6), second)
    pages = aiter(airalo.sims.list(page_size=2).pages())

    first = await anext(pages)

    assert [sim.id for sim in first] == [1, 2]
    with pytest.raises(DecodeError, match="rows are missing"):
        await anext(pages)


@pytest.mark.parametrize("answer", [[], {}, {"data": None}, {"data": "text"}, {"data": {"limit": "no"}}, "<html>"])
async def test_answer_that_is_no_page_is_refused(fake: FakeAiralo, airalo: AiraloSession, answer: JSON) -> None:
    script(fake, SIMS, answer)

    with pytest.raises(DecodeError):
        [sim async for sim in airalo.sims.list()]


@pytest.mark.parametrize("arguments", [{"page": 0}, {"page": "1"}, {"page_size": 0}, {"page_size": True}])
async def test_page_out_of_range_is_refused_at_once(airalo: AiraloSession, arguments: dict[str, object]) -> None:
    with pytest.raises(ArgumentError) as caught:
        airalo.packages.list(**arguments)  # type: ignore[arg-type]  # wrong types are what is tried here

    assert caught.value.argument in arguments


async def test_page_size_can_be_left_to_the_api(fake: FakeAiralo, airalo: AiraloSession) -> None:
    found = [page async for page in airalo.packages.list(page_size=None).pages()]

    assert [len(page) for page in found] == [72]
    assert queries(fake, "/v2/packages") == [{"page": "1"}]


async def test_pages_do_not_overlap(airalo: AiraloSession) -> None:
    found = [{destination.slug for destination in page} async for page in airalo.packages.list(page_size=10).pages()]

    assert all(not earlier & later for earlier, later in pairwise(found))


async def test_pages_can_be_pickled(airalo: AiraloSession) -> None:
    pages = [page async for page in airalo.packages.flat(country="US").pages()]

    assert pickle.loads(pickle.dumps(pages)) == pages  # noqa: S301  (our own bytes)


async def test_page_is_a_sequence(airalo: AiraloSession) -> None:
    pages = [page async for page in airalo.packages.list(page_size=10).pages()]

    assert pages[0][0] is pages[0].items[0]
    assert pages[0][:2] == pages[0].items[:2]
    assert list(pages[0]) == list(pages[0].items)
