"""A receiver in a process of its own, under strangers, slow clients and SIGTERM."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, TCPConnector

from airalo_async.stores import open_store
from tests._until import patience
from tests.webhooks._pushes import CREDIT_LIMIT, LOW_DATA, failure, signed, success, write
from tests.webhooks._support import pushes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_CAP = 256 * 1024
_MIB = 1024 * 1024


@asynccontextmanager
async def shop(path: Path) -> AsyncIterator[tuple[Process, int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.webhooks._server", str(path), stdout=PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    try:
        yield process, int(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), 15)


def notice(number: int) -> bytes:
    return write(CREDIT_LIMIT | {"remaining": number})


async def post(port: int, body: bytes, headers: dict[str, str]) -> int:
    """Post on a connection of its own; 0 when the server closed it before an answer came."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST /airalo HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines, "", ""])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head.encode() + body)
        async with patience():
            answer = await reader.readline()
    except ConnectionError:
        answer = b""
    finally:
        writer.close()
    return int(answer.split()[1]) if answer else 0


HOSTILE = {
    "nested lists": b"[" * 5000 + b"]" * 5000,
    "nested objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "nothing but brackets": b"[" * _CAP,
    "nothing but quotes": b'"' * _CAP,
    "nothing but slashes": b'"/' * (_CAP // 2),
    "nothing but escapes": b'"' + b"\\u0041" * (_CAP // 6 - 1) + b'"',
    "nothing but numbers": b"[" + b"1," * (_CAP // 2 - 2) + b"1]",
    "integer of 5,000 digits": b'{"id":' + b"7" * 5000 + b"}",
    "huge exponent": b'{"message":"x","remaining":1e999}',
    "not a number": b'{"message":"x","remaining":NaN}',
    "same key twice": b'{"request_id":"a","request_id":"b"}',
    "half a pair": b'{"request_id":"a","reason":"\\ud800"}',
    "nul": b'{"request_id":"a\\u0000"}',
    "raw nul": b'{"request_id":"a\x00"}',
    "utf-16": json.dumps({"request_id": "a"}).encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + success(),
    "top-level list": b"[1]",
    "empty": b"",
    "over the cap": b"x" * (_CAP + 1),
    "far over the cap": b"x" * (4 * _MIB),
    "bomb": gzip.compress(b"0" * (50 * _MIB), 9),
}
PIECES = [b'"', b"\\", b"{", b"]", b",", b"null", b"1e999", b"\\ud800", b'"sims":', b'"request_id":', b'"reason":0']
HEADERS: dict[str, dict[str, str]] = {
    "none": {},
    "empty": {"airalo-signature": ""},
    "short": {"airalo-signature": "ab"},
    "not ascii": {"airalo-signature": "é" * 128},
    "well formed": {"airalo-signature": "0" * 128},
}


def resident(process: Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
async def test_hostile_bodies_cost_bounded_memory_and_no_500(tmp_path: Path) -> None:
    async with shop(tmp_path / "airalo.db") as (process, port):

        async def round_of_all() -> dict[tuple[str, str], int]:
            found: dict[tuple[str, str], int] = {}
            for name, body in HOSTILE.items():
                encoding = {"Content-Encoding": "gzip"} if name == "bomb" else {}
                for kind, headers in HEADERS.items():
                    found[name, kind] = await post(port, body, headers | encoding)
                found[name, "signed"] = await post(port, body, signed(body) | encoding)
            return found

        await round_of_all()
        before = resident(process)
        statuses = await round_of_all()
        grown = resident(process) - before

    too_large, bomb = ("over the cap", "far over the cap"), ("bomb",)
    assert {status for (name, _), status in statuses.items() if name in too_large} == {413}
    assert {status for (name, _), status in statuses.items() if name in bomb} == {415}
    others = {key: status for key, status in statuses.items() if key[0] not in (*too_large, *bomb)}
    assert {status for (_, kind), status in others.items() if kind == "signed"} == {200}
    assert {status for (_, kind), status in others.items() if kind != "signed"} == {401}
    assert grown < 5 * _MIB


def mangled(draw: random.Random) -> bytes:
    """Change a push or a hostile body at a few places."""
    body = bytearray(draw.choice([success(), failure(), notice(1), write(LOW_DATA), *HOSTILE.values()])[:2000])
    for _ in range(draw.randint(1, 4)):
        start = draw.randint(0, len(body))
        end = min(len(body), start + draw.randint(0, 8))
        body[start:end] = draw.choice([draw.randbytes(draw.randint(0, 8)), *PIECES])
    return bytes(body)


async def answers_to_mangled_bodies(path: Path, number: int, seed: int) -> Counter[int]:
    """Post so many mangled bodies, half of them signed; count the statuses."""
    draw, statuses = random.Random(seed), Counter[int]()  # noqa: S311  (a failing run can be repeated)
    async with shop(path) as (_, port):
        for _ in range(number):
            body = mangled(draw)
            headers = signed(body) if draw.random() < 0.5 else HEADERS[draw.choice([*HEADERS])]
            statuses[await post(port, body, headers)] += 1
    return statuses


async def test_mangled_bodies_are_stored_or_refused(tmp_path: Path) -> None:
    statuses = await answers_to_mangled_bodies(tmp_path / "airalo.db", 300, seed=1)

    assert set(statuses) == {200, 401}


@pytest.mark.soak
async def test_many_mangled_bodies_are_stored_or_refused(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)  # noqa: S311  (told, so that it can be repeated)
    statuses = await answers_to_mangled_bodies(tmp_path / "airalo.db", 50_000, seed)

    print(f"seed {seed}: {dict(statuses)}")  # noqa: T201  (a soak is run to be read)
    assert set(statuses) == {200, 401}


async def test_slow_connections_do_not_hold_up_a_push(tmp_path: Path) -> None:
    async with shop(tmp_path / "airalo.db") as (_, port):
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(500)]
        for number, (_, writer) in enumerate(slow):
            head = b"POST /airalo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
            writer.write(head if number % 2 else head + b"\r\n{")
        statuses = [await post(port, notice(1), signed(notice(1)))]  # it comes when all the slow ones have been let in
        started = time.perf_counter()
        statuses.append(await post(port, notice(2), signed(notice(2))))
        took = time.perf_counter() - started
        for _, writer in slow:
            writer.close()

    assert statuses == [200, 200]
    assert took < 1


async def test_no_push_that_got_200_is_lost_by_sigterm(tmp_path: Path) -> None:
    path = tmp_path / "airalo.db"
    acknowledged: set[bytes] = set()
    enough = asyncio.Event()

    async def load(http: ClientSession, port: int, numbers: range) -> None:
        for number in numbers:
            body = notice(number)
            async with http.post(f"http://127.0.0.1:{port}/airalo", data=body, headers=signed(body)) as answer:
                if answer.status == 200:
                    acknowledged.add(body)
            if len(acknowledged) >= 200:
                enough.set()

    async with shop(path) as (process, port), ClientSession(connector=TCPConnector(limit=0)) as http:
        loads = [
            asyncio.create_task(load(http, port, range(start, start + 100_000))) for start in range(0, 1600000, 100_000)
        ]
        async with patience():
            await enough.wait()
        started = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 15)
        took = time.perf_counter() - started
        for task in loads:
            task.cancel()
        await asyncio.wait(loads)
        for task in loads:
            if not task.cancelled():
                task.exception()
    store = open_store(f"sqlite:///{path}")
    stored = {push.body for push in await pushes(store)}
    await store.close()

    assert len(acknowledged) >= 200
    assert acknowledged <= stored
    assert process.returncode == 0
    assert took < 10
