"""Requests as values, and answers turned into errors. Pure: no socket, no clock."""

from __future__ import annotations

from airalo_async._outcome import Response
from airalo_async._wire._errors import error_from, rejected_token, without
from airalo_async._wire._paging import Position, Progress
from airalo_async._wire._request import TOKEN_ROUTE, Request, check_base_url, encode, path_of, terms, url

__all__ = [
    "TOKEN_ROUTE",
    "Position",
    "Progress",
    "Request",
    "Response",
    "check_base_url",
    "encode",
    "error_from",
    "path_of",
    "rejected_token",
    "terms",
    "url",
    "without",
]
