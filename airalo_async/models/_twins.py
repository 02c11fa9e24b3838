"""Blank, unlocked twins of frozen models, to fill and then lock.

A frozen attrs class stores each field past its own lock, which costs a call; in a twin it is a plain store, ten times
faster, and an order has over a hundred fields. A filled twin becomes the model by ``twin.__class__ = model``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["plain_init", "twin_of"]

C = TypeVar("C", bound=type)
_Made: Any = attrs.Factory


def twin_of(model: type) -> Any:
    """Make the unlocked twin of a frozen, slotted attrs class; calling it makes a blank one.

    Raises:
        TypeError: The class has no slots.
    """
    # All three are object's own, so that CPython stores and makes without a Python call.
    unlocked = {"__init__": object.__init__, "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    twin = type(model.__name__, (model,), {"__slots__": (), **unlocked})
    trial: Any = twin()
    trial.__class__ = model
    return twin


def plain_init(model: C) -> C:
    """Give a frozen attrs class an ``__init__`` that fills an unlocked twin.

    For what every purchase makes, from about four fields on: the locks were a tenth of its work. To be written above
    ``@frozen``.

    Raises:
        TypeError: It validates, converts or makes defaults, or has no slots.
    """
    fields = attrs.fields(model)
    if any(field.validator or field.converter or isinstance(field.default, _Made) for field in fields):
        message = f"{model.__name__} has validators, converters or factories, which a plain __init__ would leave out"
        raise TypeError(message)
    scope: dict[str, Any] = {_default(field): field.default for field in fields}
    scope |= {"model": model, "twin": twin_of(model), "unlock": object.__setattr__}
    lines = [f"def __init__({_parameters(fields)}):", "unlock(self, '__class__', twin)"]
    lines += [f"self.{field.name} = {field.alias if field.init else _default(field)}" for field in fields]
    lines.append("self.__class__ = model")
    if hasattr(model, "__attrs_post_init__"):
        lines.append("self.__attrs_post_init__()")
    exec("\n ".join(lines), scope)  # noqa: S102  (our own names)
    scope["__init__"].__annotations__ = vars(model)["__init__"].__annotations__
    setattr(model, "__init__", scope["__init__"])  # noqa: B010  (a type checker takes it for that of any subclass)
    return model


def _parameters(fields: Iterable[attrs.Attribute[Any]]) -> str:
    """Write the parameters as attrs would: those to be named last."""
    given, named = ["self"], ["*"]
    for field in fields:
        if field.init:
            default = "" if field.default is attrs.NOTHING else f"={_default(field)}"
            (named if field.kw_only else given).append(f"{field.alias}{default}")
    return ", ".join([*given, *(named if len(named) > 1 else ())])


def _default(field: attrs.Attribute[Any]) -> str:
    return f"default_{field.name}"
