"""The fast way: one generated function for each model.

Stock cattrs calls a function for each field, and the ``__init__`` of a frozen class calls another; that alone doubles
the time of an order. Here a value that already is what the model wants costs a comparison and a plain store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from airalo_async._codec import _scalars
from airalo_async._codec._containers import plain
from airalo_async._codec._misfit import Misfit, refusal
from airalo_async._codec._shapes import Slot, is_json, slots_of
from airalo_async.models._twins import twin_of
from airalo_async.models.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FAILURES", "generate"]

FAILURES = (Misfit, KeyError)
"""What a generated function raises; a KeyError is the absence of a key that must be there."""

# When one of these holds, the value is not yet what the model wants, and goes through the hook.
_UNFIT = {
    str: "v.__class__ is not str",
    bool: "v.__class__ is not bool",
    int: f"v.__class__ is not int or not -{_scalars.INT_BOUND} <= v <= {_scalars.INT_BOUND}",
}


def generate(
    model: type, hook_of: Callable[[Any], Any], forgive: Callable[..., Any], lift: Callable[..., Any]
) -> Callable[..., Any]:
    """Generate the function that decodes one model.

    Args:
        model: An attrs class, frozen and slotted.
        hook_of: Gives the function that decodes a type.
        forgive: ``forgive(kind, key, value, broken)`` saves what it can of a value that does not fit, else gives None.
        lift: ``lift(model, broken, key, index)`` tells what an element has set aside, one level further out.

    Raises:
        TypeError: The class is not so.
    """
    slots = slots_of(model)
    scope: dict[str, Any] = {
        "FAILURES": FAILURES,
        "forgive": forgive,
        "lift": lift,
        "known": frozenset(slot.wire for slot in slots if not slot.local),
        "model": model,
        "plain": plain,
        "refusal": refusal,
        "twin": twin_of(model),
    }
    lines = ["if value.__class__ is not dict: raise refusal('an object', value)", "get = value.get", "new = twin()"]
    if any(slot.kind is Money for slot in slots):
        lines += ["currency = get('currency')", "if currency.__class__ is not str: currency = 'USD'"]
    if any(slot.forgiven for slot in slots):
        lines.append("broken = []")
    for slot in slots:
        lines += [*_read(slot, hook_of, scope), f"new.{slot.name} = v"]
    lines += ["new.__class__ = model", "return new"]
    exec("\n ".join(["def structure(value, _=None):", *lines]), scope)  # noqa: S102 (made of our own field names)
    structure: Callable[..., Any] = scope["structure"]
    return structure


def _read(slot: Slot, hook_of: Callable[[Any], Any], scope: dict[str, Any]) -> list[str]:
    """Write the lines that read one field into ``v``."""
    if slot.name == "extra":
        return ["v = {} if known.issuperset(value) else {key: plain(value[key]) for key in value if key not in known}"]
    if slot.name == "broken":
        return ["v = tuple(broken)"]
    absent = _absent(slot, scope)
    if slot.local:
        return [f"v = {absent}"]
    first = f"v = value[{slot.wire!r}]" if slot.required else f"v = get({slot.wire!r})"
    if is_json(slot.kind):
        return [first, "if v is not None: v = plain(v)"]
    lines = _convert(slot, hook_of, scope)
    if absent != "None":
        lines = [f"if v is None: v = {absent}", *_under("else:", lines)]
    elif slot.nullable:
        lines = _under("if v is not None:", lines)
    if slot.forgiven and slot.has_forgiving_elements:
        each = _under("for index, element in enumerate(v):", [f"lift(element, broken, {slot.wire!r}, index)"])
        lines = [*lines, *each]
    if slot.forgiven:
        saved = f"v = forgive({_let(scope, slot.kind)}, {slot.wire!r}, v, broken)"
        lines = [*_under("try:", lines), *_under("except FAILURES:", [saved, f"if v is None: v = {absent}"])]
    return [first, *lines]


def _convert(slot: Slot, hook_of: Callable[[Any], Any], scope: dict[str, Any]) -> list[str]:
    """Write the lines that turn ``v`` from JSON into what the model holds."""
    if slot.kind is Money:
        return [f"v = {_let(scope, _scalars.money_in)}(currency, v)"]
    hook = _let(scope, hook_of(slot.kind))
    if slot.kind in _UNFIT:
        return [f"if {_UNFIT[slot.kind]}: v = {hook}(v)"]
    if slot.may_be_empty_list:
        return [f"v = {hook}(v) if v or v.__class__ is not list else None"]
    return [f"v = {hook}(v)"]


def _absent(slot: Slot, scope: dict[str, Any]) -> str:
    """Write what stands for an absent key, and for a null that is not None."""
    if slot.required or slot.default is None:
        return "None"
    if isinstance(slot.default, attrs.Factory):  # type: ignore[arg-type]  # typed as a function, and a class
        return f"{_let(scope, slot.default.factory)}()"
    return _let(scope, slot.default)


def _let(scope: dict[str, Any], value: Any) -> str:
    """Give a value a name in the generated text."""
    name = f"x{len(scope)}"
    scope[name] = value
    return name


def _under(head: str, lines: list[str]) -> list[str]:
    return [head, *(" " + line for line in lines)]
