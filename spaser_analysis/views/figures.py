"""The course of the year, drawn; and what every drawing says of its data. Both bounds are drawn, never a middle."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, MaxNLocator

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.organisation import Target
from spaser_analysis.period import Quarter, span
from spaser_analysis.report import Report, Row
from spaser_analysis.trends.trajectory import trajectory
from spaser_analysis.views import formatting, readings, style
from spaser_analysis.views.elements import Figure, table
from spaser_analysis.views.labels import TABLES

FICTITIOUS = "Données fictives. "
# What is followed where no objective is measured: without a line to reach.
FOLLOWED = tuple(
    Target(code, "number", 0.0, 9998, INDICATORS_BY_CODE[code].sheet.label, "indicateur suivi sans objectif chiffré")
    for code in ("environmental_share", "social_share")
)
TITLE_WIDTH = 22  # letters: three drawings side by side
TALL_BAND = 0.3  # from that width on, a band holds its own name


def footer(report: Report) -> str:
    """The source line inside a drawing, which goes with it wherever it is copied."""
    snapshot = f"arrêtées au {formatting.day(report.snapshot)}" if report.snapshot else "sans date d’arrêt connue"
    return f"{opening(report)}{report.organisation.name}, données des marchés {snapshot}."


def finished(report: Report, name: str, drawing: Drawing, rows: Iterable[tuple[str, ...]], **gaps: object) -> Figure:
    """A drawing with its source line and the table of that name, within its words of ``tables.toml`` (``alternative``,
    ``figure``), where ``place`` and ``months`` are the report's unless told; the caption says first where data are made up.
    """
    gaps = {"place": report.territory.name, "months": formatting.months(report.window("year_to_date")), **gaps}
    alternative, caption = (TABLES[name][part].format(**gaps) for part in ("alternative", "figure"))
    png = style.png(drawing, footer(report))
    told = table(name, rows, **gaps)
    return Figure(png, style.size(drawing), alternative, f"{opening(report)}{caption}", told, style.spots(drawing))


def measured(report: Report) -> list[Target]:
    """The objectives on which the tables say something since 1 January, somewhere in the organisation.

    Without any, both considerations, with no line to reach (``has_goal``).
    """
    whole = report.organisation.whole.code
    rows = (
        (target, report.result(target.indicator, "year_to_date", target.measure, territory=whole))
        for target in report.organisation.targets
    )
    return [target for target, row in rows if row is not None and readings.counted(row) > 0] or list(FOLLOWED)


def has_goal(target: Target) -> bool:
    """It is an objective of the scheme, not one of those that are only followed."""
    return target not in FOLLOWED


def goal(target: Target) -> str:
    """``, pour un objectif de 30 % en 2025``; empty where there is none."""
    return f", pour un objectif de {formatting.goal(target.value)} en {target.year}" if has_goal(target) else ""


def short_label(report: Report, target: Target) -> str:
    """A measured objective's indicator in a few words."""
    row = report.result(target.indicator, "year_to_date", target.measure)
    return target.label if row is None else readings.short_label(row)


def percent_axis(axis: Axes, direction: Literal["x", "y"]) -> None:
    """Shares along that axis, with a light grid."""
    chosen = axis.xaxis if direction == "x" else axis.yaxis
    chosen.set_major_formatter(FuncFormatter(lambda share, _: formatting.goal(share)))
    chosen.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    axis.grid(axis=direction)


def course(report: Report) -> Figure:
    """Each measured objective, cumulated from 1 January, quarter by quarter, beside the year before and the target."""
    targets = measured(report)
    first = Quarter(report.quarter.year - 1, 1)
    quarters = list(span(first, report.quarter))
    points = [
        (target, quarter, report.result(target.indicator, "year_to_date", target.measure, quarter))
        for target in targets
        for quarter in quarters
        if not report.absent_quarters(quarter.window("year_to_date"))
    ]
    with style.house_style():
        drawing, axes = style.panels(len(targets), 3.5, left=0.55, between=0.75, top=0.55)
        for axis, target in zip(axes, targets, strict=True):
            own = [(quarter, row) for one, quarter, row in points if one is target and row is not None]
            _draw_course(axis, report, target, own)
    drawn = sorted({quarter.year for _, quarter, row in points if row is not None})
    years = " et ".join(map(str, drawn)) or str(report.quarter.year)
    absent = f" L’année {first.year} n’est pas complète dans les données : elle n’est pas tracée."
    alone = "" if first.year in drawn else absent
    said = _course_in_words(report, points)
    return finished(report, "course", drawing, _course_rows(points), years=years, alone=alone, said=said)


def opening(report: Report) -> str:
    """What every caption of made-up data begins with."""
    return FICTITIOUS if report.is_fictitious else ""


