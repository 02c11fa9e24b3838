"""Registering handlers, and the ranges of their settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from airalo_async.errors import ArgumentError
from airalo_async.stores import MemoryStore
from airalo_async.webhooks import CreditLimit, LowData, OrderCompleted, OrderFailed, UnknownPush, WebhookReceiver

if TYPE_CHECKING:
    from airalo_async.webhooks import Event


async def handle(event: Event) -> None:
    """Take any event."""


class Callable:
    async def __call__(self, event: Event) -> None:
        """Take any event."""


@pytest.mark.parametrize("event", [OrderCompleted, OrderFailed, LowData, CreditLimit, UnknownPush])
def test_each_kind_takes_one_handler(receiver: WebhookReceiver, event: type[Event]) -> None:
    returned = receiver.on(event)(handle)

    with pytest.raises(ArgumentError, match=f"{event.__name__} has a handler"):
        receiver.on(event)(handle)
    assert returned is handle


def test_unmatched_takes_one_handler(receiver: WebhookReceiver) -> None:
    assert receiver.on_unmatched(handle) is handle

    with pytest.raises(ArgumentError, match="on_unmatched has a handler"):
        receiver.on_unmatched(handle)


@pytest.mark.parametrize("handler", [Callable(), partial(handle)], ids=["object", "partial"])
def test_anything_called_as_a_coroutine_will_do(receiver: WebhookReceiver, handler: Any) -> None:
    receiver.on(CreditLimit)(handler)

    assert "credit_limit" in repr(receiver)


@pytest.mark.parametrize("handler", [lambda _: None, print, None, Callable], ids=["lambda", "builtin", "none", "class"])
def test_handler_must_be_a_coroutine_function(receiver: WebhookReceiver, handler: Any) -> None:
    with pytest.raises(ArgumentError, match="async def"):
        receiver.on(CreditLimit)(handler)


@pytest.mark.parametrize("event", [int, "credit_limit", None, CreditLimit("x", None)], ids=str)  # type: ignore[arg-type]  # never read
def test_event_must_be_an_event_class(receiver: WebhookReceiver, event: Any) -> None:
    with pytest.raises(ArgumentError, match="OrderCompleted, OrderFailed, LowData, CreditLimit, UnknownPush"):
        receiver.on(event)(handle)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lease", 0),
        ("handler_timeout", -1),
        ("backoff", 0),
        ("sweep_every", 0),
        ("grace", -1),
        ("drain", -0.1),
        ("max_tries", 0),
        ("concurrency", 0),
        ("max_body", 0),
        ("body_timeout", 0),
        ("commit_timeout", float("nan")),
        ("secrets", []),
        ("secrets", ""),
        ("secrets", ["good", ""]),
        ("store", "sqlite:///airalo.db"),
    ],
)
def test_setting_out_of_its_range_is_refused(name: str, value: Any) -> None:
    settings: dict[str, Any] = {"store": MemoryStore(), "secrets": "s", name: value}

    with pytest.raises(ArgumentError) as caught:
        WebhookReceiver(**settings)

    assert caught.value.argument.startswith(name.removesuffix("s"))
