"""Two drawings of the territories: each beside what chance allows to its size, and how far apart they are each year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, MaxNLocator

from spaser_analysis.indicators.share import Share
from spaser_analysis.organisation import Territory
from spaser_analysis.report import Report
from spaser_analysis.trends.harmonisation import DISPERSION_LEVEL, Dispersion, funnel_limits
from spaser_analysis.views import formatting, style
from spaser_analysis.views.elements import Figure, Paragraphs
from spaser_analysis.views.figures import finished, percent_axis
from spaser_analysis.views.harmonisation import Comparison, compared, nothing, position

_MARKERS = {"above": "^", "below": "v", "within": "o", "cannot say": "o"}
_FUNNEL_INCHES, _NAMES_INCHES = 3.9, 1.1  # the whole drawing, and the names at its foot


def funnels(report: Report) -> Figure | Paragraphs:
    """Each territory's share against what chance allows to a territory of its size, one panel an objective."""
    found = compared(report)
    if not found:
        return Paragraphs((nothing(report),))
    places = report.organisation.territories
    with style.house_style():
        drawing, axes = style.panels(len(found), _FUNNEL_INCHES, left=0.6, between=0.6)
        drawing.subplots_adjust(bottom=_NAMES_INCHES / _FUNNEL_INCHES)
        for axis, one in zip(axes, found, strict=True):
            _draw_funnel(axis, one, places)
        _draw_names(drawing, places)
    said = " ; ".join(
        f"{one.title} : {', '.join(f'{place.name}, {position(one.place(place.code))}' for place in places)}"
        for one in found
    )
    return finished(report, "funnels", drawing, _limits_rows(report, found), said=said)


def _draw_funnel(axis: Axes, one: Comparison, places: Sequence[Territory]) -> None:
    drawn = one.places[one.places["low"].notna()].sort_values(["low", "total"])
    low, high = one.of_whole["low"], one.of_whole["high"]
    highest = high or 1.0
    if low is not None and high is not None:
        axis.axhspan(low, high, facecolor="none", edgecolor=style.PREVIOUS, hatch=style.HATCH_UNKNOWN, linewidth=0.5)
        style.row(axis, low, high, _hovered("Ensemble", one.whole, formatting.interval(low, high)))
    if len(drawn):
        sizes = range(max(1, int(drawn["total"].min() * 0.7)), int(drawn["total"].max() * 1.12) + 2)
        limits = funnel_limits(one.whole, sizes)
        for name, line in (("95", (0, (1, 1.5))), ("998", "solid")):
            for side in ("lower", "upper"):
                axis.plot(limits["size"], limits[f"{side}_{name}"], color=style.SOFT, linewidth=0.9, linestyle=line)
        highest = max(float(limits["upper_998"].max()), float(drawn["high"].max()))
    numbers = {place.code: rank for rank, place in enumerate(places, 1)}
    named = {place.code: place.name for place in places}
    for rank, (code, row) in enumerate(drawn.iterrows()):
        size, state = int(row["total"]), str(row["state_998"])
        axis.plot([size, size], [row["low"], row["high"]], color=style.YES, linewidth=1.4)
        face = "white" if state == "cannot say" else style.YES
        share = float(row["low"])
        axis.plot([size], [share], marker=_MARKERS[state], markersize=6, color=style.YES, markerfacecolor=face)
        is_right = rank % 2 == 1  # points of like shares have their numbers on either side
        offset, side = ((6, 0), "left") if is_right else ((-6, 0), "right")
        style.label(axis, str(numbers[str(code)]), (size, share), offset, ha=side, va="center", fontweight="bold")
        figures = zip(("", "limites à 95 % : ", "limites à 99,8 % : "), _limits(row), strict=True)
        said = _hovered(named[str(code)], Share(*map(int, row[["yes", "no", "unknown"]])), *map("".join, figures))
        style.point(axis, size, share, float(row["high"]), said)
    if drawn.empty:
        axis.text(0.5, 0.5, "effectifs trop faibles", transform=axis.transAxes, ha="center", color=style.SOFT)
    axis.set_ylim(0, min(1.02, highest * 1.08))
    axis.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axis.set_xlabel("marchés du territoire")
    percent_axis(axis, "y")
    axis.set_title(one.title)


