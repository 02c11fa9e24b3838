"""Pushes as Airalo writes and signs them."""

from __future__ import annotations

import json

from airalo_async._signature import php_json, sign

__all__ = ["CREDIT_LIMIT", "LOW_DATA", "REQUEST_ID", "SECRET", "failure", "order", "signed", "success", "write"]

SECRET = "a made-up client secret"
REQUEST_ID = "abcdefghijklmnopqrstuvwx-"
LOW_DATA: dict[str, object] = {
    "level": "3days",
    "package_name": "hallo-7days-1gb",
    "remaining_percentage": 43,
    "iccid": "8900000000000000017",
}
CREDIT_LIMIT: dict[str, object] = {"message": "Surpassed 80% of the credit limit balance", "remaining": 225.35}


def write(value: object) -> bytes:
    """Write a value as PHP does."""
    return php_json(json.dumps(value).encode())


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Give the headers of a signed push."""
    return {"Content-Type": "application/json", "airalo-signature": sign(body, secret)}


def order(number: int = 9668, **changes: object) -> dict[str, object]:
    """Make an order of one eSIM, or of as many as ``quantity`` says."""
    quantity = changes.get("quantity", 1)
    assert isinstance(quantity, int)
    return {
        "id": number,
        "code": f"20230227-{number:06}",
        "package_id": "hallo-7days-1gb",
        "quantity": quantity,
        "type": "sim",
        "description": None,
        "esim_type": "Prepaid",
        "validity": 7,
        "package": "Hallo-1 GB - 7 Days",
        "data": "1 GB",
        "price": 4.5,
        "currency": "USD",
        "created_at": "2023-02-27 08:30:28",
        "sims": [
            {
                "id": number * 100 + index,
                "created_at": "2023-02-27 08:30:28",
                "iccid": f"89000000000000{number:04}{index}",
                "lpa": "lpa.example.com",
                "matching_id": "CANARY-MATCHING-ID",
                "qrcode": "LPA:1$lpa.example.com$CANARY-MATCHING-ID",
                "qrcode_url": "https://example.com/qr?id=1",
            }
            for index in range(quantity)
        ],
    } | changes


def success(number: int = 9668, request_id: str | None = REQUEST_ID, **changes: object) -> bytes:
    """Write the push of a completed order, with the request id beside ``data``."""
    top = {} if request_id is None else {"request_id": request_id}
    return write(top | {"data": order(number, **changes), "meta": {"message": "success"}})


def failure(request_id: str | None = REQUEST_ID, reason: str = "Insufficient stock of eSIMs remaining: 3.") -> bytes:
    """Write the push of a failed order."""
    top = {} if request_id is None else {"request_id": request_id}
    return write(top | {"code": 33, "reason": reason})
