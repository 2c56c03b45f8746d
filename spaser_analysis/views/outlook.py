"""Will the objectives be met: the straight path, the trend with its interval, renewals; and how figures moved so far."""

from __future__ import annotations

import textwrap
from datetime import date
from typing import TypeGuard

import pandas as pd
from matplotlib.axes import Axes

from spaser_analysis.organisation import Target
from spaser_analysis.period import Quarter
from spaser_analysis.report import Report, Row, records
from spaser_analysis.trends.completion import unpublished_by_window
from spaser_analysis.trends.projection import METHOD, Projection, pace_needed, projection
from spaser_analysis.trends.renewals import AXES, renewals
from spaser_analysis.trends.trajectory import trajectory
from spaser_analysis.views import formatting, readings, style
from spaser_analysis.views.elements import Figure, Paragraphs, Table, table
from spaser_analysis.views.figures import TITLE_WIDTH, finished, has_goal, measured, percent_axis, short_label
from spaser_analysis.views.labels import LABELS

WINDOW = "year_to_date"
TOO_WIDE = 0.5  # an interval over half of all shares says nothing


def outlook(report: Report) -> Figure:
    """Each measured objective: its quarters, the straight path, and the trend's interval for the year it is due."""
    found = [(target, report.history(target)) for target in measured(report) if has_goal(target)]
    made = [(target, history, _projected(report, target, history)) for target, history in found]
    with style.house_style():
        drawing, axes = style.panels(max(len(made), 1), 3.2, left=0.55, between=0.6, top=0.55)
        for axis, (target, history, trend) in zip(axes, made, strict=False):
            _draw(axis, report, target, history, trend)
        if not made:
            axes[0].text(0.5, 0.5, "aucun objectif mesuré", transform=axes[0].transAxes, ha="center", color=style.SOFT)
    said = " ; ".join(f"{short_label(report, target)} : {_expected(trend)}" for target, _, trend in made)
    rows = (_row(report, target, trend) for target, _, trend in made)
    return finished(report, "outlook", drawing, rows, method=METHOD, said=said or "Aucun objectif mesuré")


def _projected(report: Report, target: Target, history: pd.DataFrame) -> Projection:
    return projection(history, target.year, target.value, report.breaks)


def _draw(axis: Axes, report: Report, target: Target, history: pd.DataFrame, trend: Projection) -> None:
    known = history[(history["yes"] + history["no"]) > 0]
    times = [Quarter.parse(one) for one in known["quarter"]]
    shares = (known["yes"] / (known["yes"] + known["no"])).astype(float)
    axis.scatter([_time(one) for one in times], shares, s=14, color=style.YES, zorder=3)
    for one in times:
        row = report.result(target.indicator, "quarter", target.measure, one)
        if row is not None:
            said = readings.hovered(formatting.quarter(one), row)
            style.column(axis, _time(one) - 1 / 8, _time(one) + 1 / 8, said)
    due = Quarter(target.year, 4)
    if line := trajectory(report.organisation, target):
        ends = [_time(line.start.quarter), _time(due)]
        axis.plot(ends, [line.start.value, target.value], color=style.TARGET, linewidth=1, linestyle=(0, (1, 2)))
    axis.scatter([_time(due)], [target.value], marker="_", s=220, color=style.TARGET)
    if trend.low is not None and trend.high is not None and trend.share is not None:
        axis.plot(
            [_time(due)] * 2, [trend.low, trend.high], color=style.INK, linewidth=5, alpha=0.35, solid_capstyle="butt"
        )
        axis.scatter([_time(due)], [trend.share], s=26, color=style.INK, marker="D", zorder=4)
    ends = [target.value, *(one for one in (trend.low, trend.high) if one is not None)]
    aim = f"Objectif {target.year} : {formatting.goal(target.value)}"
    style.point(axis, _time(due), min(ends), max(ends), f"{aim}\n{formatting.capitalised(_expected(trend))}")
    first = min([_time(due) - 1, *map(_time, times)])
    axis.set_xlim(first - 0.3, max([_time(due), *map(_time, times)]) + 0.6)
    highest = max([target.value, trend.high or 0.0, *shares])
    axis.set_ylim(0, highest * 1.15)
    years = range(int(first), target.year + 2)
    axis.set_xticks(list(years), [f"’{year % 100}" for year in years])
    percent_axis(axis, "y")
    axis.set_title(textwrap.fill(short_label(report, target), TITLE_WIDTH))


