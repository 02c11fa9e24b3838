"""The demonstration succeeds when everything happened, and fails when one thing did not."""

from __future__ import annotations

import io
import re
import subprocess
import time
from decimal import Decimal

import pytest

from airalo_async.cli import _demo, _proof, _story, main
from airalo_async.cli._proof import StepFailedError, check, raised
from airalo_async.cli._screen import PlainScreen
from airalo_async.cli._story import STEPS
from airalo_async.errors import AiraloError
from airalo_async.testing import FakeAiralo


@pytest.fixture
def screen() -> PlainScreen:
    return PlainScreen(io.StringIO())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for what will not happen."""
    monkeypatch.setattr(_proof, "PATIENCE", 0.3)


def test_demo_tells_the_whole_story(command: str, plain_environment: dict[str, str]) -> None:
    began = time.monotonic()

    done = subprocess.run([command, "demo"], check=False, capture_output=True, text=True, env=plain_environment)  # noqa: S603 (our own command)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert time.monotonic() - began < 15
    headings = re.findall(r"^ ?(\d+)\. (.+)$", done.stdout, re.MULTILINE)
    assert headings == [(str(number), title) for number, (title, _) in enumerate(STEPS, 1)]
    assert f"All {len(STEPS)} steps really happened" in done.stdout


def test_demo_draws_the_code_of_the_delivered_esim(command: str, plain_environment: dict[str, str]) -> None:
    environment = {**plain_environment, "PYTHONIOENCODING": "utf-8"}

    done = subprocess.run(  # noqa: S603 (our own command)
        [command, "demo"], check=False, capture_output=True, encoding="utf-8", env=environment
    )

    assert "█▀▀▀▀▀█" in done.stdout or "▄▄▄▄▄" in done.stdout


def test_demo_runs_where_output_is_ascii(command: str, plain_environment: dict[str, str]) -> None:
    environment = {**plain_environment, "PYTHONIOENCODING": "ascii"}

    done = subprocess.run([command, "demo"], check=False, capture_output=True, env=environment)  # noqa: S603 (our own command)

    assert done.returncode == 0, done.stderr
    assert b"not drawn" in done.stdout


def test_missing_qr_extra_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(_story, "find_spec", lambda _name: None)

    assert main(["demo", "--plain"]) == 0
    assert 'pip install "airalo_async[qr]"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("fake", "said"),
    [
        pytest.param(FakeAiralo(push_signing="none"), "the push was answered 401", id="unsigned pushes"),
        pytest.param(FakeAiralo(descriptions="dropped"), "no handler was called for cart-18", id="no tags"),
        pytest.param(FakeAiralo(shortfall=1), "wait() returned another order", id="nothing delivered"),
    ],
)
@pytest.mark.usefixtures("hurried")
async def test_demo_fails_when_a_step_did_not_happen(screen: PlainScreen, fake: FakeAiralo, said: str) -> None:
    with pytest.raises(StepFailedError, match=re.escape(said)):
        await _demo.tell(screen, fake)


async def test_code_is_not_drawn_without_blocks() -> None:
    raw = io.BytesIO()
    screen = PlainScreen(io.TextIOWrapper(raw, encoding="ascii"))

    await _demo.tell(screen, FakeAiralo())

    assert b"not drawn" in raw.getvalue()


async def test_missing_error_fails_the_step() -> None:
    async def succeeds() -> None:
        """Do nothing wrong."""

    with pytest.raises(StepFailedError, match="LookupError was not raised"):
        await raised(LookupError, succeeds())


async def test_demo_fails_when_airalo_refuses(screen: PlainScreen) -> None:
    with pytest.raises(AiraloError):
        await _demo.tell(screen, FakeAiralo(credit=Decimal(0)))


def test_demo_that_went_well_exits_with_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def succeeds(_screen: object, _fake: object) -> None:
        """Do nothing wrong."""

    monkeypatch.setattr(_demo, "tell", succeeds)

    assert main(["demo"]) == 0
    assert f"All {len(STEPS)} steps really happened" in capsys.readouterr().out


def test_failed_demo_exits_with_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def fails(_screen: object, _fake: object) -> None:
        check(False, "the moon is not made of cheese")  # noqa: FBT003 (it did not happen)

    monkeypatch.setattr(_demo, "tell", fails)

    code = main(["demo"])

    assert code == 1
    assert capsys.readouterr().err == "airalo: error: the demo failed: the moon is not made of cheese\n"
