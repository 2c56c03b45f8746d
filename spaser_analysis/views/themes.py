"""The themes of the expert bodies: detected in the objects, beside what was declared; the two are never mixed."""

from __future__ import annotations

from spaser_analysis.indicators.themes import THEMES, themed
from spaser_analysis.report import Report
from spaser_analysis.views import formatting
from spaser_analysis.views.elements import Linked, Table, table
from spaser_analysis.views.tables import WINDOW


def themes(report: Report) -> Table:
    """Contracts since 1 January in whose object a theme was detected, and how many declare a consideration."""
    contracts = report.contracts_of(WINDOW)
    rows = []
    for theme, label in THEMES.items():
        found = contracts[themed(contracts, theme).fillna(False)]
        declared = (int(found[axis].sum()) for axis in ("environmental", "social"))
        rows.append(
            (label, _counted(report, theme, len(found)), *map(formatting.number, declared), _precision(report, theme))
        )
    mute = int(contracts["themes"].isna().sum())
    months = formatting.months(report.window(WINDOW))
    mutes = [f"Sans objet ni code : {formatting.counted(mute, 'marché', 'marchés')}."] if mute else []
    return table("themes", rows if len(contracts) else (), *mutes, months=months)


def _counted(report: Report, theme: str, contracts: int) -> str:
    return Linked.to(report.evidence(f"detected_{theme}_share"), formatting.number(contracts))


def _precision(report: Report, theme: str) -> str:
    found = report.theme_precision.get(theme)
    return "non mesurée" if found is None or not found[1] else f"{found[0]} sur {found[1]}"
