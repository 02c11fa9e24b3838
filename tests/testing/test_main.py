from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

from airalo_async.testing import __main__ as program

if TYPE_CHECKING:
    import aiohttp
    import pytest


async def test_program_serves_until_its_input_ends(http: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "airalo_async.testing",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    known = json.loads(await process.stdout.readline())
    secrets = {"client_id": known["client_id"], "client_secret": known["client_secret"]}
    async with http.post(f"{known['url']}/v2/token", data=secrets) as response:
        status = response.status
    process.stdin.close()

    assert await process.wait() == 0
    assert status == 200


def test_program_takes_its_settings(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["testing", "0", "--limits", "--sandbox"])
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading) as ended:
        monkeypatch.setattr(sys, "stdin", ended)
        program.main()

    assert set(json.loads(capsys.readouterr().out)) == {"url", "client_id", "client_secret"}
