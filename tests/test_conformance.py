"""Recorded bodies, each given to a session as the answer of its endpoint.

``AIRALO_CORPUS`` names a folder with an ``index.json``: a list of objects with ``file``, ``kind`` (``response``,
``webhook…``, ``request…``), ``method``, ``endpoint`` and ``status``. A success must become a value that holds all of
the body; a refusal the right typed error, with code, reason and fields; a push an event.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airalo_async import errors
from airalo_async._push import decode_event
from airalo_async._retry import RetryPolicy
from airalo_async.models import OrderCompleted, OrderFailed, Page, UnknownPush, VoucherRequest
from airalo_async.testing import FakeAiralo, faults
from tests._corpus import ANY, PUSH, REQUEST, RESPONSE, Recorded, read_corpus
from tests._filled import check_filled, rows_of

if TYPE_CHECKING:
    from airalo_async import AiraloSession

_VARIABLE = "AIRALO_CORPUS"
_HOOK = "https://shop.example/airalo"
_ICCID = "8900000461442300635"
_PACKAGE = "change-7days-1gb"
_REQUEST_ID = "3NhR3gKmqCWK7IWppurpDX3Cg"

Call = Callable[["AiraloSession"], Awaitable[object]]


def _first(listing: Callable[[AiraloSession], Any]) -> Call:
    """Call only the first page of a list: the recorded one may say that there are more."""

    async def call(airalo: AiraloSession) -> object:
        return await anext(aiter(listing(airalo).pages()))

    return call


def _due() -> datetime:
    return datetime.now(UTC) + timedelta(days=30)


_CALLS: Mapping[str, tuple[str, Call]] = {
    "POST /v2/orders": ("/v2/orders", lambda a: a.orders.submit(_PACKAGE)),
    "POST /v2/orders-async": ("/v2/orders-async", lambda a: a.orders.submit_async(_PACKAGE, webhook_url=_HOOK)),
    "POST /v2/orders/topups": ("/v2/orders/topups", lambda a: a.orders.top_up(_PACKAGE, iccid=_ICCID)),
    "GET /v2/orders": ("/v2/orders", _first(lambda a: a.orders.list())),
    "GET /v2/orders/{}": ("/v2/orders/9565", lambda a: a.orders.get(9565)),
    "POST /v2/future-orders": (
        "/v2/future-orders",
        lambda a: a.future_orders.submit(_PACKAGE, due_date=_due(), webhook_url=_HOOK),
    ),
    "GET /v2/future-orders": ("/v2/future-orders", _first(lambda a: a.future_orders.list())),
    "POST /v2/cancel-future-orders": ("/v2/cancel-future-orders", lambda a: a.future_orders.cancel(_REQUEST_ID)),
    "POST /v2/voucher/esim": (
        "/v2/voucher/esim",
        lambda a: a.vouchers.submit_esim([VoucherRequest(_PACKAGE), VoucherRequest(_PACKAGE)]),
    ),
    "POST /v2/voucher/airmoney": ("/v2/voucher/airmoney", lambda a: a.vouchers.submit_airmoney(5)),
    "GET /v2/packages": ("/v2/packages", _first(lambda a: a.packages.list())),
    "GET /v2/packages/overrides": ("/v2/packages/overrides", _first(lambda a: a.packages.overrides())),
    "GET /v2/packages/{}/product-information": (
        f"/v2/packages/{_PACKAGE}/product-information",
        lambda a: a.packages.product_information(_PACKAGE),
    ),
    "GET /v2/sims": ("/v2/sims", _first(lambda a: a.sims.list())),
    "GET /v2/sims/{}": (f"/v2/sims/{_ICCID}", lambda a: a.sims.get(_ICCID)),
    "GET /v2/sims/{}/usage": (f"/v2/sims/{_ICCID}/usage", lambda a: a.sims.usage(_ICCID)),
    "GET /v2/sims/{}/packages": (f"/v2/sims/{_ICCID}/packages", lambda a: a.sims.package_history(_ICCID)),
    "GET /v2/sims/{}/topups": (f"/v2/sims/{_ICCID}/topups", lambda a: a.sims.topup_packages(_ICCID)),
    "GET /v2/sims/{}/instructions": (f"/v2/sims/{_ICCID}/instructions", lambda a: a.sims.instructions(_ICCID)),
    "PUT /v2/sims/{}/brand": (
        f"/v2/sims/{_ICCID}/brand",
        lambda a: a.sims.set_brand(_ICCID, brand_settings_name="our brand"),
    ),
    "POST /v2/notifications/opt-in": (
        "/v2/notifications/opt-in",
        lambda a: a.notifications.opt_in_async_orders(_HOOK),
    ),
    "GET /v2/notifications/opt-in": ("/v2/notifications/opt-in", lambda a: a.notifications.get()),
    "POST /v2/notifications/opt-out": (
        "/v2/notifications/opt-out",
        lambda a: a.notifications.opt_out("async_orders"),
    ),
    "POST /v2/simulator/webhook": (
        "/v2/simulator/webhook",
        lambda a: a.notifications.simulate("async_order_notification"),
    ),
    "GET /v2/balance": ("/v2/balance", lambda a: a.account.balance()),
    "POST /v2/refund": ("/v2/refund", lambda a: a.account.request_refund([_ICCID], reason="NO_COVERAGE")),
    "GET /v2/finance/exchange-rates": ("/v2/finance/exchange-rates", lambda a: a.account.exchange_rates()),
    "GET /v2/compatible-devices": (
        "/v2/compatible-devices",
        lambda a: a.account.compatible_devices(lite=False),
    ),
    "GET /v2/compatible-devices-lite": ("/v2/compatible-devices-lite", lambda a: a.account.compatible_devices()),
    # Whatever needs a token asks for one first.
    "POST /v2/token": ("/v2/token", lambda a: a.account.balance()),
    # An answer that any endpoint may give.
    "ANY *": ("/v2/balance", lambda a: a.account.balance()),
}
_SAYS_NOTHING = ("POST /v2/token", "POST /v2/notifications/opt-out", "POST /v2/cancel-future-orders")

_BUYS = (
    "POST /v2/orders",
    "POST /v2/orders-async",
    "POST /v2/orders/topups",
    "POST /v2/future-orders",
    "POST /v2/voucher/esim",
    "POST /v2/voucher/airmoney",
    "POST /v2/refund",
)
_BY_CODE = {
    11: errors.InsufficientCreditError,
    13: errors.OperatorMaintenanceError,
    23: errors.TopUpDisabledError,
    33: errors.OutOfStockError,
    34: errors.OutOfStockError,
    73: errors.RecycledSimError,
    89: errors.PermissionDeniedError,
}
_BY_STATUS = {
    400: errors.InvalidRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    422: errors.InvalidRequestError,
    429: errors.RateLimitedError,
}
_REFUSING_CODES = (11, 13, 14, 23, 33, 34, 43, 73, 89)

_FOLDER = os.environ.get(_VARIABLE)
_RECORDED = tuple(read_corpus(Path(_FOLDER), _CALLS)) if _FOLDER else ()


def _each(kind: str) -> pytest.MarkDecorator:
    bodies = [body for body in _RECORDED if body.kind == kind]
    if not bodies:
        reason = f"no folder of recorded bodies: run {_VARIABLE}=/path/to/corpus pytest tests/test_conformance.py"
        return pytest.mark.parametrize("recorded", [pytest.param(None, marks=pytest.mark.skip(reason), id="none")])
    return pytest.mark.parametrize("recorded", bodies, ids=[body.name for body in bodies])


@_each(RESPONSE)
async def test_recorded_answer_becomes_value_or_typed_error(recorded: Recorded) -> None:
    method, _, template = recorded.endpoint.partition(" ")
    path, call = _CALLS.get(recorded.endpoint) or (template, lambda airalo: airalo.request(method, template))
    method = "GET" if recorded.endpoint == ANY else method
    async with FakeAiralo() as fake, fake.session(retry=RetryPolicy(attempts=1)) as airalo:
        # A refused token is renewed once, and the call made again.
        times = 2 if recorded.status == 401 and recorded.endpoint != "POST /v2/token" else 1
        fake.fail_next(method, path, faults.status(recorded.status, recorded.body), times=times)
        if recorded.endpoint == "POST /v2/token" and recorded.status == 200:
            fake.fail_next("GET", "/v2/balance", faults.status(200, {"data": {"balances": []}}))

        outcome = await _outcome(call(airalo))

    if _is_success(recorded):
        _check_value(recorded, outcome)
    else:
        _check_error(recorded, outcome)


async def _outcome(call: Awaitable[object]) -> object:
    try:
        return await call
    except errors.AiraloError as error:
        return error


@_each(PUSH)
def test_recorded_push_becomes_event(recorded: Recorded) -> None:
    event = decode_event(recorded.body)

    assert not isinstance(event, UnknownPush)
    assert event.raw == recorded.value
    inner = recorded.top.get("data")
    data = inner if isinstance(inner, dict) else recorded.top
    if isinstance(event, OrderCompleted):
        check_filled(event.order, data)
    elif isinstance(event, OrderFailed):
        assert event.reason in (recorded.top.get("reason"), data.get("reason"), _sentence(recorded))
    else:
        check_filled(event, recorded.value, "push")


@_each(REQUEST)
async def test_recorded_request_is_taken_by_the_fake(recorded: Recorded) -> None:
    method, _, path = recorded.endpoint.partition(" ")
    async with FakeAiralo() as fake, fake.session() as airalo:
        outcome = await _outcome(airalo.request(method, path, json=recorded.value))

    # Packages, eSIMs and dates are of another catalogue, another company and another year, and no push leaves here.
    if isinstance(outcome, errors.InvalidRequestError):
        assert outcome.fields or outcome.reason.startswith("Could not push data to ")
        assert {name.rpartition(".")[2] for name in outcome.fields} <= {"package_id", "iccid", "due_date"}
    else:
        assert not isinstance(outcome, errors.AiraloError)


def _is_success(recorded: Recorded) -> bool:
    # The documentation files the refusal of eSIM vouchers under 200: then `data` is an object of texts.
    refused = recorded.endpoint == "POST /v2/voucher/esim" and bool(_field_errors(recorded))
    return recorded.status < 300 and not refused


def _check_value(recorded: Recorded, value: Any) -> None:
    if isinstance(value, errors.AiraloError):
        raise value
    if recorded.endpoint in _SAYS_NOTHING:
        return
    if isinstance(value, Page):
        _check_page(value, recorded.value)
    else:
        check_filled(value, _shared(_told(recorded)))


def _shared(row: Any) -> Any:
    """Put the link of an eSIM where the model has it."""
    simable = row.get("simable") if isinstance(row, dict) else None
    if not isinstance(simable, dict) or "sharing" not in simable:
        return row
    return {**row, "sharing": row.get("sharing") or simable["sharing"]}


def _check_page(page: Page[Any], body: Any) -> None:
    rows = rows_of(body["data"])
    assert page.broken == ()
    assert len(page.items) == len(rows)
    for index, (item, row) in enumerate(zip(page.items, rows, strict=True)):
        check_filled(item, _shared(row), f"data[{index}]")
    for key in ("meta", "links", "pricing"):
        if body.get(key):
            check_filled(getattr(page, key), body[key], key)


def _told(recorded: Recorded) -> Any:
    """Find the part of a body that the call is about."""
    if recorded.endpoint not in _CALLS:
        return recorded.value
    if recorded.endpoint == "POST /v2/simulator/webhook":
        return recorded.value["success"]
    data: Any = recorded.value["data"]
    if recorded.endpoint == "POST /v2/voucher/airmoney":
        rows = [data] if isinstance(data, dict) and "code" in data else rows_of(data)
        return [row for each in rows for row in (each if isinstance(each, list) else [each])]
    for key in ("balances", "notification", "instructions", "brand_settings_name"):
        if isinstance(data, dict) and key in data and "id" not in data and "iccid" not in data:
            return data[key]
    return data


def _check_error(recorded: Recorded, error: object) -> None:
    if _proves_nothing(recorded):
        assert isinstance(error, errors.OutcomeUnknownError)
        error = error.__cause__
    assert isinstance(error, errors.ResponseError)
    assert type(error) is _expected(recorded)
    assert error.status == recorded.status
    assert error.fields == _field_errors(recorded)
    assert error.code == (int(recorded.top["code"]) if "code" in recorded.top else None)
    if recorded.value is not None:
        assert error.reason == _sentence(recorded)


def _field_errors(recorded: Recorded) -> dict[str, str]:
    data = recorded.top.get("data")
    rows = data if isinstance(data, dict) else {}
    texts = {key: text if isinstance(text, list) else [text] for key, text in rows.items()}
    if not all(isinstance(text, str) for each in texts.values() for text in each):
        return {}
    return {key: " ".join(each) for key, each in texts.items()}


def _sentence(recorded: Recorded) -> str:
    meta = recorded.top.get("meta")
    said = [recorded.top.get("reason"), meta.get("message") if isinstance(meta, dict) else None]
    said += [recorded.top.get("message"), recorded.top.get("error")]
    return next((text for text in said if isinstance(text, str)), "")


def _proves_nothing(recorded: Recorded) -> bool:
    """Whether a purchase may have been carried out all the same; a whitelist tells when not."""
    top, status = recorded.top, recorded.status
    if recorded.endpoint not in _BUYS or status in {200, 401, 429}:
        return False
    if status == 403:
        return recorded.body.lstrip()[:1] == b"<" or int(top.get("code", 89)) not in _REFUSING_CODES
    of_several = recorded.endpoint == "POST /v2/voucher/esim"
    if "code" in top:
        return status >= 500 or int(top["code"]) not in _REFUSING_CODES or of_several
    if status not in {400, 422}:
        return True
    if "reason" in top:
        return status != 422 or of_several
    return not (_field_errors(recorded) or (recorded.endpoint == "POST /v2/refund" and top.get("data") == []))


def _expected(recorded: Recorded) -> type[errors.ResponseError]:
    status = recorded.status
    if status == 429:
        return errors.RateLimitedError
    if status >= 500:
        return errors.ServerError
    by_code = _BY_CODE.get(int(recorded.top.get("code", 0)))
    if by_code is not None:
        return by_code
    if recorded.endpoint == "POST /v2/token" and status in {400, 401, 422}:
        return errors.AuthenticationError
    if status == 401 and _sentence(recorded) == "This action is unauthorized.":
        return errors.PermissionDeniedError
    return errors.InvalidRequestError if status < 300 else _BY_STATUS.get(status, errors.ResponseError)
