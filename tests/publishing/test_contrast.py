"""The colours of the pages and of the drawings: contrast by the WCAG, and told apart by eyes that see fewer colours."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from spaser_analysis import portal
from spaser_analysis.publishing import html
from spaser_analysis.views import style

CSS = (Path(html.__file__).parent / "templates" / "report" / "style.css").read_text()
SCHEMES = ("light", "dark")
# What is written on what; and what is only seen (borders, outlines).
TEXT = [(one, ground) for one in ("ink", "soft", "accent", "good", "bad", "open") for ground in ("paper", "wash")]
TEXT += [("ink", "alert"), ("bad", "alert")]
SEEN = [(one, ground) for one in ("accent", "good", "bad", "open", "soft", "focus") for ground in ("paper", "wash")]
SEEN += [("bad", "alert"), ("focus", "alert")]

# Machado, Oliveira and Fernandes, IEEE Transactions on Visualization and Computer Graphics 15 (2009), severity 1.0.
EYES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "all colours": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no colour": [[0.2126, 0.7152, 0.0722]] * 3,
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ @ np.ones(3)
APART = 15  # a just noticeable difference is about 2.3; side by side on a small drawing it takes several
# Surfaces and marks that stand beside each other; the objective's line is besides always dashed, hence not told by grey alone.
FILLS = {"yes": style.YES, "no": style.NO, "unknown": style.UNKNOWN, "previous": style.PREVIOUS}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The ratio of the WCAG, 1 to 21."""
    low, high = sorted(float(linear(colour) @ (0.2126, 0.7152, 0.0722)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, eye: str) -> np.ndarray:
    seen = TO_XYZ @ np.clip(np.array(EYES[eye]) @ linear(colour), 0, 1) / WHITE
    x, y, z = np.where(seen > (6 / 29) ** 3, np.cbrt(seen), seen / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, eye: str) -> float:
    """In CIELAB, as that eye sees both."""
    return float(np.linalg.norm(lab(one, eye) - lab(other, eye)))


def colours(scheme: str) -> dict[str, str]:
    """The variables of the style sheet; in the dark, those that it says otherwise."""
    light, dark = CSS.split("@media screen and (prefers-color-scheme: dark)", 1)
    found = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", light))
    return (
        found if scheme == "light" else found | dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", dark.split("\n}\n")[0]))
    )


def test_the_formulas_are_those_of_their_authors() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert lab("#ffffff", "all colours").tolist() == pytest.approx([100, 0, 0], abs=0.01)
    assert lab("#ff0000", "all colours").tolist() == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    assert distance("#00a000", "#c06000", "deuteranopia") < distance("#00a000", "#c06000", "all colours") / 3


def test_both_schemes_say_every_colour() -> None:
    light, dark = map(colours, SCHEMES)
    assert light.keys() == dark.keys() == {name for pair in (*TEXT, *SEEN) for name in pair} | {"rule"}
    assert [name for name in light if light[name] == dark[name]] == []
    rest = CSS.split("@media (max-width", 1)[0].split("* { box-sizing", 1)[1]
    assert set(re.findall(r"#[0-9a-fA-F]{3,6}\b", rest)) <= {"#ffffff", "#1b1f24"}  # a drawing's own paper and ink


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_can_be_read(scheme: str) -> None:
    known = colours(scheme)
    assert {pair: ratio for pair in TEXT if (ratio := contrast(*(known[one] for one in pair))) < 4.5} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_bears_a_meaning_can_be_seen(scheme: str) -> None:
    known = colours(scheme)
    assert {pair: ratio for pair in SEEN if (ratio := contrast(*(known[one] for one in pair))) < 3} == {}


def test_what_is_written_and_drawn_on_a_drawing() -> None:
    for name in ("INK", "SOFT", "YES", "TARGET"):
        assert contrast(getattr(style, name), "#ffffff") >= 4.5, name
    assert contrast(style.PREVIOUS, "#ffffff") >= 3  # no word is written in it


@pytest.mark.parametrize("eye", EYES)
def test_the_fills_of_a_drawing_are_told_apart(eye: str) -> None:
    near = {
        pair: found
        for pair in combinations(FILLS, 2)
        if (found := distance(*(FILLS[one] for one in pair), eye)) < APART
    }
    assert near.keys() <= {("no", "unknown")}  # told by the hatch of what is unknown
    assert style.HATCH_UNKNOWN


@pytest.mark.parametrize("eye", [one for one in EYES if one != "no colour"])
def test_the_objective_is_told_from_what_is_measured(eye: str) -> None:
    for other in (style.YES, style.PREVIOUS, style.INK, style.SOFT):
        assert distance(style.TARGET, other, eye) >= APART


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("eye", EYES)
def test_the_bars_of_the_portal_are_seen_and_told_apart(scheme: str, eye: str) -> None:
    """Yes, unknown (through which the paper shows) and the objective, on the paper and beside each other."""
    sheet = (Path(portal.__file__).parent / "templates" / "portal.css").read_text()
    opacity = float(re.search(r"rect\.open \{[^}]*fill-opacity: ([.\d]+)", sheet)[1])
    found = colours(scheme)
    pairs = ((int(found["open"][at : at + 2], 16), int(found["paper"][at : at + 2], 16)) for at in (1, 3, 5))
    unknown = "#" + "".join(f"{round(opacity * one + (1 - opacity) * paper):02x}" for one, paper in pairs)
    fills = {"yes": found["accent"], "unknown": unknown, "objective": found["bad"]}
    assert all(contrast(one, found["paper"]) >= 3 for one in fills.values())
    # The objective is a line between two edges of paper, hence never beside a fill.
    assert "stroke: var(--paper)" in re.search(r"\.bar \.goal \{[^}]*\}", sheet)[0]
    assert distance(fills["yes"], fills["unknown"], eye) > APART
