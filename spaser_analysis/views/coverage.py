"""The working groups beside the needs: who works on which family, which territory is not there, what a group lacks."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spaser_analysis.plan import Plan
from spaser_analysis.programming.coverage import lacking
from spaser_analysis.views import formatting
from spaser_analysis.views.elements import Table, columns

_MISSING = {
    "buyer_function": "acheteur qui l’anime",
    "lawyer_function": "juriste qui l’anime",
    "territories": "territoires",
    "directorates": "directions",
}


def coverage_matrix(plan: Plan) -> Table:
    """Families in rows, territories in columns: needs, and whether a group of the family has the territory."""
    places = plan.report.organisation.territories
    rows = []
    for family, own in plan.coverage.groupby("family", sort=True):
        groups = own["groups"].iloc[0]
        cells = own.set_index("territory")
        named = [_cell(int(cells["needs"][one.code]), cells["is_represented"][one.code]) for one in places]
        label = plan.report.family_labels.get(str(family), str(family))
        rows.append((label, "aucun groupe" if not isinstance(groups, str) else groups.replace(" | ", ", "), *named))
    return Table(
        caption="Familles, groupes de travail et territoires",
        columns=columns("Famille", "Groupe", *(one.name for one in places)),
        rows=tuple(rows) if places else (),
        notes=(
            "Dans chaque case, les besoins du territoire ; « présent » : il est dans le groupe ; « absent » : il a des besoins et n’y est pas.",
        )
        if rows and places
        else (),
        empty="Ni besoin ni groupe de travail." if places else "L’organisation n’a pas de territoires à représenter.",
    )


def _cell(needs: int, is_represented: Any) -> str:
    count = formatting.number(needs) if needs else "–"
    if pd.isna(is_represented):
        return count
    return f"{count}, présent" if is_represented else f"{count}, absent" if needs else count


def groups_lacking(plan: Plan) -> Table:
    """The working groups with what each lacks: a function that leads it, territories, directorates."""
    missing = lacking(plan.working_groups).set_index("group")["missing"]
    rows = tuple(
        (
            one["group"],
            ", ".join(filter(None, (*_labels(plan, one["families"]), _said(one["theme"])))) or "–",
            _said(one["buyer_function"]) or "manque",
            _said(one["lawyer_function"]) or "manque",
            ", ".join(_MISSING[name] for name in missing.get(one["group"], [])) or "rien",
        )
        for one in plan.working_groups.sort_values("group").to_dict("records")
    )
    uncovered = [
        plan.report.family_labels.get(str(family), str(family))
        for family, own in plan.coverage.groupby("family", sort=True)
        if own["groups"].isna().all() and own["needs"].sum()
    ]
    return Table(
        caption="Groupes de travail",
        columns=columns("Groupe", "Familles et thème", "Acheteur", "Juriste", "Ce qui manque"),
        rows=rows,
        notes=(f"Familles qui ont des besoins et aucun groupe : {', '.join(uncovered)}.",) if uncovered else (),
        empty="Aucun groupe de travail dans les données (modèle data/templates/working_groups.csv).",
    )


def _labels(plan: Plan, families: object) -> list[str]:
    codes = families.split(" | ") if isinstance(families, str) else []
    return [plan.report.family_labels.get(code, code) for code in codes]


def _said(value: object) -> str:
    return value if isinstance(value, str) else ""
