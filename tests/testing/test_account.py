from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Caller, Hook


async def test_balance_is_told_or_missing(fake: FakeAiralo, caller: Caller) -> None:
    fake.credit = Decimal("12.50")
    balance = await caller.get("/v2/balance")
    fake.has_account = False
    none = await caller.get("/v2/balance")

    assert balance.data == {"balances": {"name": "balance", "availableBalance": {"amount": 12.5, "currency": "USD"}}}
    assert none.data == []


async def test_refund_takes_forms_and_plain_text(fake: FakeAiralo, caller: Caller) -> None:
    iccid = (await caller.order()).data["sims"][0]["iccid"]
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in [("iccids[]", iccid), ("reason", "OTHERS"), ("notes", "broken"), ("email", "a@example.com")]:
        form.add_field(name, value)
    text = f'{{"iccids": ["{iccid}"], "reason": "NO_COVERAGE"}}'

    multipart = await caller.send("POST", "/v2/refund", data=form)
    plain = await caller.send("POST", "/v2/refund", data=text, headers={"Content-Type": "text/plain"})

    assert (multipart.status, plain.status) == (202, 202)
    assert multipart.data["refund_id"].isdecimal()
    assert len(multipart.data["created_at"]) == 16
    assert [refund.reason for refund in fake.refunds] == ["OTHERS", "NO_COVERAGE"]
    assert [refund.notes for refund in fake.refunds] == ["broken", None]
    assert fake.refunds[0].iccids == (iccid,)


async def test_refunds_are_checked(fake: FakeAiralo, caller: Caller) -> None:
    fake.limits = False
    iccid = (await caller.order()).data["sims"][0]["iccid"]

    async def refuse(**body: Any) -> Any:
        answer = await caller.post("/v2/refund", body)
        assert answer.status == 422
        return answer.data or answer.body["meta"]["message"]

    assert await refuse() == "The iccids field is required."
    assert await refuse(iccids=["1", iccid, "2"]) == "The following ICCIDs do not belong to your company: 1, 2"
    assert await refuse(iccids=[iccid] * 6) == {"iccids": "The iccids may not have more than 5 items."}
    reason = (await refuse(iccids=[iccid], reason="BAD"))["reason"]
    assert reason.startswith(
        "The selected reason is invalid. It must be one of the following: INSTALLATION_FAILURE, NO_"
    )
    assert reason.count(",") == 22
    assert await refuse(iccids=[iccid], reason="OTHERS") == {
        "notes": "The notes field is required when reason is OTHERS."
    }
    assert "notes" in await refuse(iccids=[iccid], reason="NO_COVERAGE", notes="x" * 256)
    assert "email" in await refuse(iccids=[iccid], reason="NO_COVERAGE", email="nobody")
    assert fake.refunds == ()


async def test_exchange_rates_are_text(fake: FakeAiralo, caller: Caller) -> None:
    chosen = await caller.get("/v2/finance/exchange-rates?date=2025-01-30&to=aud,GBP,XXX")
    every = await caller.get("/v2/finance/exchange-rates")
    wrong = await caller.get("/v2/finance/exchange-rates?date=today")

    assert chosen.data == {
        "date": "2025-01-30",
        "rates": [{"from": "USD", "mid": "1.42", "to": "AUD"}, {"from": "USD", "mid": "0.75", "to": "GBP"}],
    }
    assert every.data["date"] == fake.clock.now().strftime("%Y-%m-%d")
    assert len(every.data["rates"]) == 17
    assert wrong.data == {"date": "The date does not match the format Y-m-d."}


async def test_devices_come_with_and_without_model(caller: Caller) -> None:
    full = await caller.get("/v2/compatible-devices")
    lite = await caller.get("/v2/compatible-devices-lite")

    assert list(full.body) == list(lite.body) == ["data"]
    assert set(full.data[0]) == {"model", "os", "brand", "name"}
    assert set(lite.data[0]) == {"os", "brand", "name"}
    names = [row["name"] for row in lite.data]
    assert len(names) > len(set(names))


async def test_opting_in_asks_the_webhook_first(caller: Caller, hook: Hook) -> None:
    hook.alive = 404
    dead = await caller.post("/v2/notifications/opt-in", {"type": "async_orders", "webhook_url": hook.url})
    hook.alive = 200

    answer = await caller.post("/v2/notifications/opt-in", {"type": "async_orders", "webhook_url": hook.url})

    assert dead.data == {"webhook_url": "The webhook url must answer a HEAD request with status 200."}
    assert answer.data == {"notification": {"type": "async_orders", "contact_point": hook.url}}


async def test_last_opt_in_is_the_one_shown(caller: Caller, hook: Hook) -> None:
    empty = await caller.get("/v2/notifications/opt-in")
    await caller.post("/v2/notifications/opt-in", {"type": "webhook_credit_limit", "webhook_url": hook.url})
    levels = await caller.get("/v2/notifications/opt-in")
    await caller.post("/v2/notifications/opt-in", {"type": "email_low_data", "contact_point": "a@example.com"})
    mail = await caller.get("/v2/notifications/opt-in")
    gone = await caller.post("/v2/notifications/opt-out", {"type": "email_low_data"})
    before = await caller.get("/v2/notifications/opt-in")

    assert empty.data == []
    assert levels.data["notification"]["levels"] == [50, 70, 80, 90]
    assert mail.data["notification"] == {
        "type": "email_low_data",
        "contact_point": "a@example.com",
        "language": "en",
    }
    assert (gone.status, gone.body) == (204, "")
    assert before.data == levels.data


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "carrier_pigeon"}, "type"),
        ({"type": "async_orders"}, "webhook_url"),
        ({"type": "email_low_data", "email": "nobody"}, "email"),
        ({"type": "email_credit_limit", "email": "a@example.com", "levels": [51]}, "levels"),
        ({"type": "email_credit_limit", "email": "a@example.com", "levels": "50"}, "levels"),
    ],
)
async def test_opt_ins_are_checked(caller: Caller, body: dict[str, Any], field: str) -> None:
    answer = await caller.post("/v2/notifications/opt-in", body)
    out = await caller.post("/v2/notifications/opt-out", {"type": "nothing"})

    assert (answer.status, list(answer.data)) == (422, [field])
    assert out.data == {"type": "The selected type is invalid."}
