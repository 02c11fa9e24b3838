"""The catalogue: by destination, as rows, and what a seller must tell about a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airalo_async import _codec, models
from airalo_async._wire import Request
from airalo_async.models._rules import check_language, check_pattern, check_text, check_word
from airalo_async.resources._answers import model_of, read_answer
from airalo_async.resources._listing import Listing
from airalo_async.resources._rows import reader_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airalo_async._pipeline import Pipeline
    from airalo_async.models import (
        JSON,
        CatalogueDiff,
        Destination,
        PackageOffer,
        PackageOverride,
        Page,
        ProductInformation,
    )

__all__ = ["Packages"]

_PATH = "/v2/packages"
_OVERRIDES = "/v2/packages/overrides"
_INFORMATION = "/v2/packages/{slug}/product-information"
_COUNTRY = r"[A-Za-z]{2}"
_TYPES = ("local", "global")


class Packages:
    """The catalogue. Airalo asks partners to take it over once an hour."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def list(
        self,
        *,
        type: str | None = None,  # noqa: A002 (the API's own name)
        country: str | None = None,
        include_topups: bool = False,
        language: str | None = None,
        page_size: int | None = 25,
        page: int = 1,
    ) -> Listing[Destination]:
        """List destinations with their operators and packages. Limited to 80 pages a minute.

        Args:
            type: ``local``, or ``global``, which has the regions too; both if not given.
            country: Two-letter ISO 3166 code.
            include_topups: Whether packages that top up an eSIM are listed too.
            language: Language code for titles and texts, such as ``de`` or ``pt-BR``.
            page_size: Destinations a page, from 1. The whole catalogue has about 213, and 25 of them keep the event
                loop for some milliseconds only; None has the API choose, and may bring everything at once.
            page: The page to start from, from 1.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.

        Source:
            GET /v2/packages, Partner API documentation, 2026-09-19.
        """
        request = _request(type, country, language, include_topups=include_topups)
        return Listing(self._pipeline, request, reader_of(models.Destination), page=page, limit=page_size)

    def flat(
        self,
        *,
        type: str | None = None,  # noqa: A002 (the API's own name)
        country: str | None = None,
        include_topups: bool = False,
        language: str | None = None,
        page_size: int | None = 25,
        page: int = 1,
    ) -> Listing[PackageOffer]:
        """List packages, one row each, with operator and destination. Limited to 80 pages a minute.

        Args:
            type: ``local``, or ``global``, which has the regions too; both if not given.
            country: Two-letter ISO 3166 code.
            include_topups: Whether packages that top up an eSIM are listed too.
            language: Language code for titles and texts, such as ``de`` or ``pt-BR``.
            page_size: Destinations a page, from 1, and so many more rows; None has the API choose.
            page: The page to start from, from 1.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.

        Source:
            GET /v2/packages, Partner API documentation, 2026-09-19.
        """
        request = _request(type, country, language, include_topups=include_topups)
        return Listing(self._pipeline, request, _read_offers, page=page, limit=page_size)

    def overrides(self, *, page: int = 1) -> Listing[PackageOverride]:
        """List what the account has overridden in the catalogue.

        Only the official SDKs show this endpoint. Nothing of its rows is published, so all of one is in its ``.extra``.

        Args:
            page: The page to start from, from 1.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.

        Source:
            GET /v2/packages/overrides, official PHP SDK 1.3.1, 2025-11-24.
        """
        request = Request(method="GET", path=_OVERRIDES, route=_OVERRIDES)
        return Listing(self._pipeline, request, reader_of(models.PackageOverride), page=page)

    async def product_information(self, slug: str) -> ProductInformation:
        """Look up what a seller must tell about a package. Limited to 60 calls a minute and package.

        Args:
            slug: The package's slug, 1 to 100 characters.

        Raises:
            ArgumentError: It is no such text; nothing was sent.
            NotFoundError: There is no such package.
            PermissionDeniedError: The account may not ask for it.

        Source:
            GET /v2/packages/{package_slug}/product-information, Partner API documentation, 2026-09-19.
        """
        check_text("slug", slug, most=100)
        path = _INFORMATION.replace("{slug}", slug)
        request = Request(method="GET", path=path, route=_INFORMATION, keys={"package": slug})
        response = await self._pipeline.call(request)
        return read_answer(response.body, model_of(models.ProductInformation))

    @staticmethod
    def diff(old: Iterable[Destination | PackageOffer], new: Iterable[Destination | PackageOffer]) -> CatalogueDiff:
        """Tell what changed between two catalogues; nothing is sent. See ``models.diff``.

        Args:
            old: Destinations from ``packages.list``, or rows from ``packages.flat``.
            new: The same, later. Both must be whole, or what is missing counts as removed.
        """
        return models.diff(old, new)


def _request(kind: str | None, country: str | None, language: str | None, *, include_topups: bool) -> Request:
    query = []
    if kind is not None:
        query.append(("filter[type]", check_word("type", kind, _TYPES)))
    if country is not None:
        code = check_pattern("country", country, _COUNTRY, "must be a two-letter ISO 3166 code")
        query.append(("filter[country]", code.upper()))
    if include_topups:
        query.append(("include", "topup"))
    if language is not None:
        check_language("language", language)
    return Request(method="GET", path=_PATH, route=_PATH, query=tuple(query), language=language)


def _read_offers(envelope: JSON) -> Page[PackageOffer]:
    page = _codec.decode_page(models.Destination, envelope)
    offers = tuple(offer for destination in page.items for offer in models.offers_of(destination))
    return models.Page(offers, page.broken, page.meta, page.pricing, page.links)
