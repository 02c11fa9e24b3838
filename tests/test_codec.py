from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from attrs import evolve, field, frozen

from airalo_async._codec import _converters as converters
from airalo_async._codec import decode, decode_airmoney, decode_order, decode_page, parse, unwrap
from airalo_async._codec._misfit import Misfit
from airalo_async.errors import DecodeError
from airalo_async.models import JSON, AirmoneyVoucher, Broken, Money, Order, PriceTable
from airalo_async.models._wire import LOCAL, Extra, wire


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@frozen
class Leaf:
    name: str
    size: int | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)


@frozen
class Everything:
    number: int = 0
    text: str = ""
    flag: bool = False
    exact: Decimal | None = None
    price: Money | None = None
    currency: str = "USD"
    at: datetime | None = None
    day: date | None = None
    count: int | str | None = None
    colour: Colour | str | None = None
    leaf: Leaf | None = None
    leaves: tuple[Leaf, ...] = ()
    words: tuple[str, ...] = ()
    by_name: Mapping[str, str] = field(factory=dict[str, str], hash=False)
    prices: PriceTable | None = field(default=None, hash=False)
    raw: JSON = None
    renamed: int | None = field(default=None, metadata=wire("reNamed"))
    local: int = field(default=7, metadata=LOCAL)


@frozen
class Forgiving:
    id: int
    leaves: tuple[Leaf, ...] = ()
    size: int = 3
    words: tuple[str, ...] = ()
    price: Money | None = None
    leaf: Leaf | None = None
    broken: tuple[Broken, ...] = ()


@frozen
class Nest:
    all: tuple[Forgiving, ...] = ()
    broken: tuple[Broken, ...] = ()


@frozen
class Keyword:
    first: str | None
    second: int = field(default=2, kw_only=True)


@frozen
class Checked:
    number: int = field(default=0, converter=int)


@frozen
class Foreign:
    number: complex | list[int] = 0


ORDER = {"id": 9666, "code": "20230227-009666", "package_id": "kallur-digital-7days-1gb", "quantity": 1}


