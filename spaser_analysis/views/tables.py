"""Results as tables: the windows side by side, the indicators without objective, the rows for machines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from spaser_analysis.period import WINDOWS
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Column, Data, Table

COMPLETENESS = "completeness_"  # shown with the quality of the data


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
            " ; ".join(f"{formatting.window(name)} : {_months(report, name)}" for name in WINDOWS) + ".",
            (
                "L’objectif se juge sur l’année civile, qui comprend ici les trimestres d’après celui du rapport "
                "s’ils sont connus à la date d’arrêt des données."
            ),
            (
                "En valeur, un accord-cadre compte pour son maximum, et quelques très grands marchés peuvent faire le "
                "résultat ; les montants inutilisables (absents ou fantaisistes) n’y entrent pas."
            ),
        ),
    )


def _months(report: Report, name: str) -> str:
    absent = report.absent_quarters(report.window(name))
    return formatting.months(report.window(name)) + (f", sans aucune donnée pour {', '.join(absent)}" if absent else "")


def _window_row(report: Report, indicator: str, name: str) -> tuple[str, ...]:
    count, value = (report.result(indicator, name, measure) for measure in ("number", "value"))
    assert count is not None
    amounts = ("–", readings.NOT_COMPUTED) if value is None else (readings.support(value), readings.figure(value))
    return (
        readings.short_label(count),
        formatting.window(name),
        readings.support(count),
        readings.unknown(count),
        readings.figure(count),
        *amounts,
    )


def other_indicators(report: Report) -> Table:
    """What the scheme follows without a numeric objective, beside the whole organisation."""
    objectives = {target.indicator for target in report.organisation.targets}
    own = report.own_results
    shown = ~own["indicator"].isin(objectives) & ~own["indicator"].str.startswith(COMPLETENESS)
    numbers = own[shown & (own["window"] == "year_to_date") & (own["measure"] != "value")]
    whole = () if report.is_whole else (Column("Ensemble", is_number=True),)
    return Table(
        caption=f"Autres indicateurs, {formatting.months(report.window('year_to_date'))}",
        columns=(
            Column("Indicateur"),
            Column("Résultat", is_number=True),
            Column("Base", is_number=True),
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
    whole = report.result(row["indicator"], row["window"], row["measure"], territory=report.organisation.whole.code)
    return (*cells, readings.figure(whole))


def results_data(report: Report) -> Data:
    """The rows of this report for machines: UTF-8, commas, one line an indicator, window and measure."""
    csv = report.own_results.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
    lines = formatting.counted(len(report.own_results), "ligne", "lignes")
    return Data(csv, f"Télécharger les résultats de ce rapport (indicateurs.csv, {lines})")
