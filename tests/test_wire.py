"""Requests as values, and answers turned into errors."""

from __future__ import annotations

import json
import pickle
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING

import pytest
from yarl import URL

from airalo_async._wire import (
    TOKEN_ROUTE,
    Request,
    Response,
    check_base_url,
    encode,
    error_from,
    rejected_token,
    terms,
    url,
    without,
)
from airalo_async.errors import (
    ArgumentError,
    AuthenticationError,
    InsufficientCreditError,
    InvalidRequestError,
    NotFoundError,
    OperatorMaintenanceError,
    Outcome,
    OutcomeUnknownError,
    OutOfStockError,
    PermissionDeniedError,
    RateLimitedError,
    RecycledSimError,
    ResponseError,
    ServerError,
    TopUpDisabledError,
)

if TYPE_CHECKING:
    from airalo_async.models import JSON

BASE = URL("https://partners-api.airalo.com")
ORDER = Request("POST", "/v2/orders", json={"package_id": "x"})
USAGE = "/v2/sims/{iccid}/usage"


def usage(iccid: str) -> Request:
    return Request("GET", f"/v2/sims/{iccid}/usage", USAGE, keys={"iccid": iccid})


def answer(status: int, body: object, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, headers, raw)


@pytest.mark.parametrize(
    ("iccid", "path"),
    [
        ("8901", "/v2/sims/8901/usage"),
        ("../orders", "/v2/sims/..%2Forders/usage"),
        ("a/b", "/v2/sims/a%2Fb/usage"),
        ("a?b#c", "/v2/sims/a%3Fb%23c/usage"),
        ("a%2Fb", "/v2/sims/a%252Fb/usage"),
        ("é ", "/v2/sims/%C3%A9%20/usage"),
        ("x/usage", "/v2/sims/x%2Fusage/usage"),
    ],
)
def test_value_in_the_path_cannot_change_the_route(iccid: str, path: str) -> None:
    assert str(url(BASE, usage(iccid))) == f"{BASE}{path}"


@pytest.mark.parametrize("iccid", ["", ".", "..", "a\r\nHost: evil", "a\x00"])
def test_value_that_is_no_path_segment_is_refused(iccid: str) -> None:
    with pytest.raises(ArgumentError, match="path"):
        url(BASE, usage(iccid))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/orders",
        "v2/orders",
        "/v2/../admin",
        "/v2/%2e%2E/admin",
        "/v2//orders",
        "/v2/orders?page=2",
        "/v2/x#y",
        "/v2/.",
    ],
)
def test_free_path_must_be_plain(path: str) -> None:
    with pytest.raises(ArgumentError, match="path"):
        url(BASE, Request("GET", path))


def test_free_path_keeps_its_own_escapes() -> None:
    assert str(url(BASE, Request("GET", "/v2/orders/a%20b/é"))) == f"{BASE}/v2/orders/a%20b/%C3%A9"


def test_path_must_fit_its_route() -> None:
    with pytest.raises(ArgumentError, match="must fit"):
        url(BASE, Request("GET", "/v2/orders", USAGE))


def test_query_is_encoded_once() -> None:
    request = Request("GET", "/v2/orders", query=(("filter[description]", "ref-a b&c=%d"), ("page", "2")))

    address = url(URL("https://host/prefix/"), request)

    assert dict(address.query) == {"filter[description]": "ref-a b&c=%d", "page": "2"}
    assert str(address).startswith("https://host/prefix/v2/orders?")
    assert "%25d" in str(address)


def test_route_is_the_path_where_nothing_varies() -> None:
    assert ORDER.route == "/v2/orders"
    assert not ORDER.idempotent
    assert usage("1").idempotent


def test_json_is_compact_bytes() -> None:
    body, content_type = encode(Request("POST", "/v2/orders", json={"a": [1, None, "é"], "b": True}))

    assert body == '{"a":[1,null,"é"],"b":true}'.encode()
    assert content_type == "application/json"


