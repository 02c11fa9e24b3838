"""Verify, commit, answer: without any web framework."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from airalo_async.errors import ArgumentError
from airalo_async.models import PushKind, PushState
from airalo_async.stores import MemoryStore
from airalo_async.testing import FakeClock
from airalo_async.webhooks import Reply, WebhookReceiver, sign
from tests.webhooks._pushes import CREDIT_LIMIT, LOW_DATA, SECRET, failure, signed, success, write
from tests.webhooks._support import pushes

if TYPE_CHECKING:
    from airalo_async.webhooks._intake import Headers

BODY = write(CREDIT_LIMIT)


async def test_signed_push_is_stored(receiver: WebhookReceiver, memory: MemoryStore) -> None:
    reply = await receiver.receive(BODY, signed(BODY))

    (push,) = await pushes(memory)
    assert reply == Reply(200, "stored")
    assert (push.body, push.kind, push.form, push.state) == (BODY, PushKind.CREDIT_LIMIT, "raw", PushState.PENDING)
    assert receiver.stats.stored == 1


@pytest.mark.parametrize("body", [BODY.decode(), bytearray(BODY), None], ids=["text", "bytearray", "none"])
async def test_body_that_is_not_bytes_is_a_mistake_of_the_caller(receiver: WebhookReceiver, body: Any) -> None:
    with pytest.raises(ArgumentError, match="bytes as they came"):
        await receiver.receive(body, signed(BODY))


async def test_form_that_matched_is_kept(receiver: WebhookReceiver, memory: MemoryStore) -> None:
    await receiver.receive(BODY.replace(b",", b", "), signed(BODY))

    (push,) = await pushes(memory)
    assert push.form == "php"


HEADERS: dict[str, Headers] = {
    "mapping": {"airalo-signature": sign(BODY, SECRET)},
    "title case": {"Airalo-Signature": sign(BODY, SECRET)},
    "lists": {"AIRALO-SIGNATURE": [sign(BODY, SECRET)]},
    "multi-mapping": CIMultiDict(host="x", **{"Airalo-Signature": sign(BODY, SECRET)}),
    "pairs": [("host", "x"), ("airalo-signature", sign(BODY, SECRET))],
    "bytes": [(b"host", b"x"), (b"Airalo-Signature", sign(BODY, SECRET).encode())],
}


@pytest.mark.parametrize("name", HEADERS)
async def test_headers_of_any_framework_are_read(receiver: WebhookReceiver, name: str) -> None:
    assert (await receiver.receive(BODY, HEADERS[name])).status == 200


REFUSED: dict[str, Headers] = {
    "none": {},
    "wrong": signed(BODY, "another secret"),
    "repeated": [("airalo-signature", sign(BODY, SECRET)), ("Airalo-Signature", sign(BODY, SECRET))],
    "repeated in a multi-mapping": CIMultiDict([("airalo-signature", sign(BODY, SECRET))] * 2),
    "repeated in a list": {"airalo-signature": [sign(BODY, SECRET)] * 2},
    "not ascii": {"airalo-signature": "é" * 128},
    "not ascii bytes": [(b"airalo-signature", b"\xff" * 128)],
    "smuggled": {"airalo-signature": "\udcff" * 128},
}


@pytest.mark.parametrize("name", REFUSED)
async def test_unsigned_push_is_counted_and_forgotten(
    receiver: WebhookReceiver, memory: MemoryStore, name: str
) -> None:
    reply = await receiver.receive(BODY, REFUSED[name])

    assert reply == Reply(401, "the signature is missing, malformed or wrong")
    assert (receiver.stats.refused, receiver.stats.stored) == (1, 0)
    assert await pushes(memory) == []


async def test_foreign_header_values_are_refused(receiver: WebhookReceiver) -> None:
    headers: Any = {"airalo-signature": [5]}

    assert (await receiver.receive(BODY, headers)).status == 401


async def test_duplicate_is_answered_like_the_first(receiver: WebhookReceiver, memory: MemoryStore) -> None:
    await receiver.receive(BODY, signed(BODY))

    reply = await receiver.receive(BODY, signed(BODY))

    assert reply == Reply(200, "duplicate")
    assert len(await pushes(memory)) == 1
    assert (receiver.stats.stored, receiver.stats.duplicates) == (1, 1)


async def test_captured_push_written_otherwise_is_a_duplicate(receiver: WebhookReceiver, memory: MemoryStore) -> None:
    await receiver.receive(BODY, signed(BODY))

    for width in range(1, 20):
        spaced = BODY.replace(b":", b":" + b" " * width)
        assert await receiver.receive(spaced, signed(BODY)) == Reply(200, "duplicate")

    assert len(await pushes(memory)) == 1


@pytest.mark.parametrize("value", [CREDIT_LIMIT, LOW_DATA], ids=["credit limit", "low data"])
async def test_notice_is_news_again_after_six_hours(
    receiver: WebhookReceiver, clock: FakeClock, value: dict[str, object]
) -> None:
    body = write(value)
    await receiver.receive(body, signed(body))

    clock.advance(6 * 3600 - 1)
    before = await receiver.receive(body, signed(body))
    clock.advance(2)
    after = await receiver.receive(body, signed(body))

    assert (before.body, after.body) == ("duplicate", "stored")


@pytest.mark.parametrize("body", [success(), failure()], ids=["success", "failure"])
async def test_order_push_is_a_duplicate_for_good(receiver: WebhookReceiver, clock: FakeClock, body: bytes) -> None:
    await receiver.receive(body, signed(body))

    clock.advance(days=400)

    assert (await receiver.receive(body, signed(body))).body == "duplicate"


async def test_body_over_the_cap_is_refused_before_verifying(receiver: WebhookReceiver) -> None:
    body = b'"' + b"x" * (256 * 1024 - 1) + b'"'

    assert await receiver.receive(body, signed(body)) == Reply(413, "the body is too large")
    assert receiver.stats.rejected == 1


async def test_body_of_the_cap_is_taken(receiver: WebhookReceiver) -> None:
    body = b'"' + b"x" * (256 * 1024 - 2) + b'"'

    assert (await receiver.receive(body, signed(body))).status == 200


SIGNED_JUNK = {
    "empty": b"",
    "nested": b"[" * 5000 + b"]" * 5000,
    "endless integer": b'{"id":' + b"1" * 5000 + b"}",
    "huge exponent": b'{"remaining":1e999,"message":"x"}',
    "nan": b'{"remaining":NaN,"message":"x"}',
    "same key twice": b'{"request_id":"a","request_id":"b"}',
    "half a pair": b'{"request_id":"\\ud800"}',
    "nul": b'{"request_id":"a\\u0000"}',
    "utf-16": '{"request_id":"a"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "top-level list": b"[]",
    "no text": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("name", SIGNED_JUNK)
async def test_signed_junk_is_kept_as_it_came(receiver: WebhookReceiver, memory: MemoryStore, name: str) -> None:
    body = SIGNED_JUNK[name]

    reply = await receiver.receive(body, signed(body))

    (push,) = await pushes(memory)
    assert reply == Reply(200, "stored")
    assert push.body == body


async def test_quarantined_push_is_a_dead_letter_with_a_reason(
    receiver: WebhookReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    await receiver.receive(b"[]", signed(b"[]"))

    (dead,) = [push async for push in receiver.dead_letters()]
    assert (dead.state, dead.error) == (PushState.DEAD, "the body is not a JSON object")
    assert receiver.stats.quarantined == 1
    assert "cannot be read" in caplog.text


async def test_neither_secret_nor_activation_data_is_logged(
    receiver: WebhookReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = success()

    reply = await receiver.receive(body, signed(body))

    assert "order_completed" in caplog.text
    assert "CANARY" not in caplog.text + repr(receiver) + repr(reply)
    assert SECRET not in caplog.text + repr(receiver) + repr(vars(receiver))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=60) | st.text(alphabet='{}[]":,\\ud8request_id01', max_size=60).map(str.encode),
    header=st.none() | st.text(max_size=130) | st.just("right"),
)
async def test_no_push_is_answered_500(body: bytes, header: str | None) -> None:
    store = MemoryStore(clock=FakeClock(ticking=False))
    receiver = WebhookReceiver(store=store, secrets=SECRET)
    value = sign(body, SECRET) if header == "right" else header

    reply = await receiver.receive(body, {} if value is None else {"airalo-signature": value})

    assert reply.status == (200 if header == "right" else 401)
