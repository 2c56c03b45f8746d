"""Who shows the way: directorates and families surely above the whole, candidates for the boxes of good practice."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.share import Share
from spaser_analysis.report import Report
from spaser_analysis.trends.exemplary import exemplary
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Definitions
from spaser_analysis.views.figures import measured, short_label

WINDOW = "rolling_12_months"  # that of the fiches
_GROUPS = 3  # shown for each indicator and grouping
_OBJECT_LENGTH = 90
_GROUPINGS = {"directorate": ("direction", "directions"), "family": ("famille d’achat", "familles d’achat")}


def examples(report: Report) -> Definitions:
    """Directorates and families surely above the whole since a year, with contracts that make them so: candidates."""
    found = [one for one in measured(report) if one.measure == "number"]
    entries = tuple(
        (f"{short_label(report, target)}, par {_GROUPINGS[by][0]}", _examples(report, target.indicator, by))
        for target in found
        for by in _GROUPINGS
    )
    return Definitions(
        entries
        or (("Bonnes pratiques à examiner", ("Aucun objectif en nombre de marchés n’est mesuré depuis janvier.",)),)
    )


def _examples(report: Report, code: str, by: str) -> tuple[str, ...]:
    row = report.result(code, WINDOW, territory=report.organisation.whole.code)
    if row is None:
        return ("Aucun résultat sur douze mois.",)
    whole = Share(*(int(row[state]) for state in ("yes", "no", "unknown")))
    found = exemplary(report.contracts_of(WINDOW), INDICATORS_BY_CODE[code], by, whole)
    labels = report.family_labels if by == "family" else {}
    lines = []
    for group in found.groups.head(_GROUPS).to_dict("records"):
        total = sum(int(group[state]) for state in ("yes", "no", "unknown"))
        own = found.contracts[found.contracts[by] == group[by]].to_dict("records")
        lines.append(
            f"{labels.get(group[by], group[by])} : {formatting.number(int(group['yes']))} sur {formatting.number(total)} "
            f"(ensemble : {readings.figure(row)}). Par exemple : {' ; '.join(map(_contract, own))}."
        )
    looked = formatting.counted(found.looked_at, f"{_GROUPINGS[by][0]} examinée", f"{_GROUPINGS[by][1]} examinées")
    left = (
        f"{formatting.counted(found.nameless, 'marché', 'marchés')} sans {_GROUPINGS[by][0]}" if found.nameless else ""
    )
    small = formatting.counted(found.too_small, "trop petite", "trop petites") if found.too_small else ""
    why = f"{found.reason[:1].upper()}{found.reason[1:]}." if found.reason else ""
    more = len(found.groups) - _GROUPS
    others = (
        formatting.counted(more, "autre au-dessus de l’ensemble", "autres au-dessus de l’ensemble") if more > 0 else ""
    )
    return (*lines, f"{why} {', '.join(filter(None, (looked, small, left, others)))}.".strip())


def _contract(one: dict[Any, Any]) -> str:
    text = "objet non renseigné" if pd.isna(one["objet"]) else str(one["objet"])
    shown = text if len(text) <= _OBJECT_LENGTH else f"{text[:_OBJECT_LENGTH].rsplit(' ', 1)[0]}…"
    day = "" if pd.isna(one["dateNotification"]) else f" ({formatting.short_day(one['dateNotification'].date())})"
    return f"« {shown} »{day}"