def _time(quarter: Quarter) -> float:
    """The end of a quarter in years: 2022-T3 is 2022.75."""
    return quarter.year + quarter.number / 4


def _expected(trend: Projection) -> str:
    if trend.low is None or trend.high is None:
        return f"pas de projection ({trend.reason})"
    if trend.high - trend.low > TOO_WIDE:
        return f"trop incertaine pour en dire plus ({formatting.interval(trend.low, trend.high)})"
    return f"projection {formatting.interval(trend.low, trend.high)}"


def _row(report: Report, target: Target, trend: Projection) -> tuple[str, ...]:
    row = report.result(target.indicator, WINDOW, target.measure)
    left = (target.year - report.quarter.year) * 4 + 4 - report.quarter.number
    return (
        short_label(report, target),
        readings.figure(row),
        f"{formatting.goal(target.value)} en {target.year}",
        readings.NOT_COMPUTED if not _is_known(row) else _pace(float(row["low"]), target.value, left),
        _expected(trend),
        _renewed(report, target),
    )


def _is_known(row: Row | None) -> TypeGuard[Row]:
    return row is not None and row["low"] is not None and not readings.is_all_unknown(row)


def _pace(low: float, goal: float, left: int) -> str:
    pace = pace_needed(low, goal, left)
    return "échéance passée" if pace is None else "atteint" if pace == 0 else formatting.points(pace)


def _renewed(report: Report, target: Target) -> str:
    axis = AXES.get(target.indicator)
    if axis is None or target.measure == "value":
        return "sans objet"
    if target.year < report.quarter.year or report.quarter == Quarter(target.year, 4):
        return "échéance passée"
    year = report.result(target.indicator, "rolling_12_months")
    if not _is_known(year):
        return readings.figure(year)
    scenario = renewals(report.ending, axis, report.quarter, target.year)
    assert scenario.low is not None and scenario.high is not None  # its base is that row
    count = formatting.counted(scenario.lacking + scenario.unknown, "renouvellement", "renouvellements")
    return f"{formatting.interval(scenario.low, scenario.high)} ({count})"


def revisions(report: Report) -> Table:
    """What earlier editions said of the same quarter, and what this one says."""
    said = pd.concat([report.earlier, report.own_results], ignore_index=True)
    told = records(said[said["scope"] == "all"].sort_values("snapshot", kind="stable"))
    rows = [
        (
            readings.short_label(row),
            LABELS["windows"][window],
            formatting.short_day(date.fromisoformat(row["snapshot"])) if row["snapshot"] else "non connu",
            readings.support(row),
            readings.figure(row),
        )
        for target in report.organisation.targets
        for window in ("quarter", WINDOW)
        for row in told
        if (row["indicator"], row["measure"], row["window"]) == (target.indicator, target.measure, window)
    ]
    return table("revisions", rows if len(report.earlier) else ())


def unpublished(report: Report) -> Paragraphs:
    """How many contracts are still to be published, estimated from the delays of earlier months."""
    if report.snapshot is None or report.is_settled(report.quarter):
        return Paragraphs(())
    found = unpublished_by_window(report.of_territory(report.contracts), report.snapshot, report.quarter)
    said = []
    for row in found[found["window"].isin(("quarter", WINDOW))].to_dict("records"):
        period = formatting.months(report.window(row["window"]))
        seen = formatting.counted(int(row["observed"]), "marché publié", "marchés publiés")
        if row["left_out"]:
            apart = formatting.counted(
                int(row["left_out"]),
                "autre, sans date de publication utilisable",
                "autres, sans date de publication utilisable",
            )
            seen += f" (et {apart})"
        if pd.isna(row["expected"]):
            said.append(f"{seen} {period} ; nombre encore à paraître non estimé : {row['reason']}.")
        else:
            interval = f"{formatting.number(row['low'])} à {formatting.number(row['high'])}"
            said.append(
                f"{seen} {period}, environ {formatting.number(round(row['expected']))} attendus au total : "
                f"{formatting.number(round(row['unpublished']))} encore à paraître ({interval}, neuf fois sur dix), "
                "d’après les délais de publication des mois précédents."
            )
    return Paragraphs(tuple(said), strong="Chiffres provisoires.", role="warning")
