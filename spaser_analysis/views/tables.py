"""Results as tables: the windows side by side, the indicators without objective, the rows for machines."""

from __future__ import annotations

from collections.abc import Sequence

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.reasons import MIXED
from spaser_analysis.period import WINDOWS
from spaser_analysis.report import Report, Row
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Data, Table, columns, download, table
from spaser_analysis.views.labels import LABELS

WINDOW = "year_to_date"
OTHERS = tuple(LABELS["other_indicators"].items())


def windows(report: Report) -> Table:
    """Each measured objective in the four windows, in number and in value."""
    measured = dict.fromkeys(
        t.indicator for t in report.organisation.targets if report.result(t.indicator, "quarter", t.measure) is not None
    )
    rows = (_window_row(report, indicator, name) for indicator in measured for name in WINDOWS)
    periods = " ; ".join(f"{LABELS['windows'][name]} : {_months(report, name)}" for name in WINDOWS)
    return table("windows", rows, windows=periods)


def _months(report: Report, name: str) -> str:
    absent = report.absent_quarters(report.window(name))
    return formatting.months(report.window(name)) + (f", sans aucune donnée pour {', '.join(absent)}" if absent else "")


def _window_row(report: Report, indicator: str, name: str) -> tuple[str, ...]:
    count, value = (report.result(indicator, name, measure) for measure in ("number", "value"))
    told = value if count is None else count
    assert told is not None
    numbers = ("–",) * 3 if count is None else readings.cells(count)
    amounts = ("–", readings.NOT_COMPUTED) if value is None else (readings.support(value), readings.figure(value))
    return (readings.short_label(told), LABELS["windows"][name], *numbers, *amounts)


def other_indicators(report: Report) -> Table:
    """What the scheme follows without a numeric objective, beside the whole organisation."""
    notes = ("Une médiane partage les valeurs connues en deux moitiés.",)
    return indicator_table(report, f"Autres indicateurs, {formatting.months(report.window(WINDOW))}", OTHERS, notes)


def indicator_table(
    report: Report, caption: str, chosen: Sequence[tuple[str, str]], notes: tuple[str, ...], empty: str = ""
) -> Table:
    """Indicators and measures since 1 January, one a row, beside the whole organisation; those of nothing are left out."""
    found = [(report.result(code, WINDOW, measure), code, measure) for code, measure in chosen]
    known = [(row, code, measure) for row, code, measure in found if row is not None and readings.counted(row) > 0]
    mixed = tuple(f"{row['libelle']} : {MIXED}." for row, _, _ in known if MIXED in (row["reason"] or ""))
    return Table(
        caption=caption,
        columns=columns(
            "Indicateur | Résultat > | Base > | dont non renseignés >", *(() if report.is_whole else ("Ensemble >",))
        ),
        rows=tuple(_indicator_row(report, row, code, measure) for row, code, measure in known),
        notes=(*notes, *mixed) if known else (),
        empty=empty or "Aucune donnée dans la période.",
    )


def _indicator_row(report: Report, row: Row, code: str, measure: str) -> tuple[str, ...]:
    cells = (row["libelle"], readings.figure(row), readings.support(row), readings.unknown(row))
    if report.is_whole:
        return cells
    whole = report.result(code, WINDOW, measure, territory=report.organisation.whole.code)
    return (*cells, readings.figure(whole))


def scopes(report: Report) -> Table:
    """The objectives on contracts with and without frameworks, subsequent contracts and the ten largest contracts."""
    targets = dict.fromkeys(one.indicator for one in report.organisation.targets)
    rows = []
    for indicator in (one for one in targets if INDICATORS_BY_CODE[one].sheet.scoped):
        for scope, label in LABELS["scopes"].items():
            count, value = (report.result(indicator, WINDOW, measure, scope=scope) for measure in ("number", "value"))
            row = value if count is None else count
            if row is not None and value is not None:
                number = ("–", "–") if count is None else (readings.support(count), readings.figure(count))
                rows.append(
                    (readings.short_label(row), label, *number, readings.support(value), readings.figure(value))
                )
    return table("scopes", rows, months=formatting.months(report.window(WINDOW)))


def results_data(report: Report) -> Data:
    """The rows of this report for machines: UTF-8, commas, one line an indicator, window and measure."""
    return download(report.own_results, "les résultats de ce rapport")
