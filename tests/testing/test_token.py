from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from airalo_async.testing import FakeAiralo, faults
from tests.testing.conftest import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping


def _secrets(fake: FakeAiralo, **changes: Any) -> dict[str, Any]:
    return {"client_id": fake.client_id, "client_secret": fake.client_secret} | changes


@pytest.fixture
def stranger(fake: FakeAiralo, http: aiohttp.ClientSession) -> Caller:
    return Caller(fake, http)


async def test_token_claims_a_year(fake: FakeAiralo, stranger: Caller) -> None:
    answer = await stranger.send("POST", "/v2/token", data=_secrets(fake, grant_type="client_credentials"))

    assert answer.status == 200
    assert answer.data["token_type"] == "Bearer"
    assert answer.data["expires_in"] == 31_622_400
    assert answer.body["meta"] == {"message": "success"}


async def test_token_takes_json_and_multipart(fake: FakeAiralo, stranger: Caller) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in _secrets(fake, grant_type="client_credentials").items():
        form.add_field(name, value)

    as_json = await stranger.post("/v2/token", _secrets(fake))
    as_multipart = await stranger.send("POST", "/v2/token", data=form)

    assert as_json.status == as_multipart.status == 200


@pytest.mark.parametrize(
    ("changes", "status", "body"),
    [
        ({"client_secret": "wrong"}, 401, {"data": [], "meta": {"message": "Client authentication failed"}}),
        ({"client_secret": "ö"}, 401, {"data": [], "meta": {"message": "Client authentication failed"}}),
        ({"client_id": "nobody"}, 422, {"client_id": "The selected client id is invalid."}),
        ({"client_id": ""}, 422, {"client_id": "The client id field is required."}),
        ({"grant_type": "password"}, 422, {"grant_type": "The selected grant type is invalid."}),
    ],
)
async def test_wrong_credentials_are_refused(
    fake: FakeAiralo, stranger: Caller, changes: Mapping[str, str], status: int, body: Any
) -> None:
    answer = await stranger.send("POST", "/v2/token", data=_secrets(fake, **changes))

    assert answer.status == status
    assert answer.body == body if status == 401 else answer.data == body


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic abc"}])
async def test_calls_without_a_good_token_are_refused(stranger: Caller, header: dict[str, str]) -> None:
    answer = await stranger.get("/v2/balance", headers=header)

    assert answer.status == 401
    assert answer.body == {"message": "Unauthenticated."}


async def test_token_ends_with_its_lifetime(fake: FakeAiralo, caller: Caller) -> None:
    await fake.advance(hours=23, minutes=59)
    before = await caller.get("/v2/balance")
    await fake.advance(minutes=2)

    after = await caller.get("/v2/balance")

    assert (before.status, after.status) == (200, 401)


async def test_tokens_can_be_ended_from_outside(fake: FakeAiralo, caller: Caller) -> None:
    fake.expire_tokens()
    expired = await caller.get("/v2/balance")
    await caller.sign_in()
    again = await caller.get("/v2/balance")
    fake.revoke_tokens()
    revoked = await caller.get("/v2/balance")

    assert [expired.status, again.status, revoked.status] == [401, 200, 401]


async def test_foreign_addresses_are_turned_away(fake: FakeAiralo, caller: Caller) -> None:
    fake.allowed_ips = ("10.0.0.0/8", "192.0.2.1")
    refused = await caller.get("/v2/balance")
    fake.allowed_ips = ("127.0.0.0/8",)

    allowed = await caller.get("/v2/balance")

    assert refused.status == 403
    assert refused.body["code"] == 89
    assert refused.body["reason"].startswith("Your IP address is not permitted to access the Partner API.")
    assert allowed.status == 200


async def test_unknown_paths_and_methods_are_told_apart(fake: FakeAiralo, caller: Caller) -> None:
    fake.fail_next("GET", "/v2/nothing", faults.status(418))

    teapot = await caller.get("/v2/nothing")
    nothing = await caller.get("/v2/nothing")
    method = await caller.send("DELETE", "/v2/orders/5")

    assert (teapot.status, nothing.status, method.status) == (418, 404, 405)