def every(**values: object) -> Everything:
    return decode(Everything, values)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"<html>",
        b'{"a": NaN}',
        b"[Infinity]",
        b"[-Infinity]",
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b'"\xff"',
        rb'"\ud800"',
        rb'{"\uDFFF": 1}',
        b"[" * 5_000 + b"]" * 5_000,
        b"1" * 5_000,
        "\ufeff{}",
        "{} {}",
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("exact", [False, True])
def test_broken_json_is_refused(body: bytes | str, exact: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    with pytest.raises(DecodeError, match="cannot be read as JSON") as caught:
        parse(body, exact=exact)

    assert caught.value.body == (body if isinstance(body, str) else body.decode(errors="replace"))


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1e99999999999999999999", "10000000000000000.5"])
@pytest.mark.parametrize("exact", [False, True])
def test_number_out_of_all_bounds_is_told_by_its_path(number: str, exact: bool) -> None:  # noqa: FBT001 (a parameter)
    value = parse(f'{{"exact": 1.5, "price": {number}}}', exact=exact)

    with pytest.raises(DecodeError) as caught:
        decode(Everything, value)

    assert caught.value.path == "price"


def test_surrogate_pair_is_a_character() -> None:
    assert parse(rb'"\ud83c\udde9"') == "\U0001f1e9"


def test_exact_parsing_keeps_the_text_of_numbers() -> None:
    assert str(parse(b"[9.50, 0.1]", exact=True)) == "[Decimal('9.50'), Decimal('0.1')]"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("number", 7, 7),
        ("number", "7", 7),
        ("number", "-7", -7),
        ("number", 7.0, 7),
        ("number", Decimal("7.0"), 7),
        ("text", "", ""),
        ("flag", True, True),
        ("exact", 9.5, Decimal("9.5")),
        ("exact", 0.1, Decimal("0.1")),
        ("exact", 4, Decimal(4)),
        ("exact", "9.50", Decimal("9.50")),
        ("exact", Decimal("3.44"), Decimal("3.44")),
        ("price", 3.2, Money(Decimal("3.2"), "USD")),
        ("price", "22.50", Money(Decimal("22.50"), "USD")),
        ("price", {"amount": 0, "currency": "EUR"}, Money(Decimal(0), "EUR")),
        ("day", "2025-01-30", date(2025, 1, 30)),
        ("text", "0042", "0042"),
        ("text", 4812, "4812"),
        ("text", 50.5, "50.5"),
        ("text", Decimal("50.50"), "50.50"),
        ("exact", "3.9E-5", Decimal("0.000039")),
        ("exact", "0.6543210987654321098765", Decimal("0.6543210987654321098765")),
        ("by_name", {"en": "a", "de": None}, {"en": "a"}),
        ("prices", {"USD": 4, "JPY": None}, {"USD": Decimal(4)}),
        ("count", "100", 100),
        ("count", 100, 100),
        ("count", "Unlimited", "Unlimited"),
        ("colour", "red", Colour.RED),
        ("colour", "mauve", "mauve"),
        ("leaf", {"name": "a"}, Leaf("a")),
        ("leaf", [], None),
        ("leaves", [{"name": "a"}, {"name": "b", "size": "2"}], (Leaf("a"), Leaf("b", 2))),
        ("leaves", {"10": {"name": "k"}, "9": {"name": "j"}}, (Leaf("j"), Leaf("k"))),
        ("leaves", {}, ()),
        ("words", ["a", "b"], ("a", "b")),
        ("by_name", {"en": "x"}, {"en": "x"}),
        ("by_name", [], {}),
        ("prices", {"USD": 4, "EUR": 3.44, "KWD": "1.240"}, {"USD": 4, "EUR": Decimal("3.44"), "KWD": Decimal("1.24")}),
        ("prices", [], {}),
        ("raw", {"a": [1, None]}, {"a": [1, None]}),
    ],
)
def test_value_is_read(name: str, value: object, expected: object) -> None:
    found = getattr(every(**{name: value}), name)

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-02-27 14:09:55", datetime(2023, 2, 27, 14, 9, 55, tzinfo=UTC)),
        ("2025-03-24 10:00", datetime(2025, 3, 24, 10, 0, tzinfo=UTC)),
        ("2023-01-09T10:30:45+00:00", datetime(2023, 1, 9, 10, 30, 45, tzinfo=UTC)),
        ("2023-01-09T12:30:45+02:00", datetime(2023, 1, 9, 10, 30, 45, tzinfo=UTC)),
        ("2023-01-09T10:30:45.250000Z", datetime(2023, 1, 9, 10, 30, 45, 250_000, tzinfo=UTC)),
        ("2023-01-09T10:30Z", datetime(2023, 1, 9, 10, 30, tzinfo=UTC)),
    ],
)
def test_instant_is_aware_utc_in_every_format(text: str, expected: datetime) -> None:
    at = every(at=text).at

    assert at == expected
    assert at is not None
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("number", True, "number"),
        ("number", 7.5, "number"),
        ("number", "7.5", "number"),
        ("number", "", "number"),
        ("number", " 7", "number"),
        ("number", "\u0667", "number"),
        ("number", 2**63, "number"),
        ("number", "9999999999999999999", "number"),
        ("number", 1e300, "number"),
        ("number", 1e999, "number"),
        ("number", [7], "number"),
        ("text", True, "text"),
        ("text", 1e22, "text"),
        ("text", 2**70, "text"),
        ("text", ["a"], "text"),
        ("flag", 1, "flag"),
        ("flag", "true", "flag"),
        ("exact", True, "exact"),
        ("exact", 1e999, "exact"),
        ("exact", float("nan"), "exact"),
        ("exact", 10**400, "exact"),
        ("exact", "1e99", "exact"),
        ("exact", "1e999", "exact"),
        ("exact", "NaN", "exact"),
        ("exact", "canary", "exact"),
        ("price", "canary", "price"),
        ("price", {}, "price.amount"),
        ("price", {"amount": 1}, "price.currency"),
        ("price", {"amount": "canary", "currency": "USD"}, "price.amount"),
        ("price", {"amount": 1, "currency": True}, "price.currency"),
        ("currency", True, "currency"),
        ("at", "canary", "at"),
        ("at", "0000-00-00 00:00:00", "at"),
        ("at", "2023-02-30 10:00:00", "at"),
        ("at", "0001-01-01T00:00:00+23:00", "at"),
        ("at", 1677506995, "at"),
        ("day", "30.01.2025", "day"),
        ("day", "2025-13-30", "day"),
        ("day", 20250130, "day"),
        ("count", 2.5, "count"),
        ("count", False, "count"),
        ("colour", True, "colour"),
        ("leaf", "canary", "leaf"),
        ("leaf", [1], "leaf"),
        ("leaf", {}, "leaf.name"),
        ("leaf", {"name": None}, "leaf.name"),
        ("leaf", {"name": "a", "size": "canary"}, "leaf.size"),
        ("leaves", "canary", "leaves"),
        ("leaves", {"a": {}}, "leaves"),
        ("leaves", [{"name": "a"}, 5], "leaves[1]"),
        ("leaves", [{"name": "a"}, {"name": True}], "leaves[1].name"),
        ("leaves", {"7": {"name": True}}, "leaves.7.name"),
        ("words", [[]], "words[0]"),
        ("by_name", {"en": []}, "by_name.en"),
        ("by_name", "canary", "by_name"),
        ("prices", {"USD": True}, "prices.USD"),
        ("prices", {"USD": 4, "EUR": "canary"}, "prices.EUR"),
        ("prices", {"USD": 10**20}, "prices.USD"),
        ("prices", {"USD": 1e999}, "prices.USD"),
        ("prices", 5, "prices"),
    ],
)
def test_misfit_is_refused_with_its_path(name: str, value: object, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(Everything, {"number": 1, name: value}, path="data")

    assert caught.value.path == f"data.{path}"
    assert str(caught.value).startswith(f"data.{path} ")
    assert "canary" not in str(caught.value)


def test_path_is_found_behind_values_of_any_kind() -> None:
    with pytest.raises(DecodeError) as caught:
        decode(Everything, {"flag": True, "leaf": [], "raw": {"a": 1}, "reNamed": "canary"})

    assert caught.value.path == "reNamed"


def test_exact_prices_stay_as_they_were_written() -> None:
    prices = decode(Everything, parse(b'{"prices": {"USD": 9.50, "JPY": 1500}}', exact=True)).prices

    assert prices == {"USD": Decimal("9.50"), "JPY": Decimal(1500)}


def test_absent_and_null_take_the_default() -> None:
    empty = every()

    assert every(**dict.fromkeys(("number", "text", "flag", "leaves", "by_name", "prices", "leaf"))) == empty
    assert empty == Everything()


def test_default_containers_are_not_shared() -> None:
    assert every().by_name is not every().by_name


def test_money_takes_the_currency_of_its_object() -> None:
    assert every(price=5, currency="EUR").price == Money(Decimal(5), "EUR")


def test_name_on_the_wire_may_differ() -> None:
    assert every(reNamed="3", renamed=4).renamed == 3


def test_local_field_never_comes_from_the_wire() -> None:
    assert every(local=5).local == 7


def test_unknown_keys_are_kept() -> None:
    leaf = decode(Leaf, {"name": "a", "new": {"deep": [1]}, "other": None})

    assert leaf.extra == {"new": {"deep": [1]}, "other": None}
    assert "deep" not in repr(leaf)
    assert decode(Leaf, {"name": "a"}).extra == {}


def test_unknown_keys_are_json_again_after_exact_parsing() -> None:
    leaf = decode(Leaf, parse(b'{"name": "a", "new": [1.5, 2]}', exact=True))

    assert repr(leaf.extra) == "{'new': [1.5, 2]}"


def test_field_of_any_json_is_json_again_after_exact_parsing() -> None:
    found = decode(Everything, parse(b'{"raw": {"a": [1.5, 2]}}', exact=True))

    assert repr(found.raw) == "{'a': [1.5, 2]}"


def test_unknown_key_nested_too_deep_is_dropped() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]

    assert decode(Leaf, {"name": "a", "new": deep, "other": 1}).extra == {"new": None, "other": 1}


