"""What a chart says to who points at it: the words of its table, where the mark is, and on every mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.axes import Axes

import spaser_analysis as spaser
from spaser_analysis.formatting import typeset
from spaser_analysis.report import open_report
from spaser_analysis.views import style
from spaser_analysis.views.breakdowns import DRAWN
from spaser_analysis.views.elements import Column, Figure, Spot, Table
from spaser_analysis.views.exploration import compare, plot

N = "\u00a0"
# Of each chart: the columns of its table that a spot tells, one or several marks a row.
TOLD: dict[str, list[list[int]]] = {
    "course": [[0, 2, 3, 4, 5]],
    "territories": [[0, 2, 3, 4]],
    "families": [[2, 3], [4, 5]],
    "funnels": [[0, 2, 3, 4, 5]],
    "dispersions": [[0, 2, 3, 4, 5]],
    "delays": [[0, 1]],
    "fields": [[0, 1, 2, 3]],
    "calendar": [[0, 1], [0, 2]],
    "plot": [[0, 4]],
}


@pytest.fixture(scope="module")
def charts(sample_clean: Path) -> dict[str, Figure]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPASER_CLEAN", str(sample_clean))
        report = open_report("2022-T3")
        made = {name: getattr(spaser, name)(report) for name in TOLD if name not in ("calendar", "plot")}
        made["calendar"] = spaser.calendar(spaser.open_plan("2022-T3"))
        made["outlook"] = spaser.outlook(report)
        made["plot"] = plot(compare(spaser.contracts(report), "social_share", by="territory"))
    assert all(isinstance(one, Figure) for one in made.values())
    return made


@pytest.mark.parametrize("name", TOLD)
def test_what_is_hovered_is_what_the_table_says(charts: dict[str, Figure], name: str) -> None:
    figure, drawn = charts[name], 0
    said = [one.text for one in figure.spots]
    rows = figure.table.rows[:DRAWN] if name == "families" else figure.table.rows
    for row in rows:
        for places in TOLD[name]:
            cells = [typeset(row[place]).removesuffix(f"{N}en{N}2025") for place in places]
            if "–" in cells and name == "funnels":  # not drawn
                continue
            drawn += 1
            assert any(all(cell in text for cell in cells) for text in said), (cells, said)
    assert drawn >= 6


def test_the_projection_says_its_interval_and_the_objective(charts: dict[str, Figure]) -> None:
    figure = charts["outlook"]
    for label, _, goal, _, projected, _ in figure.table.rows:
        aim = f"Objectif 2025{N}: {goal.removesuffix(' en 2025')}"
        assert any(aim in one.text and typeset(projected)[1:] in one.text for one in figure.spots), label
    quarters = [one for one in figure.spots if "trimestre" in one.text]
    assert len(quarters) > 20
    assert all("dont non renseignés" in one.text and " sur " in one.text for one in quarters)


def test_spots_stay_in_the_drawing_and_can_be_hit(charts: dict[str, Figure]) -> None:
    for name, figure in charts.items():
        width, height = figure.size
        assert figure.spots, name
        for spot in figure.spots:
            assert spot.x >= 0
            assert spot.y >= 0
            assert spot.x + spot.width <= width, (name, spot)
            assert spot.y + spot.height <= height, (name, spot)
            assert spot.height >= style.HIT - 1, (name, spot)
            assert spot.width >= (4 if name == "outlook" else style.HIT - 1), (name, spot)


def overlap(one: Spot, other: Spot) -> bool:
    return (
        max(one.x, other.x) < min(one.x + one.width, other.x + other.width)
        and max(one.y, other.y) < min(one.y + one.height, other.y + other.height)
    )  # fmt: skip


def test_no_spot_hides_another(charts: dict[str, Figure]) -> None:
    """But for the band of the whole below the territories, and the quarters below the objective."""
    for name, figure in charts.items():
        spots = [
            one
            for one in figure.spots
            if not (name == "funnels" and one.text.startswith("Ensemble"))
            and not (name == "outlook" and "trimestre" in one.text)
        ]
        assert [(a.text, b.text) for a, b in combinations(spots, 2) if overlap(a, b)] == [], name


def drawn(*said: Callable[[Axes], None]) -> tuple[Spot, ...]:
    drawing, (axis,) = style.panels(1, 3.0, left=1.0, between=0, right=1.0, top=0.5)
    axis.set_xlim(0, 10)
    axis.set_ylim(0, 1)
    for one in said:
        one(axis)
    style.png(drawing, "")
    return style.spots(drawing)


def test_pixels_of_a_spot() -> None:
    """7 by 3 inches at 110 pixels an inch; the panel from 1 to 6 inches, and from 0.5 to 2.28 from the top."""
    column, row, point = drawn(
        lambda axis: style.column(axis, 0, 1, "a : 1"),
        lambda axis: style.row(axis, 0.5, 0.5, "b"),
        lambda axis: style.point(axis, 10, 0, 0, "c"),
    )
    assert column == Spot(110, 55, 55, 196, f"a{N}: 1")
    assert (row.x, row.width, row.height) == (110, 550, 16)
    assert abs(row.y + 8 - (55 + 98)) <= 1
    assert (point.x, point.width, point.height) == (652, 16, 16)
    assert abs(point.y + 8 - 251) <= 1


def test_points_that_overlap_say_both() -> None:
    near = drawn(*(lambda axis, x=x: style.point(axis, x, 0.2, 0.4, f"p{x}") for x in (1.0, 1.1, 5.0, 1.2)))  # type: ignore[misc]
    assert [one.text for one in near] == ["p5.0", "p1.0\np1.1\np1.2"]


def test_the_csv_of_a_table_is_harmless_and_whole() -> None:
    rows = (("=1+1", 'a "b", c'), ("+x\ny", f"12{N}sur{N}54"))
    text = Table("t", (Column("@a"), Column("Part", True)), rows).as_csv()
    assert list(csv.reader(io.StringIO(text))) == [["'@a", "Part"], ["'=1+1", 'a "b", c'], ["'+x\ny", f"12{N}sur{N}54"]]
    assert Table("t", (Column("a"),), ()).as_csv() == ""


def test_the_page_is_told_the_spots_and_the_data(charts: dict[str, Figure]) -> None:
    figure = charts["course"]
    (_, about), _ = figure.shown()
    told = about["image/png"]
    assert told["spots"][0] == {"x": figure.spots[0].x, "y": figure.spots[0].y, "width": figure.spots[0].width,
                                "height": figure.spots[0].height, "text": figure.spots[0].text}  # fmt: skip
    assert len(told["csv"].splitlines()) == len(figure.table.rows) + 1
