"""The territories side by side, drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes

from spaser_analysis.organisation import Target, Territory
from spaser_analysis.report import Report, Row
from spaser_analysis.views import formatting, readings, style
from spaser_analysis.views.elements import Figure
from spaser_analysis.views.figures import TITLE_WIDTH, finished, has_goal, measured, percent_axis, short_label


def territories(report: Report) -> Figure:
    """The whole and its territories side by side; from a territory's report, that territory and the whole."""
    targets = measured(report)
    shown = report.organisation.all_territories if report.is_whole else (report.organisation.whole, report.territory)
    rows = [
        (target, territory, report.result(target.indicator, "year_to_date", target.measure, territory=territory.code))
        for target in targets
        for territory in shown
    ]
    with style.house_style():
        drawing, axes = style.panels(len(targets), 1.3 + 0.34 * len(shown), left=1.95, between=1.1, right=1.0, top=0.55)
        for rank, (axis, target) in enumerate(zip(axes, targets, strict=True)):
            own = [(territory, row) for one, territory, row in rows if one is target]
            _draw_territories(axis, report, target, own, names=rank == 0)
    said = " ; ".join(
        f"{row['libelle']}, {territory.name} : {readings.figure(row)}" for _, territory, row in rows if row is not None
    )
    cells = ((place.name, row["libelle"], *readings.cells(row)) for _, place, row in rows if row is not None)
    return finished(report, "territories", drawing, cells, said=said)


def _draw_territories(
    axis: Axes, report: Report, target: Target, rows: Sequence[tuple[Territory, Row | None]], names: bool
) -> None:
    for place, (territory, row) in enumerate(rows):
        is_own = territory.code == report.territory.code
        if row is not None:
            named = f"{territory.name}, {formatting.uncapitalised(short_label(report, target))}"
            style.row(axis, place - 0.5, place + 0.5, readings.hovered(named, row))
        color = style.YES if is_own else style.SOFT
        weight = "bold" if is_own else "normal"
        if row is None or row["low"] is None:
            axis.text(0.01, place, readings.figure(row), va="center", color=style.SOFT, fontsize=7.5)
            continue
        low, high = float(row["low"]), float(row["high"])
        axis.barh(
            place, high - low, left=low, height=0.42, facecolor="none", edgecolor=color, hatch=style.HATCH_UNKNOWN
        )
        axis.plot([low], [place], marker="o", color=color, markersize=6, linestyle="none")
        text = formatting.interval(low, high)
        beside = axis.get_yaxis_transform()
        axis.text(1.03, place, text, va="center", color=color, fontweight=weight, fontsize=8, transform=beside)
    if has_goal(target):
        axis.axvline(target.value, color=style.TARGET, linewidth=1.3, linestyle=(0, (5, 3)), zorder=1)
    axis.set_yticks(range(len(rows)), [territory.name if names else "" for territory, _ in rows])
    axis.tick_params(axis="y", labelcolor=style.INK)
    axis.set_ylim(len(rows) - 0.5, -0.6)
    highest = max(
        [0.1, target.value, *(float(row["high"]) for _, row in rows if row is not None and row["high"] is not None)]
    )
    axis.set_xlim(0, highest * 1.06)
    percent_axis(axis, "x")
    if has_goal(target):
        axis.set_xticks([0, target.value])  # three drawings side by side leave room for two
    axis.set_title(textwrap.fill(short_label(report, target), TITLE_WIDTH))
