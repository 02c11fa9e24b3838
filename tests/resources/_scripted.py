"""Answers that the fake itself would never give, in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from airalo_async.testing import faults

if TYPE_CHECKING:
    from airalo_async.models import JSON
    from airalo_async.testing import FakeAiralo

DEVICES = "/v2/compatible-devices-lite"
SIMS = "/v2/sims"


def script(fake: FakeAiralo, path: str, *answers: JSON) -> None:
    """Have the next calls of a path answered so."""
    for answer in answers:
        fake.fail_next("GET", path, faults.status(200, answer))


def queries(fake: FakeAiralo, path: str) -> list[dict[str, str]]:
    """Tell the queries of all calls of a path."""
    return [dict(parse_qsl(call.query)) for call in fake.calls if call.path == path]


def sims(first: int, count: int) -> list[JSON]:
    """Make rows of a list of eSIMs."""
    return [{"id": number, "iccid": f"8900000461442{number:06}"} for number in range(first, first + count)]


def linked(data: JSON, link: JSON) -> JSON:
    """Put rows into an envelope that only links to the next page."""
    return {"data": data, "links": {"next": link}}


def page(data: JSON, **meta: JSON) -> dict[str, JSON]:
    """Put rows into the envelope of a page."""
    return {"data": data, "meta": {"message": "success", **meta}}
