"""What the commands write: plain lines, and a little colour where ``rich`` is installed and a terminal shows it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["PlainScreen", "Screen", "open_screen"]

_BLOCKS = "█▀▄"


class Screen(Protocol):
    """Where a command writes."""

    @property
    def draws_blocks(self) -> bool:
        """Whether the block characters of a QR code can be shown."""
        ...

    def heading(self, text: str) -> None:
        """Begin a step."""
        ...

    def fact(self, name: str, value: object) -> None:
        """Tell one thing that was seen."""
        ...

    def block(self, text: str) -> None:
        """Write lines as they are."""
        ...

    def success(self, text: str) -> None:
        """Tell that all went well."""
        ...


class PlainScreen:
    """Plain text, for pipes and files and terminals without ``rich``.

    Args:
        out: Where to write.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    @property
    def draws_blocks(self) -> bool:
        """Whether the stream's encoding has the block characters."""
        try:
            _BLOCKS.encode(self._out.encoding or "utf-8")
        except UnicodeEncodeError:
            return False
        return True

    def heading(self, text: str) -> None:
        """Write a heading after an empty line."""
        self._write(f"\n{text}")

    def fact(self, name: str, value: object) -> None:
        """Write a name and its value, indented."""
        self._write(f"   {name:<12} {value}")

    def block(self, text: str) -> None:
        """Write lines as they are."""
        self._write(text.rstrip("\n"))

    def success(self, text: str) -> None:
        """Write a line after an empty one."""
        self._write(f"\n{text}")

    def _write(self, text: str) -> None:
        # What the encoding lacks becomes a question mark: an odd terminal is no reason to fail.
        encoding = self._out.encoding or "utf-8"
        self._out.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        self._out.flush()


class _RichScreen(PlainScreen):
    """The same lines in colour."""

    def __init__(self, out: TextIO, console: Console) -> None:
        super().__init__(out)
        self._console = console

    def heading(self, text: str) -> None:
        self._styled(f"\n{text}", "bold cyan")

    def fact(self, name: str, value: object) -> None:
        self._styled(f"   {name:<12} ", "dim", end="")
        self._styled(f"{value}")

    def success(self, text: str) -> None:
        self._styled(f"\n{text}", "bold green")

    def _styled(self, text: str, style: str | None = None, *, end: str = "\n") -> None:
        self._console.print(text, style=style, end=end, markup=False, highlight=False, soft_wrap=True)


def open_screen(*, plain: bool = False) -> Screen:
    """Choose how to write to standard output.

    Colour needs ``rich``, a terminal, and no ``NO_COLOR`` in the environment.
    """
    if plain or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return PlainScreen(sys.stdout)
    try:
        from rich.console import Console  # noqa: PLC0415 (an extra, and not cheap)
    except ModuleNotFoundError:
        return PlainScreen(sys.stdout)
    return _RichScreen(sys.stdout, Console(file=sys.stdout))
