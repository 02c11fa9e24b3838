"""eSIMs that were bought: what they are, what they have used, what they can be topped up with."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from airalo_async import models
from airalo_async._wire import Request
from airalo_async.models._rules import (
    check_iccid,
    check_language,
    check_part_of_iccid,
    check_text,
    written_days,
    written_words,
)
from airalo_async.resources._answers import model_of, read_answer
from airalo_async.resources._listing import Listing
from airalo_async.resources._rows import read_rows, reader_of
from airalo_async.resources._sim_answers import read_brand, read_instructions, read_sim, read_sims

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import date

    from airalo_async._pipeline import Pipeline
    from airalo_async.models import JSON, Instructions, Package, Page, SimDetails, SimPackage, Usage

__all__ = ["Sims"]

T = TypeVar("T")

_PATH = "/v2/sims"
_INCLUDES = ("order", "order.status", "order.user", "share")


class Sims:
    """eSIMs that were ordered through the API."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def get(self, iccid: str, *, include: Collection[str] = ()) -> SimDetails:
        """Look up one eSIM.

        Args:
            iccid: 15 to 22 digits.
            include: Any of ``order``, ``order.status``, ``order.user`` and ``share``.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            NotFoundError: The account has no such eSIM.
            InvalidRequestError: The same; which of the two the API says is not documented.

        Source:
            GET /v2/sims/{sim_iccid}, Partner API documentation, 2026-09-19.
        """
        return await self._ask(iccid, "", read_sim, query=_include(include))

    def list(
        self,
        *,
        created: tuple[date, date] | None = None,
        iccid: str | None = None,
        include: Collection[str] = (),
        page_size: int | None = 25,
        page: int = 1,
    ) -> Listing[SimDetails]:
        """List eSIMs.

        Args:
            created: First and last day (UTC) on which they were made; of aware datetimes, their days in UTC.
            iccid: Part of an ICCID, 1 to 22 digits.
            include: Any of ``order``, ``order.status``, ``order.user`` and ``share``.
            page_size: eSIMs a page, from 1; None has the API choose.
            page: The page to start from, from 1.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.

        Source:
            GET /v2/sims, Partner API documentation, 2026-09-19.
        """
        query = [*_include(include)]
        if created is not None:
            query.append(("filter[created_at]", written_days("created", created)))
        if iccid is not None:
            query.append(("filter[iccid]", check_part_of_iccid("iccid", iccid)))
        request = Request(method="GET", path=_PATH, route=_PATH, query=tuple(query))
        return Listing(self._pipeline, request, read_sims, page=page, limit=page_size)

    async def usage(self, iccid: str) -> Usage:
        """Look up what is left of an eSIM. Limited to 10 calls a minute and eSIM, and 5 a second.

        The API renews its figures every 20 minutes, in the sandbox every hour.

        Args:
            iccid: 15 to 22 digits.

        Raises:
            ArgumentError: It is no such text; nothing was sent.
            NotFoundError: The account has no such eSIM.
            RateLimitedError: Waiting for the limit would have outlasted the deadline.

        Source:
            GET /v2/sims/{iccid}/usage, Partner API documentation, 2026-09-19.
        """
        return await self._ask(iccid, "/usage", model_of(models.Usage))

    async def package_history(self, iccid: str) -> Page[SimPackage]:
        """List the packages that an eSIM has or had. Limited to 10 calls a minute and eSIM.

        Args:
            iccid: 15 to 22 digits.

        Returns:
            A sequence, newest first, with ``.pricing`` beside it.

        Raises:
            ArgumentError: It is no such text; nothing was sent.
            NotFoundError: The account has no such eSIM.
            RateLimitedError: Waiting for the limit would have outlasted the deadline.

        Source:
            GET /v2/sims/{iccid}/packages, Partner API documentation, 2026-09-19.
        """
        read = reader_of(models.SimPackage)
        return await self._ask(iccid, "/packages", lambda answer: read_rows(answer, read, "packages of an eSIM"))

    async def topup_packages(self, iccid: str) -> Page[Package]:
        """List the packages that can top an eSIM up.

        Args:
            iccid: 15 to 22 digits.

        Returns:
            A sequence, empty when there are none, with ``.pricing`` beside it.

        Raises:
            ArgumentError: It is no such text; nothing was sent.
            NotFoundError: The account has no such eSIM.
            RecycledSimError: The eSIM was given back and cannot be topped up.

        Source:
            GET /v2/sims/{iccid}/topups, Partner API documentation, 2026-09-19.
        """
        read = reader_of(models.Package)
        return await self._ask(iccid, "/topups", lambda answer: read_rows(answer, read, "top-ups of an eSIM"))

    async def instructions(self, iccid: str, *, language: str = "en") -> Instructions:
        """Look up how to install an eSIM, with the steps in order.

        Args:
            iccid: 15 to 22 digits.
            language: Language code, such as ``de`` or ``pt-BR``; the answer tells which one the API took.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            NotFoundError: The account has no such eSIM.

        Source:
            GET /v2/sims/{iccid}/instructions, Partner API documentation, 2026-09-19.
        """
        check_language("language", language)
        return await self._ask(iccid, "/instructions", read_instructions, language=language)

    async def set_brand(self, iccid: str, *, brand_settings_name: str | None) -> str | None:
        """Choose the brand that an eSIM is shared under.

        Args:
            iccid: 15 to 22 digits.
            brand_settings_name: A brand of the Partner Platform; None for no brand.

        Returns:
            The brand as the API now has it; None for no brand.

        Raises:
            ArgumentError: A rule was broken; nothing was sent.
            InvalidRequestError: There is no such brand; nothing was changed.
            RequestError: No answer. Setting it again is harmless.

        Source:
            PUT /v2/sims/{sim_iccid}/brand, Partner API documentation, 2026-09-19.
        """
        if brand_settings_name is not None:
            check_text("brand_settings_name", brand_settings_name)
        body = {"brand_settings_name": brand_settings_name}
        return await self._ask(iccid, "/brand", read_brand, method="PUT", json=body)

    async def _ask(
        self,
        iccid: str,
        rest: str,
        read: Callable[[JSON], T],
        *,
        method: str = "GET",
        query: Sequence[tuple[str, str]] = (),
        json: JSON = None,
        language: str | None = None,
    ) -> T:
        request = Request(
            method=method,
            path=f"{_PATH}/{check_iccid('iccid', iccid)}{rest}",
            route=f"{_PATH}/{{iccid}}{rest}",
            query=tuple(query),
            json=json,
            language=language,
            keys={"iccid": iccid},
        )
        response = await self._pipeline.call(request)
        return read_answer(response.body, read)


def _include(words: Collection[str]) -> tuple[tuple[str, str], ...]:
    return (("include", written_words("include", words, _INCLUDES)),) if words else ()
