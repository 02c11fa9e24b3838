from __future__ import annotations

import hashlib
import hmac

import pytest

from airalo_async.testing import sign_push
from airalo_async.testing._json import canonical_forms, is_signed, php_json, sign


def test_php_form_escapes_slashes_and_letters() -> None:
    assert (
        php_json({"url": "https://a/b", "name": "Élan €"}) == '{"url":"https:\\/\\/a\\/b","name":"\\u00c9lan \\u20ac"}'
    )


def test_signature_matches_a_published_vector() -> None:
    text = '{"client_id":"abc","client_secret":"def","grant_type":"client_credentials"}'

    signature = sign(text, "test_secret")

    assert signature.startswith("df7a52c5598bc6e7b14043a239d98758a26ff77d07c363771b2f6b411e82a600")
    assert signature == hmac.new(b"test_secret", text.encode(), hashlib.sha512).hexdigest()


def test_signed_push_carries_its_signature() -> None:
    body, headers = sign_push({"level": "75%", "iccid": "1/2"}, "secret")

    assert body == b'{"level":"75%","iccid":"1\\/2"}'
    assert headers["airalo-signature"] == sign(body, "secret")
    assert headers["Content-Type"] == "application/json"


def test_all_three_sdk_forms_are_known() -> None:
    forms = canonical_forms({"name": "é/", "amount": 5.0, "items": [1.0, None], "none": None})

    assert '{"name":"\\u00e9\\/","amount":5.0,"items":[1.0,null],"none":null}' in forms
    assert '{"name":"é\\/","amount":5,"items":[1,null],"none":null}' in forms
    assert '{"name":"é\\/","amount":5.0,"items":[1.0,null],"none":null}' in forms


@pytest.mark.parametrize("header", [None, "", " ", "null", "None", "undefined"])
def test_empty_signature_headers_count_as_unsigned(header: str | None) -> None:
    assert not is_signed(header)
    assert is_signed("ab12")
