"""Tags: found again in a description, and unlike each other where they must be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airalo_async._tag import find_tag, first_part, make_tag, new_reference

TEXT = st.text(min_size=1, max_size=255)


@given(TEXT, TEXT)
def test_tag_is_found_as_first_word(client_id: str, reference: str) -> None:
    tag = make_tag(client_id, reference)

    assert find_tag(tag) == tag
    assert find_tag(f"{tag} order of the shop") == tag
    assert find_tag(f"{tag}\nnext line") == tag


@given(TEXT, TEXT)
def test_tag_is_safe_in_a_like_search(client_id: str, reference: str) -> None:
    tag = make_tag(client_id, reference)

    assert tag == tag.lower()
    assert len(tag) == 29
    assert set(tag).isdisjoint("%_ \\'\"")


@given(TEXT, TEXT)
def test_first_part_is_the_same_every_time(client_id: str, reference: str) -> None:
    one, other = make_tag(client_id, reference), make_tag(client_id, reference)

    assert one.startswith(first_part(client_id, reference) + "-")
    assert one[:20] == other[:20]
    assert one[-8:] != other[-8:]


@given(TEXT, TEXT, TEXT)
def test_first_part_differs_by_client_and_reference(client_id: str, reference: str, other: str) -> None:
    if other != reference:
        assert first_part(client_id, reference) != first_part(client_id, other)
    if other != client_id:
        assert first_part(client_id, reference) != first_part(other, reference)


def test_first_part_stays_what_it_was() -> None:
    assert first_part("client", "cart-17") == "ref-c2yv5ij67k3nq76x"


@pytest.mark.parametrize(
    "description",
    [
        None,
        17,
        "",
        "order of the shop",
        " ref-aaaaaaaaaaaaaaaa-bbbbbbbb",
        "order ref-aaaaaaaaaaaaaaaa-bbbbbbbb",
        "ref-aaaaaaaaaaaaaaaa",
        "ref-aaaaaaaaaaaaaaaa-bbbbbbb",
        "ref-aaaaaaaaaaaaaaaa-bbbbbbbbb",
        "ref-aaaaaaaaaaaaaaaa-bbbbbbbb,",
        "REF-aaaaaaaaaaaaaaaa-bbbbbbbb",
        "ref-aaaaaaaaaaaaaaa1-bbbbbbbb",
        "ref-aaaaaaaaaaaaaaaaébbbbbbbb",
    ],
)
def test_other_descriptions_have_no_tag(description: object) -> None:
    assert find_tag(description) is None


def test_new_references_are_128_random_bits() -> None:
    references = {new_reference() for _ in range(100)}

    assert len(references) == 100
    assert all(len(bytes.fromhex(reference)) == 16 for reference in references)
