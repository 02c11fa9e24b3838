"""How a model tells the codec what its annotations cannot: names on the wire, and fields that are not on it."""

from __future__ import annotations

from collections.abc import Mapping

from airalo_async.models._stored import JSON

__all__ = ["LOCAL", "LOCAL_KEY", "WIRE_KEY", "Extra", "wire"]

WIRE_KEY = "airalo_async.wire"
LOCAL_KEY = "airalo_async.local"

LOCAL: Mapping[str, object] = {LOCAL_KEY: True}
"""Metadata of a field that never comes from the API; a key of its name is an unknown key like any other."""

Extra = Mapping[str, JSON]
"""The keys of an answer that this version does not know, as parsed JSON."""


def wire(name: str) -> Mapping[str, object]:
    """Give the metadata of a field whose key in the JSON differs from its Python name."""
    return {WIRE_KEY: name}
