"""What public methods and models say of themselves is complete, and true of their signatures."""

from __future__ import annotations

import inspect
import re

import attrs
import pytest

from airalo_async import AiraloSession, Listing, errors, models
from airalo_async.resources.account import Account
from airalo_async.resources.future_orders import FutureOrders
from airalo_async.resources.notifications import Notifications
from airalo_async.resources.orders import Orders
from airalo_async.resources.packages import Packages
from airalo_async.resources.sims import Sims
from airalo_async.resources.vouchers import Vouchers

RESOURCES = (Account, FutureOrders, Notifications, Orders, Packages, Sims, Vouchers)
WITHOUT_SOURCE = {
    "close",
    "from_env",
    "reconciling",
    "request",
    "submit_many",
    "wait",
    "reconcile",
    "recover",
    "unresolved",
    "orphans",
    "resolve",
    "diff",
}
CANNOT_FAIL = {"Orders.unresolved", "Packages.diff"}
"""Without arguments that could break a rule, and lazy: what may go wrong does so while iterating."""
EVIDENCE = {name for name in models.__all__ if getattr(models, name).__module__ == "airalo_async.models._evidence"}
"""Rows of the transition table, not part of what callers handle."""


def _methods() -> dict[str, object]:
    return {
        f"{kind.__name__}.{name}": method
        for kind in (*RESOURCES, AiraloSession)
        for name, method in vars(kind).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }


def _models() -> dict[str, type]:
    found = {name: getattr(models, name) for name in models.__all__ if name not in EVIDENCE}
    return {name: kind for name, kind in found.items() if isinstance(kind, type) and attrs.has(kind)}


METHODS = _methods()
MODELS = _models()


def sections(text: str) -> dict[str, dict[str, str]]:
    """Part a Google docstring into its sections, and those into their entries."""
    found: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc(text).splitlines():
        if head := re.fullmatch(r"(Args|Attributes|Raises|Returns|Source):", line):
            section = found.setdefault(head[1], {})
        elif line and not line.startswith(" "):
            section = {}
        elif entry := re.fullmatch(r" {4}(\w+): (.+)", line):
            name = entry[1]
            section[name] = entry[2]
        elif line.startswith("    ") and name in section:
            section[name] += " " + line.strip()
    return found


@pytest.mark.parametrize("name", METHODS)
def test_method_tells_of_every_argument(name: str) -> None:
    method = METHODS[name]
    assert callable(method)
    told = sections(method.__doc__ or "").get("Args", {})

    assert list(told) == [each for each in inspect.signature(method).parameters if each != "self"]


@pytest.mark.parametrize("name", [name for name in METHODS if name not in CANNOT_FAIL and "AiraloSession" not in name])
def test_method_tells_what_it_raises(name: str) -> None:
    told = sections(METHODS[name].__doc__ or "").get("Raises", {})

    assert told
    assert [kind for kind in told if kind not in errors.__all__ and kind != "TimeoutError"] == []


@pytest.mark.parametrize("name", METHODS)
def test_method_begins_with_one_sentence(name: str) -> None:
    first, _, rest = inspect.cleandoc(METHODS[name].__doc__ or "").partition("\n")

    assert re.fullmatch(r"[A-Z].*\.", first)
    assert not rest or rest.startswith("\n")


@pytest.mark.parametrize("name", [name for name in METHODS if name.split(".")[1] not in WITHOUT_SOURCE])
def test_method_names_its_endpoint(name: str) -> None:
    text = inspect.cleandoc(METHODS[name].__doc__ or "")

    assert re.search(r"Source:\n    (GET|POST|PUT) /v2/\S+.*, \d{4}-\d{2}(-\d{2})?\.", text)


@pytest.mark.parametrize("name", MODELS)
def test_model_tells_of_every_attribute(name: str) -> None:
    kind = MODELS[name]
    inherited = {field.name for base in kind.__mro__[1:] if attrs.has(base) for field in attrs.fields(base)}
    told = sections(kind.__doc__ or "").get("Attributes", {})

    assert set(told) == {field.name for field in attrs.fields(kind)} - inherited


def test_listing_tells_what_iterating_raises() -> None:
    assert "DecodeError" in sections(Listing.pages.__doc__ or "")["Raises"]
