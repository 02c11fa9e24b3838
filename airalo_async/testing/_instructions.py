"""How to install an eSIM, in the API's shape."""

from __future__ import annotations

from typing import Any

__all__ = ["instructions"]

_IOS_QR = (
    "Open Settings and choose Cellular or Mobile Data.",
    "Choose Add eSIM, then Use QR Code.",
    "Scan the QR code.",
    "Label the eSIM.",
    "Choose the line for calls and messages.",
    "Choose the line for iMessage and FaceTime.",
    "Choose the line for mobile data.",
    "Turn off Allow Mobile Data Switching.",
    "Turn the line on.",
    "Done: the eSIM is installed.",
)
_IOS_MANUAL = (
    "Open Settings and choose Cellular or Mobile Data.",
    "Choose Add eSIM, then Enter Details Manually.",
    "Enter the SM-DP+ address and the activation code.",
    "Label the eSIM.",
    "Done: the eSIM is installed.",
)
_IOS_NETWORK = ("Choose the eSIM under Cellular Plans.", "Turn the line on.", "Turn on Data Roaming.")
_ANDROID_QR = (
    "Open Settings and choose Connections, then SIM manager.",
    "Choose Add eSIM, then Scan QR code.",
    "Scan the QR code and confirm.",
)
_ANDROID_MANUAL = (
    "Open Settings and choose Connections, then SIM manager.",
    "Choose Add eSIM, then Enter activation code.",
    "Enter the SM-DP+ address and the activation code, and confirm.",
)
_ANDROID_NETWORK = ("Turn the eSIM on in the SIM manager.", "Turn on Mobile data.", "Turn on Data roaming.")


def instructions(sim: dict[str, Any], language: str) -> dict[str, Any]:
    """Write the instructions for an eSIM.

    Args:
        sim: The eSIM as the endpoints write it.
        language: The language asked for; the texts are English whatever it is.
    """
    apple = {"direct_apple_installation_url": sim["direct_apple_installation_url"]}
    return {
        "instructions": {
            "language": language.upper(),
            "ios": [_device(sim, "17.4,16.0,15.0.", _IOS_QR, _IOS_MANUAL, _IOS_NETWORK, apple)],
            "android": [_device(sim, None, _ANDROID_QR, _ANDROID_MANUAL, _ANDROID_NETWORK, {})],
        }
    }


def _device(
    sim: dict[str, Any],
    version: str | None,
    scan: tuple[str, ...],
    manual: tuple[str, ...],
    network: tuple[str, ...],
    extra: dict[str, str],
) -> dict[str, Any]:
    return {
        "model": None,
        "version": version,
        "installation_via_qr_code": {
            "steps": _steps(scan),
            "qr_code_data": sim["qrcode"],
            "qr_code_url": sim["qrcode_url"],
            **extra,
        },
        "installation_manual": {"steps": _steps(manual), "smdp_address_and_activation_code": sim["lpa"]},
        "network_setup": {
            "steps": _steps(network),
            "apn_type": sim["apn_type"],
            "apn_value": sim["apn_value"],
            "is_roaming": sim["is_roaming"],
        },
    }


def _steps(texts: tuple[str, ...]) -> dict[str, str]:
    return {str(number): text for number, text in enumerate(texts, 1)}
