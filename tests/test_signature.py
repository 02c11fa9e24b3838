"""Signing and verifying: what matches, what is refused, and what nothing can make raise."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airalo_async._signature import sign, verify_signature
from airalo_async.errors import ArgumentError, SignatureError

SECRET = "test_secret"


# Payload as it may come, PHP form, signature of that form under SECRET; the last two as PHP itself computes them.
VECTORS = {
    "plain": (
        '{"client_id": "abc", "client_secret": "def", "grant_type": "client_credentials"}',
        '{"client_id":"abc","client_secret":"def","grant_type":"client_credentials"}',
        (
            "df7a52c5598bc6e7b14043a239d98758a26ff77d07c363771b2f6b411e82a600"
            "9bef0f2d76a943c49bdd5289480c2840c995cd5115f99ebb4ce8c54064455e66"
        ),
    ),
    "slash": (
        '{"package_id":"change-7days-1gb","quantity":1,"type":"sim","description":"d","webhook_url":"https://ex.com/h"}',
        (
            '{"package_id":"change-7days-1gb","quantity":1,"type":"sim","description":"d",'
            '"webhook_url":"https:\\/\\/ex.com\\/h"}'
        ),
        (
            "a950bffb63d77fb76a8dabbf829a28c72f838a276315f23a9a4ce8fa722d2b8d"
            "436f977b76e4f7e06461b33d9b0c352d8926018a789bfa6411c074b85bb19b60"
        ),
    ),
    "unicode": (
        '{"package_id":"elan-7days-1gb","quantity":1,"type":"sim","description":"Élan é €"}',
        '{"package_id":"elan-7days-1gb","quantity":1,"type":"sim","description":"\\u00c9lan \\u00e9 \\u20ac"}',
        (
            "9be136939e5e4f084a5bab8c0bb17cdbd6005e260012823dc07aa449d128cf5e"
            "50b0d7de0a22f4bd86b4c681b24f427865ec41ee42f77540d59793ca7af5a995"
        ),
    ),
    "null": (
        '{"package_id":"p","quantity":2,"type":"sim","description":"d","webhook_url":null}\n',
        '{"package_id":"p","quantity":2,"type":"sim","description":"d","webhook_url":null}',
        (
            "e1664762b789c432c90510f72bc20fbe81e5c28a707af0f71fd9dbf47e1fc254"
            "4099dbe8c409747cf2b896a7997f8f2bc9031986453824d8a7406a9786dadcb6"
        ),
    ),
    "float": (
        '{"message":"Surpassed 80% of the credit limit balance", "remaining":225.35}',
        '{"message":"Surpassed 80% of the credit limit balance","remaining":225.35}',
        (
            "fd3bf6323111f44e5b1dc378c070264debfc359766cfb376de627bf1ac99d2f2"
            "368f4b8515a233015104cef3a10e6ee737f089989d5afef09e96bf159b5c7844"
        ),
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_known_vectors_are_signed_alike(name: str) -> None:
    _, canonical, signature = VECTORS[name]

    assert sign(canonical.encode(), SECRET) == signature


@pytest.mark.parametrize("name", VECTORS)
def test_body_written_otherwise_matches_in_php_form(name: str) -> None:
    body, _, signature = VECTORS[name]

    assert verify_signature(body.encode(), signature, SECRET) == "php"


def test_body_as_signed_matches_raw() -> None:
    body = b"whatever it is, \xff even no text"

    assert verify_signature(body, sign(body, SECRET), [SECRET]) == "raw"


def test_hex_in_upper_case_is_accepted() -> None:
    assert verify_signature(b"x", sign(b"x", SECRET).upper(), SECRET) == "raw"


def test_signature_may_come_as_bytes() -> None:
    assert verify_signature(b"x", sign(b"x", SECRET).encode(), SECRET) == "raw"


def test_single_value_in_a_list_is_accepted() -> None:
    assert verify_signature(b"x", [sign(b"x", SECRET)], SECRET) == "raw"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_each_of_several_secrets_is_accepted(position: int) -> None:
    secrets = ["first", "second", "third"]

    assert verify_signature(b"x", sign(b"x", secrets[position]), secrets) == "raw"


def test_every_secret_is_tried_after_a_match(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bytes] = []
    real = hmac.compare_digest

    def counting(ours: bytes, theirs: bytes) -> bool:
        tried.append(ours)
        return real(ours, theirs)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    verify_signature(b"x", sign(b"x", "first"), ["first", "second"])

    assert tried == [bytes.fromhex(sign(b"x", "first")), bytes.fromhex(sign(b"x", "second"))]


@pytest.mark.parametrize("size", [0, 1, 2046, 2047, 2048, 4094, 4095, 100_000])
def test_body_of_any_size_is_signed_as_a_whole(size: int) -> None:
    body = b"0123456789"[:7] * (size // 7 + 1)

    assert sign(body[:size], SECRET) == hmac.new(SECRET.encode(), body[:size], hashlib.sha512).hexdigest()


GOOD = sign(b"{}", SECRET)


BAD_SIGNATURES = {
    "missing": None,
    "empty": "",
    "no values": [],
    "repeated": [GOOD, GOOD],
    "joined": f"{GOOD}, {GOOD}",
    "too short": GOOD[:-1],
    "too long": GOOD + "0",
    "no hex": "g" * 128,
    "other digits": "\u0661" * 128,
    "non-ascii": "é" * 128,
    "non-ascii bytes": b"\xff" * 128,
    "lone surrogate": "\udcff" * 128,
    "padded": f" {GOOD}",
    "line end": f"{GOOD}\n",
    "wrong": sign(b"{}", "another"),
    "other body": sign(b"[]", SECRET),
    "null of another SDK": "null",
}


@pytest.mark.parametrize("name", BAD_SIGNATURES)
def test_bad_signature_is_the_same_refusal(name: str) -> None:
    with pytest.raises(SignatureError) as caught:
        verify_signature(b"{}", BAD_SIGNATURES[name], SECRET)

    assert (caught.value.status, str(caught.value)) == (401, "the signature is missing, malformed or wrong")


def test_signature_of_foreign_type_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify_signature(b"{}", [5], SECRET)  # type: ignore[list-item]  # a broken framework


@pytest.mark.parametrize("secrets", [[], "", [""], ["good", ""], ["\ud800"], [None], ()])
def test_missing_secret_is_an_argument_error(secrets: list[str]) -> None:
    with pytest.raises(ArgumentError):
        verify_signature(b"{}", GOOD, secrets)


def test_signing_without_secret_is_refused() -> None:
    with pytest.raises(ArgumentError, match="client secret"):
        sign(b"{}", "")


def test_body_must_be_bytes() -> None:
    with pytest.raises(ArgumentError, match="bytes"):
        sign("{}", SECRET)  # type: ignore[arg-type]  # the mistake that this is about


@given(st.binary(max_size=200), st.none() | st.text() | st.binary() | st.lists(st.text() | st.binary(), max_size=3))
def test_nothing_but_refusals_comes_out(body: bytes, signature: str | bytes | list[str | bytes] | None) -> None:
    with pytest.raises(SignatureError):
        verify_signature(body, signature, SECRET)


@pytest.mark.parametrize("unit", [b'"', b'"\\', b'"\\"', b"[", b" ", b'"/"', b'{"a":', b"\\", b'"\\u00'])
def test_hostile_body_does_not_stall_us(unit: bytes) -> None:
    body = unit * (256 * 1024 // len(unit))

    with pytest.raises(SignatureError):
        verify_signature(body, GOOD, SECRET)
