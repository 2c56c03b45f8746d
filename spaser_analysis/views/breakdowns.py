"""The measured objectives by purchase family and by directorate, since 1 January."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import MaxNLocator

from spaser_analysis.report import Report
from spaser_analysis.views import formatting, style
from spaser_analysis.views.elements import Figure, Table, table
from spaser_analysis.views.figures import FOLLOWED, finished, measured, short_label

WINDOW = "year_to_date"
UNNAMED = "Non renseignée"
_ROW_INCHES = 0.29
_LABEL_INCHES = 2.35
_LONGEST = 34
_TITLE_WIDTH = 22
_OTHERS = "Autres familles"
DRAWN = 12
_BAR: dict[str, Any] = {"height": 0.68, "edgecolor": style.SOFT, "linewidth": 0.5}


def families(report: Report) -> Figure:
    """Contracts with, without and of unknown consideration in each purchase family, the largest family first."""
    labels = report.family_labels
    titles, tables = _breakdowns(report, "family")
    drawn = [_largest(one) for one in tables]
    names = [
        formatting.shortened(labels.get(code, _OTHERS if code == _OTHERS else UNNAMED), _LONGEST)
        for code in drawn[0].index
    ]
    height = 1.45 + _ROW_INCHES * max(len(names), 2)
    with style.house_style():
        drawing, axes = style.panels(len(tables), height, left=_LABEL_INCHES, between=0.2, top=0.55)
        for rank, (axis, title, shares) in enumerate(zip(axes, titles, drawn, strict=True)):
            hovered = [f"{name}, {formatting.uncapitalised(title)}" for name in names]
            _draw_bars(axis, shares, names if rank == 0 else [""] * len(names), hovered, drawing if rank == 0 else None)
            axis.set_title(textwrap.fill(title, _TITLE_WIDTH))
    said, told = _in_words(titles, drawn, names), _columns(titles)
    return finished(report, "families", drawing, _rows(tables, labels), drawn=DRAWN, said=said, columns=told)


def directorates(report: Report) -> Table:
    """The directorates, those that show the way first; below the minimum count no share is given."""
    titles, tables = _breakdowns(report, "directorate")
    shares = sum((one["yes"] / (one["yes"] + one["no"] + one["unknown"]) for one in tables), start=0.0)
    ranks = pd.DataFrame({"named": tables[0].index != "", "small": tables[0]["is_small"], "share": shares})
    order = ranks.assign(code=ranks.index).sort_values(
        ["named", "small", "share", "code"], ascending=[False, True, False, True]
    )
    ordered = [one.loc[order.index] for one in tables]
    return table("directorates", _rows(ordered, {code: code for code in order.index if code}), columns=_columns(titles))


def _breakdowns(report: Report, column: str) -> tuple[list[str], list[pd.DataFrame]]:
    """Short titles, and for each measured objective the counts by group, largest group first, nameless last."""
    targets = [one for one in measured(report) if one.measure == "number"] or list(FOLLOWED)
    tables = [report.breakdown(target.indicator, column, WINDOW) for target in targets]
    total = tables[0][["yes", "no", "unknown"]].sum(axis=1)
    ranks = pd.DataFrame({"nameless": total.index == "", "total": total, "code": total.index}, index=total.index)
    order = ranks.sort_values(["nameless", "total", "code"], ascending=[True, False, True]).index
    return [short_label(report, target) for target in targets], [one.loc[order] for one in tables]


def _largest(shares: pd.DataFrame) -> pd.DataFrame:
    """The first groups, and one group for what the others add up to."""
    if len(shares) <= DRAWN + 1:
        return shares
    rest = shares.iloc[DRAWN:]
    others = pd.DataFrame([rest[["yes", "no", "unknown"]].sum()], index=[_OTHERS]).assign(is_small=False)
    return pd.concat([shares.iloc[:DRAWN], others])


def _draw_bars(
    axis: Axes, shares: pd.DataFrame, names: Sequence[str], hovered: Sequence[str], legend: Drawing | None
) -> None:
    place = range(len(shares))
    left = pd.Series(0, index=shares.index)
    for state, label, color, hatch in (
        ("yes", "oui", style.YES, ""),
        ("no", "non", style.NO, ""),
        ("unknown", "non renseigné", style.UNKNOWN, style.HATCH_UNKNOWN),
    ):
        axis.barh(place, shares[state], left=left, color=color, hatch=hatch, label=label, **_BAR)
        left = left + shares[state]
    for row, (_, one) in enumerate(shares.iterrows()):
        text = f" {int(one['yes'])} sur {int(left.iloc[row])}" + (" (peu)" if one["is_small"] else "")
        axis.text(left.iloc[row], row, text, va="center", fontsize=7.5, color=style.INK)
        states, share = _cells(one)
        style.row(axis, row - 0.5, row + 0.5, f"{hovered[row]} : {share}\noui / non / non renseigné : {states}")
    if shares.empty:
        axis.text(0.5, 0.5, "aucun marché", transform=axis.transAxes, ha="center", color=style.SOFT)
    axis.set_yticks(list(place) if any(names) else [], names if any(names) else None)
    axis.tick_params(axis="y", labelcolor=style.INK)
    axis.set_ylim(len(shares) - 0.4, -0.6)
    axis.set_xlim(0, max([1, *map(int, left)]) * 1.35)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axis.grid(axis="x")
    if legend is not None:
        corner = (_LABEL_INCHES / style.WIDTH_INCHES, 0.24 / legend.get_figheight())
        bare = {"frameon": False, "fontsize": 7.5, "borderaxespad": 0, "borderpad": 0}
        handles, labels = axis.get_legend_handles_labels()
        legend.legend(handles, labels, loc="lower left", bbox_to_anchor=corner, ncols=3, **bare)


def _in_words(titles: Sequence[str], tables: Sequence[pd.DataFrame], names: Sequence[str]) -> str:
    said = []
    for title, shares in zip(titles, tables, strict=True):
        rows = zip(names, shares.to_dict("records"), strict=True)
        largest = [f"{name} {one['yes']} sur {one['yes'] + one['no'] + one['unknown']}" for name, one in list(rows)[:3]]
        said.append(f"{title} : {', '.join(largest)}")
    return f"Barres par famille d’achat, {formatting.counted(len(names), 'famille', 'familles')}. Les plus grandes : {' ; '.join(said)}."


def _columns(titles: Sequence[str]) -> str:
    return "".join(f" | {title} : oui / non / non renseigné > | Part >" for title in titles)


def _rows(tables: Sequence[pd.DataFrame], labels: dict[str, str]) -> Iterator[tuple[str, ...]]:
    states = ("yes", "no", "unknown")
    for code, *counts in zip(tables[0].index, *(one.to_dict("records") for one in tables), strict=True):
        total = formatting.number(sum(counts[0][state] for state in states))
        yield (labels.get(code, UNNAMED), total, *(cell for one in counts for cell in _cells(one)))


def _cells(one: Mapping[Any, Any] | pd.Series[Any]) -> tuple[str, str]:
    """The three states of a group, and its share."""
    yes, no, unknown = (int(one[state]) for state in ("yes", "no", "unknown"))
    total = yes + no + unknown
    share = formatting.interval(yes / total, (yes + unknown) / total) if total else ""
    return " / ".join(map(formatting.number, (yes, no, unknown))), "effectif faible" if one["is_small"] else share
