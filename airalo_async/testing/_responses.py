"""aioresponses on aiohttp 3.14, by its own ``response_class`` hook and without a patch."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientResponse
from aioresponses import aioresponses

__all__ = ["AiraloResponses"]


class _NothingSent:
    """Stands for the writer that aiohttp 3.14 asks a response for: nothing went over a wire."""

    output_size = 0


class _MockedResponse(ClientResponse):
    """A response that needs no writer; aioresponses 0.7.9 has none to give."""

    def __init__(self, method: str, url: Any, **options: Any) -> None:
        options.setdefault("stream_writer", _NothingSent())
        super().__init__(method, url, **options)


class AiraloResponses(aioresponses):
    """``aioresponses`` whose answers work with aiohttp 3.14."""

    def add(self, url: Any, method: str = "GET", *positional: Any, **options: Any) -> None:
        """Add an answer; the arguments are those of ``aioresponses.add``."""
        options.setdefault("response_class", _MockedResponse)
        super().add(url, method, *positional, **options)
