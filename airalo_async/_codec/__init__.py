"""The one converter: from JSON to frozen values, strict about what is there and easy about what is new.

A model is an attrs ``@frozen`` class; its annotations are its rules, and nobody but this package calls cattrs:

- ``str int bool Decimal datetime date``, nested attrs classes, ``tuple[X, ...]``, ``Mapping[str, X]``, ``X | None``.
- Numbers are read from numbers and from their text, exactly and within bounds, and text from a number; a boolean is
  neither. ``datetime`` is aware UTC from any of the API's formats. ``int | str`` is a number where it reads as one.
  ``JSON`` is taken as it is.
- A null in a mapping is an absent key.
- ``Money`` is read from a number, with the object's own ``currency`` (``USD`` where it has none), or from an object of
  ``amount`` and ``currency``. ``PriceTable`` holds exact prices by currency. An answer that is full of them is parsed
  with ``exact=True``: decimals at once, and no floats that would have to be written out and read again.
- ``SomeStrEnum | str`` is an open word: a member where it is known, else the plain string.
- A field without a default must be there. One with a default takes it when the key is absent or null. ``X | None`` is
  None for null, and for ``[]`` where X is a model, which is how PHP writes an empty object.
- A list may also come as an object keyed by index; its values then stand in the order of the indexes.
- ``field(metadata=wire("availableBalance"))`` gives the key on the wire; ``metadata=LOCAL`` says that there is none.
- ``extra: Extra`` holds the keys that the model does not know; without it they are dropped.
- ``broken: tuple[Broken, ...] = ()`` makes a model forgiving. An element of a list of models that does not fit is left
  out, for any other field with a default the default stands, and what came is kept there, and further out as well, up
  to the page. Without it, one value that does not fit makes the whole model not fit: half an order would be worse than
  an error.
- A model has no validator, converter or post-init: objects are made without calling ``__init__``.

cattrs and the models are loaded when the first answer is read, not when the package is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airalo_async._codec._decode import decode, decode_airmoney, decode_order, decode_page, parse, unwrap

__all__ = ["decode", "decode_airmoney", "decode_order", "decode_page", "parse", "unwrap"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}._decode"), name)
    globals()[name] = value
    return value
