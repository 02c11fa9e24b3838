"""Drawing QR codes with segno, which is there when the ``qr`` extra is. Nothing is fetched from anywhere."""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno

__all__ = ["png", "svg", "text"]


def svg(content: str, scale: int) -> str:
    """Draw as an SVG document of ``scale`` pixels a module."""
    out = BytesIO()
    _drawn(content).save(out, kind="svg", scale=scale, light="white")
    return out.getvalue().decode()


def png(content: str, scale: int) -> bytes:
    """Draw as a PNG image of ``scale`` pixels a module."""
    out = BytesIO()
    _drawn(content).save(out, kind="png", scale=scale)
    return out.getvalue()


def text(content: str) -> str:
    """Draw as lines of half-block characters, two modules a line."""
    out = StringIO()
    _drawn(content).terminal(out, compact=True)
    return out.getvalue()


def _drawn(content: str) -> segno.QRCode:
    try:
        import segno  # noqa: PLC0415 (an extra: only who draws needs it)
    except ModuleNotFoundError as missing:
        message = 'QR codes are drawn by segno, which is not installed: pip install "airalo_async[qr]"'
        raise ModuleNotFoundError(message, name="segno") from missing
    # Phones read no Micro QR codes; level M is what operators print.
    return segno.make_qr(content, error="m")