def test_required_key_may_be_null_where_none_is_allowed() -> None:
    assert decode(Keyword, {"first": None}) == Keyword(None)
    with pytest.raises(DecodeError, match="first is missing"):
        decode(Keyword, {"second": 3})


@pytest.mark.parametrize("value", [None, [], "text", 5, [{"name": "a"}]])
def test_only_an_object_becomes_a_model(value: object) -> None:
    with pytest.raises(DecodeError, match="the answer must be an object") as caught:
        decode(Leaf, value)

    assert caught.value.path == ""


def test_lists_and_objects_of_anything_are_decoded() -> None:
    assert decode(tuple[bool, ...], [True, False]) == (True, False)
    assert decode(tuple[Leaf, ...], [{"name": "a"}]) == (Leaf("a"),)
    by_name: Any = Mapping[str, Leaf]
    assert decode(by_name, {"x": {"name": "a"}}) == {"x": Leaf("a")}


def test_forgiving_model_sets_a_broken_element_aside() -> None:
    bad = {"name": True}

    found = decode(Forgiving, {"id": 1, "leaves": [{"name": "a"}, bad, {"name": "c"}, 7]})

    assert found.leaves == (Leaf("a"), Leaf("c"))
    assert [(broken.path, broken.raw) for broken in found.broken] == [("leaves[1].name", bad), ("leaves[3]", 7)]
    assert found.broken[0].reason == "must be a string, not a boolean"


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"leaves": "odd"}, "leaves"),
        ({"leaves": {"a": {}}}, "leaves"),
        ({"size": "odd"}, "size"),
        ({"words": ["a", False]}, "words[1]"),
        ({"price": {}}, "price.amount"),
        ({"leaf": {"name": True}}, "leaf.name"),
    ],
)
def test_forgiving_model_takes_the_default_for_a_misfit(values: dict[str, Any], path: str) -> None:
    found = decode(Forgiving, {"id": 1, **values})

    assert evolve(found, broken=()) == Forgiving(1)
    assert [(broken.path, broken.raw) for broken in found.broken] == [(path, *values.values())]


