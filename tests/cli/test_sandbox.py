"""The sandbox serves other processes until it is told to stop."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from airalo_async import AiraloSession
from airalo_async.cli import _sandbox, main
from airalo_async.errors import AuthenticationError
from airalo_async.webhooks import WebhookReceiver
from tests._until import patience

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from airalo_async.testing import FakeAiralo


@asynccontextmanager
async def sandbox(command: str, *words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, str]]]:
    """Start the sandbox; gives the process and the environment variables that it prints."""
    process = await asyncio.create_subprocess_exec(
        command, "sandbox", "--port", "0", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        variables: dict[str, str] = {}
        async with patience():
            while not (line := (await process.stdout.readline()).decode()).startswith("Pushes"):
                assert line, "the sandbox ended"
                if match := re.fullmatch(r"export (\w+)=(\S+)\n", line):
                    variables[match[1]] = match[2]
        yield process, variables
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signal_ends_it_well(command: str, number: signal.Signals) -> None:
    async with sandbox(command) as (process, _):
        process.send_signal(number)
        async with patience():
            _out, errors = await process.communicate()

    assert (process.returncode, errors) == (0, b"")


def test_introduction_ends_with_a_signal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    introduce = _sandbox._introduce

    def introduce_and_stop(fake: FakeAiralo) -> None:
        introduce(fake)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(_sandbox, "_introduce", introduce_and_stop)

    code = main(["sandbox", "--port", "0", "--no-auto-push"])

    out = capsys.readouterr().out
    assert code == 0
    assert "export AIRALO_BASE_URL=http://127.0.0.1:" in out
    assert "Pushes do not go out." in out


async def test_printed_variables_open_a_session(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sandbox(command, "--client-id", "me", "--client-secret", "hush") as (_, variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        async with AiraloSession.from_env() as airalo:
            order = await airalo.orders.submit("change-7days-1gb", reference="cart-17")

    assert variables["AIRALO_CLIENT_ID"] == "me"
    assert len(order.sims) == 1


async def test_other_credentials_are_refused(command: str) -> None:
    async with (
        sandbox(command) as (_, variables),
        AiraloSession("me", "wrong", base_url=variables["AIRALO_BASE_URL"]) as airalo,
    ):
        with pytest.raises(AuthenticationError):
            await airalo.account.balance()


async def test_pushes_reach_a_receiver(command: str, tmp_path: Path) -> None:
    async with sandbox(command, "--push-after", "0.05") as (_, variables):
        store = f"sqlite:///{tmp_path / 'airalo.db'}"
        secret = variables["AIRALO_CLIENT_SECRET"]
        async with AiraloSession(
            variables["AIRALO_CLIENT_ID"], secret, base_url=variables["AIRALO_BASE_URL"], store=store
        ) as airalo:
            receiver = WebhookReceiver(store=airalo.store, secrets=[secret])
            app = web.Application()
            app.add_subapp("/airalo", receiver.app())
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/airalo"
            try:
                pending = await airalo.orders.submit_async("change-7days-1gb", quantity=2, webhook_url=url)
                order = await airalo.orders.wait(pending, timeout=20)
            finally:
                await runner.cleanup()

    assert len(order.sims) == 2
    assert receiver.stats.stored == 1


def test_taken_port_is_one_line_and_1(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code = main(["sandbox", "--port", str(port)])

    assert code == 1
    error = capsys.readouterr().err
    assert error.startswith(f"airalo: error: cannot listen at 127.0.0.1:{port}: ")
    assert error.count("\n") == 1
