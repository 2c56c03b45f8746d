"""The working groups beside the needs: who works on which family, which territory is not there, what a group lacks."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spaser_analysis.plan import Plan
from spaser_analysis.programming.coverage import absent_directorates, lacking
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Table, table
from spaser_analysis.views.labels import LABELS


def coverage_matrix(plan: Plan) -> Table:
    """Families in rows, territories in columns: needs, and whether a group of the family has the territory."""
    places = plan.report.organisation.territories or (plan.report.organisation.whole,)
    codes, rows = [one.code for one in places], []
    for family, own in plan.coverage.groupby("family", sort=True):
        groups = readings.text(own["groups"].iloc[0], "aucun groupe").replace(" | ", ", ")
        cells = own.set_index("territory").loc[codes, ["needs", "is_represented"]]
        rows.append((plan.report.family_label(family), groups, *(_cell(*one) for one in cells.itertuples(index=False))))
    outside = int((plan.needs["family"].isna() | ~plan.needs["territory"].isin(codes)).sum())
    left = formatting.counted(
        outside,
        "besoin, sans famille ou sans territoire, n’y est",
        "besoins, sans famille ou sans territoire, n’y sont",
    )
    return table(
        "coverage_matrix",
        rows,
        *([f"{left} pas."] if outside else []),
        places="".join(f" | {one.name}" for one in places),
    )


def _cell(needs: int, is_represented: Any) -> str:
    count = formatting.number(needs) if needs else "–"
    if pd.isna(is_represented):
        return count
    return f"{count}, présent" if is_represented else f"{count}, absent" if needs else count


def groups_lacking(plan: Plan) -> Table:
    """The working groups: who leads each, who is in it, and what it lacks, directorates that have needs included."""
    own = plan.working_groups
    told = own.assign(missing=lacking(own), absent=absent_directorates(plan.needs, own)).sort_values("group")
    rows = (
        (
            one["group"],
            ", ".join(filter(None, (*_labels(plan, one["families"]), readings.text(one["theme"], "")))) or "–",
            readings.text(one["buyer_function"], "manque"),
            readings.text(one["lawyer_function"], "manque"),
            " ; ".join(readings.text(one[name], "–").replace(" | ", ", ") for name in ("territories", "directorates")),
            _missing(one["missing"], one["absent"]),
        )
        for one in told.to_dict("records")
    )
    alone = plan.coverage[plan.coverage["groups"].isna() & (plan.coverage["needs"] > 0)]
    uncovered = ", ".join(map(plan.report.family_label, alone["family"].drop_duplicates()))
    notes = [f"Familles qui ont des besoins et aucun groupe : {uncovered}."] if uncovered else []
    return table("groups_lacking", rows, *notes)


def _missing(names: tuple[str, ...], absent: tuple[str, ...]) -> str:
    said = [LABELS["missing"][name] for name in names]
    said += [f"directions qui ont des besoins et n’y sont pas : {', '.join(absent)}"] if absent else []
    return " ; ".join(said) or "rien"


def _labels(plan: Plan, families: Any) -> list[str]:
    return [plan.report.family_label(code) for code in readings.text(families, "").split(" | ")]
