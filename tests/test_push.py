"""What a push says: kinds, duplicate keys, evidence, and what is kept for a person to look at."""

from __future__ import annotations

import json

import pytest

from airalo_async._push import read_facts
from airalo_async._tag import make_tag
from airalo_async.models import Failed, Paid, PushKind, Refusal
from tests.webhooks._pushes import CREDIT_LIMIT, LOW_DATA, REQUEST_ID, order, success, write

SHAPES = {
    "beside data": {"request_id": REQUEST_ID, "data": order(), "meta": {"message": "success"}},
    "inside data": {"data": order() | {"request_id": REQUEST_ID}},
    "flat": order() | {"request_id": REQUEST_ID},
    "number as text": {"request_id": REQUEST_ID, "data": order() | {"id": "9668"}},
    "null reason": {"request_id": REQUEST_ID, "reason": None, "data": order()},
    "reason beside an eSIM": {"request_id": REQUEST_ID, "reason": "late", "data": order()},
    "new keys": {"request_id": REQUEST_ID, "data": order() | {"colour": "red"}, "event": {"id": 1}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_success_is_read_in_every_shape(shape: str) -> None:
    body = write(SHAPES[shape])

    facts = read_facts(body)

    assert (facts.kind, facts.key, facts.window, facts.request_id) == (
        PushKind.ORDER_COMPLETED,
        "order:9668",
        None,
        REQUEST_ID,
    )
    assert facts.evidence == Paid(
        9668, "20230227-009668", 1, body.decode(), tag=None, request_id=REQUEST_ID, echoed=False
    )


def test_tag_is_found_in_the_description() -> None:
    tag = make_tag("client", "cart-17")

    facts = read_facts(success(description=f"{tag} for Ann"))

    assert facts.tag == tag
    assert isinstance(facts.evidence, Paid)
    assert (facts.evidence.tag, facts.evidence.echoed) == (tag, True)


def test_success_without_esims_is_a_shortfall() -> None:
    facts = read_facts(success(sims=[]))

    assert isinstance(facts.evidence, Paid)
    assert facts.evidence.delivered == 0


def test_list_with_a_hole_is_counted() -> None:
    sim = {"iccid": "89"}

    facts = read_facts(success(sims={"0": sim, "2": sim}))

    assert isinstance(facts.evidence, Paid)
    assert facts.evidence.delivered == 2


def test_order_without_number_is_keyed_by_request() -> None:
    facts = read_facts(success(id=None, code=5))

    assert facts.key == f"order-of:{REQUEST_ID}"
    assert isinstance(facts.evidence, Paid)
    assert (facts.evidence.order_id, facts.evidence.order_code) == (None, None)


def test_order_with_neither_is_keyed_by_its_form() -> None:
    facts = read_facts(success(request_id=None, id=None))

    assert facts.kind is PushKind.ORDER_COMPLETED
    assert facts.key.startswith("php:")


FAILURES: dict[str, tuple[dict[str, object], Refusal]] = {
    "code and reason": ({"code": 33, "reason": "gone"}, Refusal(code=33, reason="gone")),
    "reason only": ({"reason": "gone"}, Refusal(reason="gone")),
    "inside data": ({"data": {"code": 34, "reason": "gone"}}, Refusal(code=34, reason="gone")),
    "in meta": ({"data": [], "meta": {"message": "gone"}}, Refusal(reason="gone")),
    "nothing more": ({}, Refusal()),
    "no eSIMs": ({"reason": "gone", "sims": []}, Refusal(reason="gone")),
    "null eSIMs": ({"reason": "gone", "sims": None}, Refusal(reason="gone")),
    "order number": ({"reason": "gone", "data": {"id": 5}}, Refusal(reason="gone")),
    "code as text": ({"code": "33", "reason": "gone"}, Refusal(code=33, reason="gone")),
    "code in words": ({"code": "none left", "reason": "gone"}, Refusal(reason="gone")),
    "message only": ({"message": "gone"}, Refusal(reason="gone")),
    "code true": ({"code": True, "reason": "gone"}, Refusal(reason="gone")),
    "endless code": ({"code": 10**40, "reason": "gone"}, Refusal(reason="gone")),
    "reason of another type": ({"code": 33, "reason": {"a": 1}}, Refusal(code=33)),
    "long reason": ({"reason": "x" * 9000}, Refusal(reason="x" * 500)),
    "half a pair in the reason": ({"reason": "a\ud800b"}, Refusal(reason="a?b")),
    "nul in the reason": ({"reason": "a\0b"}, Refusal(reason="ab")),
}


@pytest.mark.parametrize("shape", FAILURES)
def test_failure_is_read_in_every_shape(shape: str) -> None:
    fields, refusal = FAILURES[shape]

    facts = read_facts(json.dumps({"request_id": REQUEST_ID} | fields).encode())

    assert facts.kind is PushKind.ORDER_FAILED
    assert facts.key == f"failed:{REQUEST_ID}"
    assert facts.evidence == Failed(refusal, request_id=REQUEST_ID)


def test_failure_may_carry_the_tag() -> None:
    tag = make_tag("client", "cart-17")

    facts = read_facts(write({"request_id": REQUEST_ID, "reason": "gone", "description": tag}))

    assert facts.evidence == Failed(Refusal(reason="gone"), request_id=REQUEST_ID, tag=tag)


def test_failure_of_nobody_is_still_a_failure() -> None:
    facts = read_facts(write({"code": 33, "reason": "gone"}))

    assert (facts.kind, facts.request_id, facts.tag) == (PushKind.ORDER_FAILED, None, None)
    assert facts.evidence == Failed(Refusal(code=33, reason="gone"))
    assert (facts.key[:4], facts.window) == ("php:", 6 * 3600)


def test_failure_without_any_word_is_unknown() -> None:
    facts = read_facts(write({"sims": [], "code": 33}))

    assert (facts.kind, facts.evidence, facts.undecodable) == (PushKind.UNKNOWN, None, "")


@pytest.mark.parametrize(
    ("value", "kind"), [(LOW_DATA, PushKind.LOW_DATA), (CREDIT_LIMIT, PushKind.CREDIT_LIMIT)], ids=["low", "credit"]
)
def test_notice_is_keyed_by_its_form_for_six_hours(value: dict[str, object], kind: PushKind) -> None:
    facts = read_facts(write(value))
    spaced = read_facts(json.dumps(value, indent=3).encode())

    assert (facts.kind, facts.window, facts.evidence) == (kind, 6 * 3600, None)
    assert facts == spaced


def test_another_notice_has_another_key() -> None:
    assert read_facts(write(LOW_DATA)).key != read_facts(write(LOW_DATA | {"level": "1days"})).key


STRANGE: dict[str, bytes] = {
    "empty": b"",
    "list": b"[]",
    "text": b'"order"',
    "number": b"5",
    "null": b"null",
    "no json": b"order=5",
    "no utf-8": b'{"request_id":"\xff"}',
    "utf-16": json.dumps({"request_id": "a"}).encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + success(),
    "half a pair": b'{"request_id":"\\ud800","reason":"gone"}',
    "raw nul": b'{"request_id":"a\x00"}',
    "nan": b'{"request_id":"a","remaining":NaN}',
    "endless integer": b'{"request_id":"a","code":' + b"9" * 5000 + b"}",
    "bottomless": b'{"request_id":' * 5000 + b"1" + b"}" * 5000,
    "bottomless list": b"[" * 100_000,
    "same key twice": b'{"request_id":"a","request_id":"b","reason":"gone"}',
    "id is a number": b'{"request_id":5,"reason":"gone"}',
    "id is an object": b'{"request_id":{},"reason":"gone"}',
    "id is empty": b'{"request_id":"","reason":"gone"}',
    "id with nul": b'{"request_id":"a\\u0000b","reason":"gone"}',
    "id is endless": b'{"request_id":"' + b"a" * 256 + b'","reason":"gone"}',
    "eSIMs are text": write({"request_id": "a", "sims": "2"}),
    "eSIMs are an object": write({"request_id": "a", "sims": {"iccid": "89"}}),
    "number true": success(id=True),
    "number zero": success(id=0),
    "number negative": success(id=-5),
    "number a fraction": success(id=1.5),
    "number too large": success(id=10**18),
    "number a word": success(id="five"),
    "number a list": success(id=[5]),
    "number without eSIMs": write({"request_id": "a", "data": {"id": 5}, "meta": {"message": "success"}}),
    "acceptance": write({"data": {"request_id": "a", "accepted_at": "2025-01-01 00:00:00"}}),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_push_is_quarantined(name: str) -> None:
    facts = read_facts(STRANGE[name])

    assert (facts.kind, facts.evidence, facts.window) == (PushKind.UNKNOWN, None, None)
    assert facts.undecodable
    assert facts.key.startswith(("php:", "raw:"))


@pytest.mark.parametrize("body", [b"{}", b'{"hello":"world"}', b'{"level":"75%"}', b'{"data":{"x":1}}', b'{"a":1e999}'])
def test_push_of_no_known_kind_is_kept(body: bytes) -> None:
    facts = read_facts(body)

    assert (facts.kind, facts.evidence, facts.undecodable) == (PushKind.UNKNOWN, None, "")


def test_emoji_is_no_half_pair() -> None:
    facts = read_facts(write({"request_id": "a", "reason": "\U0001f600"}))

    assert facts.evidence == Failed(Refusal(reason="\U0001f600"), request_id="a")