def test_form_is_urlencoded() -> None:
    body, content_type = encode(Request("POST", TOKEN_ROUTE, form={"client_id": "ü", "client_secret": "a&b="}))

    assert body == b"client_id=%C3%BC&client_secret=a%26b%3D"
    assert content_type == "application/x-www-form-urlencoded"


def parts_of(request: Request) -> list[tuple[object, object]]:
    """Read a multipart body with a parser that is not ours."""
    body, content_type = encode(request)
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    _whole, *parts = BytesParser(policy=HTTP).parsebytes(head + (body or b"")).walk()
    return [(part.get_param("name", header="content-disposition"), part.get_payload(decode=True)) for part in parts]


def test_multipart_repeats_the_names_of_lists() -> None:
    fields = {
        "iccids": ["8900000000000000001", "8900000000000000002"],
        "reason": "OTHERS",
        "notes": "größer\r\n--x\r\n",
    }

    found = parts_of(Request("POST", "/v2/refund", multipart=fields))

    assert found == [
        ("iccids[]", b"8900000000000000001"),
        ("iccids[]", b"8900000000000000002"),
        ("reason", b"OTHERS"),
        ("notes", "größer\r\n--x\r\n".encode()),
    ]


def test_multipart_boundary_is_of_its_content() -> None:
    one, two = (encode(Request("POST", "/v2/refund", multipart={"notes": notes})) for notes in "ab")

    assert one[1] != two[1]
    assert one == encode(Request("POST", "/v2/refund", multipart={"notes": "a"}))


def test_request_without_body_has_no_content_type() -> None:
    assert encode(usage("1")) == (None, "")


def _circle() -> JSON:
    circle: list[JSON] = []
    circle.append(circle)
    return circle


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", _circle(), {"a": {1, 2}}])
def test_body_that_is_no_json_is_refused(value: JSON) -> None:
    with pytest.raises(ArgumentError, match="json"):
        encode(Request("POST", "/v2/orders", json=value))


@pytest.mark.parametrize("language", ["en\r\nX: 1", "en\x00", "", "e" * 9, "é"])
def test_language_cannot_break_out_of_its_header(language: str) -> None:
    with pytest.raises(ArgumentError, match="language"):
        encode(Request("GET", "/v2/packages", language=language))


@pytest.mark.parametrize("language", ["en", "pt-BR", "es-419", "sr-CS"])
def test_documented_languages_pass(language: str) -> None:
    assert encode(Request("GET", "/v2/packages", language=language)) == (None, "")


@pytest.mark.parametrize("method", ["get", "GET\r\n", "", "A B"])
def test_method_must_be_a_plain_word(method: str) -> None:
    with pytest.raises(ArgumentError, match="method"):
        encode(Request(method, "/v2/orders"))


