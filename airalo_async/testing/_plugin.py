"""Fixtures for users' tests, registered as a pytest plugin.

Importing this module costs next to nothing: the fake, aiohttp and the session are imported by the fixtures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

try:
    import pytest_asyncio
except ImportError:  # pragma: no cover
    pytest_asyncio = None  # type: ignore[assignment]  # the name of an absent module

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from airalo_async import AiraloSession
    from airalo_async.testing._fake import FakeAiralo
    from airalo_async.testing._responses import AiraloResponses

__all__ = ["airalo_fake", "airalo_fake_options", "airalo_responses", "airalo_session"]

# Declared with pytest-asyncio's own decorator a fixture works in auto mode and in strict mode; where that plugin is
# missing another one, such as anyio's, may run plain async fixtures.
_async_fixture = pytest_asyncio.fixture if pytest_asyncio is not None else pytest.fixture


@pytest.fixture
def airalo_fake_options() -> dict[str, Any]:
    """Settings of ``airalo_fake``; override this fixture to change them."""
    return {}


@_async_fixture
async def airalo_fake(airalo_fake_options: dict[str, Any]) -> AsyncIterator[FakeAiralo]:
    """A fake Airalo that runs for one test."""
    from airalo_async.testing._fake import FakeAiralo  # noqa: PLC0415  (nothing heavy at start)

    async with FakeAiralo(**airalo_fake_options) as fake:
        yield fake


@_async_fixture
async def airalo_session(airalo_fake: FakeAiralo) -> AsyncIterator[AiraloSession]:
    """A session on ``airalo_fake``, with a store in memory."""
    async with airalo_fake.session() as session:
        yield session


@pytest.fixture
def airalo_responses() -> Iterator[AiraloResponses]:
    """An ``aioresponses`` that works with aiohttp 3.14; what goes to loopback passes through."""
    from airalo_async.testing._responses import AiraloResponses  # noqa: PLC0415  (nothing heavy at start)

    responses = AiraloResponses(passthrough=["http://127.0.0.1"])
    with responses:
        yield responses
