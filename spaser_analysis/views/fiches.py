"""The fiches of the scheme: what their indicators say, and the good practices that are already there."""

from __future__ import annotations

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.share import Share
from spaser_analysis.organisation import Fiche
from spaser_analysis.report import Report
from spaser_analysis.trends.exemplary import exemplary
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Definitions, Linked

WINDOW = "rolling_12_months"
_SHOWN = 2  # groups a fiche
_OBJECT_LENGTH = 90


def fiches(report: Report) -> Definitions:
    """Each fiche with the figures of its indicators since a year and, as candidates, who is surely above the whole."""
    entries = tuple((_title(fiche), _lines(report, fiche)) for fiche in report.organisation.fiches)
    return Definitions(entries or (("Fiches du schéma", ("L’organisation n’en décrit aucune.",)),))


def _title(fiche: Fiche) -> str:
    return f"Fiche {fiche.number} : {fiche.title}" if fiche.number else fiche.axis


def _lines(report: Report, fiche: Fiche) -> tuple[str, ...]:
    figures = [_figure(report, code) for code in fiche.indicators]
    practices = [said for code in fiche.indicators for said in _practices(report, code)]
    box = f"Bonnes pratiques à examiner : {' '.join(practices)}" if practices else ""
    period = formatting.months(report.window(WINDOW))
    told = [part for rank, one in enumerate(figures) for part in (f"{formatting.NBSP}; " if rank else "", *one)]
    first = Linked.joined((formatting.capitalised(told[1]), *told[2:], f" ({period}).")) if told else ""
    return tuple(filter(None, (first, box, fiche.note)))


def _figure(report: Report, code: str) -> tuple[str, str]:
    """Label and figure."""
    sheet = INDICATORS_BY_CODE[code].sheet
    row = report.result(code, WINDOW, sheet.measures[0])
    return f"{formatting.uncapitalised(sheet.label)} : ", readings.figure(row)


def _practices(report: Report, code: str) -> list[str]:
    """The directorates surely above the whole, each with one of its contracts."""
    indicator = INDICATORS_BY_CODE[code]
    row = report.result(code, WINDOW, territory=report.organisation.whole.code)
    if indicator.sheet.direction != "up" or indicator.sheet.table != "contracts" or row is None:
        return []
    whole = Share(int(row["yes"]), int(row["no"]), int(row["unknown"]))
    found = exemplary(report.contracts_of(WINDOW), indicator, "directorate", whole)
    said = []
    for group in found.groups.head(_SHOWN).to_dict("records"):
        example = found.contracts[found.contracts["directorate"] == group["directorate"]].iloc[0]
        bought = formatting.shortened(readings.text(example["objet"], "objet non renseigné"), _OBJECT_LENGTH)
        total = int(group["yes"] + group["no"] + group["unknown"])
        said.append(
            f"{group['directorate']}, {formatting.number(int(group['yes']))} sur {formatting.number(total)} "
            f"({formatting.uncapitalised(indicator.sheet.label)}), par exemple « {bought} »."
        )
    return said
