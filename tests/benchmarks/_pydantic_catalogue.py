"""The catalogue as pydantic models: the same fields as ours, with exact decimals."""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 (pydantic reads the annotations)

from pydantic import BaseModel

__all__ = ["CataloguePage"]


class Image(BaseModel):
    width: int | None = None
    height: int | None = None
    url: str


class Prices(BaseModel):
    net_price: dict[str, Decimal] | None = None
    recommended_retail_price: dict[str, Decimal] | None = None


class Package(BaseModel):
    id: str
    type: str = "sim"
    price: Decimal
    net_price: Decimal | None = None
    amount: int | None = None
    day: int | None = None
    is_unlimited: bool | None = None
    title: str | None = None
    data: str | None = None
    short_info: str | None = None
    qr_installation: str | None = None
    manual_installation: str | None = None
    voice: int | None = None
    text: int | None = None
    is_fair_usage_policy: bool | None = None
    fair_usage_policy: str | None = None
    prices: Prices | None = None


class Network(BaseModel):
    name: str
    types: tuple[str, ...] = ()


class Coverage(BaseModel):
    name: str
    code: str | None = None
    networks: tuple[Network, ...] = ()


class Country(BaseModel):
    country_code: str
    title: str | None = None
    image: Image | None = None


class Apn(BaseModel):
    apn_type: str | None = None
    apn_value: str | None = None


class ApnSettings(BaseModel):
    ios: Apn | None = None
    android: Apn | None = None


class Operator(BaseModel):
    id: int
    title: str | None = None
    type: str | None = None
    plan_type: str | None = None
    packages: tuple[Package, ...] = ()
    esim_type: str | None = None
    is_prepaid: bool | None = None
    style: str | None = None
    gradient_start: str | None = None
    gradient_end: str | None = None
    warning: str | None = None
    apn_type: str | None = None
    apn_value: str | None = None
    apn: ApnSettings | None = None
    is_roaming: bool | None = None
    info: tuple[str, ...] = ()
    other_info: str | None = None
    image: Image | None = None
    activation_policy: str | None = None
    is_kyc_verify: bool | None = None
    rechargeability: bool | None = None
    coverages: tuple[Coverage, ...] = ()
    countries: tuple[Country, ...] = ()
    install_window_days: int | None = None
    topup_grace_window_days: int | None = None


class Destination(BaseModel):
    slug: str
    country_code: str = ""
    title: str | None = None
    image: Image | None = None
    min_price: Prices | None = None
    operators: tuple[Operator, ...] = ()


class Meta(BaseModel):
    current_page: int | None = None
    last_page: int | None = None
    per_page: int | None = None
    total: int | None = None


class Pricing(BaseModel):
    model: str
    discount_percentage: Decimal | None = None


class CataloguePage(BaseModel):
    data: tuple[Destination, ...]
    meta: Meta
    pricing: Pricing | None = None
