"""Every argument of every public method of the resources, given what the reference rules out.

The methods and their arguments are read from their signatures, so that one without bad values here fails.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from airalo_async import Listing, OrderRequest, VoucherRequest
from airalo_async.errors import ArgumentError, Outcome
from tests.resources._subjects import HOOK, ICCID, PACKAGE, REFERENCE, REQUEST_ID
from tests.test_docstrings import METHODS

if TYPE_CHECKING:
    from airalo_async import AiraloSession
    from airalo_async.testing import FakeAiralo

NOW = datetime.now(UTC)
SOON = NOW + timedelta(days=30)
NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001  (on purpose)

TEXT: Sequence[object] = ("", 5, None, "a\nb", "\ud800")
FLAG: Sequence[object] = ("yes", 1, None)
HARMLESS: Sequence[object] = ()
"""Whatever counts for true does, and has no consequence."""

COUNT: Sequence[object] = (0, -1, "1", 1.5, True)
NUMBER: Sequence[object] = (*COUNT, None)
NO_ICCID: Sequence[object] = ("", "8" * 14, "8" * 23, "89x" * 6, 8900000461442300635, None)
DAYS: Sequence[object] = (
    "2026-01-01",
    (NOW,),
    (date(2026, 2, 1), date(2026, 1, 1)),
    (NOW, "x"),
    (NAIVE, NOW),
    NAIVE,
    5,
)
SIX_SIMS = [str(10**18 + index) for index in range(6)]
INCLUDE: Sequence[object] = (["everything"], "simS", [5], 5)
LANGUAGE: Sequence[object] = ("", "en,de", "en\r\nX: 1", 5)
EMAIL: Sequence[object] = ("", "jo", "@example.com", "jo@", "a b@example.com", "a@b@c", 5)
URL: Sequence[object] = (
    "",
    "shop.example",
    "ftp://shop.example/",
    "https://",
    "https://a b/",
    "https://shop\n.example/",
    5,
)

REFERENCES: Sequence[object] = ("", "x" * 256, "\0", 5)
METADATA: Sequence[object] = ([], "x", {1: 2}, {"a": object()}, {"a": float("nan")})
NOTES: Mapping[str, Sequence[object]] = {"reference": REFERENCES, "metadata": METADATA, "resubmit": FLAG}
ORDER: Mapping[str, Sequence[object]] = {
    **NOTES,
    "package_id": TEXT,
    "quantity": (*NUMBER, 51),
    "description": (5, "x" * 201, "a\nb"),
    "share": ("jo@example.com", {"to_email": "jo@example.com"}),
    "brand_settings_name": (5, "a\nb"),
}
PAGED: Mapping[str, Sequence[object]] = {"page": NUMBER, "page_size": COUNT}
CATALOGUE: Mapping[str, Sequence[object]] = {
    **PAGED,
    "type": ("regional", "", 5),
    "country": ("USA", "U", "", "U1", 5),
    "include_topups": HARMLESS,
    "language": LANGUAGE,
}
CONTACT: Mapping[str, Sequence[object]] = {"webhook_url": URL, "email": EMAIL, "language": LANGUAGE}
ONE_SIM: Mapping[str, Sequence[object]] = {"iccid": NO_ICCID}

GOOD: Mapping[str, Mapping[str, Any]] = {
    "Account.request_refund": {"iccids": [ICCID], "reason": "NO_COVERAGE"},
    "FutureOrders.submit": {"package_id": PACKAGE, "due_date": SOON, "webhook_url": HOOK},
    "Notifications.opt_in_async_orders": {"webhook_url": HOOK},
    "Notifications.opt_out": {"kind": "async_orders"},
    "Notifications.simulate": {"event": "async_order_notification"},
    "Orders.submit": {"package_id": PACKAGE},
    "Orders.submit_async": {"package_id": PACKAGE, "webhook_url": HOOK},
    "Orders.submit_many": {"requests": [OrderRequest(PACKAGE)]},
    "Orders.top_up": {"package_id": PACKAGE, "iccid": ICCID},
    "Orders.get": {"order_id": 5},
    "Orders.orphans": {"since": NOW},
    "Orders.resolve": {"reference": REFERENCE},
    "Packages.product_information": {"slug": PACKAGE},
    "Sims.get": {"iccid": ICCID},
    "Sims.instructions": {"iccid": ICCID},
    "Sims.set_brand": {"iccid": ICCID, "brand_settings_name": None},
    "Vouchers.submit_esim": {"vouchers": [VoucherRequest(PACKAGE)]},
    "Vouchers.submit_airmoney": {"amount": 5},
}
"""What else a call needs so that one argument alone is bad."""

BESIDE: Mapping[str, Mapping[str, Any]] = {
    "Notifications.opt_in_low_data language": {"email": "jo@example.com"},
    "Notifications.opt_in_credit_limit language": {"email": "jo@example.com"},
    "Notifications.opt_in_credit_limit levels": {"email": "jo@example.com"},
    "Orders.wait timeout": {"pending": REFERENCE},
    "Orders.resolve reference": {"not_placed": True},
}
"""What one of its arguments needs besides, or instead."""

BAD: Mapping[str, Mapping[str, Sequence[object]]] = {
    "Account.balance": {},
    "Account.request_refund": {
        **NOTES,
        "iccids": (
            [],
            [ICCID, ICCID],
            [str(10**18 + index) for index in range(6)],
            ["89"],
            [8900000461442300635],
            5,
            None,
        ),
        "reason": ("TOO_DEAR", "", "no_coverage", 5, None),
        "notes": ("", "x" * 256, 5),
        "email": EMAIL,
    },
    "Account.exchange_rates": {
        "date": ("2026-01-01", NAIVE, 5),
        "to": (["EURO"], ["E1R"], [5], "EUR;AED", 5),
    },
    "Account.compatible_devices": {"lite": HARMLESS},
    "FutureOrders.submit": {
        **ORDER,
        "webhook_url": URL,
        "due_date": (
            NOW + timedelta(days=1),
            NOW + timedelta(days=367),
            NOW - timedelta(days=1),
            NAIVE,
            "2030-01-01 10:00",
            date(2030, 1, 1),
            None,
        ),
    },
    "FutureOrders.list": {
        **PAGED,
        "status": ("completed", "", 5, None),
        "due": ("2026-01-01", (NOW,), (SOON, NOW), (NAIVE, None), (NOW, "x"), 5),
    },
    "FutureOrders.cancel": {
        "request_ids": (
            (),
            ("x" * 24,),
            ("x" * 24 + " ",),
            (REQUEST_ID, REQUEST_ID),
            tuple(f"{index:025}" for index in range(11)),
            (5,),
            ([REQUEST_ID],),
        )
    },
    "Notifications.opt_in_async_orders": {"webhook_url": (*URL, None)},
    "Notifications.opt_in_low_data": CONTACT,
    "Notifications.opt_in_credit_limit": {**CONTACT, "levels": ([60], [], ["50"], [True], 50, None)},
    "Notifications.get": {},
    "Notifications.opt_out": {"kind": ("everything", "", 5, None)},
    "Notifications.simulate": {
        "event": ("party", "", 5, None),
        "type": ("data_80", "", 5),
        "level": (60, "50", True),
        "iccid": NO_ICCID[:-1],
        "webhook_url": URL,
    },
    "Orders.submit": ORDER,
    "Orders.submit_async": {**ORDER, "webhook_url": URL},
    "Orders.submit_many": {
        "requests": ([PACKAGE], PACKAGE, 5, None),
        "concurrency": (*NUMBER, 1001),
    },
    "Orders.top_up": {
        **NOTES,
        "package_id": TEXT,
        "iccid": NO_ICCID,
        "description": (5, "x" * 201, "a\nb"),
    },
    "Orders.wait": {
        "pending": (5, [REFERENCE], None),
        "request_id": (5, "x" * 24),
        "timeout": ("5", True, -1, float("nan")),
    },
    "Orders.get": {"order_id": NUMBER, "include": INCLUDE},
    "Orders.list": {
        **PAGED,
        "created": DAYS,
        "code": TEXT[:2],
        "status": ("Completed", "", 5),
        "iccid": ("", "x", "8" * 23, 5),
        "description": TEXT[:2],
        "include": INCLUDE,
    },
    "Orders.reconcile": {"reference": (5, "")},
    "Orders.recover": {},
    "Orders.unresolved": {},
    "Orders.orphans": {"since": (NAIVE, date(2026, 1, 1), "2026-01-01", 5, None)},
    "Orders.resolve": {
        "reference": (5, "", None),
        "order_id": NUMBER[:-1],
        "request_id": (5, "x" * 24),
        "not_placed": ("yes", 1),
    },
    "Packages.list": CATALOGUE,
    "Packages.flat": CATALOGUE,
    "Packages.overrides": {"page": NUMBER},
    "Packages.product_information": {"slug": (*TEXT, "x" * 101)},
    "Sims.get": {**ONE_SIM, "include": INCLUDE},
    "Sims.list": {**PAGED, "created": DAYS, "iccid": ("", "x", "8" * 23, 5), "include": INCLUDE},
    "Sims.usage": ONE_SIM,
    "Sims.package_history": ONE_SIM,
    "Sims.topup_packages": ONE_SIM,
    "Sims.instructions": {**ONE_SIM, "language": (*LANGUAGE, None)},
    "Sims.set_brand": {**ONE_SIM, "brand_settings_name": ("", 5, "a\nb")},
    "Vouchers.submit_esim": {**NOTES, "vouchers": ([], [PACKAGE], PACKAGE, 5, None)},
    "Vouchers.submit_airmoney": {
        **NOTES,
        "amount": (0, 0.5, 100_001, "5", True, float("nan"), None),
        "quantity": (*NUMBER, 101),
        "usage_limit": (*COUNT, 100_001),
        "voucher_code": ("", "x" * 256, 5),
        "is_paid": ("yes", 1),
    },
}

CASES = [
    pytest.param(name, argument, value, id=f"{name} {argument}={str(value)[:30]!r}")
    for name, arguments in BAD.items()
    for argument, values in arguments.items()
    for value in values
]


def _resources() -> dict[str, Any]:
    return {name: method for name, method in METHODS.items() if not name.startswith("AiraloSession.")}


def test_every_argument_has_bad_values() -> None:
    arguments = {
        name: {each for each in inspect.signature(method).parameters if each != "self"}
        for name, method in _resources().items()
    }

    assert {name: set(BAD[name]) for name in BAD} == arguments


async def _call(airalo: AiraloSession, name: str, argument: str, value: object) -> None:
    kind, _, method = name.partition(".")
    area = {"FutureOrders": "future_orders"}.get(kind, kind.lower())
    call = getattr(getattr(airalo, area), method)
    if argument == "request_ids":
        assert isinstance(value, tuple)
        found = call(*value)
    else:
        found = call(**{**GOOD.get(name, {}), **BESIDE.get(f"{name} {argument}", {}), argument: value})
    if isinstance(found, Awaitable):
        await found
    elif isinstance(found, AsyncIterator):
        await anext(found)
    else:
        assert isinstance(found, Listing)


@pytest.mark.parametrize(("name", "argument", "value"), CASES)
async def test_bad_argument_is_refused_by_name(
    airalo: AiraloSession, fake: FakeAiralo, name: str, argument: str, value: object
) -> None:
    with pytest.raises(ArgumentError) as caught:
        await _call(airalo, name, argument, value)

    refused = caught.value
    assert refused.argument.partition("[")[0] == argument
    assert str(refused).startswith(f"{refused.argument} {refused.rule} (got ")
    assert refused.outcome is Outcome.NOT_SENT
    assert fake.calls == ()