def _draw_course(axis: Axes, report: Report, target: Target, rows: Sequence[tuple[Quarter, Row]]) -> None:
    known = [(quarter, row) for quarter, row in rows if row["low"] is not None]
    before, now = (
        [(quarter.number, float(row["low"]), float(row["high"])) for quarter, row in known if quarter.year == year]
        for year in (report.quarter.year - 1, report.quarter.year)
    )
    is_ahead = not before or not now or now[-1][1] >= before[-1][1]
    room = 0.86 * target.value  # above it, a name would touch the objective
    for year, points, is_above in (
        (report.quarter.year - 1, before, not is_ahead),
        (report.quarter.year, now, is_ahead),
    ):
        if points:
            is_now = year == report.quarter.year
            _draw_year(axis, points, is_now)
            _name_year(axis, f"{year} :", points[-1], is_above and points[-1][2] < room, is_now)
    if not before and not now:
        axis.text(2.5, target.value / 2, "aucun cumul depuis janvier", ha="center", color=style.SOFT)
    _draw_target(axis, report, target)
    axis.set_ylim(0, max([0.1, target.value, *(high for _, _, high in (*before, *now))]) * 1.15)
    axis.set_xlim(0.7, 4.3)
    axis.set_xticks([1, 2, 3, 4], ["mars", "juin", "sept.", "déc."])
    percent_axis(axis, "y")
    axis.set_title(textwrap.fill(short_label(report, target), TITLE_WIDTH))
    for number in (1, 2, 3, 4):
        said = [readings.hovered(formatting.quarter(quarter), row) for quarter, row in rows if quarter.number == number]
        if said:
            aim = [f"Objectif {target.year} : {formatting.goal(target.value)}"] if has_goal(target) else []
            style.column(axis, number - 0.5, number + 0.5, "\n".join((short_label(report, target), *said, *aim)))


def _draw_year(axis: Axes, points: list[tuple[int, float, float]], is_now: bool) -> None:
    color, width, marker = (style.YES, 2.2, "o") if is_now else (style.PREVIOUS, 1.2, "s")
    place, low, high = (list(one) for one in zip(*points, strict=True))
    if len(points) == 1:  # a band needs some width
        place, low, high = [place[0] - 0.12, place[0] + 0.12], low * 2, high * 2
    axis.fill_between(place, low, high, facecolor="none", edgecolor=color, hatch=style.HATCH_UNKNOWN, linewidth=0)
    axis.plot([number for number, _, _ in points], [share for _, share, _ in points], color=color, linewidth=width)
    axis.scatter([n for n, _, _ in points], [share for _, share, _ in points], s=9 * width, color=color, marker=marker)


def _name_year(axis: Axes, year: str, last: tuple[int, float, float], is_above: bool, is_now: bool) -> None:
    """Beside its last point: above the band or below the line, within a tall band; turned inwards at the edges."""
    number, low, high = last
    is_within = high - low > TALL_BAND
    style.label(
        axis,
        f"{year} {formatting.interval(low, high)}",
        (number, (low + high) / 2 if is_within else high if is_above else low),
        (0, 0 if is_within else 7 if is_above else -7),
        ha={1: "left", 4: "right"}.get(number, "center"),
        va="center" if is_within else "bottom" if is_above else "top",
        color=style.YES if is_now else style.SOFT,
        fontweight="bold" if is_now else "normal",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.9},
        zorder=4,
    )


def _draw_target(axis: Axes, report: Report, target: Target) -> None:
    """The objective, and the straight line towards it where this year is on its way."""
    if not has_goal(target):
        return
    axis.axhline(target.value, color=style.TARGET, linewidth=1.3, linestyle=(0, (5, 3)), zorder=1)
    said = f"objectif {target.year} : {formatting.goal(target.value)}"
    style.label(axis, said, (0.75, target.value), (0, 3), color=style.TARGET, va="bottom")
    line = trajectory(report.organisation, target)
    year = [Quarter(report.quarter.year, number) for number in (1, 2, 3, 4)]
    expected = [(quarter.number, line.expected(quarter)) for quarter in year] if line else []
    drawn = [(number, share) for number, share in expected if share is not None and share < target.value]
    if len(drawn) > 1:
        axis.plot(*zip(*drawn, strict=True), color=style.TARGET, linewidth=1, linestyle=(0, (1, 2)), zorder=1)


def _course_in_words(report: Report, points: Sequence[tuple[Target, Quarter, Row | None]]) -> str:
    said = []
    for target, quarter, row in points:
        if quarter == report.quarter and row is not None:
            before = next(
                (one for t, q, one in points if t is target and q == report.quarter - 4 and one is not None), None
            )
            past = "" if before is None else f", contre {readings.figure(before)} un an plus tôt"
            said.append(
                f"{row['libelle']} : {readings.figure(row)} à la fin du {formatting.quarter(quarter)}{past}{goal(target)}"
            )
    if not said:
        return "Le cumul à la fin du trimestre n’est pas tracé : les données ne couvrent pas toute l’année depuis le 1er janvier."
    years = {quarter.year for _, quarter, row in points if row is not None}
    two = "Deux courbes par objectif, cette année et la précédente."
    curves = two if len(years) > 1 else "Une courbe par objectif."
    return f"{curves} {' ; '.join(said)}."


def _course_rows(points: Sequence[tuple[Target, Quarter, Row | None]]) -> list[tuple[str, ...]]:
    return [
        (
            formatting.quarter(quarter),
            row["libelle"],
            *readings.cells(row),
            formatting.goal(target.value) if has_goal(target) else "–",
        )
        for target, quarter, row in points
        if row is not None
    ]
