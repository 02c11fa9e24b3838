from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from airalo_async.testing._json import php_json, sign

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller

PACKAGE = "change-7days-1gb"


async def test_forms_are_echoed_as_text(caller: Caller) -> None:
    fields = [("package_id", PACKAGE), ("quantity", "1"), ("to_email", "a@b"), ("sharing_option[]", "link")]
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in [*fields, ("copy_address[]", "ö@example.com"), ("description", "für\r\ndich")]:
        form.add_field(name, value)

    urlencoded = await caller.send("POST", "/v2/orders", data=fields)
    multipart = await caller.send("POST", "/v2/orders", data=form)

    assert urlencoded.data["quantity"] == multipart.data["quantity"] == "1"
    assert multipart.data["description"] == "für\r\ndich"


async def test_validation_errors_need_an_accept_header(caller: Caller) -> None:
    good = await caller.post("/v2/orders", {"package_id": PACKAGE, "quantity": 1}, headers={"Accept": "*/*"})
    bad = await caller.post("/v2/orders", {"package_id": PACKAGE, "quantity": 99}, headers={"Accept": "*/*"})

    assert good.status == 200
    assert bad.status == 500
    assert bad.headers["Content-Type"].startswith("text/html")
    assert "Server Error" in bad.body


@pytest.mark.parametrize("value", ["", "null"])
async def test_empty_signature_header_is_let_through(caller: Caller, value: str) -> None:
    answer = await caller.post(
        "/v2/orders", {"package_id": PACKAGE, "quantity": 1}, headers={"airalo-signature": value}
    )

    assert answer.status == 200


async def test_request_signatures_are_checked(fake: FakeAiralo, caller: Caller) -> None:
    body = {"package_id": PACKAGE, "quantity": 1, "description": "ü/", "webhook_url": None}
    forms = (php_json(body), php_json(body).replace("\\u00fc", "ü"))

    good = [
        await caller.post("/v2/orders", body, headers={"airalo-signature": sign(form, fake.client_secret)})
        for form in forms
    ]
    bad = await caller.post("/v2/orders", body, headers={"airalo-signature": "ab" * 64})

    assert [answer.status for answer in good] == [200, 200]
    assert bad.status == 422
    assert bad.body == {"code": 14, "reason": "Invalid checksum: the signature does not match the parameters."}
    assert len(fake.orders) == 2


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[" * 100_000),
        ("application/json", b"\xff\xfe"),
    ],
)
async def test_broken_bodies_are_refused(caller: Caller, content_type: str, body: bytes) -> None:
    answer = await caller.send("POST", "/v2/orders", data=body, headers={"Content-Type": content_type})

    assert answer.status == 400


async def test_lists_may_come_as_text(caller: Caller) -> None:
    good = await caller.order(to_email="a@b", sharing_option='["link","pdf"]', copy_address="c@d")
    bad = await caller.order(to_email="a@b", sharing_option="[link")

    assert good.status == 200
    assert list(bad.data) == ["sharing_option(0)"]
