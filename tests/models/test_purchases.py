from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from airalo_async.errors import ArgumentError, Outcome
from airalo_async.models import EmailShare, OrderRequest, VoucherRequest

PACKAGE = "change-7days-1gb"
_CYCLE: list[Any] = []
_CYCLE.append(_CYCLE)


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("package_id", PACKAGE),
        ("quantity", 1),
        ("quantity", 50),
        ("description", ""),
        ("description", "x" * 200),
        ("description", "Grüße, 世界"),
        ("reference", "x"),
        ("reference", "x" * 255),
        ("reference", "line\nbreak"),
        ("metadata", {}),
        ("metadata", {"user": 5, "deep": [{"a": None, "b": (1, 2.5, True)}]}),
        ("metadata", MappingProxyType({"user": 5})),
        ("brand_settings_name", ""),
        ("brand_settings_name", "our brand"),
        ("webhook_url", "https://shop.example/airalo?x=1"),
        ("webhook_url", "http://127.0.0.1:8080/"),
        ("share", EmailShare("a@b", ["link", "pdf"], ["c@d"])),
    ],
)
def test_good_order_request_keeps_its_values(argument: str, value: object) -> None:
    request = OrderRequest(**{"package_id": PACKAGE, argument: value})  # type: ignore[arg-type]

    assert getattr(request, argument) == value


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("package_id", ""),
        ("package_id", None),
        ("package_id", 7),
        ("package_id", "canary\nx"),
        ("package_id", "canary\x7f"),
        ("quantity", 0),
        ("quantity", 51),
        ("quantity", -1),
        ("quantity", True),
        ("quantity", 1.0),
        ("quantity", "canary"),
        ("quantity", None),
        ("description", "canary" * 40),
        ("description", "canary\r\nx"),
        ("description", "canary\0"),
        ("description", "canary\ud800"),
        ("description", 7),
        ("reference", ""),
        ("reference", "canary" * 50),
        ("reference", "canary\0"),
        ("reference", "canary\udfff"),
        ("reference", 17),
        ("metadata", ["canary"]),
        ("metadata", "canary"),
        ("metadata", {1: "canary"}),
        ("metadata", {"a": [{None: "canary"}]}),
        ("metadata", {"a": {"canary"}}),
        ("metadata", {"a": b"canary"}),
        ("metadata", {"a": float("nan")}),
        ("metadata", {"a": float("inf")}),
        ("metadata", {"a": "\ud800"}),
        ("metadata", {"a": _CYCLE}),
        ("metadata", {"a": deep(100_000)}),
        ("brand_settings_name", "canary\t"),
        ("brand_settings_name", 7),
        ("share", "canary@example.com"),
        ("webhook_url", "canary"),
        ("webhook_url", "/canary"),
        ("webhook_url", "ftp://canary.example/"),
        ("webhook_url", "https:///canary"),
        ("webhook_url", "https://canary example/"),
        ("webhook_url", "https://canary.example/a b"),
        ("webhook_url", "https://canary.example:99999/"),
        ("webhook_url", "https://canary.example:0/"),
        ("webhook_url", "https://[canary/"),
        ("webhook_url", ""),
        ("webhook_url", 7),
    ],
)
def test_bad_order_request_names_argument_and_rule(argument: str, value: object) -> None:
    with pytest.raises(ArgumentError) as caught:
        OrderRequest(**{"package_id": PACKAGE, argument: value})  # type: ignore[arg-type]

    assert_names(caught.value, argument, value)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("to_email", ""),
        ("to_email", "canary"),
        ("to_email", "canary@"),
        ("to_email", "@canary"),
        ("to_email", "a@b@canary"),
        ("to_email", "can ary@example.com"),
        ("to_email", "canary\n@example.com"),
        ("to_email", None),
        ("sharing_option", ()),
        ("sharing_option", "link"),
        ("sharing_option", ["canary"]),
        ("sharing_option", ["link", 5]),
        ("sharing_option", {"link"}),
        ("sharing_option", None),
        ("copy_address", "a@b"),
        ("copy_address", ["canary"]),
        ("copy_address", [7]),
        ("copy_address", None),
    ],
)
def test_bad_email_share_names_argument_and_rule(argument: str, value: object) -> None:
    with pytest.raises(ArgumentError) as caught:
        EmailShare(**{"to_email": "a@b", argument: value})  # type: ignore[arg-type]

    assert_names(caught.value, argument, value)


def test_email_share_sends_a_link_unless_told_otherwise() -> None:
    assert EmailShare("a@b").sharing_option == ("link",)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("package_id", ""),
        ("quantity", 0),
        ("quantity", 101),
        ("quantity", True),
        ("booking_reference", 7),
        ("booking_reference", "canary\n"),
    ],
)
def test_bad_voucher_request_names_argument_and_rule(argument: str, value: object) -> None:
    with pytest.raises(ArgumentError) as caught:
        VoucherRequest(**{"package_id": PACKAGE, argument: value})  # type: ignore[arg-type]

    assert_names(caught.value, argument, value)


def test_good_voucher_request_keeps_its_values() -> None:
    request = VoucherRequest(PACKAGE, quantity=100, booking_reference="123")

    assert (request.package_id, request.quantity, request.booking_reference) == (PACKAGE, 100, "123")


def test_voucher_request_needs_no_more_than_a_package() -> None:
    assert VoucherRequest(PACKAGE) == VoucherRequest(PACKAGE, quantity=1, booking_reference=None)


def test_values_after_the_first_are_given_by_name() -> None:
    with pytest.raises(TypeError):
        OrderRequest(PACKAGE, 2)  # type: ignore[call-arg]


def assert_names(error: ArgumentError, argument: str, value: object) -> None:
    assert error.argument == argument
    assert error.rule
    assert error.outcome is Outcome.NOT_SENT
    assert argument in str(error)
    assert error.rule in str(error)
    assert "canary" not in str(error)
    assert type(value).__name__ in str(error) or isinstance(value, list)
