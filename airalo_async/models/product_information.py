"""The product information sheet (PIB) of a package. Several of its numbers are texts, some of them prose."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from airalo_async.models._stored import JSON
from airalo_async.models._wire import Extra

__all__ = ["ProductInformation"]


@frozen
class ProductInformation:
    """What a seller must tell about a package.

    Attributes:
        package_id: The package's slug.
        product_name: Its name.
        product_description: What it is.
        date_marketed: None in every answer that is known.
        service_internet: Whether it has data.
        service_telephony: Whether it has calls.
        service_sms: Whether it has SMS.
        network_providers: Names of the networks.
        network_technologies: What they offer, such as ``5G``.
        data_allowance_mb: Data in MB, as text; a word when unlimited.
        data_allowance_display: Data, for people.
        validity_days: Validity in days.
        voice_minutes: Minutes included; 0 when there are none.
        sms_included: SMS included; 0 when there are none.
        retail_price_eur: Airalo's retail price, in euros.
        max_download_speed_mbit: Fastest download, in Mbit/s, as text.
        max_upload_speed_mbit: Fastest upload, in Mbit/s, as text.
        throttled_download_speed_mbit: Download past the threshold, with its unit, or None.
        throttled_upload_speed_mbit: Upload past the threshold, with its unit, or None.
        throttle_threshold_mb: MB after which it is slower, or None.
        is_unlimited: Whether data is unlimited.
        is_fair_usage_policy: Whether a fair usage policy applies.
        fair_usage_policy: What it says, or None.
        out_of_bundle_rate_eur_per_mb: Price beyond the allowance, in euros a MB; prose so far.
        activation_policy: ``first-usage`` or ``installation``.
        is_roaming: Whether data roaming must be on.
        auto_renewal: Whether it renews itself; prose.
        terms_url: Address of the terms.
        partner_brand_name: Brand that sells it.
        partner_logo_url: Address of its logo.
        legal_entity_name: Company that provides it.
        legal_address: Its address.
        pib_version: Number of this sheet.
        pib_version_date: When the sheet was made (UTC).
        version_hash: Hash of the sheet, 64 hexadecimal digits.
        pib_version_pdf_link: Address of the sheet as a PDF.
        extra: Keys that this version does not know.
    """

    package_id: str
    product_name: str | None = None
    product_description: str | None = None
    date_marketed: JSON = field(default=None, hash=False)
    service_internet: bool | None = None
    service_telephony: bool | None = None
    service_sms: bool | None = None
    network_providers: tuple[str, ...] = ()
    network_technologies: tuple[str, ...] = ()
    data_allowance_mb: str | None = None
    data_allowance_display: str | None = None
    validity_days: int | None = None
    voice_minutes: int | None = None
    sms_included: int | None = None
    retail_price_eur: Decimal | None = None
    max_download_speed_mbit: str | None = None
    max_upload_speed_mbit: str | None = None
    throttled_download_speed_mbit: str | None = None
    throttled_upload_speed_mbit: str | None = None
    throttle_threshold_mb: int | None = None
    is_unlimited: bool | None = None
    is_fair_usage_policy: bool | None = None
    fair_usage_policy: str | None = None
    out_of_bundle_rate_eur_per_mb: str | None = None
    activation_policy: str | None = None
    is_roaming: bool | None = None
    auto_renewal: str | None = None
    terms_url: str | None = None
    partner_brand_name: str | None = None
    partner_logo_url: str | None = None
    legal_entity_name: str | None = None
    legal_address: str | None = None
    pib_version: int | None = None
    pib_version_date: datetime | None = None
    version_hash: str | None = None
    pib_version_pdf_link: str | None = None
    extra: Extra = field(factory=dict[str, JSON], repr=False, hash=False)
