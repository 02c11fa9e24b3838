"""Each example runs as a program: on the built-in fake, and with credentials in its environment."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from airalo_async.testing import FakeAiralo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EXAMPLES = Path(__file__).parent.parent / "examples"
PROGRAMS = {
    "place_order.py": ("nothing was bought", "Bought 2 voucher codes."),
    "enqueue_and_receive.py": ("To be mailed: 2 eSIMs", "for user 5.", "It is cancelled."),
    "webhook_in_your_app.py": ("E-mail to jo@example.com", "'state': 'completed'", "Bought 1 time."),
}


def environment(**extra: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRALO_", "PYTEST_"))}
    return {**clean, "PYTHONWARNINGS": "error", "PYTHONUNBUFFERED": "1", **extra}


async def start(name: str, variables: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / name),
        env=variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def credentials(tmp_path: Path) -> AsyncIterator[tuple[FakeAiralo, dict[str, str], int]]:
    """Give a fake in this process, and the environment in which a program takes it for the API itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    async with FakeAiralo(auto_push=True) as fake:
        yield (
            fake,
            environment(
                AIRALO_CLIENT_ID=fake.client_id,
                AIRALO_CLIENT_SECRET=fake.client_secret,
                AIRALO_BASE_URL=fake.url,
                AIRALO_STORE=f"sqlite:///{tmp_path / 'airalo.db'}",
                AIRALO_WEBHOOK_URL=f"http://127.0.0.1:{port}/airalo",
                PORT=str(port),
            ),
            port,
        )


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*PROGRAMS, "test_your_service.py"}


@pytest.mark.parametrize("name", PROGRAMS)
async def test_example_runs_on_the_fake(name: str) -> None:
    process = await start(name, environment())

    out, errors = await process.communicate()

    assert (process.returncode, errors.decode()) == (0, "")
    assert [line for line in PROGRAMS[name] if line not in out.decode()] == []


@pytest.mark.parametrize("name", ["place_order.py", "enqueue_and_receive.py"])
async def test_example_runs_with_credentials(name: str, tmp_path: Path) -> None:
    async with credentials(tmp_path) as (fake, variables, _):
        process = await start(name, variables)
        out, errors = await process.communicate()

    assert (process.returncode, errors.decode()) == (0, "")
    assert [line for line in PROGRAMS[name] if line not in out.decode()] == []
    assert fake.charges(reference="cart-17") == 1


async def test_shop_serves_until_it_is_stopped(tmp_path: Path) -> None:
    async with credentials(tmp_path) as (fake, variables, port), aiohttp.ClientSession() as browser:
        process = await start("webhook_in_your_app.py", variables)
        assert process.stdout is not None
        while b"Running on" not in await process.stdout.readline():
            assert process.returncode is None
        async with browser.post(f"http://127.0.0.1:{port}/carts/cart-17") as answer:
            assert answer.status == 202
        delivered = b""
        while b"E-mail to" not in delivered:
            delivered = await process.stdout.readline()
        async with browser.get(f"http://127.0.0.1:{port}/carts/cart-17") as answer:
            assert (await answer.json())["state"] == "completed"
        async with browser.get(f"http://127.0.0.1:{port}/carts/nobody") as answer:
            assert answer.status == 404
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()

    assert (process.returncode, errors.decode()) == (0, "")
    assert fake.charges(reference="cart-17") == 1


async def test_users_test_suite_passes() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLES / "test_your_service.py")),
        cwd=EXAMPLES.parent,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
    )

    out, _ = await process.communicate()

    assert process.returncode == 0, out.decode()
    assert b"3 passed" in out