def test_what_is_set_aside_is_seen_from_further_out() -> None:
    nested = {"all": [{"id": 1}, {"id": "odd"}, {"id": 3, "leaves": [{"name": "a"}, 7], "size": "odd"}]}

    clean = decode(Nest, {"all": nested["all"][2:]})
    found = decode(Nest, nested)
    page = decode_page(Nest, {"data": [nested]})

    assert [broken.path for broken in clean.broken] == ["all[0].leaves[1]", "all[0].size"]
    assert [broken.path for broken in found.broken] == ["all[1].id", "all[2].leaves[1]", "all[2].size"]
    assert [broken.path for broken in page.broken] == [f"data[0].{broken.path}" for broken in found.broken]
    assert [broken.path for broken in found.all[1].broken] == ["leaves[1]", "size"]


def test_forgiving_model_still_needs_what_it_needs() -> None:
    with pytest.raises(DecodeError) as caught:
        decode(Forgiving, {"id": "odd", "size": "odd"})

    assert caught.value.path == "id"


def test_decoded_value_is_frozen_and_pickles() -> None:
    value = every(leaf={"name": "a"}, price=5, prices={"USD": 4})

    assert type(value) is Everything
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 (our own)
    with pytest.raises(AttributeError):
        value.number = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        value.price.currency = "EUR"  # type: ignore[misc, union-attr]


@pytest.mark.parametrize("kind", [Checked, Foreign])
def test_model_that_the_codec_cannot_keep_is_refused(kind: type) -> None:
    with pytest.raises(TypeError):
        decode(kind, {})


def test_converters_that_disagree_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    class Easy:
        def get_structure_hook(self, _: object) -> Any:
            return lambda *_: None

    monkeypatch.setattr(converters, "_careful", Easy())

    with pytest.raises(Misfit, match="does not fit"):
        converters.structure(Leaf, {})


def test_envelope_gives_its_data() -> None:
    assert unwrap({"data": [], "meta": {}}) == []


