"""The objectives of the scheme, one card each: observed share, verdict, place on the way to the objective."""

from __future__ import annotations

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.organisation import Milestone, Target
from spaser_analysis.period import Quarter
from spaser_analysis.report import Report, Row
from spaser_analysis.trends.trajectory import trajectory
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Card, Cards, Linked

WINDOW = "year_to_date"


def objectives(report: Report) -> Cards:
    """Every objective, those that the tables cannot measure included."""
    return Cards(tuple(_card(report, target) for target in report.organisation.targets))


def _card(report: Report, target: Target) -> Card:
    row = report.result(target.indicator, WINDOW, target.measure)
    assert row is not None  # an objective names an indicator in one of its measures
    if readings.counted(row) == 0 or readings.is_credit(row):
        return _not_measured(report, target, row)
    verdict, tone = readings.verdict(row)
    if row["verdict"] == "not reached" and report.quarter < Quarter(target.year, 4):
        verdict, tone = "Pas encore atteint", "plain"
    lines = [_support(report, row), readings.reason(row), _on_the_way(report, target, row), _published(report, target)]
    figure = Linked.to(row["evidence"], formatting.capitalised(readings.figure(row)))
    return Card(target.label, figure, f"{verdict} (échéance {target.year})", tone, tuple(filter(None, lines)))


def _not_measured(report: Report, target: Target, row: Row) -> Card:
    why = readings.reason(row)
    if INDICATORS_BY_CODE[target.indicator].sheet.table == "payments" and not report.has_payments:
        why += " Il faut le fichier des paiements et la liste des entreprises solidaires."
    lines = tuple(filter(None, (why, _published(report, target))))
    return Card(target.label, "Non mesuré", f"Pas de données (échéance {target.year})", "quiet", lines)


def _support(report: Report, row: Row) -> str:
    period = formatting.months(report.window(WINDOW))
    if row["measure"] == "value":
        what = "dépensés" if INDICATORS_BY_CODE[row["indicator"]].sheet.table == "payments" else "de marchés notifiés"
        return f"{readings.support(row)} {what} {period}, dont {readings.unknown(row)} d’état inconnu."
    missing = int(row["unknown"])
    count = formatting.counted(missing, "non renseigné", "non renseignés")
    unknown = f"dont {count}" if missing else "tous renseignés"
    return f"{readings.support(row)} marchés notifiés {period}, {unknown}."


def _on_the_way(report: Report, target: Target, row: Row) -> str:
    """Ahead of or behind the straight line from published result to objective, the whole's line for everyone."""
    line = trajectory(report.organisation, target)
    expected = line.expected(report.quarter) if line else None
    if line is None or expected is None or row["low"] is None or readings.is_all_unknown(row):
        return ""
    low, high = row["low"] - expected, row["high"] - expected
    whose = "" if report.is_whole else " commune"
    about = "environ " if line.start.approximate and report.quarter < Quarter(target.year, 4) else ""
    passage = f"Trajectoire{whose}, en ligne droite : {about}{formatting.goal(expected)} attendus à cette date"
    return f"{passage} ; {_gap(low, high)}."


def _gap(low: float, high: float) -> str:
    if formatting.points(low) == formatting.points(high) and (low < 0) == (high < 0):
        if round(low, 3) == 0:
            return "le résultat est sur la ligne"
        return f"{formatting.points(low)} {'de retard' if low < 0 else 'd’avance'}"
    if high <= 0:
        return f"entre {formatting.points(high)} et {formatting.points(low)} de retard"
    if low >= 0:
        return f"entre {formatting.points(low)} et {formatting.points(high)} d’avance"
    return f"entre {formatting.points(low)} de retard et {formatting.points(high)} d’avance"


def _published(report: Report, target: Target) -> str:
    found: list[Milestone] = [
        one
        for one in report.organisation.milestones
        if (one.indicator, one.measure) == (target.indicator, target.measure)
    ]
    if not found:
        return ""
    said = " ; ".join(f"{formatting.quarter(one.quarter)}, {one.wording}" for one in found)
    return f"Résultat publié par l’acheteur : {said}."
