"""Who shows the way: directorates and families surely above the whole, candidates for the boxes of good practice."""

from __future__ import annotations

from typing import Any

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.share import Share
from spaser_analysis.report import Report
from spaser_analysis.trends.exemplary import exemplary
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Definitions
from spaser_analysis.views.figures import measured, short_label

WINDOW = "rolling_12_months"  # that of the fiches
_SHOWN, _CONTRACTS = 3, 2  # groups of each kind, and contracts of each group
_DECLARED = {"environmental_share": "considerationsEnvironnementales", "social_share": "considerationsSociales"}
_OBJECT_LENGTH = 90
_GROUPINGS = {"directorate": ("direction", "directions"), "family": ("famille d’achat", "familles d’achat")}


def examples(report: Report) -> Definitions:
    """Directorates and families surely above the whole since a year, with contracts that make them so."""
    found = [
        target
        for target in measured(report)
        if target.measure == "number" and INDICATORS_BY_CODE[target.indicator].sheet.direction == "up"
    ]
    entries = tuple(
        _examples(report, target.indicator, short_label(report, target), by) for target in found for by in _GROUPINGS
    )
    none = (
        "Bonnes pratiques à examiner",
        ("Aucun objectif de hausse, en nombre de marchés, n’est mesuré depuis janvier.",),
    )
    return Definitions(entries or (none,))


def _examples(report: Report, code: str, title: str, by: str) -> tuple[str, tuple[str, ...]]:
    row = report.result(code, WINDOW, territory=report.organisation.whole.code)
    assert row is not None  # a measured objective has all the windows
    whole = Share(*(int(row[state]) for state in ("yes", "no", "unknown")))
    found = exemplary(report.contracts_of(WINDOW), INDICATORS_BY_CODE[code], by, whole)
    labels = report.family_labels if by == "family" else {}
    lines = []
    for group in found.groups.head(_SHOWN).to_dict("records"):
        total = sum(int(group[state]) for state in ("yes", "no", "unknown"))
        own = found.contracts[found.contracts[by] == group[by]].head(_CONTRACTS).to_dict("records")
        lines.append(
            f"{labels.get(group[by], group[by])}, {formatting.number(int(group['yes']))} sur {formatting.number(total)}. "
            f"Par exemple : {' ; '.join(_contract(one, code) for one in own)}."
        )
    one, several = _GROUPINGS[by]
    counts = (
        (found.looked_at, f"{one} examinée", f"{several} examinées"),
        (len(found.groups) - len(lines), "autre au-dessus de l’ensemble", "autres au-dessus de l’ensemble"),
        (found.too_small, "trop petite", "trop petites"),
        (found.nameless, f"marché sans {one}", f"marchés sans {one}"),
    )
    why = f"{formatting.capitalised(found.reason)}. " if found.reason else ""
    told = ", ".join(formatting.counted(*count) for count in counts if count[0])
    return f"{title}, par {one} (ensemble : {readings.figure(row)})", (*lines, f"{why}{told}.")


def _contract(one: dict[Any, Any], code: str) -> str:
    shown = formatting.shortened(readings.text(one["objet"], "objet non renseigné"), _OBJECT_LENGTH)
    declared = one.get(_DECLARED.get(code, ""))
    facts = (
        readings.text(declared, "").replace(" | ", ", ").lower(),
        readings.day(one["dateNotification"], ""),
    )
    return f"« {shown} » ({', '.join(filter(None, facts)) or 'sans date'})"