def _hovered(name: str, share: Share, figure: str, *limits: str) -> str:
    counts = f"{formatting.number(share.yes)} sur {formatting.number(share.total)}"
    return "\n".join(
        (f"{name} : {figure}", f"{counts}, dont non renseignés : {formatting.number(share.unknown)}", *limits)
    )


def _draw_names(drawing: Drawing, places: Sequence[Territory]) -> None:
    """Which number is which territory, below the panels, on two lines."""
    named = [f"{rank} {place.name}" for rank, place in enumerate(places, 1)]
    half = (len(named) + 1) // 2
    text = "\n".join("     ".join(line) for line in (named[:half], named[half:]))
    height = drawing.get_figheight()
    drawing.text(0.6 / style.WIDTH_INCHES, 0.3 / height, text, fontsize=7.5, color=style.INK, linespacing=1.5)


def _limits_rows(report: Report, found: Sequence[Comparison]) -> Iterator[tuple[str, ...]]:
    for one in found:
        for place in report.organisation.territories:
            row = one.place(place.code)
            figures: tuple[str, ...] = ("–", "–", "–") if pd.isna(row["low"]) else _limits(row)
            yield place.name, one.title, formatting.number(int(row["total"])), *figures


def _limits(row: pd.Series[Any]) -> tuple[str, ...]:
    pairs = (("low", "high"), ("lower_95", "upper_95"), ("lower_998", "upper_998"))
    return tuple(formatting.interval(row[low], row[high]) for low, high in pairs)


def dispersions(report: Report) -> Figure | Paragraphs:
    """How far apart the territories are beyond chance, at the same quarter of each year, with its interval."""
    found = compared(report)
    if not found:
        return Paragraphs((nothing(report),))
    with style.house_style():
        drawing, axes = style.panels(len(found), 2.8, left=0.85, between=0.9)
        for axis, one in zip(axes, found, strict=True):
            _draw_dispersions(axis, one)
    said = " ; ".join(f"{one.title} : {', '.join(map(_in_words, one.course.course))}" for one in found)
    often = round(DISPERSION_LEVEL * 10)
    return finished(report, "dispersions", drawing, _dispersion_rows(found), said=said, often=often)


def _draw_dispersions(axis: Axes, one: Comparison) -> None:
    years = [int(said.quarter[:4]) for said in one.course.course]
    for year, said in zip(years, one.course.course, strict=True):
        if said.low is not None and said.high is not None:
            axis.plot(
                [year] * 2, [said.low, said.high], color=style.INK, linewidth=5, alpha=0.35, solid_capstyle="butt"
            )
        if said.deviation is not None:
            axis.plot([year], [said.deviation], marker="D", color=style.YES, markersize=6, clip_on=False, zorder=4)
        if said.high is None:
            upright = {"ha": "center", "rotation": "vertical", "color": style.SOFT}
            style.label(axis, "pas d’intervalle", (year, 0), (0, 9), **upright)
    highest = max([0.05, *(said.high for said in one.course.course if said.high is not None)])
    axis.set_ylim(0, highest * 1.15)
    axis.set_xlim(min(years, default=0) - 0.6, max(years, default=0) + 0.6)
    axis.set_xticks(years, list(map(str, years)))
    axis.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formatting.points(value)))
    axis.grid(axis="y")
    axis.set_title(one.title)
    for year, (quarter, _, places, deviation, interval, why) in zip(years, _dispersion_rows([one]), strict=True):
        told = f"{quarter} : {deviation} ({interval})\nterritoires comparés : {places}"
        style.column(axis, year - 0.5, year + 0.5, "\n".join(filter(None, (told, why))))


def _in_words(said: Dispersion) -> str:
    if said.deviation is None or said.low is None or said.high is None:
        return f"{said.quarter[:4]}, pas d’intervalle ({said.reason})"
    return f"{said.quarter[:4]}, {formatting.points(said.deviation)} ({_range(said)})"


def _range(said: Dispersion) -> str:
    if said.low is None or said.high is None:
        return "–"
    return f"{formatting.points(said.low)} à {formatting.points(said.high)}"


def _dispersion_rows(found: Sequence[Comparison]) -> Iterator[tuple[str, ...]]:
    return (
        (
            said.quarter,
            one.title,
            formatting.number(len(said.territories)),
            "–" if said.deviation is None else formatting.points(said.deviation),
            _range(said),
            said.reason or "",
        )
        for one in found
        for said in one.course.course
    )
