"""What the README says is true: its blocks are parts of programs that run, its names exist, its numbers are in use."""

from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from airalo_async import MemoryStore, RetryPolicy, Timeouts, models, testing, webhooks
from airalo_async._auth._bearer import _RENEW_BEFORE, LONGEST_LIFE
from airalo_async._limits import DOCUMENTED, SANDBOX, Limit, Scope
from airalo_async._purchase._reconcile import _LOOK_AFTER
from airalo_async._retry import Budget
from airalo_async.testing import _plugin
from airalo_async.webhooks import WebhookReceiver
from tests.test_exports import COROUTINES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PYTHON = [text for language, text in BLOCKS if language == "python"]
COMMANDS = [text for language, text in BLOCKS if language == "sh"]
LINKS = re.findall(r"\[([^\]]+)\]\((?!https?:)([^)]+)\)", README)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def lines_of(text: str) -> list[str]:
    """Split code into lines, without the indentation that all of them share."""
    return [line.rstrip() for line in dedent(text).strip("\n").splitlines()]


def holds(path: Path, block: list[str]) -> bool:
    """Tell whether a file has these lines one after the other, at whatever depth; formatters add empty lines."""
    wanted = [line for line in block if line]
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    slices = (lines[start : start + len(wanted)] for start in range(len(lines)))
    return any(lines_of("\n".join(each)) == wanted for each in slices)


def default_of(function: object, name: str) -> float:
    assert callable(function)
    value: float = inspect.signature(function).parameters[name].default
    return value


@pytest.mark.parametrize("block", PYTHON, ids=lambda text: text.split("\n")[0][:50])
def test_python_block_is_part_of_an_example(block: str) -> None:
    assert [path.name for path in (ROOT / "examples").glob("*.py") if holds(path, lines_of(block))] != []


def test_the_two_commands_stand_alone() -> None:
    assert len(COMMANDS) == 2
    assert [text.count("\n") for text in COMMANDS] == [1, 1]
    assert COMMANDS[0].endswith("airalo demo\n")
    assert COMMANDS[1].endswith("pytest\n")


def test_extras_exist() -> None:
    named = re.findall(r"'\.\[([\w,]+)\]'", README) + re.findall(r"\(extra `(\w+)`\)", README)

    assert {extra for names in named for extra in names.split(",")} - set(PROJECT["optional-dependencies"]) == set()
    assert len(named) >= 3


def test_readme_is_short() -> None:
    assert len(README.splitlines()) < 250


@pytest.mark.parametrize(("text", "target"), LINKS)
def test_link_leads_to_what_it_names(text: str, target: str) -> None:
    path = ROOT / target

    assert path.exists()
    assert not text.startswith("test_") or f"def {text}(" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("resource", COROUTINES)
def test_table_of_calls_is_whole(resource: str) -> None:
    row = re.search(rf"^\| `airalo\.{resource}` \| (.+) \|$", README, re.MULTILINE)

    assert row is not None
    assert re.findall(r"`(\w+)`", row[1]) == COROUTINES[resource][1].split()
    assert {name for name in vars(COROUTINES[resource][0]) if not name.startswith("_")} == set(
        COROUTINES[resource][1].split()
    )


def test_named_fixtures_and_classes_exist() -> None:
    fixtures = re.findall(r"`(airalo_(?:fake|session|responses))`", README)

    assert [name for name in fixtures if not hasattr(_plugin, name)] == []
    assert set(fixtures) == {"airalo_fake", "airalo_session", "airalo_responses"}
    assert testing.FakeAiralo is not None
    assert models.ActivationCode is not None


@pytest.mark.parametrize("name", ["dead_letters", "replay", "inbox", "receive", "stats"])
def test_receiver_offers_what_is_named(name: str) -> None:
    receiver = webhooks.WebhookReceiver(store=MemoryStore(), secrets=["secret"])

    assert f"receiver.{name}" in README
    assert hasattr(receiver, name)


NUMBERS = {
    "tries": f"{RetryPolicy().attempts} tries",
    "pauses": f"{RetryPolicy().base:g} s · 2ⁿ (after a 429, of {RetryPolicy().limited_base:g} s · 2ⁿ)",
    "longest pause": f"at most {RetryPolicy().cap:g} s",
    "budget": f"{default_of(Budget, 'size'):g}; a retry costs {default_of(Budget, 'cost'):g}, "
    f"after a 429 {default_of(Budget, 'limited_cost'):g}; a success at the first try gives back "
    f"{default_of(Budget, 'refund'):g}",
    "deadline": f"| {Timeouts().deadline:g} s: waiting for limits, connecting ({Timeouts().connect:g} s)",
    "body": f"at most {default_of(WebhookReceiver, 'max_body') // 1024} KiB, "
    f"read within {default_of(WebhookReceiver, 'body_timeout'):g} s, "
    f"committed within {default_of(WebhookReceiver, 'commit_timeout'):g} s",
    "handler tries": f"tried again, {default_of(WebhookReceiver, 'max_tries')} tries",
    "looks": f"{', '.join(f'{seconds:g}' for seconds in _LOOK_AFTER)} s after sending, then hourly",
    "token": f"{_RENEW_BEFORE / 60:g} min before the {LONGEST_LIFE / 3600:g} h are over",
    "sandbox": f"{SANDBOX[0].count} in {SANDBOX[0].seconds} s for each endpoint",
}


@pytest.mark.parametrize("name", NUMBERS)
def test_number_is_the_one_in_use(name: str) -> None:
    assert NUMBERS[name] in README


def test_every_documented_limit_is_listed() -> None:
    words = {
        Limit("POST", "/v2/token", 3, 60, Scope.CLIENT): "at most 3 calls in 60 s",
        Limit("GET", "/v2/packages", 80, 60, Scope.TOKEN): "| 80 · ",
        Limit(
            "GET", "/v2/packages/{package}/product-information", 60, 60, Scope.PACKAGE
        ): "· 60 for each package in 60 s",
        Limit("GET", "/v2/sims/{iccid}/usage", 10, 60, Scope.ICCID): "| 10 in 60 s for each ICCID, ",
        Limit("GET", "/v2/sims/{iccid}/usage", 5, 1, Scope.CLIENT): "and 5 in 1 s in all",
        Limit("GET", "/v2/sims/{iccid}/packages", 10, 60, Scope.ICCID): "· 10 in 60 s for each ICCID |",
        Limit(
            "POST", "/v2/simulator/webhook", 5, 60, Scope.IP
        ): "| refund requests · webhook simulator | 5 in 60 s each |",
        Limit("POST", "/v2/refund", 5, 60, Scope.IP): "| refund requests · webhook simulator | 5 in 60 s each |",
    }

    assert set(words) == set(DOCUMENTED)
    assert [text for text in words.values() if text not in README] == []
