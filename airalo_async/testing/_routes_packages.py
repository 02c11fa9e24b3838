"""The catalogue's endpoints."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from airalo_async.testing._catalogue import catalogue
from airalo_async.testing._json import php_json
from airalo_async.testing._money import dollars, in_all_currencies
from airalo_async.testing._paging import page_of
from airalo_async.testing._replies import Refused, Reply, invalid, message, ok
from airalo_async.testing._routing import Limit, Route
from airalo_async.testing._world import digest

if TYPE_CHECKING:
    from airalo_async.testing._behaviour import Behaviour
    from airalo_async.testing._catalogue import Destination, Operator, Package
    from airalo_async.testing._incoming import Incoming
    from airalo_async.testing._world import World

__all__ = ["ROUTES", "SHORT_INFO", "package_row", "pricing"]

_IMAGES = "https://cdn-revamp.airalo.com/images"
SHORT_INFO = "This eSIM doesn't come with a phone number."
_FAIR_USE = "Speed may be reduced to 1 Mbps after 3 GB of usage a day."
_QR = "<p><b>To activate the eSIM by scanning the QR code:</b></p><ol><li>Print out or display this QR code.</li></ol>"
_MANUAL = "<p><b>To manually activate the eSIM:</b></p><ol><li>Settings &gt; Cellular/Mobile &gt; Add eSIM.</li></ol>"


def pricing(behaviour: Behaviour) -> dict[str, Any]:
    """Write the company's pricing model."""
    is_discount = behaviour.pricing == "discount_pricing"
    return {"model": behaviour.pricing, "discount_percentage": behaviour.discount_percentage if is_discount else 0}


def _list(world: World, incoming: Incoming) -> Reply:
    rows = _chosen(world, incoming)
    url = f"{world.url}/v2/packages"
    page = page_of(incoming, url, len(rows), default=None, extra=(("language", "en"),))
    with_topups = incoming.query.get("include") in {"topup", "top-up"}
    with_net = world.behaviour.pricing == "net_pricing"
    texts = [_destination_json(row.slug, with_topups, with_net) for row in rows[page.start : page.stop]]
    if world.behaviour.indexed_pages and page.start:
        data = "{" + ",".join(f'"{page.start + at}":{text}' for at, text in enumerate(texts)) + "}"
    else:
        data = "[" + ",".join(texts) + "]"
    head, links, meta = (php_json(value) for value in (pricing(world.behaviour), page.links, page.meta))
    return Reply(200, f'{{"pricing":{head},"data":{data},"links":{links},"meta":{meta}}}'.encode())


def _chosen(world: World, incoming: Incoming) -> list[Destination]:
    rows = list(world.catalogue.destinations)
    kind = incoming.query.get("filter[type]")
    if kind not in (None, "", "local", "global"):
        raise Refused(invalid({"filter.type": "The selected filter.type is invalid."}))
    if kind:
        rows = [row for row in rows if bool(row.country_code) == (kind == "local")]
    if country := incoming.query.get("filter[country]"):
        # Together with the global type a country asks for the regions that cover it; alone it asks for itself.
        code = country.upper()
        rows = [
            row for row in rows if row.country_code == code or (kind == "global" and code in row.operators[0].countries)
        ]
    return rows


# One entry for each destination and variant; writing them out is what a page costs.
@functools.cache
def _destination_json(slug: str, with_topups: bool, with_net: bool) -> str:  # noqa: FBT001  (a cache key)
    destination = next(row for row in catalogue().destinations if row.slug == slug)
    return php_json(_destination(destination, with_topups=with_topups, with_net=with_net))


def _destination(row: Destination, *, with_topups: bool, with_net: bool) -> dict[str, Any]:
    operators = [
        (operator, [item for item in operator.packages if with_topups or item.kind == "sim"])
        for operator in row.operators
    ]
    operators = [(operator, packages) for operator, packages in operators if packages]
    cheapest = min((item for _, packages in operators for item in packages), key=lambda item: item.cents)
    return {
        "slug": row.slug,
        "country_code": row.country_code,
        "title": row.title,
        "image": _image(row.slug, 132, 100),
        "min_price": _prices(cheapest, with_net=with_net),
        "operators": [_operator(operator, packages, with_net=with_net) for operator, packages in operators],
    }


def _operator(operator: Operator, packages: list[Package], *, with_net: bool) -> dict[str, Any]:
    titles = catalogue().titles
    apn = {"apn_type": "automatic", "apn_value": None}
    return {
        "id": operator.number,
        "style": "light",
        "gradient_start": "#1f2b4d",
        "gradient_end": "#4a6fa5",
        "type": "global" if operator.is_global else "local",
        "is_prepaid": False,
        "title": operator.title,
        "esim_type": "Prepaid",
        "warning": None,
        "apn_type": "automatic",
        "apn_value": None,
        "is_roaming": True,
        "info": ["LTE Data-only eSIM.", "Rechargeable online with no expiry."],
        "image": _image(operator.slug, 1035, 653),
        "plan_type": operator.plan_type,
        "activation_policy": "first-usage",
        "is_kyc_verify": False,
        "rechargeability": any(item.kind == "topup" for item in operator.packages),
        "other_info": None,
        "coverages": [
            {"name": code, "code": code, "networks": [{"name": f"{titles[code]} Mobile", "types": ["5G", "LTE"]}]}
            for code in operator.countries
        ],
        "install_window_days": 365,
        "topup_grace_window_days": 30,
        "apn": {"ios": apn, "android": apn},
        "packages": [_package(item, with_net=with_net) for item in packages],
        "countries": [
            {"country_code": code, "title": titles[code], "image": _image(code, 132, 99)} for code in operator.countries
        ],
    }


