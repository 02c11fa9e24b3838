"""Reading a folder of recorded bodies: what its ``index.json`` says, in whatever way it says it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["ANY", "PUSH", "REQUEST", "RESPONSE", "Recorded", "read_corpus"]

RESPONSE, PUSH, REQUEST = "response", "webhook", "request"
ANY = "ANY *"


@frozen
class Recorded:
    """One body of the folder.

    Attributes:
        name: Its file.
        kind: ``response``, ``webhook`` or ``request``.
        endpoint: Method and path, each value in the path as ``{}``; ``ANY *`` for an answer that any endpoint may give.
        status: HTTP status; 200 where the index tells none.
        body: The bytes.
    """

    name: str
    kind: str
    endpoint: str
    status: int
    body: bytes

    @property
    def value(self) -> Any:
        """The parsed body; None when it is empty or a web page."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def top(self) -> Mapping[str, Any]:
        """The parsed body where it is an object, else an empty one."""
        return self.value if isinstance(self.value, dict) else {}


def read_corpus(folder: Path, endpoints: Iterable[str]) -> Iterator[Recorded]:
    """Read every entry of the folder's index.

    Raises:
        AssertionError: An entry names no body, or is of no kind.
    """
    index = json.loads((folder / "index.json").read_bytes())
    entries = index if isinstance(index, list) else next(rows for rows in index.values() if isinstance(rows, list))
    for entry in entries:
        name = entry["file"]
        yield Recorded(
            name,
            _kind(entry),
            _endpoint(entry, tuple(endpoints)),
            int(entry.get("status") or 200),
            (folder / name).read_bytes(),
        )


def _kind(entry: Mapping[str, Any]) -> str:
    said = str(entry.get("kind") or "").lower()
    kinds = [kind for kind in (RESPONSE, PUSH, REQUEST) if kind in said]
    if not said:
        kinds = [PUSH if str(entry.get("method")).upper() == "WEBHOOK" else RESPONSE]
    assert kinds, f"{entry['file']} is of the unknown kind {said!r}"
    return kinds[0]


def _endpoint(entry: Mapping[str, Any], endpoints: tuple[str, ...]) -> str:
    """Name the endpoint as the table of calls does, be its path a template, a real one or a whole address."""
    method, said = str(entry.get("method") or "ANY").upper(), str(entry.get("endpoint") or "*")
    if said.lower() in {"*", "any"}:
        return ANY
    path = "/" + re.sub(r"\{[^}]*\}|(?<=/):\w+", "{}", urlsplit(said).path.strip("/"))
    path = path if path.startswith("/v2/") else f"/v2{path}"
    exact = f"{method} {path}"
    fitting = [known for known in endpoints if re.fullmatch(re.escape(known).replace(r"\{\}", "[^/]+"), exact)]
    return exact if exact in endpoints else next(iter(fitting), exact)
