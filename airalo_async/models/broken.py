"""The part of an answer that could not be read."""

from __future__ import annotations

from attrs import field, frozen

from airalo_async.models._stored import JSON

__all__ = ["Broken"]


@frozen
class Broken:
    """What does not fit: an element left out of its list, or a field that took its default.

    Attributes:
        path: Where in the answer the misfit is, such as ``data[3].operators[0].id``.
        reason: What was expected there, without the value.
        raw: The whole element or field, as parsed JSON; None when it is nested too deep.
    """

    path: str
    reason: str
    raw: JSON = field(repr=False, hash=False)
