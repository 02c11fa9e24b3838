from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from airalo_async.errors import Outcome
from airalo_async.models import Attempt, Kind, PushKind, PushState, State, StoredPush, StoredRequest
from airalo_async.models._evolve import evolve

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ATTEMPT = Attempt(1, "ref-aaaaaaaaaaaaaaaa-bbbbbbbb", "host:1:aa", NOW, NOW + timedelta(seconds=90))
REQUEST = StoredRequest("cart-17", Kind.ORDER, "f" * 64, "p", 1, {"user": 5}, State.SENDING, (ATTEMPT,), NOW, NOW)
PUSH = StoredPush(1, "key", PushKind.ORDER_COMPLETED, b"{}", "raw", NOW, PushState.PENDING)


def test_changed_copy_is_what_attrs_would_make() -> None:
    attempt = evolve(ATTEMPT, order_id=7, outcome=Outcome.PLACED)
    request = evolve(REQUEST, state=State.COMPLETED, attempts=(attempt,), result="{}", version=2)
    push = evolve(PUSH, state=PushState.DONE, body=None)

    assert attempt == attrs.evolve(ATTEMPT, order_id=7, outcome=Outcome.PLACED)
    assert request == attrs.evolve(REQUEST, state=State.COMPLETED, attempts=(attempt,), result="{}", version=2)
    assert push == attrs.evolve(PUSH, state=PushState.DONE, body=None)


def test_copy_is_locked_and_leaves_the_original_alone() -> None:
    request = evolve(REQUEST, version=9)

    assert type(request) is StoredRequest
    assert (request.version, REQUEST.version) == (9, 1)
    assert pickle.loads(pickle.dumps(request)) == request  # noqa: S301  (our own)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        request.version = 10  # type: ignore[misc]  # that is the test


def test_change_of_no_field_is_refused() -> None:
    with pytest.raises(AttributeError):
        evolve(REQUEST, versoin=2)
