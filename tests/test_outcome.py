"""What answers and failures prove about a purchase: one table, row by row."""

from __future__ import annotations

import json

import pytest

from airalo_async._outcome import (
    REFUSALS,
    Finding,
    Resend,
    Response,
    Sent,
    Shape,
    Terms,
    is_html,
    judge,
    judge_failure,
    read,
)
from airalo_async.errors import Outcome

NOT_SENT, REJECTED, UNKNOWN, PLACED = Outcome.NOT_SENT, Outcome.REJECTED, Outcome.UNKNOWN, Outcome.PLACED
ORDER = {"data": {"id": 1, "code": "20260101-000001"}, "meta": {"message": "success"}}
FIELDS = {"data": {"package_id": "The selected package is invalid."}, "meta": {"message": "the parameter is invalid"}}
HTML = b"<!DOCTYPE html><html><head><title>Airalo Partners \n Server Error</title></head></html>"
FOREIGN = {"status": "blocked", "incident": "9f2"}


def answer(status: int, body: object, content_type: str = "application/json") -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {"content-type": content_type}, raw)


def code(number: object) -> dict[str, object]:
    return {"code": number, "reason": "some text"}


@pytest.mark.parametrize(
    ("status", "body", "outcome", "retry"),
    [
        (200, ORDER, PLACED, Resend.NEVER),
        (202, {"data": {"request_id": "x"}}, PLACED, Resend.NEVER),
        (200, b"", PLACED, Resend.NEVER),
        (200, b'{"data": {"id": 1', PLACED, Resend.NEVER),
        (200, FIELDS, PLACED, Resend.NEVER),
        (200, code(34), PLACED, Resend.NEVER),
        (200, HTML, UNKNOWN, Resend.NEVER),
        (201, ORDER, UNKNOWN, Resend.NEVER),
        (204, b"", UNKNOWN, Resend.NEVER),
        (302, b"", UNKNOWN, Resend.NEVER),
        (307, HTML, UNKNOWN, Resend.NEVER),
        (401, {"message": "Unauthenticated."}, REJECTED, Resend.REFRESH),
        (401, HTML, REJECTED, Resend.REFRESH),
        (401, {"data": [], "meta": {"message": "This action is unauthorized."}}, REJECTED, Resend.NEVER),
        (429, {"message": "Too Many Attempts."}, NOT_SENT, Resend.WAIT),
        (429, HTML, NOT_SENT, Resend.WAIT),
        (403, {"message": "Unauthenticated."}, REJECTED, Resend.NEVER),
        (403, b"", REJECTED, Resend.NEVER),
        (403, code(89), REJECTED, Resend.NEVER),
        (403, code(53), UNKNOWN, Resend.NEVER),
        (403, HTML, UNKNOWN, Resend.NEVER),
        (422, FIELDS, REJECTED, Resend.NEVER),
        (400, FIELDS, REJECTED, Resend.NEVER),
        (422, {"data": {"quantity": ["too many", "no"]}}, REJECTED, Resend.NEVER),
        (422, {"reason": "User is not opted in and no webhook URL provided."}, REJECTED, Resend.NEVER),
        (400, {"reason": "bad gateway"}, UNKNOWN, Resend.NEVER),
        (422, code(53), UNKNOWN, Resend.NEVER),
        (422, code(99), UNKNOWN, Resend.NEVER),
        (422, {"code": True, "reason": "some text"}, UNKNOWN, Resend.NEVER),
        (422, code("E_BLOCKED"), UNKNOWN, Resend.NEVER),
        (422, code(None), REJECTED, Resend.NEVER),
        (422, code("34"), REJECTED, Resend.NEVER),
        (422, {"code": 34}, UNKNOWN, Resend.NEVER),
        (422, {"data": [], "meta": {"message": "no"}}, UNKNOWN, Resend.NEVER),
        (422, {"data": {"quantity": 1}}, UNKNOWN, Resend.NEVER),
        (422, {"message": "no", "errors": {"quantity": ["no"]}}, UNKNOWN, Resend.NEVER),
        (422, FOREIGN, UNKNOWN, Resend.NEVER),
        (422, HTML, UNKNOWN, Resend.NEVER),
        (422, b"[" * 100_000, UNKNOWN, Resend.NEVER),
        (422, b"\xff\xfe", UNKNOWN, Resend.NEVER),
        (404, {"data": [], "meta": {"message": "messages.resource_not_found"}}, UNKNOWN, Resend.NEVER),
        (404, FIELDS, UNKNOWN, Resend.NEVER),
        (409, code(34), REJECTED, Resend.NEVER),
        (413, FOREIGN, UNKNOWN, Resend.NEVER),
        (500, {"error": "An unexpected error occurred"}, UNKNOWN, Resend.NEVER),
        (500, code(34), UNKNOWN, Resend.NEVER),
        (500, FIELDS, UNKNOWN, Resend.NEVER),
        (502, HTML, UNKNOWN, Resend.NEVER),
        (503, b"", UNKNOWN, Resend.NEVER),
    ],
)
def test_answer_proves_only_what_is_listed(status: int, body: object, outcome: Outcome, retry: Resend) -> None:
    assert judge(answer(status, body), Terms()) == Finding(outcome, retry)