def package_row(item: Package) -> dict[str, Any]:
    """Write what every list of packages tells of one."""
    return {
        "id": item.slug,
        "type": item.kind,
        "price": dollars(item.cents),
        "amount": item.megabytes,
        "day": item.days,
        "is_unlimited": item.is_unlimited,
        "title": item.title,
        "data": item.data,
    }


def _package(item: Package, *, with_net: bool) -> dict[str, Any]:
    body = {
        **package_row(item),
        "short_info": None if item.voice else SHORT_INFO,
        "qr_installation": _QR,
        "manual_installation": _MANUAL,
        "voice": item.voice,
        "text": item.text,
        "is_fair_usage_policy": item.is_unlimited,
        "fair_usage_policy": _FAIR_USE if item.is_unlimited else None,
        "prices": _prices(item, with_net=with_net),
    }
    return body | {"net_price": dollars(item.net_cents)} if with_net else body


def _prices(item: Package, *, with_net: bool) -> dict[str, Any]:
    retail = {"recommended_retail_price": in_all_currencies(item.cents)}
    return {"net_price": in_all_currencies(item.net_cents), **retail} if with_net else retail


def _image(name: str, width: int, height: int) -> dict[str, Any]:
    return {"width": width, "height": height, "url": f"{_IMAGES}/{digest(name)[:32]}.png"}


def _information(world: World, incoming: Incoming) -> Reply:
    slug = incoming.keys["package_slug"]
    package = world.catalogue.packages.get(slug)
    if package is None:
        return message(404, f"Package not found for slug: {slug}")
    return ok(_product(package), meta=None)


def _product(item: Package) -> dict[str, Any]:
    unlimited = item.is_unlimited
    name = f"Unbegrenzt - {item.days} Tage" if unlimited else f"{item.data} - {item.days} Tage"
    euro = in_all_currencies(item.cents)["EUR"]
    return {
        "package_id": item.slug,
        "product_name": name,
        "product_description": name,
        "date_marketed": None,
        "service_internet": True,
        "service_telephony": item.voice is not None,
        "service_sms": item.text is not None,
        "network_providers": [f"{item.operator} Mobile"],
        "network_technologies": ["5G", "LTE"],
        "data_allowance_mb": "Unbegrenzt" if unlimited else str(item.megabytes),
        "data_allowance_display": "Unbegrenzt" if unlimited else item.data,
        "validity_days": item.days,
        "voice_minutes": item.voice or 0,
        "sms_included": item.text or 0,
        "retail_price_eur": f"{euro:.2f}",
        "max_download_speed_mbit": "20000",
        "max_upload_speed_mbit": "10000",
        "throttled_download_speed_mbit": "1 Mbps" if unlimited else None,
        "throttled_upload_speed_mbit": "1 Mbps" if unlimited else None,
        "throttle_threshold_mb": 3072 if unlimited else None,
        "is_unlimited": unlimited,
        "is_fair_usage_policy": unlimited,
        "fair_usage_policy": "Nach 3 GB am Tag langsamer: 1 Mbps." if unlimited else None,
        "out_of_bundle_rate_eur_per_mb": "Out of bundle rate is not applicable",
        "activation_policy": "first-usage",
        "is_roaming": True,
        "auto_renewal": "Das Paket verlängert sich nicht automatisch",
        "terms_url": "https://airalo.com/de/more-info/terms-conditions",
        "partner_brand_name": "Airalo",
        "partner_logo_url": f"{_IMAGES}/logo.png",
        "legal_entity_name": "Fake Company Ltd.",
        "legal_address": "1 Example Street, Example Town",
        "pib_version": 1,
        "pib_version_date": "2026-06-29T11:34:59+00:00",
        "version_hash": digest("pib", item.slug),
        "pib_version_pdf_link": f"https://assets.partners.airalo.com/package_versions/{item.slug}/1.pdf",
    }


def _overrides(world: World, incoming: Incoming) -> Reply:
    page = page_of(incoming, f"{world.url}/v2/packages/overrides", 0, default=25)
    return ok([], meta=page.meta, links=page.links)


ROUTES = (
    Route("GET", "/v2/packages", _list, limits=(Limit(80, 60.0, "token"),)),
    Route("GET", "/v2/packages/overrides", _overrides),
    Route(
        "GET",
        "/v2/packages/{package_slug}/product-information",
        _information,
        limits=(Limit(60, 60.0, "package_slug"),),
        refused_as_403=True,
    ),
)
