"""Installing an eSIM: the text inside its QR code, and what can be made of it without asking anybody.

The text is the activation code of GSMA SGP.22 4.1 behind ``LPA:``: fields between dollar signs, the address of the
SM-DP+ server and the matching id first. Whoever has it can install the eSIM, so it is in no ``repr`` and no error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import field, frozen

from airalo_async.models import _qr
from airalo_async.models._rules import check_int, check_pattern, demand, refuse

if TYPE_CHECKING:
    from airalo_async.models.esims import Sim

__all__ = ["ActivationCode"]

_CODE = re.compile(r"(?:[Ll][Pp][Aa]:)?1\$([^$]+)\$([^$]*)(?:\$([^$]*))?(?:\$([01]?))?")
_PART = r"[!-#%-~]*"
_NO_CODE = ("text", "must be an activation code, LPA:1$address$matching-id")
_APPLE = "https://esimsetup.apple.com/esim_qrcode_provisioning?carddata="


@frozen
class ActivationCode:
    """What a device needs to download an eSIM.

    Attributes:
        smdp_address: Host name of the SM-DP+ server, which users type in when they install by hand.
        matching_id: The eSIM's key at that server; empty where the server goes by the device instead.
        oid: Object identifier of the SM-DP+ server; None in every code that Airalo gives out.
        confirmation_required: Whether the device will ask for a confirmation code.

    Raises:
        ArgumentError: A part is missing or has a character that a code cannot carry.

    Source:
        GSMA SGP.22, 4.1 "Activation Code"; ``qrcode`` of the eSIMs in the Partner API.
    """

    smdp_address: str = field(repr=False)
    matching_id: str = field(default="", repr=False)
    oid: str | None = field(default=None, repr=False)
    confirmation_required: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse parts that would change the meaning of the text."""
        demand("smdp_address", "must not be empty", self.smdp_address, kept=bool(self.smdp_address))
        for name, part in (("smdp_address", self.smdp_address), ("matching_id", self.matching_id), ("oid", self.oid)):
            if part is not None:
                check_pattern(name, part, _PART, "must be visible ASCII characters without a dollar sign")

    @classmethod
    def parse(cls, text: str) -> ActivationCode:
        """Read an activation code, as it stands in a QR code or is typed in by hand.

        Args:
            text: ``LPA:1$address$matching-id``, with or without ``LPA:``; two further fields may follow.

        Raises:
            ArgumentError: It is no activation code. The message does not repeat it.
        """
        found = _CODE.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise refuse(*_NO_CODE, text)
        address, matching_id, oid, flag = found.groups("")
        return cls(address, matching_id, oid or None, confirmation_required=flag == "1")

    @classmethod
    def from_sim(cls, sim: Sim) -> ActivationCode:
        """Take the activation code of an eSIM: its ``qrcode``, or else its ``lpa`` and ``matching_id``.

        Args:
            sim: From an order, or from ``sims.get``.

        Raises:
            ArgumentError: The eSIM has neither.
        """
        if sim.qrcode:
            return cls.parse(sim.qrcode)
        return cls(sim.lpa or "", sim.matching_id or "", confirmation_required=sim.confirmation_code is not None)

    @property
    def lpa(self) -> str:
        """The text for a QR code, ``LPA:1$address$matching-id``."""
        optional = [self.oid or "", "1"] if self.confirmation_required else [self.oid] if self.oid else []
        return "$".join(["LPA:1", self.smdp_address, self.matching_id, *optional])

    @property
    def apple_link(self) -> str:
        """The link that installs the eSIM on the iPhone that opens it, from iOS 17.4 on.

        Airalo does not escape the code in it, and neither does this.
        """
        return _APPLE + self.lpa

    def qr_svg(self, *, scale: int = 4) -> str:
        """Draw the QR code as an SVG document, on this machine.

        Args:
            scale: Pixels a module (the smallest square), 1 to 100.

        Raises:
            ModuleNotFoundError: The ``qr`` extra is not installed.
        """
        check_int("scale", scale, 1, 100)
        return _qr.svg(self.lpa, scale)

    def qr_png(self, *, scale: int = 8) -> bytes:
        """Draw the QR code as a PNG image, on this machine.

        Args:
            scale: Pixels a module (the smallest square), 1 to 100.

        Raises:
            ModuleNotFoundError: The ``qr`` extra is not installed.
        """
        check_int("scale", scale, 1, 100)
        return _qr.png(self.lpa, scale)

    def qr_text(self) -> str:
        """Draw the QR code as lines of block characters, for a terminal with light text on a dark ground.

        Raises:
            ModuleNotFoundError: The ``qr`` extra is not installed.
        """
        return _qr.text(self.lpa)
