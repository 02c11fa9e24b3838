"""What all values of answers have in common: secrets stay out of sight, and everything pickles."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest

from airalo_async._codec import decode
from airalo_async.models import (
    AirmoneyVoucher,
    Broken,
    CreditLimit,
    Destination,
    EsimVoucher,
    FutureOrder,
    LowData,
    Money,
    Order,
    OrderCompleted,
    OrderFailed,
    PendingOrder,
    Prices,
    Sim,
    Token,
    UnknownPush,
)

SIM = {
    "id": 77566,
    "created_at": "2026-06-16 18:19:00",
    "iccid": "8900000461442300635",
    "lpa": "canary",
    "matching_id": "canary",
    "qrcode": "canary",
    "qrcode_url": "canary",
    "direct_apple_installation_url": "canary",
    "airalo_code": "canary",
    "voucher_code": "canary",
    "confirmation_code": "canary",
    "msisdn": "canary",
    "imsis": ["canary"],
    "new_key": "canary",
}
ORDER: dict[str, Any] = {
    "id": 74506,
    "code": "20260616-074506",
    "package_id": "kallur-digital-7days-1gb",
    "quantity": 1,
    "price": 4.5,
    "manual_installation": "canary",
    "qrcode_installation": "canary",
    "new_key": "canary",
    "sims": [SIM],
}
VALUES = [
    decode(Sim, SIM),
    decode(Order, ORDER),
    decode(Token, {"access_token": "canary", "expires_in": 31622400}),
    decode(EsimVoucher, {"package_id": "x", "codes": ["canary"]}),
    decode(AirmoneyVoucher, {"id": 8, "code": "canary", "amount": 22}),
    decode(PendingOrder, {"request_id": "3NhR3gKmqCWK7IWppurpDX3Cg", "accepted_at": "2026-06-16 18:19:00"}),
    decode(FutureOrder, {"request_id": "3NhR3gKmqCWK7IWppurpDX3Cg", "due_date": "2026-06-16 18:19"}),
    decode(LowData, {"iccid": "8900000461442300635", "level": "75%"}),
    decode(CreditLimit, {"message": "Surpassed 80% of the credit limit balance", "remaining": 225.35}),
    decode(Destination, {"slug": "world", "operators": [{"id": 1, "packages": [{"id": "canary-free"}]}]}),
    Broken("data[0].id", "is missing", {"lpa": "canary"}),
    OrderCompleted(decode(Order, ORDER), raw=ORDER),
    OrderFailed("3NhR3gKmqCWK7IWppurpDX3Cg", 33, "Insufficient stock", raw={"x": "canary"}),
    UnknownPush("it is of no known kind", raw={"x": "canary"}),
    Money(Decimal("4.50"), "USD"),
    Prices(net_price={"USD": Decimal(4)}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_secrets_stay_out_of_the_repr(value: object) -> None:
    assert "canary'" not in repr(value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_value_pickles_and_is_hashable(value: object) -> None:
    copy = pickle.loads(pickle.dumps(value))  # noqa: S301 (our own)

    assert copy == value
    assert hash(copy) == hash(value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_value_is_frozen(value: Any) -> None:
    name = attrs.fields(type(value))[0].name

    with pytest.raises(AttributeError):
        setattr(value, name, None)


def test_order_keeps_what_installs_its_sims() -> None:
    sim = decode(Order, ORDER).sims[0]

    assert (sim.lpa, sim.qrcode, sim.confirmation_code) == ("canary",) * 3
    assert sim.created_at == datetime(2026, 6, 16, 18, 19, tzinfo=UTC)


def test_shortfall_and_reference_are_not_on_the_wire() -> None:
    order = decode(Order, {**ORDER, "shortfall": 5})
    pending = decode(PendingOrder, {"request_id": "x", "reference": "cart-17"})

    assert (order.shortfall, order.extra["shortfall"]) == (0, 5)
    assert (pending.reference, pending.extra) == ("", {"reference": "cart-17"})


def test_money_reads_like_money() -> None:
    assert str(Money(Decimal("4.50"), "USD")) == "4.50 USD"


def test_event_classes_share_no_behaviour() -> None:
    kinds = (OrderCompleted, OrderFailed, LowData, CreditLimit, UnknownPush)

    assert all(kind.__bases__ == (object,) for kind in kinds)
