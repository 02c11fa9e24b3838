from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from airalo_async.models import Balance, Money
from tests._corpus import ANY, PUSH, REQUEST, RESPONSE, read_corpus
from tests._filled import check_filled

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = ("GET /v2/sims/{}/usage", "GET /v2/sims/{}", "POST /v2/orders", "GET /v2/orders")


def index(folder: Path, whole: object) -> Path:
    (folder / "a.json").write_text("{}")
    (folder / "index.json").write_text(json.dumps(whole))
    return folder


@pytest.mark.parametrize(
    ("entry", "endpoint"),
    [
        ({"method": "GET", "endpoint": "/v2/sims/{sim_iccid}/usage"}, "GET /v2/sims/{}/usage"),
        ({"method": "get", "endpoint": "/v2/sims/8900000461442300635/usage"}, "GET /v2/sims/{}/usage"),
        ({"method": "GET", "endpoint": "/v2/sims/:iccid"}, "GET /v2/sims/{}"),
        ({"method": "GET", "endpoint": "https://partners-api.airalo.com/v2/orders?page=2"}, "GET /v2/orders"),
        ({"method": "POST", "endpoint": "orders/"}, "POST /v2/orders"),
        ({"method": "GET", "endpoint": "/v2/news"}, "GET /v2/news"),
        ({"method": "ANY", "endpoint": "*"}, ANY),
        ({}, ANY),
    ],
)
def test_endpoint_is_named_however_it_is_written(tmp_path: Path, entry: dict[str, str], endpoint: str) -> None:
    found = next(read_corpus(index(tmp_path, [{"file": "a.json", **entry}]), KNOWN))

    assert found.endpoint == endpoint


@pytest.mark.parametrize(
    ("entry", "kind", "status"),
    [
        ({"kind": "response", "status": 422}, RESPONSE, 422),
        ({"kind": "Response (observed)", "status": "404"}, RESPONSE, 404),
        ({"kind": "webhook (Airalo to partner)", "status": None}, PUSH, 200),
        ({"kind": "request application/json"}, REQUEST, 200),
        ({"method": "WEBHOOK"}, PUSH, 200),
        ({"method": "GET"}, RESPONSE, 200),
    ],
)
def test_kind_and_status_are_read(tmp_path: Path, entry: dict[str, object], kind: str, status: int) -> None:
    found = next(read_corpus(index(tmp_path, {"bodies": [{"file": "a.json", **entry}]}), KNOWN))

    assert (found.kind, found.status) == (kind, status)


@pytest.mark.parametrize("entry", [{"file": "a.json", "kind": "picture"}, {"file": "absent.json"}])
def test_entry_that_says_nothing_is_refused(tmp_path: Path, entry: dict[str, str]) -> None:
    with pytest.raises((AssertionError, FileNotFoundError)):
        list(read_corpus(index(tmp_path, [entry]), KNOWN))


@pytest.mark.parametrize(
    "data",
    [
        {"availableBalance": {"amount": 4, "currency": "EUR"}},
        {"availableBalance": 5},
        {"availableBalance": 4, "name": "balance"},
        {"availableBalance": 4, "news": 1},
    ],
    ids=["currency", "amount", "name", "unknown key"],
)
def test_value_that_lacks_something_is_found(data: object) -> None:
    with pytest.raises(AssertionError):
        check_filled(Balance(Money(Decimal(4), "USD")), data)
