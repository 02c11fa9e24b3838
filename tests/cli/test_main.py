from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from airalo_async import __version__
from airalo_async.cli import _demo, _sandbox, main

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(command: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command, *words], check=False, capture_output=True, text=True, timeout=30)  # noqa: S603 (our own command)


def test_version_is_printed(command: str) -> None:
    done = run(command, "--version")

    assert (done.returncode, done.stdout) == (0, f"airalo_async {__version__}\n")


def test_no_command_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    code = main([])

    out = capsys.readouterr().out
    assert code == 0
    assert out.startswith("usage: airalo")
    assert "demo" in out
    assert "sandbox" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "invalid choice"),
        (["demo", "--nonsense"], "unrecognized arguments"),
        (["sandbox", "--port", "http"], "a port is a whole number from 0 to 65535"),
        (["sandbox", "--port", "65536"], "a port is a whole number from 0 to 65535"),
        (["sandbox", "--push-after", "soon"], "seconds are a number from 0"),
        (["sandbox", "--push-after", "-1"], "seconds are a number from 0"),
        (["sandbox", "--push-after", "inf"], "seconds are a number from 0"),
        (["sandbox", "--client-secret", " "], "must not be empty"),
    ],
)
def test_wrong_usage_exits_with_2(words: Sequence[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*, plain: bool) -> int:
        assert plain is False
        raise KeyboardInterrupt

    monkeypatch.setattr(_demo, "run", interrupted)

    assert main(["demo"]) == 130


def test_reader_that_leaves_is_no_traceback(command: str) -> None:
    piped = (
        "import subprocess as s, sys; p = s.Popen(sys.argv[1:], stdout=s.PIPE); p.stdout.close(); sys.exit(p.wait())"
    )

    done = run(sys.executable, "-c", piped, command, "demo")

    assert (done.returncode, done.stderr) == (1, "")


def test_sandbox_options_reach_the_fake(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[_sandbox.Settings] = []

    def note(settings: _sandbox.Settings) -> int:
        seen.append(settings)
        return 0

    monkeypatch.setattr(_sandbox, "run", note)
    words = "--host ::1 --port 0 --client-id me --client-secret hush --no-auto-push --push-after 2.5 --no-limits"

    assert main(["sandbox", *words.split()]) == 0
    assert seen == [
        _sandbox.Settings(
            host="::1",
            port=0,
            client_id="me",
            client_secret="hush",
            auto_push=False,
            push_after=2.5,
            limits=False,
        )
    ]


def test_sandbox_pushes_by_itself_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[_sandbox.Settings] = []

    def note(settings: _sandbox.Settings) -> int:
        seen.append(settings)
        return 0

    monkeypatch.setattr(_sandbox, "run", note)

    main(["sandbox"])

    assert seen[0].auto_push
    assert seen[0].limits
    assert seen[0].host == "127.0.0.1"
