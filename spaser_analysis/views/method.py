"""How each figure is made: sheets, methods with their trials on these data, thresholds, corrections, changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, takewhile

import pandas as pd

from spaser_analysis.indicators import INDICATORS
from spaser_analysis.indicators.sheet import Sheet
from spaser_analysis.report import Report
from spaser_analysis.trends import completion, exemplary, harmonisation
from spaser_analysis.trends import projection as trend
from spaser_analysis.views import formatting
from spaser_analysis.views.definitions import lines
from spaser_analysis.views.elements import Data, Definitions, Table, download, table
from spaser_analysis.views.labels import LABELS, TABLES

_AHEAD = 4  # quarters
_SCALARS = (
    *("code", "label", "version", "since", "numerator", "denominator", "unit"),
    *("direction", "minimum_count", "table", "legal"),
)


def sheets(report: Report) -> Definitions:
    """The sheet of every indicator; those that differ by one word are told together."""
    alike = groupby((one.sheet for one in INDICATORS), key=lambda sheet: sheet.why)
    return Definitions(tuple(_entry(report, list(group)) for _, group in alike))


def _entry(report: Report, found: Sequence[Sheet]) -> tuple[str, tuple[str, ...]]:
    first = found[0]
    goals = [
        f"Objectif : {target.label} (échéance {target.year})."
        for target in report.organisation.targets
        if target.indicator == first.code
    ]
    read = f"Champs lus : {', '.join(first.fields)}."
    if len(found) == 1:
        return first.label, (*lines(first), read, *goals)
    same = takewhile(lambda words: len(set(words)) == 1, zip(*(one.label.split() for one in found), strict=False))
    shared = " ".join(words[0] for words in same)
    names = ", ".join(f"{one.label.removeprefix(shared).strip()} ({one.code})" for one in found)
    told = (f"{len(found)} indicateurs : {names}.", f"Le premier : {lines(first)[0]}", *lines(first)[1:], read)
    return shared.rstrip(" :"), told


def solidarity_definitions(report: Report) -> Definitions:
    """The four definitions of a solidarity enterprise, and the one that the organisation chose."""
    chosen = report.organisation.solidarity_definition
    made = tuple(
        (
            f"{one.letter} : {one.name}{' (retenue)' if one.letter == chosen else ''}",
            (f"Statuts : {', '.join(one.statuses)}.", f"{one.source}."),
        )
        for one in report.reference.definitions
    )
    reason = report.organisation.solidarity_reason or "L’organisation n’en a choisi aucune : l’objectif n’est pas jugé."
    return Definitions((*made, ("Pourquoi ce choix", (reason,))))


def legal_thresholds(report: Report) -> Table:
    """The EU thresholds in force in the quarter."""
    known = report.reference.thresholds
    start, end = (pd.Timestamp(day) for day in (report.quarter.start, report.quarter.end))
    found = known[(known["valid_from"] <= end) & (known["valid_to"] >= start)]
    rows = (
        (
            LABELS["thresholds"][row["kind"]],
            formatting.euros(row["amount_cents"]),
            *(formatting.day(row[name].date()) for name in ("valid_from", "valid_to")),
            f"{row['source']} ({LABELS['certainty'][row['certainty']]})",
        )
        for row in found.to_dict("records")
    )
    return table("legal_thresholds", rows, quarter=formatting.quarter(report.quarter))


def settings(report: Report) -> Table:
    """What each method asks for or supposes, and who described it."""
    methods = {"completion": completion, "projection": trend, "harmonisation": harmonisation, "exemplary": exemplary}
    gaps = {
        f"{method}_{name}": formatting.goal(value) if isinstance(value, float) else value
        for method, module in methods.items()
        for name, value in vars(module).items()
        if name.isupper()
    }
    gaps["limits"] = " et à ".join(map(formatting.goal, harmonisation.LIMITS.values()))
    gaps["breaks"] = ", ".join(map(formatting.day, report.breaks)) or "aucune déclarée"
    return table("settings", (tuple(cell.format(**gaps) for cell in row) for row in TABLES["settings"]["rows"]))


def trials(report: Report) -> Table:
    """How often projections made in the past held what came, on these data."""
    rows = []
    for target in report.organisation.targets:
        history = report.history(target)
        _, held = trend.backtest(history, _AHEAD, report.breaks)
        tried = held.yes + held.no
        share = formatting.percent(held.yes / tried) if tried else "aucun essai possible"
        rows.append((target.label, *map(formatting.number, (len(history), tried, held.yes)), share))
    return table("trials", rows, level=formatting.goal(trend.LEVEL), quarters=trend.MINIMUM_QUARTERS)


def corrections(report: Report) -> Table:
    """The corrections declared for known errors of a source, and how many values each corrected in these files."""
    applied = report.journal[report.journal["action"] == "corrected"]
    rows = (
        (
            formatting.capitalised(one.reason),
            one.column,
            f"{one.sha256[:12]}…",
            formatting.number(int((applied["rule"] == one.name).sum())),
        )
        for one in report.reference.corrections
    )
    return table("corrections", rows)


def method_changes(report: Report) -> Table:
    """What changed in the way figures are made, dated; and which definitions are not in their first version."""
    later = [f"{one.sheet.label} ({one.sheet.version})" for one in INDICATORS if one.sheet.version != "1"]
    versions = f"Définitions révisées : {', '.join(later)}."
    first = f"Les {len(INDICATORS)} définitions sont toutes à leur première version."
    rows = (
        (formatting.day(row["day"].date()), row["change"], row["effect"])
        for row in report.reference.method_changes.to_dict("records")
    )
    return table("method_changes", rows, versions if later else first)


def sheets_data(report: Report) -> Data:
    """One row a sheet, for machines."""
    rows = [
        {name: getattr(one.sheet, name) for name in _SCALARS}
        | {name: "|".join(getattr(one.sheet, name)) for name in ("measures", "fields")}
        for one in INDICATORS
    ]
    told = pd.DataFrame(rows)
    told.insert(0, "quarter", str(report.quarter))
    told.insert(1, "snapshot", report.snapshot.isoformat() if report.snapshot else "")
    return download(told, "les définitions")
