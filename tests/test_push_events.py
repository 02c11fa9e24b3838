"""Pushes decoded into events, and fuzzed."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airalo_async._push import decode_event, read_facts
from airalo_async.errors import DecodeError
from airalo_async.models import Money, PushKind
from airalo_async.models.events import CreditLimit, LowData, OrderCompleted, OrderFailed, UnknownPush
from tests.webhooks._pushes import CREDIT_LIMIT, LOW_DATA, REQUEST_ID, failure, order, success, write

SHAPES = {
    "beside data": {"request_id": REQUEST_ID, "data": order(), "meta": {"message": "success"}},
    "inside data": {"data": order() | {"request_id": REQUEST_ID}},
    "flat": order() | {"request_id": REQUEST_ID},
    "number as text": {"request_id": REQUEST_ID, "data": order() | {"id": "9668"}},
    "null reason": {"request_id": REQUEST_ID, "reason": None, "data": order()},
    "reason beside an eSIM": {"request_id": REQUEST_ID, "reason": "late", "data": order()},
    "new keys": {"request_id": REQUEST_ID, "data": order() | {"colour": "red"}, "event": {"id": 1}},
}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["5", "ref-", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["request_id", "data", "sims", "id", "code", "reason", "meta", "message", "level", "iccid"])
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(VALUES)
def test_nothing_that_was_signed_raises(value: object) -> None:
    body = json.dumps(value).encode()

    facts = read_facts(body)

    assert facts.key
    try:
        event = decode_event(body)
    except DecodeError:
        assert facts.kind is not PushKind.UNKNOWN
    else:
        assert event.push_id is None


@given(st.binary(max_size=100))
def test_no_bytes_raise(body: bytes) -> None:
    facts = read_facts(body)

    assert facts.kind is PushKind.UNKNOWN
    assert isinstance(decode_event(body), UnknownPush)


@pytest.mark.parametrize("shape", SHAPES)
def test_completed_order_is_decoded(shape: str) -> None:
    body = write(SHAPES[shape])

    event = decode_event(body)

    assert isinstance(event, OrderCompleted)
    assert (event.order.id, event.order.sims[0].iccid) == (9668, "8900000000000096680")
    assert (event.request_id, event.request, event.push_id) == (REQUEST_ID, None, None)
    assert event.raw == json.loads(body)


def test_failed_order_is_decoded() -> None:
    event = decode_event(failure(), push_id=7)

    assert isinstance(event, OrderFailed)
    assert (event.request_id, event.code, event.push_id) == (REQUEST_ID, 33, 7)
    assert event.reason == "Insufficient stock of eSIMs remaining: 3."


def test_low_data_is_decoded() -> None:
    event = decode_event(write(LOW_DATA | {"colour": "red"}))

    assert isinstance(event, LowData)
    assert (event.iccid, event.level, event.remaining_percentage) == ("8900000000000000017", "3days", 43)
    assert event.extra == {"colour": "red"}


@pytest.mark.parametrize("level", ["1days", "3days", "75%", "90%", "50%"])
def test_low_data_comes_at_any_level(level: str) -> None:
    event = decode_event(write({"level": level, "iccid": 8712312345688901, "remaining_percentage": "25"}))

    assert isinstance(event, LowData)
    assert (event.level, event.iccid, event.remaining_percentage) == (level, "8712312345688901", 25)


def test_odd_percentage_costs_no_low_data() -> None:
    event = decode_event(write(LOW_DATA | {"remaining_percentage": 9.5, "package_name": None}))

    assert isinstance(event, LowData)
    assert (event.level, event.remaining_percentage) == ("3days", None)
    assert [broken.path for broken in event.broken] == ["remaining_percentage"]


@pytest.mark.parametrize("remaining", [225, "225", {"amount": 225, "currency": "USD"}])
def test_remaining_credit_may_be_written_in_other_ways(remaining: object) -> None:
    event = decode_event(write(CREDIT_LIMIT | {"remaining": remaining}))

    assert isinstance(event, CreditLimit)
    assert event.remaining == Money(Decimal(225), "USD")


def test_failed_order_of_nobody_is_decoded() -> None:
    event = decode_event(b'{"code":"33","reason":"gone"}')

    assert event == OrderFailed(None, 33, "gone", raw={"code": "33", "reason": "gone"})


def test_credit_limit_is_decoded() -> None:
    event = decode_event(write(CREDIT_LIMIT))

    assert isinstance(event, CreditLimit)
    assert event.remaining.amount == Decimal("225.35")


def test_body_may_be_text() -> None:
    assert isinstance(decode_event(success().decode()), OrderCompleted)


def test_text_with_half_a_pair_is_unknown() -> None:
    assert isinstance(decode_event('{"request_id":"\ud800"}'), UnknownPush)


def test_unknown_push_carries_its_json() -> None:
    event = decode_event(b'{"hello": ["world"]}')

    assert event == UnknownPush("it is of no known kind", raw={"hello": ["world"]})


def test_unreadable_push_carries_its_text() -> None:
    event = decode_event(b"\xfforder")

    assert isinstance(event, UnknownPush)
    assert event.raw == "\ufffdorder"


def test_order_that_does_not_fit_is_a_decode_error() -> None:
    with pytest.raises(DecodeError) as caught:
        decode_event(success(package_id=["x"]))

    assert caught.value.path == "data.package_id"