@pytest.mark.parametrize(
    "base_url",
    [
        "https://partners-api.airalo.com",
        "https://proxy.example:8443/airalo/",
        "http://127.0.0.1:8080",
        "http://[::1]:1",
        "http://localhost",
    ],
)
def test_base_url_is_taken(base_url: str) -> None:
    assert check_base_url(base_url) == URL(base_url)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://partners-api.airalo.com",
        "http://10.0.0.1",
        "ftp://localhost",
        "partners-api.airalo.com",
        "https://user:secret@host",
        "https://host?x=1",
        "https://host#x",
        "https://host/v2",
        "https://host/v2/",
        "https://host:99999",
        "",
    ],
)
def test_base_url_that_is_not_safe_is_refused(base_url: str) -> None:
    with pytest.raises(ArgumentError, match="base_url"):
        check_base_url(base_url)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (422, {"code": 11, "reason": "Insufficient Airalo Credit: 2"}, InsufficientCreditError),
        (422, {"code": 13, "reason": "maintenance"}, OperatorMaintenanceError),
        (422, {"code": 14, "reason": "Invalid checksum"}, InvalidRequestError),
        (422, {"code": 23, "reason": "disabled"}, TopUpDisabledError),
        (422, {"code": 33, "reason": "few"}, OutOfStockError),
        (422, {"code": 34, "reason": "none"}, OutOfStockError),
        (422, {"code": 43, "reason": "Bad request"}, InvalidRequestError),
        (422, {"code": 53, "reason": "Something"}, InvalidRequestError),
        (422, {"code": 73, "reason": "recycled"}, RecycledSimError),
        (403, {"code": 89, "reason": "Your IP address"}, PermissionDeniedError),
        (422, {"data": {"limit": "The limit must be an integer."}}, InvalidRequestError),
        (400, {"error": "User is not opted in"}, InvalidRequestError),
        (401, {"message": "Unauthenticated."}, AuthenticationError),
        (401, {"data": [], "meta": {"message": "This action is unauthorized."}}, PermissionDeniedError),
        (403, {"message": "Unauthenticated."}, PermissionDeniedError),
        (404, {"data": [], "meta": {"message": "messages.resource_not_found"}}, NotFoundError),
        (429, {"message": "Too Many Attempts."}, RateLimitedError),
        (500, b"<html>", ServerError),
        (503, {"code": 34, "reason": "x"}, ServerError),
        (302, b"", ResponseError),
        (413, b"", ResponseError),
    ],
)
def test_answer_becomes_the_error_of_its_kind(status: int, body: object, kind: type[ResponseError]) -> None:
    error = error_from(answer(status, body), usage("1"), purchase=False)

    assert type(error) is kind
    assert isinstance(error, ResponseError)
    assert error.status == status
    assert error.outcome is None


def test_error_carries_what_the_api_said() -> None:
    body = {"data": {"package_id": "The selected package is invalid."}, "meta": {"message": "the parameter is invalid"}}

    error = error_from(answer(422, body, **{"x-id": "7"}), ORDER, purchase=True)

    assert isinstance(error, InvalidRequestError)
    assert error.fields == {"package_id": "The selected package is invalid."}
    assert error.reason == "the parameter is invalid"
    assert error.headers == {"x-id": "7"}
    assert json.loads(error.body) == body
    assert error.outcome is Outcome.REJECTED
    assert "package_id: The selected package is invalid" in str(error)


@pytest.mark.parametrize(
    ("status", "body", "cure"),
    [
        (403, {"code": 89, "reason": "Your IP address is not permitted."}, "IP allowlist"),
        (422, {"code": 11, "reason": "Insufficient"}, "credit"),
        (401, {"message": "Unauthenticated."}, "client_secret"),
        (302, b"", "base_url"),
        (429, {"message": "Too Many Attempts."}, "fewer calls"),
        (500, b"<html><title>Oops</title>", "a web page instead of an answer (Oops)"),
        (401, {"data": [], "meta": {"message": "This action is unauthorized."}}, "another company"),
        (404, b"", "no reason given"),
        (422, {"data": {"quantity": "no"}, "meta": {}}, "the fields that it names"),
        (422, {"reason": "User is not opted in and no webhook URL provided."}, "no webhook URL provided."),
    ],
)
def test_message_says_what_and_how_to_mend_it(status: int, body: object, cure: str) -> None:
    message = str(error_from(answer(status, body), usage("1"), purchase=False))

    assert cure in message
    assert f"HTTP {status}" in message


