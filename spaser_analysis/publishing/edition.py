"""One report in one folder: the notebook as executed, its page, its figures as CSV, and what was said before."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path

from spaser_analysis import workspace
from spaser_analysis.evidence import evidence_page
from spaser_analysis.publishing.canonical import as_bytes, canonical
from spaser_analysis.publishing.html import report_page
from spaser_analysis.publishing.run import HERE, results_csv, run_notebook, workbook_sheets
from spaser_analysis.publishing.tasks import EXECUTED, TERRITORY, WORKBOOK, NotebookFailure, Task
from spaser_analysis.report import EVIDENCE, FIGURES, REVISIONS, earlier_results, open_report
from spaser_analysis.snapshot import open_snapshot
from spaser_analysis.workbook import workbook


def make_edition(task: Task, buyer: str, scratch: Path, began: Callable[[str], None] | None = None) -> dict[str, bytes]:
    """Run the notebook of the task in this process, which must be its own, and return the files of its edition by name.

    ``buyer`` is the name at the head of the page; ``began`` is told each cell. NotebookFailure if the run is not complete:
    the notebook is then left in ``scratch`` under ``EXECUTED``, as far as it came.
    """
    source = workspace.notebooks() / f"{task.notebook}.ipynb"
    notebook = canonical(run_notebook(source, task.model, scratch / EXECUTED, HERE, began))
    figures = results_csv(notebook)
    snapshot = check_results(figures, {k: str(v) for k, v in task.parameters.items() if k != "organisation"})
    title = f"{_question(source, notebook.cells[0].source)} {task.about}, {task.period}"
    files = {
        "report.ipynb": as_bytes(notebook),
        "report.html": report_page(notebook, title, buyer),
        FIGURES: figures.encode(),
    }
    if sheets := workbook_sheets(notebook):
        files[WORKBOOK] = workbook(sheets)
    if task.notebook == TERRITORY:
        earlier = earlier_results(workspace.report_folder(workspace.reports(), task.period, task.slug), snapshot)
        if len(earlier):
            files[REVISIONS] = earlier.to_csv(index=False, lineterminator="\n").encode()
        place, organisation = (str(task.parameters[one]) for one in ("territory", "organisation"))
        report = open_report(task.period, place, organisation)
        states = open_snapshot(report.organisation.slug, report.clean).states_of(report.quarter, report.territory)
        files[EVIDENCE] = evidence_page(report, states)
    return files


def check_results(figures: str, expected: Mapping[str, str]) -> str | None:
    """The snapshot of a CSV of figures; a NotebookFailure unless each row has the expected values, and one snapshot."""
    rows = list(csv.DictReader(io.StringIO(figures)))
    if not rows:
        raise NotebookFailure("cell results: no row")
    for name, value in expected.items():
        if wrong := sorted({str(row.get(name)) for row in rows} - {value}):
            raise NotebookFailure(f"cell results: {name} is {', '.join(wrong)} instead of {value}")
    snapshots = {row.get("snapshot") for row in rows}
    if len(snapshots) != 1 or None in snapshots:
        raise NotebookFailure("cell results: not one snapshot in every row")
    return snapshots.pop() or None


def _question(source: Path, opening: str) -> str:
    lines = opening.splitlines()
    if not lines or not lines[0].startswith("# "):
        raise NotebookFailure(f"{source.name}: the first cell has no title")
    return lines[0].removeprefix("# ").strip()
