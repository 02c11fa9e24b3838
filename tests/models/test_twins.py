from __future__ import annotations

import inspect

import attrs
import pytest
from attrs import field, frozen

from airalo_async.models._twins import plain_init


@frozen
class _Locked:
    first: int
    second: str = "b"
    third: tuple[int, ...] = field(default=(), kw_only=True)
    fourth: int = field(default=4, init=False)


@plain_init
@frozen
class _Plain:
    first: int
    second: str = "b"
    third: tuple[int, ...] = field(default=(), kw_only=True)
    fourth: int = field(default=4, init=False)


def test_plain_init_makes_what_attrs_would() -> None:
    value = _Plain(1, third=(3,))

    assert type(value) is _Plain
    assert attrs.astuple(value) == attrs.astuple(_Locked(1, third=(3,)))
    assert inspect.signature(_Plain) == inspect.signature(_Locked)


def test_plain_init_leaves_the_value_locked() -> None:
    value = _Plain(1)

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        value.first = 2  # type: ignore[misc]  # that is the test


def test_plain_init_refuses_what_it_would_leave_out() -> None:
    @frozen
    class Converted:
        number: int = field(converter=int)

    with pytest.raises(TypeError, match="Converted has validators, converters or factories"):
        plain_init(Converted)
