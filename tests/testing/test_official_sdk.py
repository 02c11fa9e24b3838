from __future__ import annotations

import asyncio
import inspect
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airalo_async.testing import FakeAiralo
    from tests.testing.conftest import Hook

_PROGRAM = Path(__file__).with_name("sdk_program.py")
_NO_REQUEST = {"get_config", "get_environment", "clear_cache"}


async def _run(fake: FakeAiralo, hook: Hook, cache: Path) -> dict[str, Any]:
    due_date = (fake.clock.now() + timedelta(days=30)).strftime("%Y-%m-%d %H:%M")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_PROGRAM),
        fake.url,
        fake.client_id,
        fake.client_secret,
        hook.url,
        due_date,
        str(cache),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    results: dict[str, Any] = json.loads(out)
    return results


async def test_every_sdk_method_succeeds(fake: FakeAiralo, hook: Hook, tmp_path: Path) -> None:
    airalo = pytest.importorskip("airalo")
    public = {
        name
        for name, _ in inspect.getmembers(airalo.Airalo, inspect.isfunction)
        if not name.startswith("_") and name not in _NO_REQUEST
    }
    fake.auto_push = True

    results = await _run(fake, hook, tmp_path)
    await fake.settle()

    assert {name.split()[0] for name in results} == public
    failed = {name: result for name, result in results.items() if not result or "error" in str(result)[:60]}
    assert not failed
    assert results["order"]["data"]["description"] == "plain: ünïcode / slash"
    assert len(results["order_bulk"]) == 2
    assert len(hook.pushes) == 3
    assert {call.status for call in fake.calls} == {200, 202}
    signed = [call for call in fake.calls if call.method == "POST"]
    assert all(len(call.headers["airalo-signature"]) == 128 for call in signed)
