"""Frozen values: what the API answers, and what the store keeps.

Each module is loaded when one of its names is first used: making a hundred classes takes half as long as importing
aiohttp, and hardly a program uses a third of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airalo_async.models._evidence import (
        Accepted,
        Cancelled,
        DeclaredUnsent,
        Evidence,
        Failed,
        LeaseLapsed,
        Mismatched,
        NoAnswer,
        NothingFound,
        NotVisible,
        Paid,
        PushFacts,
        Refused,
        Unsent,
    )
    from airalo_async.models._stored import (
        JSON,
        Alarm,
        Attempt,
        Kind,
        PushKind,
        PushState,
        Refusal,
        State,
        StoredPush,
        StoredRequest,
    )
    from airalo_async.models.account import (
        Balance,
        Device,
        ExchangeRate,
        ExchangeRates,
        Refund,
        RefundReason,
        RefundRequest,
    )
    from airalo_async.models.broken import Broken
    from airalo_async.models.catalogue import CatalogueDiff, FieldChange, PackageChange, PackageOffer, diff, offers_of
    from airalo_async.models.esims import Apn, ApnSettings, Sim
    from airalo_async.models.events import CreditLimit, Event, LowData, OrderCompleted, OrderFailed, UnknownPush
    from airalo_async.models.installation import ActivationCode
    from airalo_async.models.money import Money, Prices, PriceTable
    from airalo_async.models.notifications import (
        CreditLevel,
        LowDataTrigger,
        Notification,
        NotificationKind,
        SimulatedEvent,
    )
    from airalo_async.models.orders import Order, OrderState, OrderStatus, OrderUser
    from airalo_async.models.outcomes import BulkItem, Unresolved
    from airalo_async.models.packages import (
        Country,
        Coverage,
        Destination,
        Image,
        Network,
        Operator,
        Package,
        PackageOverride,
        PackageType,
    )
    from airalo_async.models.paging import Page, PageLinks, PageMeta
    from airalo_async.models.pending import FutureOrder, FutureOrderRow, FutureOrderStatus, PendingOrder
    from airalo_async.models.pricing import Pricing, PricingModel
    from airalo_async.models.product_information import ProductInformation
    from airalo_async.models.purchases import EmailShare, OrderRequest, VoucherRequest
    from airalo_async.models.sims import (
        DeviceInstructions,
        InstallationManual,
        InstallationViaQRCode,
        Instructions,
        NetworkSetup,
        Sharing,
        SimDetails,
        SimPackage,
        SimStatus,
        Usage,
    )
    from airalo_async.models.token import Token
    from airalo_async.models.vouchers import AirmoneyVoucher, EsimVoucher

__all__ = [
    "JSON",
    "Accepted",
    "ActivationCode",
    "AirmoneyVoucher",
    "Alarm",
    "Apn",
    "ApnSettings",
    "Attempt",
    "Balance",
    "Broken",
    "BulkItem",
    "Cancelled",
    "CatalogueDiff",
    "Country",
    "Coverage",
    "CreditLevel",
    "CreditLimit",
    "DeclaredUnsent",
    "Destination",
    "Device",
    "DeviceInstructions",
    "EmailShare",
    "EsimVoucher",
    "Event",
    "Evidence",
    "ExchangeRate",
    "ExchangeRates",
    "Failed",
    "FieldChange",
    "FutureOrder",
    "FutureOrderRow",
    "FutureOrderStatus",
    "Image",
    "InstallationManual",
    "InstallationViaQRCode",
    "Instructions",
    "Kind",
    "LeaseLapsed",
    "LowData",
    "LowDataTrigger",
    "Mismatched",
    "Money",
    "Network",
    "NetworkSetup",
    "NoAnswer",
    "NotVisible",
    "NothingFound",
    "Notification",
    "NotificationKind",
    "Operator",
    "Order",
    "OrderCompleted",
    "OrderFailed",
    "OrderRequest",
    "OrderState",
    "OrderStatus",
    "OrderUser",
    "Package",
    "PackageChange",
    "PackageOffer",
    "PackageOverride",
    "PackageType",
    "Page",
    "PageLinks",
    "PageMeta",
    "Paid",
    "PendingOrder",
    "PriceTable",
    "Prices",
    "Pricing",
    "PricingModel",
    "ProductInformation",
    "PushFacts",
    "PushKind",
    "PushState",
    "Refund",
    "RefundReason",
    "RefundRequest",
    "Refusal",
    "Refused",
    "Sharing",
    "Sim",
    "SimDetails",
    "SimPackage",
    "SimStatus",
    "SimulatedEvent",
    "State",
    "StoredPush",
    "StoredRequest",
    "Token",
    "UnknownPush",
    "Unresolved",
    "Unsent",
    "Usage",
    "VoucherRequest",
    "diff",
    "offers_of",
]

_NAMES = {
    "_evidence": (
        "Accepted Cancelled DeclaredUnsent Evidence Failed LeaseLapsed Mismatched NoAnswer NotVisible NothingFound "
        "Paid PushFacts Refused Unsent"
    ),
    "_stored": "Alarm Attempt JSON Kind PushKind PushState Refusal State StoredPush StoredRequest",
    "account": "Balance Device ExchangeRate ExchangeRates Refund RefundReason RefundRequest",
    "broken": "Broken",
    "catalogue": "CatalogueDiff FieldChange PackageChange PackageOffer diff offers_of",
    "esims": "Apn ApnSettings Sim",
    "events": "CreditLimit Event LowData OrderCompleted OrderFailed UnknownPush",
    "installation": "ActivationCode",
    "money": "Money PriceTable Prices",
    "notifications": "CreditLevel LowDataTrigger Notification NotificationKind SimulatedEvent",
    "orders": "Order OrderState OrderStatus OrderUser",
    "outcomes": "BulkItem Unresolved",
    "packages": "Country Coverage Destination Image Network Operator Package PackageOverride PackageType",
    "paging": "Page PageLinks PageMeta",
    "pending": "FutureOrder FutureOrderRow FutureOrderStatus PendingOrder",
    "pricing": "Pricing PricingModel",
    "product_information": "ProductInformation",
    "purchases": "EmailShare OrderRequest VoucherRequest",
    "sims": (
        "DeviceInstructions InstallationManual InstallationViaQRCode Instructions NetworkSetup Sharing SimDetails "
        "SimPackage SimStatus Usage"
    ),
    "token": "Token",
    "vouchers": "AirmoneyVoucher EsimVoucher",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
