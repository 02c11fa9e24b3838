"""Runs every method of the official Python SDK against a server; prints their results as one JSON object.

A program of its own because the SDK blocks. Its arguments are those of ``run``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from airalo import Airalo  # type: ignore[import-untyped]  # comes without types
from airalo.constants.api_constants import ApiConstants  # type: ignore[import-untyped]
from airalo.helpers.cached import Cached  # type: ignore[import-untyped]

_PACKAGE = "change-7days-1gb"
_SHARE = {"to_email": "customer@example.com", "sharing_option": ["link", "pdf"], "copy_address": ["boss@example.com"]}


def run(url: str, client_id: str, client_secret: str, webhook: str, due_date: str, cache: str) -> dict[str, Any]:
    """Call every method once."""
    # By name: to a type checker the SDK's address is a constant.
    setattr(ApiConstants, "PRODUCTION_URL", f"{url}/v2/")  # noqa: B010
    Cached._cache_path = Path(cache)
    sdk: Any = Airalo({"client_id": client_id, "client_secret": client_secret})
    results: dict[str, Any] = {
        "get_access_token": sdk.get_access_token(),
        "refresh_token": sdk.refresh_token(),
        "get_all_packages": sdk.get_all_packages(),
        "get_all_packages flat": sdk.get_all_packages(flat=True, limit=30, page=2),
        "get_sim_packages": sdk.get_sim_packages(limit=5),
        "get_local_packages": sdk.get_local_packages(),
        "get_global_packages": sdk.get_global_packages(),
        "get_country_packages": sdk.get_country_packages("fr"),
        "order": sdk.order(_PACKAGE, 1, "plain: ünïcode / slash"),
        "order_with_email_sim_share": sdk.order_with_email_sim_share(_PACKAGE, 1, dict(_SHARE)),
        "order_async": sdk.order_async(_PACKAGE, 1, webhook),
        "order_bulk": sdk.order_bulk({_PACKAGE: 2, "merhaba-7days-1gb": 1}),
        "order_bulk_with_email_sim_share": sdk.order_bulk_with_email_sim_share(
            [{"package_id": _PACKAGE, "quantity": 1}], _SHARE
        ),
        "order_async_bulk": sdk.order_async_bulk({_PACKAGE: 1, "elan-7days-1gb": 3}, webhook),
        "create_voucher": sdk.create_voucher(
            {"amount": 22, "quantity": 1, "usage_limit": 40, "is_paid": False, "voucher_code": "ABC111"}
        ),
        "create_esim_voucher": sdk.create_esim_voucher(
            {"vouchers": [{"package_id": "jaco-mobile-7days-1gb", "quantity": 3, "booking_reference": "123"}]}
        ),
        "get_compatible_devices": sdk.get_compatible_devices(),
        "get_exchange_rates": sdk.get_exchange_rates({"date": "2025-01-30", "to": "AUD,GBP,EUR"}),
    }
    return results | _run_on(sdk, results["order"]["data"]["sims"][0]["iccid"], webhook, due_date)


def _run_on(sdk: Any, iccid: str, webhook: str, due_date: str) -> dict[str, Any]:
    """Call the methods that need an eSIM or a date."""
    future = {
        "package_id": _PACKAGE,
        "quantity": 1,
        "due_date": due_date,
        "webhook_url": webhook,
        "description": "later",
    }
    submitted = sdk.create_future_order(future)
    request_id = submitted["data"]["request_id"]
    return {
        "create_future_order": submitted,
        "cancel_future_order": sdk.cancel_future_order({"request_ids": [request_id]}),
        "topup": sdk.topup(f"{_PACKAGE}-topup", iccid),
        "sim_usage": sdk.sim_usage(iccid),
        "sim_usage_bulk": sdk.sim_usage_bulk([iccid]),
        "get_sim_topups": sdk.get_sim_topups(iccid),
        "get_sim_package_history": sdk.get_sim_package_history(iccid),
        "get_installation_instructions": sdk.get_installation_instructions({"iccid": iccid, "language": "de"}),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(*sys.argv[1:])))
