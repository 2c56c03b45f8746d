"""One report in one folder: the notebook as executed, its page, and its figures as CSV."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from spaser_analysis.organisation import load_organisation
from spaser_analysis.publishing.canonical import as_bytes, canonical
from spaser_analysis.publishing.html import report_page
from spaser_analysis.publishing.parameters import RapportTerritoire
from spaser_analysis.publishing.run import NotebookFailure, results_csv, run_notebook
from spaser_analysis.schemas import RESULTS, dtypes

FILES = ("indicateurs.csv", "report.html", "report.ipynb")


def write_edition(source: Path, quarter: str, territory: str, organisation: str, folder: Path) -> None:
    """Run the notebook ``source`` and write its three files in ``folder``; NotebookFailure if it is not complete."""
    parameters = RapportTerritoire(quarter=quarter, territory=territory, organisation=organisation)
    with tempfile.TemporaryDirectory(prefix="run-", dir=folder.parent) as scratch:
        notebook = canonical(run_notebook(source, parameters, Path(scratch) / "executed.ipynb"))
    figures = results_csv(notebook)
    check_results(figures, quarter, territory)
    buyer = load_organisation(organisation)
    title = f"{_question(source, notebook.cells[0].source)} {buyer.territory(territory).name}, {quarter}"
    (folder / "report.ipynb").write_bytes(as_bytes(notebook))
    (folder / "report.html").write_bytes(report_page(notebook, title, buyer.name))
    (folder / "indicateurs.csv").write_bytes(figures.encode())


def check_results(figures: str, quarter: str, territory: str) -> None:
    """A NotebookFailure unless the CSV has the columns of ``results`` and rows of that quarter and territory only."""
    rows = list(csv.reader(io.StringIO(figures)))
    columns = list(dtypes(RESULTS))
    if not rows or rows[0] != columns:
        raise NotebookFailure("cell results: the columns are not those of the table results")
    places = {(row[columns.index("quarter")], row[columns.index("territory")]) for row in rows[1:]}
    if places != {(quarter, territory)}:
        raise NotebookFailure(f"cell results: rows of {sorted(places)} instead of {quarter} {territory}")


def _question(source: Path, opening: str) -> str:
    lines = opening.splitlines()
    if not lines or not lines[0].startswith("# "):
        raise NotebookFailure(f"{source.name}: the first cell has no title")
    return lines[0].removeprefix("# ").strip()
