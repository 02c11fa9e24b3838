"""The careful way: look at one value after the other, and tell where the first one stands that does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airalo_async._codec._containers import elements, entries
from airalo_async._codec._misfit import Misfit, missing, refusal
from airalo_async._codec._shapes import Slot, slots_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["check_list", "check_map", "check_model"]


def check_model(model: type, hook_of: Callable[[Any], Any]) -> Callable[..., None]:
    """Make the function that checks an object against a model."""
    hooks = [(slot, _slot_hook(slot, hook_of)) for slot in slots_of(model) if not slot.local and not slot.forgiven]

    def check(value: Any, _: object = None) -> None:
        if value.__class__ is not dict:
            raise refusal("an object", value)
        for slot, hook in hooks:
            if slot.wire in value:
                _step(hook, value[slot.wire], slot.wire)
            elif slot.required:
                raise missing(slot.wire)

    return check


def check_list(hook: Any) -> Callable[..., None]:
    """Make the function that checks each element of a list."""

    def check(value: Any, _: object = None) -> None:
        for index, item in elements(value):
            _step(hook, item, index)

    return check


def check_map(hook: Any) -> Callable[..., None]:
    """Make the function that checks each value of an object."""

    def check(value: Any, _: object = None) -> None:
        for key, item in entries(value).items():
            if item is not None:
                _step(hook, item, key)

    return check


def _slot_hook(slot: Slot, hook_of: Callable[[Any], Any]) -> Callable[..., None]:
    hook = hook_of(slot.kind)

    def check(value: Any, _: object = None) -> None:
        absent = value is None and (slot.nullable or not slot.required)
        if not absent and not (slot.may_be_empty_list and value == []):
            hook(value)

    return check


def _step(hook: Any, value: Any, step: str | int) -> None:
    try:
        hook(value)
    except Misfit as misfit:
        raise misfit.inside(step) from None
