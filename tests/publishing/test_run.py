"""A run is believed only when every sign of its end is there; each way to fail is told by its cell and cause."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest

from spaser_analysis.publishing import run
from spaser_analysis.publishing.canonical import as_bytes, canonical
from spaser_analysis.publishing.parameters import OfTerritory
from spaser_analysis.publishing.run import check_complete, results_csv, run_notebook
from spaser_analysis.publishing.tasks import NotebookFailure
from tests.publishing.notebooks import made, written

PARAMETERS = OfTerritory(quarter="2022-T4", territory="CT2", organisation="amp")


def executed(folder: Path, *sources: str, **more: str) -> nbformat.NotebookNode:
    return run_notebook(written(folder, *sources, **more), PARAMETERS, folder / "executed.ipynb")


def test_runs_with_its_parameters_and_gives_its_results(tmp_path: Path) -> None:
    notebook = executed(tmp_path, "print_nothing = quarter + territory\nprint_nothing")
    assert notebook.cells[3].outputs[0].data["text/plain"] == "'2022-T4CT2'"
    assert results_csv(notebook) == "a,b\n"


def test_two_runs_are_the_same_bytes_and_name_no_machine(tmp_path: Path) -> None:
    first, second = (as_bytes(canonical(executed(tmp_path, "quarter"))) for _ in range(2))
    assert first == second
    for trace in (str(tmp_path), str(Path.home()), "papermill", "start_time", os.uname().nodename):
        assert trace not in first.decode()
    notebook = nbformat.reads(first.decode(), as_version=4)
    assert [cell.id for cell in notebook.cells] == [
        "titre",
        "parametres",
        "injected-parameters",
        "cellule-0",
        "resultats",
    ]
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("1 / 0", r"^cell cellule-0: ZeroDivisionError: division by zero$"),
        ("import sys\nsys.exit(0)", r"^cell cellule-0: SystemExit: 0$"),
        (
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            r"^cell cellule-0: the process that ran it was killed \(SIGKILL: memory\?\)$",
        ),
        ("import warnings\nwarnings.warn('attention')", r"^cell cellule-0: wrote on stderr: .*attention"),
        ("territory = 'CT1'\nraise ValueError('sur\\ndeux lignes')", r"^cell cellule-0: ValueError: sur deux lignes$"),
    ],
    ids=["error", "exit", "killed", "warning", "two lines"],
)
def test_a_failed_run_names_its_cell_and_cause(tmp_path: Path, source: str, cause: str) -> None:
    with pytest.raises(NotebookFailure, match=cause) as caught:
        executed(tmp_path, source)
    assert "\n" not in str(caught.value)


def test_a_cell_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CELL_TIMEOUT_SECONDS", 2)
    with pytest.raises(NotebookFailure, match=r"^cell cellule-0: longer than 2 s$"):
        executed(tmp_path, "import time\ntime.sleep(60)")


def test_without_results_a_run_is_not_complete(tmp_path: Path) -> None:
    with pytest.raises(NotebookFailure, match=r"^cell resultats: did not show the results$"):
        executed(tmp_path, results="1")


def test_a_notebook_that_was_not_run_is_not_complete() -> None:
    with pytest.raises(NotebookFailure, match=r"^cell parametres: was not run in its turn$"):
        check_complete(made("1"), PARAMETERS)


def test_every_code_cell_must_have_run() -> None:
    notebook = made("1", "2")
    for count, cell in enumerate(notebook.cells[1:3], start=1):
        cell.execution_count = count
    with pytest.raises(NotebookFailure, match=r"^cell cellule-1: was not run in its turn$"):
        check_complete(notebook, PARAMETERS)