@pytest.mark.parametrize(("value", "path"), [([], ""), ({"meta": {}}, "data"), ("text", "")])
def test_missing_envelope_is_refused(value: object, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        unwrap(value)

    assert caught.value.path == path


@pytest.mark.parametrize(
    ("value", "request_id"),
    [
        ({"data": ORDER, "meta": {"message": "succes"}}, None),
        ({"data": ORDER, "request_id": "3NhR3gKmqCWK7IWppurpDX3Cg"}, "3NhR3gKmqCWK7IWppurpDX3Cg"),
        ({"data": {**ORDER, "request_id": "3NhR3gKmqCWK7IWppurpDX3Cg"}}, "3NhR3gKmqCWK7IWppurpDX3Cg"),
        ({**ORDER, "data": "1 GB", "request_id": "3NhR3gKmqCWK7IWppurpDX3Cg"}, "3NhR3gKmqCWK7IWppurpDX3Cg"),
        ({"data": ORDER, "request_id": 5}, None),
        (ORDER, None),
    ],
    ids=["answer", "beside data", "inside data", "flat", "odd id", "bare"],
)
def test_order_is_found_wherever_it_stands(value: JSON, request_id: str | None) -> None:
    order = decode_order(to_json(value))

    assert (order.id, order.code, order.request_id) == (9666, "20230227-009666", request_id)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"request_id": "x", "reason": "canary"}, "id"),
        ({"data": [], "meta": {}}, "data"),
        ({"data": {**ORDER, "sims": [{"id": 1}]}}, "data.sims[0].iccid"),
        ([], ""),
    ],
)
def test_body_without_a_whole_order_is_refused(value: JSON, path: str) -> None:
    body = to_json(value)

    with pytest.raises(DecodeError) as caught:
        decode_order(body)

    assert caught.value.path == path
    assert caught.value.body == body.decode()
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("quantity", [1, "1"])
@pytest.mark.parametrize("price", [9.5, "9.50"])
@pytest.mark.parametrize("validity", [7, "7"])
def test_order_reads_numbers_and_their_text(quantity: JSON, price: JSON, validity: JSON) -> None:
    order = decode(Order, {**ORDER, "quantity": quantity, "price": price, "validity": validity})

    assert (order.quantity, order.price, order.validity) == (1, Money(Decimal("9.5"), "USD"), 7)


VOUCHER = {"id": 8, "code": "ABC111", "usage_limit": 40, "amount": 22, "is_paid": False}


@pytest.mark.parametrize(
    "value",
    [VOUCHER, [VOUCHER], [[VOUCHER]], {"0": VOUCHER}, {"0": [VOUCHER]}],
    ids=["object", "list", "nested", "keyed", "keyed and nested"],
)
def test_airmoney_comes_in_every_shape(value: object) -> None:
    assert decode_airmoney(value) == (AirmoneyVoucher(8, "ABC111", Money(Decimal(22), "USD"), 40, is_paid=False),)


def test_page_may_be_keyed_by_index() -> None:
    page = decode_page(Leaf, {"data": {"25": {"name": "a"}, "26": {"name": "b"}, "100": {"name": "c"}}})

    assert [leaf.name for leaf in page.items] == ["a", "b", "c"]


@pytest.mark.parametrize("data", [[], {}])
def test_empty_page_is_a_page(data: JSON) -> None:
    assert decode_page(Leaf, {"data": data}).items == ()


def test_broken_row_costs_nobody_the_others() -> None:
    page = decode_page(Leaf, {"data": [{"name": "a"}, {"name": None}, None, {"name": "d"}]})

    assert [leaf.name for leaf in page.items] == ["a", "d"]
    assert [broken.path for broken in page.broken] == ["data[1].name", "data[2]"]


def test_page_tells_where_it_stands() -> None:
    meta = {"current_page": 2, "last_page": "9", "per_page": "25", "total": 213, "from": 26}
    page = decode_page(Leaf, {"data": [], "meta": meta, "pricing": {"model": "net_pricing", "discount_percentage": 0}})

    assert (page.meta.current_page, page.meta.last_page, page.meta.per_page, page.meta.total) == (2, 9, 25, 213)
    assert page.pricing is not None
    assert page.pricing.model == "net_pricing"


def test_broken_meta_costs_no_row() -> None:
    page = decode_page(Leaf, {"data": [{"name": "a"}], "meta": {"last_page": "many"}, "pricing": "odd"})

    assert page.items == (Leaf("a"),)
    assert [broken.path for broken in page.broken] == ["meta.last_page", "pricing"]
    assert page.meta.last_page is None


@pytest.mark.parametrize("data", [{"limit": "The limit must be an integer."}, "text", None, 5])
def test_page_without_rows_is_refused(data: JSON) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_page(Leaf, {"data": data})

    assert caught.value.path == "data"


def to_json(value: JSON) -> bytes:
    return json.dumps(value).encode()
