"""What the annotations of a model say about its JSON."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Union

import attrs
from attrs import frozen

from airalo_async.models._wire import LOCAL_KEY, WIRE_KEY

__all__ = [
    "Slot",
    "element_of",
    "is_forgiving",
    "is_json",
    "is_list",
    "is_map",
    "is_union",
    "members",
    "slots_of",
    "word_of",
]

_KEPT = ("extra", "broken")


@frozen
class Slot:
    """One field of a model.

    Attributes:
        name: Its Python name.
        wire: Its key in the JSON.
        kind: Its type, without ``None``.
        nullable: Whether null is None.
        default: What stands for an absent key, or an ``attrs.Factory``; ``attrs.NOTHING`` if the key must be there.
        local: Whether it never comes from the API.
        forgiven: Whether a value that does not fit is set aside, and the default stands for it.
    """

    name: str
    wire: str
    kind: Any
    nullable: bool
    default: Any
    local: bool
    forgiven: bool

    @property
    def required(self) -> bool:
        """Whether the key must be there."""
        return self.default is attrs.NOTHING

    @property
    def has_forgiving_elements(self) -> bool:
        """Whether it is a list of models that set aside what does not fit."""
        return is_list(self.kind) and is_forgiving(element_of(self.kind))

    @property
    def may_be_empty_list(self) -> bool:
        """Whether ``[]`` stands for no object: so PHP writes an empty one."""
        return self.nullable and attrs.has(self.kind)


def is_forgiving(model: Any) -> bool:
    """Tell whether it is a model that sets aside what does not fit."""
    return attrs.has(model) and any(field.name == "broken" for field in attrs.fields(model))


def slots_of(model: type) -> tuple[Slot, ...]:
    """Tell the fields of an attrs class, in the order of its ``__init__``.

    Raises:
        TypeError: It does something in its ``__init__`` that the codec would not do.
    """
    fields = attrs.fields(model)
    if hasattr(model, "__attrs_post_init__") or any(field.validator or field.converter for field in fields):
        message = (
            f"{model.__name__} is decoded without its __init__, so it can have no validator, converter or post-init"
        )
        raise TypeError(message)
    hints = typing.get_type_hints(model, include_extras=True)
    return tuple(_slot(field, hints[field.name], forgiving=is_forgiving(model)) for field in fields)


def _slot(field: attrs.Attribute[Any], hint: Any, *, forgiving: bool) -> Slot:
    nullable = type(None) in members(hint) and not is_json(hint)
    if nullable:
        rest = tuple(option for option in members(hint) if option is not type(None))
        hint = Union[rest]  # noqa: UP007 (of a tuple; a single member is itself)
    return Slot(
        name=field.name,
        wire=field.metadata.get(WIRE_KEY, field.name),
        kind=hint,
        nullable=nullable,
        default=field.default,
        local=LOCAL_KEY in field.metadata or field.name in _KEPT,
        forgiven=forgiving and field.default is not attrs.NOTHING,
    )


def members(hint: Any) -> tuple[Any, ...]:
    """Tell the members of a union; anything else is its own only member."""
    return typing.get_args(hint) if is_union(hint) else (hint,)


def is_union(hint: Any) -> bool:
    """Tell whether it is a union."""
    return typing.get_origin(hint) in (Union, types.UnionType)


def is_json(hint: Any) -> bool:
    """Tell whether it is any JSON at all: ``object``, or the union of everything."""
    return hint is object or {str, int, float, bool}.issubset(members(hint))


def is_list(hint: Any) -> bool:
    """Tell whether it is ``tuple[X, ...]``."""
    return typing.get_origin(hint) is tuple


def is_map(hint: Any) -> bool:
    """Tell whether it is ``Mapping[str, X]``."""
    return typing.get_origin(hint) is Mapping


def element_of(hint: Any) -> Any:
    """Tell X of ``tuple[X, ...]`` or ``Mapping[str, X]``."""
    arguments = typing.get_args(hint)
    return arguments[0] if is_list(hint) else arguments[1]


def word_of(hint: Any) -> type[StrEnum] | None:
    """Tell the known words of ``SomeStrEnum | str``, else None."""
    options = members(hint)
    kinds = [option for option in options if isinstance(option, type) and issubclass(option, StrEnum)]
    return kinds[0] if len(options) == 2 and str in options and kinds else None
