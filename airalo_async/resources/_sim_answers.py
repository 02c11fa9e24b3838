"""Reading what the API tells about eSIMs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from airalo_async import _codec, models

if TYPE_CHECKING:
    from airalo_async.models import JSON, Instructions, Page, SimDetails

__all__ = ["read_brand", "read_instructions", "read_sim", "read_sims"]


def read_sim(answer: JSON) -> SimDetails:
    """Read the answer about one eSIM."""
    return _codec.decode(models.SimDetails, _with_sharing(_codec.unwrap(answer)), path="data")


def read_instructions(answer: JSON) -> Instructions:
    """Read how an eSIM is installed."""
    data = _codec.unwrap(answer)
    found = data.get("instructions") if isinstance(data, Mapping) else None
    # PHP writes an empty object as an empty list.
    return _codec.decode(models.Instructions, {} if found == [] else found, path="data.instructions")


def read_brand(answer: JSON) -> str | None:
    """Read the brand that an eSIM now has."""
    data = _codec.unwrap(answer)
    name = data.get("brand_settings_name") if isinstance(data, Mapping) else None
    return name if isinstance(name, str) and name else None


def read_sims(envelope: JSON) -> Page[SimDetails]:
    """Read a page of eSIMs."""
    if isinstance(envelope, Mapping):
        data = envelope.get("data")
        if isinstance(data, Mapping):
            envelope = {**envelope, "data": {key: _with_sharing(sim) for key, sim in data.items()}}
        elif isinstance(data, list):
            envelope = {**envelope, "data": [_with_sharing(sim) for sim in data]}
    return _codec.decode_page(models.SimDetails, envelope)


def _with_sharing(sim: JSON) -> JSON:
    """Put what is shared beside the order, where live answers have it; the documentation has it inside."""
    order = sim.get("simable") if isinstance(sim, Mapping) else None
    if not isinstance(sim, Mapping) or not isinstance(order, Mapping) or "sharing" not in order:
        return sim
    rest = {name: value for name, value in order.items() if name != "sharing"}
    return {**sim, "sharing": sim.get("sharing") or order["sharing"], "simable": rest}
