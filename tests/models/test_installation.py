from __future__ import annotations

import builtins
import sys
from typing import TYPE_CHECKING

import pytest
import segno

from airalo_async.errors import ArgumentError
from airalo_async.models import ActivationCode, Sim

if TYPE_CHECKING:
    from collections.abc import Mapping

LPA = "LPA:1$rsp.example.com$K2-9XQ4-MATCH"
CODE = ActivationCode("rsp.example.com", "K2-9XQ4-MATCH")


@pytest.mark.parametrize("text", [LPA, LPA.removeprefix("LPA:"), f"lpa:{LPA[4:]}", f"  {LPA}\n"])
def test_activation_code_is_read(text: str) -> None:
    code = ActivationCode.parse(text)

    assert code == CODE


@pytest.mark.parametrize(
    "text",
    [
        "LPA:1$rsp.example.com$",
        LPA,
        f"{LPA}$1.3.6.1.4.1",
        f"{LPA}$$1",
        f"{LPA}$1.3.6.1.4.1$1",
    ],
)
def test_activation_code_is_rebuilt(text: str) -> None:
    code = ActivationCode.parse(text)

    assert code.lpa == text


def test_confirmation_flag_is_read() -> None:
    asked, unasked = ActivationCode.parse(f"{LPA}$$1"), ActivationCode.parse(f"{LPA}$$0")

    assert asked.confirmation_required
    assert not unasked.confirmation_required


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LPA:1$",
        "LPA:1$$MATCH",
        "LPA:1$rsp.example.com",
        "LPA:2$rsp.example.com$MATCH",
        "https://example.com",
        f"{LPA}$$2",
        f"{LPA}$$1$more",
        "LPA:1$rsp example.com$MATCH",
        "LPA:1$rsp.example.com$M\x00ATCH",
        "LPA:1$rsp.example.com$MÄTCH",
        None,
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        ActivationCode.parse(text)

    assert caught.value.rule.startswith("must be")
    assert "example" not in str(caught.value)


@pytest.mark.parametrize(
    "parts",
    [
        {"smdp_address": ""},
        {"smdp_address": "a$b"},
        {"smdp_address": "a", "matching_id": "b$1"},
        {"smdp_address": "a", "matching_id": "b", "oid": "1 2"},
    ],
)
def test_part_that_breaks_out_is_refused(parts: Mapping[str, str]) -> None:
    with pytest.raises(ArgumentError) as caught:
        ActivationCode(**parts)  # type: ignore[arg-type]  # no part is the flag

    assert caught.value.argument in parts


def test_repr_hides_the_activation_code() -> None:
    shown = f"{CODE!r} {CODE}"

    assert "rsp.example.com" not in shown
    assert "K2-9XQ4" not in shown


def test_apple_link_carries_the_code_unescaped() -> None:
    assert CODE.apple_link == f"https://esimsetup.apple.com/esim_qrcode_provisioning?carddata={LPA}"


def test_code_is_taken_from_the_qrcode_of_an_esim() -> None:
    sim = Sim(id=1, iccid="8900000461442300635", lpa="other.example.com", matching_id="OTHER", qrcode=LPA)

    assert ActivationCode.from_sim(sim) == CODE


def test_code_is_put_together_where_an_esim_has_no_qrcode() -> None:
    sim = Sim(id=1, iccid="8900000461442300635", lpa="rsp.example.com", matching_id="K2", confirmation_code="1234")

    assert ActivationCode.from_sim(sim).lpa == "LPA:1$rsp.example.com$K2$$1"


def test_esim_without_a_code_is_refused() -> None:
    with pytest.raises(ArgumentError):
        ActivationCode.from_sim(Sim(id=1, iccid="8900000461442300635"))


def test_qr_text_draws_every_module() -> None:
    drawn = CODE.qr_text().splitlines()

    dark = [[bool(module) for module in row] for row in segno.make_qr(LPA, error="m").matrix_iter(border=4)]
    upper = [[character in " ▄" for character in line] for line in drawn]
    lower = [[character in " ▀" for character in line] for line in drawn]
    assert upper == dark[0::2]
    assert lower[: len(dark[1::2])] == dark[1::2]


def test_qr_svg_is_drawn_to_scale() -> None:
    small, large = CODE.qr_svg(scale=1), CODE.qr_svg(scale=10)

    assert 'width="37"' in small
    assert 'width="370"' in large
    assert LPA not in large


def test_qr_png_is_drawn_to_scale() -> None:
    image = CODE.qr_png(scale=10)

    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(image[16:20], "big") == 370


@pytest.mark.parametrize("scale", [0, 101, True, 2.5, "4"])
def test_scale_out_of_range_is_refused(scale: int) -> None:
    with pytest.raises(ArgumentError, match="scale"):
        CODE.qr_png(scale=scale)


def test_missing_extra_tells_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)

    with pytest.raises(ModuleNotFoundError, match=r"pip install .airalo_async\[qr\].") as caught:
        CODE.qr_svg()

    assert caught.value.name == "segno"


def test_drawing_fetches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a file or a socket was opened")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)

    assert CODE.qr_svg()
    assert CODE.qr_png()
    assert CODE.qr_text()