@pytest.mark.parametrize("number", range(100))
def test_only_listed_codes_prove_a_refusal(number: int) -> None:
    assert judge(answer(422, code(number)), Terms()).outcome is (REJECTED if number in REFUSALS else UNKNOWN)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (422, FIELDS, REJECTED),
        (422, code(11), UNKNOWN),
        (422, {"reason": "no"}, UNKNOWN),
        (200, FIELDS, REJECTED),
        (200, {"data": [{"package_id": "x", "codes": ["A"]}]}, PLACED),
        (200, {"data": {"0": {"package_id": "x", "codes": ["A"]}}}, PLACED),
        (200, {"data": []}, PLACED),
    ],
)
def test_of_several_vouchers_only_a_field_error_is_a_refusal(status: int, body: object, outcome: Outcome) -> None:
    assert judge(answer(status, body), Terms(items=2, listed=True)).outcome is outcome


def test_worded_refusal_counts_where_the_endpoint_has_them() -> None:
    body = {"data": [], "meta": {"message": "The iccids field is required."}}

    assert judge(answer(422, body), Terms(worded=True)).outcome is REJECTED
    assert judge(answer(500, body), Terms(worded=True)).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("sent", "part", "finding"),
    [
        (Sent.NO, None, Finding(NOT_SENT, Resend.RECONNECT)),
        (Sent.MAYBE, None, Finding(UNKNOWN)),
        (Sent.MAYBE, answer(422, b'{"data"'), Finding(UNKNOWN)),
        (Sent.ANSWERED, answer(200, b'{"data"'), Finding(PLACED)),
        (Sent.ANSWERED, answer(202, b""), Finding(PLACED)),
        (Sent.ANSWERED, answer(200, HTML[:40], "text/html"), Finding(UNKNOWN)),
        (Sent.ANSWERED, answer(206, b"{"), Finding(UNKNOWN)),
        (Sent.ANSWERED, None, Finding(UNKNOWN)),
    ],
)
def test_failure_proves_only_what_is_listed(sent: Sent, part: Response | None, finding: Finding) -> None:
    assert judge_failure(sent, part) == finding


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (FIELDS, Shape.FIELDS),
        ({"data": [], "meta": {"message": "no"}}, Shape.SENTENCE),
        (code(33), Shape.CODE),
        ({"reason": "no"}, Shape.REASON),
        ({"message": "Too Many Attempts."}, Shape.MESSAGE),
        ({"error": "User is not opted in"}, Shape.ERROR),
        (HTML, Shape.HTML),
        (FOREIGN, Shape.FOREIGN),
        ([1], Shape.FOREIGN),
        ({"data": {"a": []}}, Shape.FOREIGN),
        ({"data": {"a": 1}, "meta": {"message": "no"}}, Shape.FOREIGN),
    ],
)
def test_every_shape_of_error_is_known(body: object, shape: Shape) -> None:
    assert read(answer(422, body)).shape is shape


def test_reading_keeps_code_reason_and_fields() -> None:
    assert read(answer(422, code(33))).code == 33
    assert read(answer(422, code(33))).reason == "some text"
    assert read(answer(422, FIELDS)).fields == {"package_id": "The selected package is invalid."}
    assert read(answer(500, HTML)).reason == "Airalo Partners Server Error"
    assert read(answer(422, {"data": {"a": {"b": "bad"}}, "meta": {"message": "no"}})).reason == "no"


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (HTML, "application/json", True),
        (b"\n  <html>", "", True),
        (b"", "text/html; charset=utf-8", True),
        (b"Bad gateway", "TEXT/HTML", True),
        (b' {"data": {}}', "text/html", False),
        (b"OK", "text/plain", False),
    ],
)
def test_page_is_told_from_json_by_its_content(body: bytes, content_type: str, expected: bool) -> None:  # noqa: FBT001  (a table's column)
    assert is_html(answer(200, body, content_type)) is expected


def test_response_keeps_body_and_headers_out_of_its_repr() -> None:
    assert repr(answer(200, b"secret", "x-secret")) == "Response(status=200)"
