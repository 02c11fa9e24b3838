"""The answer of an order as pydantic models: the same fields as ours."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (pydantic reads the annotations)
from decimal import Decimal  # noqa: TC003 (as above)

from pydantic import BaseModel

__all__ = ["OrderAnswer"]


class Apn(BaseModel):
    apn_type: str | None = None
    apn_value: str | None = None


class ApnSettings(BaseModel):
    ios: Apn | None = None
    android: Apn | None = None


class Sim(BaseModel):
    id: int
    iccid: str
    created_at: datetime | None = None
    lpa: str | None = None
    matching_id: str | None = None
    qrcode: str | None = None
    qrcode_url: str | None = None
    direct_apple_installation_url: str | None = None
    confirmation_code: str | None = None
    airalo_code: str | None = None
    voucher_code: str | None = None
    msisdn: str | None = None
    apn_type: str | None = None
    apn_value: str | None = None
    apn: ApnSettings | None = None
    is_roaming: bool | None = None


class Order(BaseModel):
    id: int
    code: str
    package_id: str
    quantity: int
    currency: str = "USD"
    type: str | None = None
    description: str | None = None
    esim_type: str | None = None
    validity: int | None = None
    package: str | None = None
    data: str | None = None
    text: int | None = None
    voice: int | None = None
    price: Decimal | None = None
    net_price: Decimal | None = None
    pricing_model: str | None = None
    created_at: datetime | None = None
    manual_installation: str | None = None
    qrcode_installation: str | None = None
    installation_guides: dict[str, str] = {}
    brand_settings_name: str | None = None
    sims: list[Sim] = []
    request_id: str | None = None


class OrderAnswer(BaseModel):
    data: Order
