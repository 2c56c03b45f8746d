"""Every figure of an edition again, from the clean tables and by the SQL of ``queries``."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from spaser_analysis.audit.content import plain
from spaser_analysis.audit.findings import Finding, Step
from spaser_analysis.audit.queries import Row, computed, rows, script, set_variables
from spaser_analysis.formatting import NBSP
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.completeness import PREFIX
from spaser_analysis.organisation import Organisation, load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.publishing.manifest import Edition, Run
from spaser_analysis.publishing.tasks import TERRITORY
from spaser_analysis.report import FIGURES
from spaser_analysis.views import formatting
from spaser_analysis.views.labels import LABELS

if TYPE_CHECKING:  # an extra
    from duckdb import DuckDBPyConnection

RESULT = ("quarter", "territory", "indicator", "window", "scope", "measure")
COUNTS = ("yes", "no", "unknown")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?")
_QUOTED = re.compile(r"^'(?=[=+\-@\t\r＝＋－＠])")  # an apostrophe that keeps spreadsheets from running a text
_LONGEST = 300  # letters that are shown of what a file holds


class _Kind(NamedTuple):
    """A file of figures: the columns that name a row, those that are figures, the SQL of its rows (the results themselves
    without); what SQL cannot make again of it is in ``labels.toml``.
    """

    key: tuple[str, ...]
    figures: tuple[str, ...]
    query: str = ""


_SHARE = (*COUNTS, "low", "high", "among_known")
_RESULTS = _Kind(RESULT, (*_SHARE, "value", "target", "verdict"))
_KINDS = {
    TERRITORY: _RESULTS,
    "qualite_donnees": _RESULTS,
    "synthese_metropole": _Kind(RESULT[:3], (*_SHARE, "before", "now", "change"), "synthesis"),
    "bilan_legal": _Kind(("year", "category", "measure"), (*COUNTS, "low", "high", "target"), "legal"),
    "programmation": _Kind(
        ("quarter", "suggestion", "role", "need", "contract", "source_file", "source_record"),
        ("amount_cents",),
        "programming",
    ),
}


class Unreadable(Exception):
    """A file that holds no figures that can be read; the message says why, in French."""


def recompute(edition: Edition, clean: Path) -> list[Finding]:
    """Each figure of the ``indicateurs.csv`` of the edition and of its reports against the SQL: whole numbers exactly, the
    others within the ``tolerance`` of their sheet. One finding a file where all agree, else one a figure.

    ValueError: no such organisation, or not a period. NoCleanTables; OSError where DuckDB is not installed.
    """
    buyer = load_organisation(edition.organisation)
    last = last_quarter(edition.period)
    with computed(clean, buyer, [last, last - 4]) as connection:
        set_variables(connection, quarter=str(last), year_before=str(last - 4), year=last.year)
        return list(_findings(edition, buyer, connection))


def last_quarter(period: str) -> Quarter:
    """The quarter of an edition, the last one of a year; ValueError."""
    return Quarter.parse(period if "-" in period else f"{period}-T4")


def _findings(edition: Edition, buyer: Organisation, connection: DuckDBPyConnection) -> Iterator[Finding]:
    own: dict[_Kind, list[Row]] = {}  # what the edition's own file tells of its reports
    for run in edition.runs:
        if kind := _KINDS.get(run.notebook):
            expected = _expected(edition, run, kind, buyer, connection)
            yield from _of_file(edition, f"{run.slug}/{FIGURES}", kind, expected, run.parameters.get("territory"))
            if kind.query not in LABELS["not_recomputed"]:
                own.setdefault(kind, []).extend(expected)
    for kind, expected in own.items():
        yield from _of_file(edition, FIGURES, kind, expected)


def _expected(
    edition: Edition, run: Run, kind: _Kind, buyer: Organisation, connection: DuckDBPyConnection
) -> list[Row]:
    """What the file of a report should hold; the SQL may look at what its rows name."""
    if kind.query:
        told: list[dict[str, str]] = []
        with suppress(Unreadable):  # a finding of its own
            told = read_figures(edition, f"{run.slug}/{FIGURES}", kind.key)
        connection.register("told", pd.DataFrame(told, columns=list(kind.key), dtype="str"))
        return rows(connection, script(kind.query))
    found = rows(connection, "FROM results WHERE quarter = getvariable('quarter') ORDER BY ALL")
    place = run.parameters.get("territory") or buyer.whole.code
    return [
        {**one, "tolerance": INDICATORS_BY_CODE[one["indicator"]].sheet.tolerance}
        for one in found
        if (one["territory"] == place if run.notebook == TERRITORY else one["indicator"].startswith(PREFIX))
    ]


def read_figures(edition: Edition, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file of an edition, as text; Unreadable where it lacks one of the columns, or is no such file."""
    path = edition.folder / name
    try:
        if not path.is_file() or not path.resolve().is_relative_to(edition.folder.resolve()):
            raise Unreadable("le fichier manque")
        reader = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True)
        found, header = list(reader), reader.fieldnames or []
    except (OSError, ValueError, csv.Error):
        raise Unreadable("ce n’est pas du CSV lisible") from None
    if missing := [one for one in columns if one not in header]:
        raise Unreadable(f"colonnes absentes{NBSP}: {', '.join(missing)}")
    if len(set(header)) < len(header) or any(None in row or None in row.values() for row in found):
        raise Unreadable("des lignes n’ont pas les cellules que dit l’en-tête")
    return [{name: _QUOTED.sub("", cell) for name, cell in row.items()} for row in found]


