"""The fields that indicators read: how often each is usable, by territory and quarter by quarter."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.indicators import INDICATORS, INDICATORS_BY_CODE
from spaser_analysis.indicators.completeness import PREFIX
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, readings, style
from spaser_analysis.views.elements import Data, Figure, Table, download, table
from spaser_analysis.views.figures import finished, percent_axis
from spaser_analysis.views.tables import WINDOW


def fields(report: Report) -> Figure:
    """Each field that indicators read: how often it is usable since 1 January, in the whole and by territory."""
    whole = report.organisation.whole
    found = [(one.sheet.code, _label(one.sheet.label)) for one in INDICATORS if one.sheet.code.startswith(PREFIX)]
    rows = [(label, _filled_share(report, code, whole.code), _extremes(report, code)) for code, label in found]
    with style.house_style():
        drawing, (axis,) = style.panels(1, 1.2 + 0.25 * len(rows), left=2.1, between=0, right=0.8)
        for place, (label, share, extremes) in enumerate(rows):
            row = report.of_whole.result(found[place][0], WINDOW, territory=whole.code)
            if share is None or row is None:
                axis.text(0.01, place, readings.NOT_COMPUTED, va="center", color=style.SOFT)
                continue
            axis.barh(place, share, height=0.6, color=style.NO, edgecolor=style.SOFT, linewidth=0.6)
            axis.plot([one for one, _ in extremes], [place] * len(extremes), color=style.YES, marker="|", markersize=9)
            least, most = _ends(extremes)
            hovered = f"{readings.hovered(label, row)}\nle moins : {least}\nle plus : {most}"
            style.row(axis, place - 0.5, place + 0.5, hovered)
            text, beside = formatting.percent(share), axis.get_yaxis_transform()
            axis.text(1.02, place, text, va="center", color=style.INK, transform=beside)
        axis.set_yticks(range(len(rows)), [label for label, _, _ in rows])
        axis.tick_params(axis="y", labelcolor=style.INK)
        axis.set_ylim(len(rows) - 0.4, -0.6)
        axis.set_xlim(0, 1)
        percent_axis(axis, "x")
    cells = [(label, _said(share), *_ends(extremes)) for label, share, extremes in rows]
    told = " ; ".join(f"{label} : {said}" for label, said, *_ in cells)
    return finished(report, "fields", drawing, cells, said=told, place=whole.name)


def _label(label: str) -> str:
    return formatting.capitalised(label.partition(" : ")[2])


def _filled_share(report: Report, code: str, territory: str) -> float | None:
    row = report.of_whole.result(code, WINDOW, territory=territory)
    return None if row is None or pd.isna(row["low"]) else float(row["low"])


def _extremes(report: Report, code: str) -> tuple[tuple[float, str], ...]:
    """The share and name of the territory where the field is least often usable, and of the one where it is most."""
    shares = [(_filled_share(report, code, one.code), one.name) for one in report.organisation.territories]
    known = sorted((share, name) for share, name in shares if share is not None)
    return (known[0], known[-1]) if known else ()


def _said(share: float | None) -> str:
    return readings.NOT_COMPUTED if share is None else formatting.percent(share)


def _ends(extremes: tuple[tuple[float, str], ...]) -> tuple[str, str]:
    if not extremes:
        return "–", "–"
    (least, where), (most, elsewhere) = extremes
    if least == most:
        return ("le même partout",) * 2
    return f"{formatting.percent(least)} ({where})", f"{formatting.percent(most)} ({elsewhere})"


def fields_by_quarter(report: Report) -> Table:
    """The same fields quarter by quarter, over twelve months."""
    window = report.window("rolling_12_months")
    rows = []
    for code in (code for code in INDICATORS_BY_CODE if code.startswith(PREFIX)):
        counts = report.breakdown(code, "quarter", "rolling_12_months")
        label = _label(INDICATORS_BY_CODE[code].sheet.label)
        rows.append((label, *(_in_quarter(counts, one) for one in window.quarters)))
    quarters = "".join(f" | {one} >" for one in window.quarters)
    return table("fields_by_quarter", rows, months=formatting.months(window), quarters=quarters)


def _in_quarter(counts: pd.DataFrame, quarter: str) -> str:
    if quarter not in counts.index:
        return "aucun marché"
    row = counts.loc[[quarter]].iloc[0]
    return readings.NOT_COMPUTED if row["is_small"] else formatting.percent(row["yes"] / (row["yes"] + row["no"]))


def completeness_data(report: Report) -> Data:
    """The completeness of every field, territory and window of the quarter, for machines."""
    rows = report.of_whole.results
    rows = rows[(rows["quarter"] == str(report.quarter)) & rows["indicator"].str.startswith(PREFIX)]
    return download(rows, "la complétude de chaque champ, par territoire et par période")
