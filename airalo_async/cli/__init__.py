"""The ``airalo`` command: a demonstration of the library, a sandbox to try programs on, and moving a store.

Each command is imported when it is asked for, so that ``airalo --version`` costs next to nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from airalo_async._version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_DESCRIPTION = "Try airalo_async, or your own program, on a fake Airalo; nothing here costs money or needs a key."
_HIGHEST_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after ``airalo``; those of the process, if not given.

    Returns:
        The exit code: 0 when all went well, 1 when something failed, 130 when it was interrupted. Wrong usage exits
        with 2 at once.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command is None:
        parser.print_help()
        return 0
    try:
        return _run(chosen)
    except BrokenPipeError:
        # Whoever read has had enough; what is still buffered would fail again while the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command == "demo":
        from airalo_async.cli import _demo  # noqa: PLC0415 (aiohttp is for who needs it)

        return _demo.run(plain=chosen.plain)
    if chosen.command == "store":
        from airalo_async.cli import _store  # noqa: PLC0415 (stores are for who needs them)

        return _store.run(chosen.action, chosen.source, chosen.target)
    from airalo_async.cli import _sandbox  # noqa: PLC0415 (aiohttp is for who needs it)

    return _sandbox.run(
        _sandbox.Settings(
            host=chosen.host,
            port=chosen.port,
            client_id=chosen.client_id,
            client_secret=chosen.client_secret,
            auto_push=chosen.auto_push,
            push_after=chosen.push_after,
            limits=chosen.limits,
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="airalo", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"airalo_async {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="{demo,sandbox,store}")
    demo = commands.add_parser(
        "demo",
        help="watch eSIMs being ordered, pushed, verified, stored and delivered",
        description="Run the whole story over real sockets and a real SQLite file; only Airalo's side is a fake.",
    )
    demo.add_argument("--plain", action="store_true", help="plain text, even where rich is installed")
    sandbox = commands.add_parser(
        "sandbox",
        help="serve a fake Airalo that your own program can talk to",
        description="Serve a fake Airalo until interrupted: with a memory, pretended credit, and signed pushes.",
    )
    _add_sandbox_arguments(sandbox)
    _add_store_arguments(commands.add_parser("store", help="move what a store holds to another engine"))
    return parser


def _add_store_arguments(store: argparse.ArgumentParser) -> None:
    actions = store.add_subparsers(dest="action", metavar="{copy,unseal}", required=True)
    copy = actions.add_parser(
        "copy",
        help="seal a store, and move all of it into an empty one",
        description="Seal a store, move all of it into an empty one, and compare the two. Interrupted, do it again.",
    )
    copy.add_argument("source", help="URL of the store to move, such as sqlite:///airalo.db")
    copy.add_argument("target", help="URL of an empty store, such as postgresql://user@host/database?schema=airalo")
    unseal = actions.add_parser(
        "unseal",
        help="give up to move a store, and use it again",
        description="Seal the store that another one was moved to, and let that one take writes again; refused when "
        "something was written since.",
    )
    unseal.add_argument("source", help="URL of the store that was moved")
    unseal.add_argument("target", help="URL of the store that it was moved to")


def _add_sandbox_arguments(sandbox: argparse.ArgumentParser) -> None:
    show = "(default: %(default)s)"
    sandbox.add_argument("--host", default="127.0.0.1", help=f"address to listen at {show}")
    sandbox.add_argument("--port", type=_port, default=8089, help=f"port to listen at, 0 for any free one {show}")
    sandbox.add_argument("--client-id", type=_text, default="fake-client-id", help=f"credentials to accept {show}")
    sandbox.add_argument("--client-secret", type=_text, default="fake-client-secret", help=f"and to sign with {show}")
    sandbox.add_argument(
        "--auto-push",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="push what async and future orders become (default: yes)",
    )
    sandbox.add_argument(
        "--push-after", type=_seconds, default=1.0, metavar="SECONDS", help=f"how long an async order takes {show}"
    )
    sandbox.add_argument(
        "--limits",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="answer 429 beyond the documented rate limits (default: yes)",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _HIGHEST_PORT:
        message = f"a port is a whole number from 0 to {_HIGHEST_PORT}, not {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        message = f"seconds are a number from 0, not {text!r}"
        raise argparse.ArgumentTypeError(message)
    return seconds


def _text(text: str) -> str:
    if not text.strip():
        message = "must not be empty"
        raise argparse.ArgumentTypeError(message)
    return text
