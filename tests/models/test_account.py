from __future__ import annotations

import pytest

from airalo_async.errors import ArgumentError
from airalo_async.models import RefundReason, RefundRequest

ICCID = "8900000461442300635"


def test_refund_request_leaves_out_what_was_not_given() -> None:
    request = RefundRequest((ICCID,), reason=RefundReason.NO_COVERAGE)

    assert request.body() == {"iccids": [ICCID], "reason": "NO_COVERAGE"}


def test_refund_request_carries_everything_given() -> None:
    request = RefundRequest([ICCID], reason="OTHERS", notes="It rained.", email="a@b")

    assert request.body() == {"iccids": [ICCID], "reason": "OTHERS", "notes": "It rained.", "email": "a@b"}


def test_single_iccid_is_taken_as_one() -> None:
    assert RefundRequest(ICCID, reason="NO_COVERAGE").iccids == (ICCID,)


def test_all_23_reasons_are_known() -> None:
    assert len(RefundReason) == 23


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"iccids": ()}, "iccids"),
        ({"iccids": (ICCID, ICCID)}, "iccids"),
        ({"iccids": tuple(f"89000004614423006{n:02}" for n in range(6))}, "iccids"),
        ({"iccids": (8900000461442300635,)}, "iccids"),
        ({"iccids": ("890000046144",)}, "iccids"),
        ({"reason": "DUPLICATE_ORDER"}, "reason"),
        ({"reason": None}, "reason"),
        ({"reason": "OTHERS"}, "notes"),
        ({"notes": "n" * 256}, "notes"),
        ({"notes": ""}, "notes"),
        ({"email": "nobody"}, "email"),
    ],
)
def test_refund_request_refuses_a_broken_rule(arguments: dict[str, object], argument: str) -> None:
    given = {"iccids": (ICCID,), "reason": "NO_COVERAGE"} | arguments

    with pytest.raises(ArgumentError) as caught:
        RefundRequest(**given)  # type: ignore[arg-type]  # wrong types are what is tried here

    assert caught.value.argument == argument
    assert ICCID not in str(caught.value)
