from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from attrs import define, field, frozen

from airalo_async.testing import FakeAiralo, FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@frozen
class Answer:
    """What came back: the status, the decoded body (or its text) and the headers."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def data(self) -> Any:
        return self.body["data"]


@define
class Caller:
    """A plain HTTP client with a token; the client's half of the package has no part in these tests."""

    fake: FakeAiralo
    http: aiohttp.ClientSession
    token: str = ""

    async def sign_in(self) -> str:
        secrets = {"client_id": self.fake.client_id, "client_secret": self.fake.client_secret}
        answer = await self.send("POST", "/v2/token", data=secrets | {"grant_type": "client_credentials"})
        self.token = answer.data["access_token"]
        return self.token

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.send("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return await self.send("POST", path, json=json, **options)

    async def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        sent = {"Accept": "application/json", **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        sent |= headers or {}
        async with self.http.request(
            method, self.fake.url + path, headers=sent, allow_redirects=False, **options
        ) as response:
            text = await response.text()
            body = json.loads(text) if text and "json" in response.content_type else text
            return Answer(response.status, body, response.headers)

    async def order(self, **changes: Any) -> Answer:
        return await self.post("/v2/orders", {"package_id": "change-7days-1gb", "quantity": 1} | changes)

    async def order_async(self, **changes: Any) -> str:
        answer = await self.post("/v2/orders-async", {"package_id": "change-7days-1gb", "quantity": 1} | changes)
        assert answer.status == 202, answer.body
        request_id: str = answer.data["request_id"]
        return request_id


@frozen
class Push:
    """One push that reached the webhook."""

    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@define
class Hook:
    """A webhook that takes whatever comes and answers what it is told to."""

    url: str = ""
    status: int = 200
    alive: int = 200
    open: asyncio.Event = field(factory=asyncio.Event)
    pushes: list[Push] = field(factory=list)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        if request.method == "HEAD":
            return web.Response(status=self.alive)
        self.pushes.append(Push(await request.read(), request.headers))
        await self.open.wait()
        return web.Response(status=self.status)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAiralo]:
    # A clock that stands still but for advance: no test can run into the end of a second or a day.
    clock = FakeClock(start=datetime(2026, 3, 5, 10, 30, tzinfo=UTC), ticking=False)
    async with FakeAiralo(clock=clock, seed=1) as fake:
        yield fake


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


@pytest.fixture
async def caller(fake: FakeAiralo, http: aiohttp.ClientSession) -> Caller:
    caller = Caller(fake, http)
    await caller.sign_in()
    return caller


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    hook.open.set()
    runner = web.ServerRunner(web.Server(hook.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/airalo"
    yield hook
    hook.open.set()
    await runner.cleanup()
