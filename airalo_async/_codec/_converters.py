"""The two cattrs converters: a fast one that decodes, and a careful one that tells where a value does not fit.

Both read single values with the functions of ``_scalars``, and both are asked by type. The fast one takes no notes;
only when it fails does the careful one go the same way again.
"""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
from attrs import evolve
from cattrs import Converter

from airalo_async._codec import _scalars
from airalo_async._codec._careful import check_list, check_map, check_model
from airalo_async._codec._containers import elements, entries, plain
from airalo_async._codec._generate import FAILURES, generate
from airalo_async._codec._misfit import Misfit, dotted
from airalo_async._codec._shapes import element_of, is_forgiving, is_json, is_list, is_map, is_union, members, word_of
from airalo_async.models.broken import Broken
from airalo_async.models.money import Money, PriceTable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["attempt", "structure"]

_fast = Converter(detailed_validation=False)
_careful = Converter(detailed_validation=True)


def structure(kind: Any, value: Any) -> Any:
    """Decode a value.

    Raises:
        Misfit: It does not fit; ``.steps`` lead to where.
    """
    try:
        return _fast.get_structure_hook(kind)(value, kind)
    except FAILURES as failure:
        _careful.get_structure_hook(kind)(value, kind)
        # Not reached while the two agree, which the tests hold; a wrong path is better than a wrong value.
        raise Misfit("does not fit") from failure


def attempt(kind: Any, value: Any, broken: list[Broken], *steps: str | int) -> Any:
    """Decode a value that fails alone: into ``broken``, and None is given back.

    What it has set aside itself goes into ``broken`` too, so that nothing is out of sight further out.
    """
    try:
        found = structure(kind, value)
    except Misfit as misfit:
        broken.append(Broken(dotted(*steps, *misfit.steps), misfit.rule, plain(value)))
        return None
    if is_forgiving(kind):
        _lift(found, broken, *steps)
    return found


def _lift(model: Any, broken: list[Broken], *steps: str | int) -> None:
    if model.broken:
        broken += [evolve(inner, path=dotted(*steps, inner.path)) for inner in model.broken]


def _forgive(kind: Any, key: str, value: Any, broken: list[Broken]) -> Any:
    """Save what can be saved of a field that does not fit: the good elements of a list of models."""
    if is_list(kind) and attrs.has(element_of(kind)):
        with contextlib.suppress(Misfit):
            found = [attempt(element_of(kind), item, broken, key, index) for index, item in elements(value)]
            return tuple(item for item in found if item is not None)
    return attempt(kind, value, broken, key)


def _list_of(hook: Any) -> Callable[..., Any]:
    def read(value: Any, _: object = None) -> tuple[Any, ...]:
        if value.__class__ is list:
            return tuple([hook(item) for item in value])
        return tuple([hook(item) for _, item in elements(value)])

    return read


def _map_of(hook: Any) -> Callable[..., Any]:
    def read(value: Any, _: object = None) -> dict[str, Any]:
        return {key: hook(item) for key, item in entries(value).items() if item is not None}

    return read


def _anything(value: Any, _: object = None) -> Any:
    return value


def _union(hint: Any) -> Callable[..., Any]:
    words = word_of(hint)
    if words is not None:
        return _scalars.word(words)
    if is_json(hint):
        return _anything
    if set(members(hint)) == {int, str}:
        return _scalars.count
    message = f"the codec has no rule for {hint}"
    raise TypeError(message)


def _set_up(converter: Converter, model_of: Any, list_of: Any, map_of: Any) -> None:
    for kind, read in (
        (str, _scalars.text),
        (int, _scalars.integer),
        (bool, _scalars.boolean),
        (Decimal, _scalars.decimal),
        (datetime, _scalars.instant),
        (date, _scalars.calendar_day),
    ):
        converter.register_structure_hook(kind, read)
    hook_of = converter.get_structure_hook
    # The last one that says yes is asked: Money is an attrs class too, and PriceTable a mapping.
    converter.register_structure_hook_factory(attrs.has, lambda model: model_of(model, hook_of))
    converter.register_structure_hook_factory(is_list, lambda hint: list_of(hook_of(element_of(hint))))
    converter.register_structure_hook_factory(is_map, lambda hint: map_of(hook_of(element_of(hint))))
    converter.register_structure_hook_factory(is_union, _union)
    converter.register_structure_hook_func(lambda hint: hint is object, _anything)
    converter.register_structure_hook_func(lambda hint: hint is Money, _scalars.money)
    converter.register_structure_hook_func(lambda hint: hint == PriceTable, _scalars.price_table)


_set_up(_fast, lambda model, hook_of: generate(model, hook_of, _forgive, _lift), _list_of, _map_of)
_set_up(_careful, check_model, check_list, check_map)
