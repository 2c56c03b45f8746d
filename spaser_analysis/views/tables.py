"""Results as tables: the windows side by side, the indicators without objective, the rows for machines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spaser_analysis.period import WINDOWS
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Column, Data, Table


def windows(report: Report) -> Table:
    """Each measured objective in the four windows, in number and in value."""
    measured = [t.indicator for t in report.organisation.targets if report.result(t.indicator, "quarter") is not None]
    rows = tuple(_window_row(report, indicator, name) for indicator in measured for name in WINDOWS)
    return Table(
        caption="Les mêmes indicateurs selon la période, en nombre et en valeur",
        columns=(
            Column("Indicateur"),
            Column("Période"),
            Column("Marchés : oui sur total", is_number=True),
            Column("dont non renseignés", is_number=True),
            Column("Part en nombre", is_number=True),
            Column("Montants : oui sur total", is_number=True),
            Column("Part en valeur", is_number=True),
        ),
        rows=rows,
        notes=(
            (
                "Cumul et trimestre ne se comparent pas : l’objectif se juge sur l’année civile. L’année civile comprend, "
                "s’ils sont connus à la date d’arrêt des données, les trimestres qui suivent celui du rapport."
            ),
            (
                "En valeur, un accord-cadre compte pour son maximum, et quelques très grands marchés peuvent faire le "
                "résultat ; les montants inutilisables (absents ou fantaisistes) n’y entrent pas."
            ),
        ),
    )


def _window_row(report: Report, indicator: str, name: str) -> tuple[str, ...]:
    count, value = (report.result(indicator, name, measure) for measure in ("number", "value"))
    assert count is not None
    amounts = ("–", readings.NOT_COMPUTED) if value is None else (readings.support(value), readings.figure(value))
    return (
        count["libelle"],
        formatting.window(report.window(name)),
        readings.support(count),
        readings.unknown(count),
        readings.figure(count),
        *amounts,
    )


def other_indicators(report: Report) -> Table:
    """What the scheme follows without a numeric objective, beside the whole organisation."""
    objectives = {target.indicator for target in report.organisation.targets}
    own = report.own_results
    numbers = own[(own["window"] == "year_to_date") & (own["measure"] != "value") & ~own["indicator"].isin(objectives)]
    whole = () if report.is_whole else (Column("Ensemble", is_number=True),)
    return Table(
        caption=f"Autres indicateurs, {formatting.months(report.window('year_to_date'))}",
        columns=(
            Column("Indicateur"),
            Column("Résultat", is_number=True),
            Column("Sur quoi", is_number=True),
            Column("dont non renseignés", is_number=True),
            *whole,
        ),
        rows=tuple(_other_row(report, row) for _, row in numbers.iterrows()),
        notes=("Une médiane partage les valeurs connues en deux moitiés.",),
    )


def _other_row(report: Report, row: pd.Series[Any]) -> tuple[str, ...]:
    cells = (row["libelle"], readings.figure(row), readings.support(row), readings.unknown(row))
    if report.is_whole:
        return cells
    whole = report.result(
        row["indicator"], row["window"], row["measure"], territory=report.organisation.whole.code
    )
    return (*cells, readings.figure(whole))


def results_data(report: Report) -> Data:
    """The rows of this report for machines: UTF-8, commas, one line an indicator, window and measure."""
    csv = report.own_results.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    lines = formatting.counted(len(report.own_results), "ligne", "lignes")
    return Data(csv, f"Télécharger les résultats de ce rapport (indicateurs.csv, {lines})")
