"""Signed pushes of completed orders, 3.1 KB each and no two alike."""

from __future__ import annotations

import json

from airalo_async.webhooks import sign

__all__ = ["SECRET", "push_body", "push_request"]

SECRET = "a made-up client secret"
_SIM = {
    "created_at": "2026-06-16 18:19:00",
    "lpa": "lpa.example.com",
    "imsis": None,
    "matching_id": "QW3E-4RT5-YU6I-7OP8",
    "qrcode": "LPA:1$lpa.example.com$QW3E-4RT5-YU6I-7OP8",
    "qrcode_url": "https://www.example.com/qr?expires=1872094740&id=77566&signature=" + "5e" * 32,
    "direct_apple_installation_url": "https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=LPA:1$lpa.example",
    "airalo_code": None,
    "apn_type": "automatic",
    "apn_value": None,
    "is_roaming": True,
    "confirmation_code": None,
}


def push_request(number: int) -> bytes:
    """Write the whole HTTP request of one signed push."""
    body = push_body(number)
    head = (
        "POST /airalo HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n"
        f"airalo-signature: {sign(body, SECRET)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def push_body(number: int) -> bytes:
    """Write the body of one push."""
    order = {
        "package_id": "kallur-digital-7days-1gb",
        "quantity": 2,
        "type": "sim",
        "description": "two for the road",
        "esim_type": "Prepaid",
        "validity": 7,
        "package": "Kallur Digital-1 GB - 7 days",
        "data": "1 GB",
        "price": 4.5,
        "created_at": "2026-06-16 18:19:00",
        "id": number,
        "code": f"20260616-{number:06}",
        "currency": "USD",
        "manual_installation": "<p>" + "Settings, cellular, add a plan, enter the details by hand. " * 13 + "</p>",
        "qrcode_installation": "<p>" + "Settings, cellular, add a plan, scan the code. " * 14 + "</p>",
        "installation_guides": {"en": "https://www.example.com/help/getting-started"},
        "sims": [_SIM | {"id": number * 2 + index, "iccid": f"8900000{number:011}{index}"} for index in range(2)],
    }
    push = {"request_id": f"bench-{number:019}", "data": order, "meta": {"message": "success"}}
    return json.dumps(push, separators=(",", ":")).replace("/", "\\/").encode()
