"""URLs of engines, and the passwords in them, which nobody is to see."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airalo_async.models._rules import refuse

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["split_address"]

_RULE = (
    "must be a URL with % codes for / ? # @ [ ] in its password, as urllib.parse.quote(password, safe='') writes them"
)


def split_address(argument: str, url: str) -> SplitResult:
    """Split a URL, unless a password that ends too early would be taken for a port, a path or a database.

    Raises:
        ArgumentError: It cannot be split, or not so.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise refuse(argument, _RULE, url) from None  # what it raised may quote the password
    hosts = parts.netloc.rpartition("@")[2].split(",")
    ports = [host.rpartition("]")[2].partition(":")[2] for host in hosts]
    strays = parts.netloc and "@" in parts.path + parts.fragment
    if strays or not all(not port or (port.isascii() and port.isdecimal()) for port in ports):
        raise refuse(argument, _RULE, url)
    return parts
