"""How late contracts are published: delays observed, and what is still to come of the last months."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spaser_analysis.formatting import NBSP
from spaser_analysis.report import Report
from spaser_analysis.trends.completion import unpublished
from spaser_analysis.views import formatting, style
from spaser_analysis.views.elements import Figure, Table, table
from spaser_analysis.views.figures import finished
from spaser_analysis.views.tables import WINDOW, indicator_table

_BOUNDS = [-1, 15, 30, 45, 60, 90, 180, 10**6]  # days
_CLASSES = ["15 j ou moins", "16 à 30 j", "31 à 45 j", "46 à 60 j", "61 à 90 j", "91 à 180 j", "plus de 180 j"]
_IN_TIME = 4  # classes
_UNKNOWN = "inconnu"


def delays(report: Report) -> Figure:
    """Contracts since 1 January by days from notification to publication."""
    found = report.contracts_of(WINDOW)["publication_delay_days"]
    known = pd.cut(found.dropna().astype("int64"), _BOUNDS, labels=_CLASSES).value_counts().reindex(_CLASSES)
    counts = [*known.tolist(), int(found.isna().sum())]
    names = [*_CLASSES, _UNKNOWN]
    with style.house_style():
        drawing, (axis,) = style.panels(1, 2.9, left=0.55, between=0, right=0.2)
        late = len(_CLASSES) - _IN_TIME
        colors = [style.YES] * _IN_TIME + [style.PREVIOUS] * late + [style.UNKNOWN]
        bars = axis.bar(range(len(counts)), counts, color=colors, edgecolor=style.SOFT, linewidth=0.6)
        bars[-1].set_hatch(style.HATCH_UNKNOWN)
        axis.bar_label(bars, [formatting.number(one) for one in counts], padding=2)
        axis.axvline(_IN_TIME - 0.5, color=style.TARGET, linewidth=1.3, linestyle=(0, (5, 3)))
        axis.annotate(
            "deux mois", (_IN_TIME - 0.5, 1), xytext=(4, -2), xycoords=axis.get_xaxis_transform(),
            textcoords="offset points", color=style.TARGET, va="top",
        )  # fmt: skip
        axis.set_xticks(
            range(len(names)),
            [name.replace(" à ", "\nà ").replace(" ou ", "\nou ").replace(" de ", "\nde ") for name in names],
        )
        axis.set_ylim(0, max([*counts, 1]) * 1.2)
        axis.set_ylabel("marchés")
        for place, (name, count) in enumerate(zip(names, counts, strict=True)):
            of_all = f"{formatting.number(count)} sur {formatting.number(sum(counts))}"
            style.column(axis, place - 0.5, place + 0.5, f"{name} : {of_all}{NBSP}marchés")
    told = ", ".join(f"{name} : {formatting.number(count)}" for name, count in zip(names, counts, strict=True))
    return finished(report, "delays", drawing, zip(names, map(formatting.number, counts), strict=True), said=told)


def delay_indicators(report: Report) -> Table:
    """The median delay and the share published late."""
    chosen = (("median_publication_delay", "median"), ("late_publication_share", "number"))
    late = "En retard : plus de deux mois de date à date. Une date de publication peut être celle d’une republication."
    return indicator_table(report, f"Publier à temps, {formatting.months(report.window(WINDOW))}", chosen, (late,))


def late_months(report: Report) -> Table:
    """Month by month up to the snapshot: contracts published, expected, and still to come."""
    rows: list[tuple[str, ...]] = []
    why = "Le délai légal de publication est passé pour tout le trimestre : rien n’est à estimer."
    if report.snapshot is None:
        why = "La date d’arrêt des données n’est pas connue : rien n’est estimé."
    elif not report.is_settled(report.quarter):
        found = unpublished(report.contracts, report.snapshot)
        found = found[found["quarter"] <= f"{report.quarter.year}-T4"]
        if found["expected"].notna().any():
            rows = [_month(row) for _, row in found.iterrows()]
        else:
            why = f"Nombre non estimé : {found['reason'].iloc[0]}."
    return table("late_months", rows, why=why)


def _month(row: pd.Series[Any]) -> tuple[str, ...]:
    seen = (str(row["month"]), formatting.number(row["observed"]))
    if pd.isna(row["expected"]):
        return (*seen, "–", "–", f"non estimé : {row['reason']}")
    interval = f"{formatting.number(row['low'])} à {formatting.number(row['high'])}"
    return (*seen, formatting.percent(row["published"]), formatting.number(round(row["expected"])), interval)
