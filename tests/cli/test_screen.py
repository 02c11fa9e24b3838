from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from airalo_async.cli._screen import PlainScreen, open_screen

if TYPE_CHECKING:
    from airalo_async.cli._screen import Screen


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def colour_is_welcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def written_to(out: io.StringIO, monkeypatch: pytest.MonkeyPatch, *, plain: bool = False) -> str:
    """Give what a screen on this output writes."""
    # Not in a fixture: pytest changes sys.stdout itself between the fixtures and the test.
    monkeypatch.setattr(sys, "stdout", out)
    write_all(open_screen(plain=plain))
    return out.getvalue()


def write_all(screen: Screen) -> None:
    screen.heading("A heading")
    screen.fact("name", "value [bold]kept[/bold]")
    screen.block("█\n▀\n")
    screen.success("All well.")


def test_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    text = written_to(Terminal(), monkeypatch)

    assert "\x1b[" in text
    assert "value [bold]kept[/bold]" in text
    assert "█\n▀\n" in text


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[" not in written_to(Terminal(), monkeypatch)


def test_plain_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in written_to(Terminal(), monkeypatch, plain=True)


def test_terminal_without_rich_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)

    text = written_to(Terminal(), monkeypatch)

    assert "\x1b[" not in text
    assert "name         value [bold]kept[/bold]" in text


def test_pipe_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    text = written_to(io.StringIO(), monkeypatch)

    assert text == "\nA heading\n   name         value [bold]kept[/bold]\n█\n▀\n\nAll well.\n"


@pytest.mark.parametrize(
    ("encoding", "draws"), [("utf-8", True), ("cp437", True), ("ascii", False), ("latin-1", False)]
)
def test_blocks_need_an_encoding_that_has_them(encoding: str, draws: bool) -> None:  # noqa: FBT001 (a table)
    screen = PlainScreen(io.TextIOWrapper(io.BytesIO(), encoding=encoding))

    assert screen.draws_blocks is draws


def test_what_an_encoding_lacks_is_replaced() -> None:
    raw = io.BytesIO()
    screen = PlainScreen(io.TextIOWrapper(raw, encoding="ascii"))

    screen.fact("place", "Türkiye")

    assert raw.getvalue() == b"   place        T?rkiye\n"
