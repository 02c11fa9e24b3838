from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from airalo_async.errors import (
    ArgumentError,
    DecodeError,
    InvalidRequestError,
    NotFoundError,
    RateLimitedError,
    RecycledSimError,
)
from airalo_async.models import ActivationCode, Money, PricingModel, SimDetails, SimStatus
from airalo_async.testing import faults
from tests.resources._scripted import SIMS, page, queries, script, sims

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.models import JSON
    from airalo_async.testing import FakeAiralo

SIM = "/v2/sims/{sim_iccid}"
UNKNOWN = "8999999999999999999"
CALLS = ("get", "usage", "package_history", "topup_packages", "instructions")


async def test_esim_is_looked_up(sim: SimDetails) -> None:
    assert sim.recycled is False
    assert sim.created_at is not None
    assert sim.extra == {}
    assert ActivationCode.from_sim(sim).lpa == sim.qrcode


async def test_nothing_that_installs_it_is_shown(airalo: AiraloSession, sim: SimDetails) -> None:
    whole = await airalo.sims.get(sim.iccid, include=["order", "share"])

    shown = repr(whole)

    for secret in (whole.qrcode, whole.matching_id, whole.lpa, whole.qrcode_url, whole.direct_apple_installation_url):
        assert secret
        assert secret not in shown


async def test_order_is_included_when_asked_for(fake: FakeAiralo, airalo: AiraloSession, sim: SimDetails) -> None:
    found = await airalo.sims.get(sim.iccid, include=("order", "order.status", "order.user"))

    assert sim.simable is None
    assert found.simable is not None
    assert found.simable.package_id == "change-7days-1gb"
    assert found.simable.status is not None
    assert found.simable.user is not None
    assert queries(fake, f"/v2/sims/{sim.iccid}")[-1] == {"include": "order,order.status,order.user"}


@pytest.mark.parametrize("inside", [True, False])
async def test_sharing_is_found_wherever_it_stands(
    fake: FakeAiralo,
    airalo: AiraloSession,
    inside: bool,  # noqa: FBT001  (a table of cases)
) -> None:
    shared: dict[str, JSON] = {"link": "https://esims.cloud/our-brand/a4g5ht-58", "access_code": 4812}
    order: dict[str, JSON] = {"id": 1, "code": "20261121-000001", "package_id": "a", "quantity": "1", "price": "9.50"}
    row: dict[str, JSON] = {"id": 1, "iccid": UNKNOWN, "simable": {**order, "sharing": shared} if inside else order}
    if not inside:
        row["sharing"] = shared
    fake.fail_next("GET", SIM, faults.status(200, page(row)))
    script(fake, SIMS, page([row], last_page=2), page({"1": row}, last_page=2, extra=1))

    one = await airalo.sims.get(UNKNOWN, include=["share", "order"])
    many = [sim async for sim in airalo.sims.list(include=["share", "order"], page=2)]

    for found in (one, *many):
        assert found.sharing is not None
        assert (found.sharing.link, found.sharing.access_code) == (shared["link"], "4812")
        assert found.simable is not None
        assert (found.simable.price, found.simable.extra) == (Money(Decimal("9.50"), "USD"), {})
        assert "4812" not in repr(found)