@pytest.mark.parametrize("status", [400, 401, 422])
def test_refused_token_call_is_about_the_credentials(status: int) -> None:
    body = {
        "data": {"client_id": "The selected client id is invalid."},
        "meta": {"message": "the parameter is invalid"},
    }

    error = error_from(answer(status, body), Request("POST", TOKEN_ROUTE, form={}), purchase=False)

    assert type(error) is AuthenticationError
    assert "Check client_id and client_secret" in str(error)


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (500, b"<html>", ServerError),
        (422, {"code": 53, "reason": "Something unexpected happened."}, InvalidRequestError),
        (307, b"", ResponseError),
        (200, b"<html><title>Portal</title>", ResponseError),
        (404, {"data": []}, NotFoundError),
    ],
)
def test_purchase_without_proof_is_unknown(status: int, body: object, cause: type[ResponseError]) -> None:
    error = error_from(answer(status, body), ORDER, purchase=True, url="https://host/v2/orders")

    assert isinstance(error, OutcomeUnknownError)
    assert error.outcome is Outcome.UNKNOWN
    assert (error.method, error.url) == ("POST", "https://host/v2/orders")
    assert type(error.__cause__) is cause


@pytest.mark.parametrize(
    ("status", "outcome"), [(401, Outcome.REJECTED), (403, Outcome.REJECTED), (429, Outcome.NOT_SENT)]
)
def test_final_status_of_a_purchase_has_its_outcome(status: int, outcome: Outcome) -> None:
    assert error_from(answer(status, {"message": "no"}), ORDER, purchase=True).outcome is outcome


def test_voucher_refusal_filed_under_200_is_an_error() -> None:
    request = Request("POST", "/v2/voucher/esim", json={"vouchers": [{"package_id": "x", "quantity": 1}]})
    body = {"data": {"vouchers.0.package_id": "invalid"}, "meta": {"message": "the parameter is invalid"}}

    error = error_from(answer(200, body), request, purchase=True)

    assert type(error) is InvalidRequestError
    assert error.outcome is Outcome.REJECTED


def test_body_of_an_error_is_bounded() -> None:
    error = error_from(answer(500, b"x" * 100_000), ORDER, purchase=False)

    assert isinstance(error, ResponseError)
    assert len(error.body) == 64 * 1024


def test_message_is_one_bounded_line() -> None:
    error = error_from(answer(422, {"reason": "long\n" * 10_000}), ORDER, purchase=True)

    assert "\n" not in str(error)
    assert len(str(error)) < 700


def test_error_survives_pickling() -> None:
    error = error_from(answer(422, {"code": 33, "reason": "few"}), ORDER, purchase=True)

    again = pickle.loads(pickle.dumps(error))  # noqa: S301  (made one line above)

    assert type(again) is OutOfStockError
    assert (again.code, again.reason, again.outcome, str(again)) == (33, "few", Outcome.REJECTED, str(error))


@pytest.mark.parametrize(("vouchers", "items"), [([{}], 1), ([{}, {}], 2), ({"0": {}}, 2), (None, 2)])
def test_terms_count_the_vouchers(vouchers: JSON, items: int) -> None:
    request = Request("POST", "/v2/voucher/esim", json=None if vouchers is None else {"vouchers": vouchers})

    assert terms(request).items == items
    assert terms(request).listed


def test_terms_know_where_refusals_are_worded() -> None:
    assert terms(Request("POST", "/v2/refund")).worded
    assert not terms(ORDER).worded
    assert terms(ORDER).items == 1


def test_new_token_helps_against_401_only() -> None:
    assert rejected_token(answer(401, {"message": "Unauthenticated."}))
    assert not rejected_token(answer(401, {"data": [], "meta": {"message": "This action is unauthorized."}}))
    assert not rejected_token(answer(403, {"message": "Unauthenticated."}))


def test_secrets_are_struck_out_of_a_body() -> None:
    page = answer(500, b"<html>Authorization: Bearer tok-1, client_secret=s3cret</html>")

    clean = without(page, "tok-1", "s3cret")

    assert clean.body == b"<html>Authorization: Bearer ***, client_secret=***</html>"
    assert without(clean, "tok-1") is clean


def test_repr_of_a_request_shows_neither_body_nor_form() -> None:
    request = Request("POST", TOKEN_ROUTE, form={"client_secret": "s3cret"}, json={"iccid": "8901"})

    assert "s3cret" not in repr(request)
    assert "8901" not in repr(request)
