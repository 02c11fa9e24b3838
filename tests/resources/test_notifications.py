from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from airalo_async.errors import ArgumentError, DecodeError, InvalidRequestError, RequestError, ServerError
from airalo_async.models import CreditLevel, LowDataTrigger, NotificationKind, SimulatedEvent
from airalo_async.testing import faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airalo_async import AiraloSession
    from airalo_async.models import JSON
    from airalo_async.testing import FakeAiralo

OPT_IN = "/v2/notifications/opt-in"
SIMULATOR = "/v2/simulator/webhook"


class Hook:
    """A webhook that remembers what came."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.pushes: list[dict[str, object]] = []

    async def take(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            self.pushes.append(await request.json())
        return web.Response(status=self.status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_route("*", "/airalo", hook.take)
    async with TestServer(app) as server:
        hook.url = str(server.make_url("/airalo"))
        yield hook


async def test_async_orders_are_opted_in_to(fake: FakeAiralo, airalo: AiraloSession, hook: Hook) -> None:
    notification = await airalo.notifications.opt_in_async_orders(hook.url)

    assert (notification.type, notification.contact_point) == (NotificationKind.ASYNC_ORDERS, hook.url)
    assert fake.calls[-1].json() == {"type": "async_orders", "webhook_url": hook.url}


async def test_low_data_goes_to_a_webhook(fake: FakeAiralo, airalo: AiraloSession, hook: Hook) -> None:
    notification = await airalo.notifications.opt_in_low_data(webhook_url=hook.url)

    assert notification.type is NotificationKind.WEBHOOK_LOW_DATA
    assert fake.calls[-1].json() == {"type": "webhook_low_data", "webhook_url": hook.url}


async def test_low_data_goes_to_an_address(fake: FakeAiralo, airalo: AiraloSession) -> None:
    notification = await airalo.notifications.opt_in_low_data(email="desk@shop.example", language="de")

    assert (notification.contact_point, notification.language) == ("desk@shop.example", "de")
    assert fake.calls[-1].json() == {"type": "email_low_data", "email": "desk@shop.example", "language": "de"}


async def test_credit_limit_goes_to_a_webhook(fake: FakeAiralo, airalo: AiraloSession, hook: Hook) -> None:
    notification = await airalo.notifications.opt_in_credit_limit(webhook_url=hook.url, levels=[90, 50, 90])

    assert notification.levels == (50, 90)
    assert fake.calls[-1].json() == {"type": "webhook_credit_limit", "webhook_url": hook.url, "levels": [50, 90]}


async def test_credit_limit_goes_to_an_address(fake: FakeAiralo, airalo: AiraloSession) -> None:
    notification = await airalo.notifications.opt_in_credit_limit(email="desk@shop.example")

    assert notification.type is NotificationKind.EMAIL_CREDIT_LIMIT
    assert fake.calls[-1].json()["levels"] == [50, 70, 80, 90]
    assert fake.calls[-1].json()["language"] == "en"


async def test_dead_webhook_is_refused_by_the_api(airalo: AiraloSession, hook: Hook) -> None:
    hook.status = 404

    with pytest.raises(InvalidRequestError) as caught:
        await airalo.notifications.opt_in_async_orders(hook.url)

    assert "webhook_url" in caught.value.fields


async def test_opt_in_is_not_repeated_by_itself(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("POST", OPT_IN, faults.drop_after_commit())

    with pytest.raises(RequestError):
        await airalo.notifications.opt_in_low_data(email="desk@shop.example")

    assert len([call for call in fake.calls if call.path == OPT_IN]) == 1


@pytest.mark.parametrize("contact", [{}, {"webhook_url": "https://shop.example", "email": "desk@shop.example"}])
@pytest.mark.parametrize("call", ["opt_in_low_data", "opt_in_credit_limit"])
async def test_exactly_one_contact_is_demanded(airalo: AiraloSession, call: str, contact: dict[str, str]) -> None:
    with pytest.raises(ArgumentError, match="or email, and not both"):
        await getattr(airalo.notifications, call)(**contact)


@pytest.mark.parametrize(
    ("call", "arguments", "argument"),
    [
        ("opt_in_async_orders", {"webhook_url": "shop.example/airalo"}, "webhook_url"),
        ("opt_in_async_orders", {"webhook_url": "ftp://shop.example"}, "webhook_url"),
        ("opt_in_low_data", {"webhook_url": "https://"}, "webhook_url"),
        ("opt_in_low_data", {"email": "desk"}, "email"),
        ("opt_in_low_data", {"email": "desk@shop.example", "language": ""}, "language"),
        ("opt_in_credit_limit", {"email": "desk@shop.example", "levels": []}, "levels"),
        ("opt_in_credit_limit", {"email": "desk@shop.example", "levels": [60]}, "levels"),
        ("opt_in_credit_limit", {"email": "desk@shop.example", "levels": ["50"]}, "levels"),
        ("opt_out", {"kind": "webhook_async_orders"}, "kind"),
        ("simulate", {"event": "low_data"}, "event"),
        ("simulate", {"event": "low_data_notification"}, "type"),
        ("simulate", {"event": "low_data_notification", "type": "data_50"}, "type"),
        ("simulate", {"event": "credit_limit_notification"}, "level"),
        ("simulate", {"event": "credit_limit_notification", "level": True}, "level"),
        ("simulate", {"event": "async_order_notification", "iccid": "89"}, "iccid"),
        ("simulate", {"event": "async_order_notification", "webhook_url": "/airalo"}, "webhook_url"),
    ],
)
async def test_broken_rule_is_refused_unsent(
    fake: FakeAiralo, airalo: AiraloSession, call: str, arguments: dict[str, object], argument: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        await getattr(airalo.notifications, call)(**arguments)

    assert caught.value.argument == argument
    assert fake.calls == ()


async def test_subscription_is_looked_up(airalo: AiraloSession) -> None:
    before = await airalo.notifications.get()
    made = await airalo.notifications.opt_in_low_data(email="desk@shop.example")

    assert before is None
    assert await airalo.notifications.get() == made


@pytest.mark.parametrize(
    "body",
    [{"data": None}, {"data": []}, {"data": {}}, {"data": {"notification": None}}, {"data": {"notification": []}}],
)
async def test_no_subscription_is_none(fake: FakeAiralo, airalo: AiraloSession, body: JSON) -> None:
    fake.fail_next("GET", OPT_IN, faults.status(200, body))

    assert await airalo.notifications.get() is None


async def test_new_kind_stays_a_string(fake: FakeAiralo, airalo: AiraloSession) -> None:
    body: JSON = {"data": {"notification": {"type": "sms_low_data", "contact_point": "+49", "since": "today"}}}
    fake.fail_next("GET", OPT_IN, faults.status(200, body))

    notification = await airalo.notifications.get()

    assert notification is not None
    assert (notification.type, notification.extra) == ("sms_low_data", {"since": "today"})


@pytest.mark.parametrize("body", [{"data": {"notification": {}}}, {"data": "on"}, {"data": []}])
async def test_opt_in_without_a_notification_does_not_fit(fake: FakeAiralo, airalo: AiraloSession, body: JSON) -> None:
    fake.fail_next("POST", OPT_IN, faults.status(200, body))

    with pytest.raises(DecodeError) as caught:
        await airalo.notifications.opt_in_low_data(email="desk@shop.example")

    assert caught.value.path.startswith("data.notification")


@pytest.mark.parametrize("kind", [NotificationKind.EMAIL_LOW_DATA, "email_low_data"])
async def test_opting_out_stops_it(airalo: AiraloSession, kind: NotificationKind | str) -> None:
    await airalo.notifications.opt_in_low_data(email="desk@shop.example")

    await airalo.notifications.opt_out(kind)

    assert await airalo.notifications.get() is None


@pytest.mark.parametrize("level", [*CreditLevel, 50])
async def test_simulated_credit_limit_is_pushed(airalo: AiraloSession, hook: Hook, level: int) -> None:
    said = await airalo.notifications.simulate(SimulatedEvent.CREDIT_LIMIT, level=level, webhook_url=hook.url)

    assert said == "Notification sent"
    assert f"{int(level)}%" in str(hook.pushes[0]["message"])


@pytest.mark.parametrize("trigger", [*LowDataTrigger, "data_75"])
async def test_simulated_low_data_is_pushed(airalo: AiraloSession, hook: Hook, trigger: str) -> None:
    await airalo.notifications.opt_in_low_data(webhook_url=hook.url)

    await airalo.notifications.simulate("low_data_notification", type=trigger, iccid="8900000461442300635")

    assert hook.pushes[0]["iccid"] == "8900000461442300635"


async def test_simulated_order_is_pushed(airalo: AiraloSession, hook: Hook) -> None:
    await airalo.notifications.simulate(SimulatedEvent.ASYNC_ORDER, webhook_url=hook.url)

    assert len(hook.pushes) == 1


@pytest.mark.parametrize("error", ["User is not opted in", "Could not push data to https://shop.example"])
async def test_simulator_says_why_not(fake: FakeAiralo, airalo: AiraloSession, error: str) -> None:
    fake.fail_next("POST", SIMULATOR, faults.status(400, {"error": error}))

    with pytest.raises(InvalidRequestError, match=error):
        await airalo.notifications.simulate("async_order_notification")


async def test_failing_simulator_is_not_asked_again(fake: FakeAiralo, airalo: AiraloSession) -> None:
    fake.fail_next("POST", SIMULATOR, faults.status(500, {"error": "An unexpected error occurred"}))

    with pytest.raises(ServerError):
        await airalo.notifications.simulate("async_order_notification")

    assert len([call for call in fake.calls if call.path == SIMULATOR]) == 1


@pytest.mark.parametrize("body", [{}, [], {"success": True}])
async def test_simulator_without_a_sentence_is_taken(fake: FakeAiralo, airalo: AiraloSession, body: JSON) -> None:
    fake.fail_next("POST", SIMULATOR, faults.status(200, body))

    assert await airalo.notifications.simulate("async_order_notification") == ""
