"""The PHP form of a body: what it is, and what has none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airalo_async._signature import php_json, sign, verify_signature
from airalo_async.errors import AiraloError, PayloadError, SignatureError

SECRET = "test_secret"


REWRITTEN = {
    b' { "a" : [ 1 , 2 ] } ': b'{"a":[1,2]}',
    b"[1.0e+25, -0, 1e5, 0.10, 12345678901234567890123]": b"[1.0e+25,-0,1e5,0.10,12345678901234567890123]",
    b'{"z": 1, "a": 2}': b'{"z":1,"a":2}',
    b'"a b\\tc"': b'"a b\\tc"',
    b'"\\u0008\\u000c\\u000a\\u000d\\u0009"': b'"\\b\\f\\n\\r\\t"',
    b'"\\u0001\\u001f"': b'"\\u0001\\u001f"',
    b'"\\u007f/\x7f"': b'"\x7f\\/\x7f"',
    '"\u2028\u2029"'.encode(): b'"\\u2028\\u2029"',
    '"\U0001f600"'.encode(): b'"\\ud83d\\ude00"',
    b'"\\uD83D\\uDE00"': b'"\\ud83d\\ude00"',
    b'"\\/ \\" \\\\"': b'"\\/ \\" \\\\"',
    b'{"\\u00e9/": null}': b'{"\\u00e9\\/":null}',
    b"{ }": b"{}",
    b"\n[ ]\t": b"[]",
    b'{"a":{"a":1}, "b":{"a":1}}': b'{"a":{"a":1},"b":{"a":1}}',
    b'"\\u0000"': b'"\\u0000"',
}


@pytest.mark.parametrize("body", REWRITTEN)
def test_php_form_is_what_php_writes(body: bytes) -> None:
    assert php_json(body) == REWRITTEN[body]


WITHOUT_FORM = {
    "empty": b"",
    "no utf-8": b'"\xff"',
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": "{}".encode("utf-16"),
    "same key twice": b'{"a":1,"a":1}',
    "same key otherwise written": b'{"a":1,"\\u0061":1}',
    "nan": b"[NaN]",
    "infinity": b"[-Infinity]",
    "trailing text": b"{} {}",
    "raw control character": b'"/\x01"',
    "raw nul": b'"\x00"',
    "no end of string": b'["a',
    "backslash at the end": b'"\\',
    "bad escape": b'"\\x"',
    "half a pair": b'"\\ud800"',
    "the other half": b'["\\udc00"]',
    "encoded half": b'"\xed\xa0\x80"',
    "bottomless": b"[" * 100_000 + b"]" * 100_000,
    "single quotes": b"{'a':1}",
    "comma too many": b"[1,]",
    "space in a number": b'{"remaining":22 5.35}',
    "space in a word": b"[tr ue]",
    "two strings": b'["a" "b"]',
}


@pytest.mark.parametrize("name", WITHOUT_FORM)
def test_what_php_cannot_read_has_no_php_form(name: str) -> None:
    with pytest.raises(PayloadError):
        php_json(WITHOUT_FORM[name])


def test_same_key_twice_is_refused_in_php_form() -> None:
    body = b'{"a": 1, "a": 2}'
    signature = sign(b'{"a":1,"a":2}', SECRET)

    with pytest.raises(SignatureError):
        verify_signature(body, signature, SECRET)


def test_space_within_a_token_is_refused_in_php_form() -> None:
    # Or a captured push could be changed into one that is signed, cannot be read, and takes the true one's place.
    signature = sign(b'{"remaining":225.35}', SECRET)

    with pytest.raises(SignatureError):
        verify_signature(b'{"remaining":22 5.35}', signature, SECRET)


def test_broken_json_is_refused_in_php_form() -> None:
    with pytest.raises(SignatureError):
        verify_signature(b"[1, ", sign(b"[1,", SECRET), SECRET)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@given(JSON_VALUES.filter(_encodable), st.booleans(), st.sampled_from([None, 1]))
def test_all_ways_to_write_a_value_have_one_php_form(value: object, ascii_only: bool, indent: int | None) -> None:  # noqa: FBT001  (drawn by hypothesis)
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    signed = json.dumps(value, separators=(",", ":")).replace("/", "\\/").replace("\\u007f", "\x7f").encode()
    form = php_json(body)

    assert json.loads(form) == json.loads(body)
    assert php_json(form) == form
    if b"\\\\u007f" not in signed:
        assert form == signed


@given(st.text(alphabet='[]{}":,\\u0dfe81 /\n\x00é\ud800', max_size=60))
def test_json_like_junk_raises_nothing_foreign(text: str) -> None:
    body = text.encode("utf-8", "surrogatepass")

    try:
        form = php_json(body)
    except AiraloError:
        return
    assert verify_signature(body, sign(form, SECRET), SECRET) == ("raw" if form == body else "php")