async def test_list_sends_its_filters(fake: FakeAiralo, airalo: AiraloSession, sim: SimDetails) -> None:
    created = (date(2026, 1, 1), datetime(2100, 1, 1, tzinfo=UTC))

    found = [row async for row in airalo.sims.list(created=created, iccid=sim.iccid[-6:], include=["order"])]

    assert [row.iccid for row in found] == [sim.iccid]
    assert found[0].simable is not None
    assert queries(fake, SIMS) == [
        {
            "include": "order",
            "filter[created_at]": "2026-01-01 - 2100-01-01",
            "filter[iccid]": sim.iccid[-6:],
            "limit": "25",
            "page": "1",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"created": (date(2026, 2, 1), date(2026, 1, 1))}, "created"),
        ({"created": (date(2026, 2, 1),)}, "created"),
        ({"created": date(2026, 2, 1)}, "created"),
        ({"created": ("2026-01-01", "2026-02-01")}, "created"),
        ({"created": (datetime(2026, 1, 1), datetime(2026, 2, 1))}, "created"),  # noqa: DTZ001  (naive on purpose)
        ({"iccid": ""}, "iccid"),
        ({"iccid": "%"}, "iccid"),
        ({"iccid": 89}, "iccid"),
        ({"iccid": "8" * 23}, "iccid"),
        ({"include": ["sims"]}, "include"),
        ({"include": "order,user"}, "include"),
        ({"page": 0}, "page"),
    ],
)
async def test_list_refuses_a_broken_rule_at_once(
    airalo: AiraloSession, arguments: dict[str, object], argument: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        airalo.sims.list(**arguments)  # type: ignore[arg-type]  # wrong types are what is tried here

    assert caught.value.argument == argument


async def test_broken_esim_degrades_alone(fake: FakeAiralo, airalo: AiraloSession) -> None:
    script(fake, SIMS, page([None, *sims(1, 2), {"id": 9}], last_page=1))

    pages = [page async for page in airalo.sims.list().pages()]

    assert [sim.id for sim in pages[0]] == [1, 2]
    assert [broken.path for broken in pages[0].broken] == ["data[0]", "data[3].iccid"]


@pytest.mark.parametrize("call", CALLS)
async def test_unknown_esim_is_not_found(airalo: AiraloSession, call: str) -> None:
    with pytest.raises(NotFoundError):
        await getattr(airalo.sims, call)(UNKNOWN)


@pytest.mark.parametrize("iccid", ["", "89", "8" * 23, "../orders/1234567", 8900000461442300635, None])
@pytest.mark.parametrize("call", [*CALLS, "set_brand"])
async def test_other_iccid_is_refused(fake: FakeAiralo, airalo: AiraloSession, call: str, iccid: object) -> None:
    options = {"brand_settings_name": None} if call == "set_brand" else {}

    with pytest.raises(ArgumentError) as caught:
        await getattr(airalo.sims, call)(iccid, **options)

    assert caught.value.argument == "iccid"
    assert fake.calls == ()


async def test_usage_is_told_in_megabytes(airalo: AiraloSession, sim: SimDetails) -> None:
    usage = await airalo.sims.usage(sim.iccid)

    assert usage.total == 1024
    assert usage.remaining is not None
    assert isinstance(usage.status, SimStatus)
    assert usage.extra == {}


async def test_usage_of_a_recycled_esim_is_read(fake: FakeAiralo, airalo: AiraloSession) -> None:
    zeros: dict[str, JSON] = dict.fromkeys(
        ("remaining", "total", "remaining_voice", "total_voice", "remaining_text", "total_text"), 0
    )
    body: JSON = {"data": {**zeros, "expired_at": None, "is_unlimited": None, "status": "RECYCLED"}}
    fake.fail_next("GET", f"{SIM}/usage", faults.status(200, body))

    usage = await airalo.sims.usage(UNKNOWN)

    assert usage.status is SimStatus.RECYCLED
    assert (usage.is_unlimited, usage.expired_at) == (None, None)


async def test_new_status_stays_a_string(fake: FakeAiralo, airalo: AiraloSession) -> None:
    body: JSON = {"data": {"status": "PAUSED", "remaining": "767", "expired_at": "2022-01-01 00:00:00"}}
    fake.fail_next("GET", f"{SIM}/usage", faults.status(200, body))

    usage = await airalo.sims.usage(UNKNOWN)

    assert usage.status == "PAUSED"
    assert (usage.remaining, usage.expired_at) == (767, datetime(2022, 1, 1, tzinfo=UTC))


async def test_limit_is_told_when_it_cannot_be_waited_for(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("GET", f"{SIM}/usage", faults.rate_limited(900))

    with pytest.raises(RateLimitedError) as caught:
        await airalo.sims.usage(UNKNOWN)

    assert caught.value.retry_after == 900


@pytest.mark.parametrize(
    ("model", "has_net_price"), [(PricingModel.NET, True), (PricingModel.DISCOUNT, False)], ids=["net", "discount"]
)
async def test_topups_and_history_tell_the_pricing(
    fake: FakeAiralo,
    airalo: AiraloSession,
    sim: SimDetails,
    model: PricingModel,
    has_net_price: bool,  # noqa: FBT001  (a table of cases)
) -> None:
    fake.pricing = model.value

    topups, history = await airalo.sims.topup_packages(sim.iccid), await airalo.sims.package_history(sim.iccid)

    for rows in (topups, history):
        assert rows.pricing is not None
        assert rows.pricing.model is model
        assert rows.broken == ()
    assert [(package.net_price is not None) is has_net_price for package in topups]
    assert history[0].package is not None
    assert (history[0].package.net_price is not None) is has_net_price
    assert history[0].package.id == "change-7days-1gb"


async def test_history_without_pricing_is_read(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("GET", f"{SIM}/packages", faults.status(200, {"data": []}))

    history = await airalo.sims.package_history(UNKNOWN)

    assert (len(history), history.pricing) == (0, None)


async def test_broken_topup_degrades_alone(fake: FakeAiralo, airalo: AiraloSession) -> None:
    rows: JSON = [{"id": "a-topup", "price": 10, "type": "topup"}, {"id": "b-topup", "price": None}]
    fake.fail_next("GET", f"{SIM}/topups", faults.status(200, {"data": rows}))

    topups = await airalo.sims.topup_packages(UNKNOWN)

    assert [package.id for package in topups] == ["a-topup"]
    assert [broken.path for broken in topups.broken] == ["data[1].price"]


async def test_recycled_esim_has_no_topups(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("GET", f"{SIM}/topups", faults.business_error(73, UNKNOWN))

    with pytest.raises(RecycledSimError):
        await airalo.sims.topup_packages(UNKNOWN)


async def test_instructions_come_in_the_language(fake: FakeAiralo, airalo: AiraloSession, sim: SimDetails) -> None:
    instructions = await airalo.sims.instructions(sim.iccid, language="de")

    assert fake.calls[-1].headers["accept-language"] == "de"
    assert instructions.language
    assert instructions.broken == ()
    for device in (*instructions.ios, *instructions.android):
        assert device.installation_via_qr_code is not None
        assert device.installation_via_qr_code.steps
        assert device.installation_via_qr_code.qr_code_data == sim.qrcode
        assert device.installation_manual is not None
        assert device.network_setup is not None
    assert sim.qrcode
    assert sim.qrcode not in repr(instructions)


async def test_steps_stand_in_the_order_of_their_numbers(fake: FakeAiralo, airalo: AiraloSession) -> None:
    steps: JSON = {str(number): f"Step {number}" for number in (10, 2, 1, 11, 3)}
    device: JSON = {
        "installation_manual": {"steps": steps},
        "network_setup": {"steps": ["One", "Two"], "is_roaming": None},
    }
    body: JSON = {"data": {"instructions": {"language": "EN", "ios": [device], "android": None}}}
    fake.fail_next("GET", f"{SIM}/instructions", faults.status(200, body))

    instructions = await airalo.sims.instructions(UNKNOWN)

    manual, network = instructions.ios[0].installation_manual, instructions.ios[0].network_setup
    assert manual is not None
    assert network is not None
    assert manual.steps == ("Step 1", "Step 2", "Step 3", "Step 10", "Step 11")
    assert network.steps == ("One", "Two")


async def test_broken_instructions_degrade_alone(fake: FakeAiralo, airalo: AiraloSession) -> None:
    body: JSON = {"data": {"instructions": {"ios": [{"version": "17"}, {"version": []}]}}}
    fake.fail_next("GET", f"{SIM}/instructions", faults.status(200, body))

    instructions = await airalo.sims.instructions(UNKNOWN)

    assert [device.version for device in instructions.ios] == ["17"]
    assert len(instructions.broken) == 1


async def test_missing_instructions_do_not_fit(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("GET", f"{SIM}/instructions", faults.status(200, {"data": []}))

    with pytest.raises(DecodeError) as caught:
        await airalo.sims.instructions(UNKNOWN)

    assert caught.value.path == "data.instructions"


async def test_language_that_breaks_out_is_refused(fake: FakeAiralo, airalo: AiraloSession) -> None:
    with pytest.raises(ArgumentError, match="language"):
        await airalo.sims.instructions(UNKNOWN, language="en\r\nX-Evil: 1")

    assert fake.calls == ()


async def test_brand_is_set_and_taken_away(fake: FakeAiralo, airalo: AiraloSession, sim: SimDetails) -> None:
    branded = await airalo.sims.set_brand(sim.iccid, brand_settings_name="our perfect brand")
    seen = await airalo.sims.get(sim.iccid)
    unbranded = await airalo.sims.set_brand(sim.iccid, brand_settings_name=None)

    assert (branded, seen.brand_settings_name, unbranded) == ("our perfect brand", "our perfect brand", None)
    assert fake.calls[-1].json() == {"brand_settings_name": None}


async def test_unknown_brand_is_refused(airalo: AiraloSession, sim: SimDetails) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await airalo.sims.set_brand(sim.iccid, brand_settings_name="nobody's brand")

    assert "brand_settings_name" in caught.value.fields


async def test_empty_brand_is_refused(airalo: AiraloSession) -> None:
    with pytest.raises(ArgumentError, match="brand_settings_name"):
        await airalo.sims.set_brand(UNKNOWN, brand_settings_name="")
