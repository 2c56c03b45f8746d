"""« Comment lire ces chiffres » : the sheet of each indicator shown, in words."""

from __future__ import annotations

from datetime import date

from spaser_analysis.indicators import INDICATORS
from spaser_analysis.indicators.sheet import Sheet
from spaser_analysis.report import Report
from spaser_analysis.views import formatting
from spaser_analysis.views.elements import Definitions


def definitions(report: Report) -> Definitions:
    """What is counted, over what, why and with which cautions, for the objectives; the method report has the others."""
    objectives = {target.indicator for target in report.organisation.targets}
    sheets = [one.sheet for one in INDICATORS if one.sheet.code in objectives]
    elsewhere = ("Les autres indicateurs", ("Le rapport « methode » du même trimestre donne la fiche de chacun.",))
    return Definitions((*((sheet.label, lines(sheet)) for sheet in sheets), elsewhere))


def lines(sheet: Sheet) -> tuple[str, ...]:
    """A sheet in four paragraphs."""
    wanted = {"up": "Une hausse est souhaitée.", "down": "Une baisse est souhaitée.", None: ""}[sheet.direction]
    least = formatting.counted(sheet.minimum_count, *sheet.noun)
    numerator, denominator = sheet.numerator, formatting.uncapitalised(sheet.denominator)
    meaning = f"{numerator} Sont pris en compte : {denominator}"
    if sheet.unit == "share":
        meaning = f"On compte : {formatting.uncapitalised(numerator)} Rapportés à : {denominator}"
    return (
        meaning,
        f"{sheet.why} {wanted}".strip(),
        f"À savoir : {' '.join(sheet.cautions)}",
        f"{sheet.legal}. Aucun résultat au-dessous de {least}. "
        f"Définition {sheet.version}, depuis le {formatting.day(date.fromisoformat(sheet.since))}, code {sheet.code}.",
    )
