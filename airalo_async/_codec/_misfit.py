"""The one way in which a value does not fit."""

from __future__ import annotations

__all__ = ["Misfit", "dotted", "missing", "refusal"]

_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}


class Misfit(Exception):  # noqa: N818 (never leaves the codec: it ends as a DecodeError or as a Broken)
    """A value does not fit.

    Attributes:
        rule: What it must be, and of which JSON type it is; never the value.
        steps: Keys and indexes that lead to it, outermost first.
    """

    def __init__(self, rule: str, *steps: str | int) -> None:
        super().__init__(rule)
        self.rule = rule
        self.steps = steps

    def inside(self, step: str | int) -> Misfit:
        """Tell the same from one level further out."""
        return Misfit(self.rule, step, *self.steps)


def refusal(expected: str, value: object) -> Misfit:
    """Say what was expected, and the JSON type of what came; never the value."""
    return Misfit(f"must be {expected}, not {_NAMES.get(type(value), 'null')}")


def missing(key: str) -> Misfit:
    """Say that a key is not there."""
    return Misfit("is missing", key)


def dotted(*steps: str | int) -> str:
    """Write keys and indexes as a JSON path, such as ``data.sims[0].iccid``."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps if step != "")
    return path.removeprefix(".")