def _of_file(edition: Edition, name: str, kind: _Kind, expected: list[Row], place: object = "") -> Iterator[Finding]:
    """The findings of a file; the period and its ``place`` are not named again of each figure."""
    try:
        told = read_figures(edition, name, (*kind.key, *kind.figures))
    except Unreadable as why:
        yield unreadable("recompute", edition, name, why)
        return
    file = f"{edition.period}/{name}"
    awaited = {tuple(_text(row[one]) for one in kind.key): row for row in expected}
    implied, differences = {"", edition.period, place}, list(_differences(kind, told, awaited))
    for what, where, said in differences:
        told_of = " ".join([file, *(part for part in where if part not in implied)])
        yield Finding("recompute", what, "failed", plain(told_of)[:_LONGEST], said)
    if not differences:
        count = sum(row[figure] is not None for row in awaited.values() for figure in kind.figures)
        said = f"{formatting.counted(count, 'chiffre recalculé', 'chiffres recalculés')} en SQL, tous égaux."
        yield Finding("recompute", "figures", "ok", file, said)
    if left := LABELS["not_recomputed"].get(kind.query):
        yield Finding("recompute", "not_recomputed", "unknown", file, f"Non recalculé en SQL{NBSP}: {left}.")


def _differences(
    kind: _Kind, told: Iterable[Mapping[str, str]], awaited: Mapping[tuple[str, ...], Row]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """What is apart, the row (and figure) that it is in, and both values."""
    missing = dict(awaited)
    for line in told:
        key = tuple(line[one] for one in kind.key)
        missing.pop(key, None)
        wanted = awaited.get(key)
        if wanted is None:
            yield "figure_unexpected", key, "Le calcul en SQL ne donne pas cette ligne."
            continue
        for figure in kind.figures:
            one, other = line[figure], wanted[figure]
            if not _same(one, other, wanted.get("tolerance", 0.0)):
                shown = plain(one)[:_LONGEST] or "rien"
                said = f"Publié{NBSP}: {shown}{NBSP}; recalculé en SQL{NBSP}: {_text(other) or 'rien'}."
                yield "figure_differs", (*key, figure), said
    for key in missing:
        yield "figure_missing", key, "Le calcul en SQL donne cette ligne, qui manque."


def _same(told: str, wanted: Any, tolerance: float) -> bool:
    """A cell as published says the value: a share or a quantity as a number, anything else letter for letter."""
    if not isinstance(wanted, float):
        return told == _text(wanted)
    return bool(_NUMBER.fullmatch(told)) and math.isclose(float(told), wanted, rel_tol=tolerance)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def unreadable(step: Step, edition: Edition, name: str, why: Unreadable) -> Finding:
    """The finding of a file without figures."""
    said = f"Chiffres illisibles{NBSP}: {why}."
    return Finding(step, "figures_unreadable", "failed", f"{edition.period}/{name}", said)
