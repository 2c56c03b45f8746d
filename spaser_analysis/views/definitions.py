"""« Comment lire ces chiffres » : the sheet of each indicator shown, in words."""

from __future__ import annotations

from spaser_analysis.indicators import INDICATORS
from spaser_analysis.indicators.sheet import Sheet
from spaser_analysis.report import Report
from spaser_analysis.views import formatting
from spaser_analysis.views.elements import Definitions
from spaser_analysis.views.tables import COMPLETENESS


def definitions(report: Report) -> Definitions:
    """What is counted, over what, why and with which cautions, for every indicator of the report."""
    shown = set(report.own_results["indicator"])
    sheets = [
        one.sheet for one in INDICATORS if one.sheet.code in shown and not one.sheet.code.startswith(COMPLETENESS)
    ]
    return Definitions(tuple((sheet.label, _lines(sheet)) for sheet in sheets))


def _lines(sheet: Sheet) -> tuple[str, ...]:
    wanted = {"up": "Une hausse est souhaitée.", "down": "Une baisse est souhaitée.", None: ""}[sheet.direction]
    least = formatting.counted(sheet.minimum_count, "marché", "marchés")
    meaning = (
        f"{sheet.numerator} Sont pris en compte : {sheet.denominator[:1].lower()}{sheet.denominator[1:]}"
        if sheet.measures == ("median",)
        else f"On compte : {sheet.numerator[:1].lower()}{sheet.numerator[1:]} Rapportés à : "
        f"{sheet.denominator[:1].lower()}{sheet.denominator[1:]}"
    )
    return (
        meaning,
        f"{sheet.why} {wanted}".strip(),
        f"À savoir : {' '.join(sheet.cautions)}",
        f"{sheet.legal}. Aucun résultat au-dessous de {least}. Définition {sheet.version}, code {sheet.code}.",
    )
