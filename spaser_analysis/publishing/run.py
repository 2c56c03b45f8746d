"""Run one notebook in a fresh process, and believe in the result only when every sign of it is there.

An executed file cannot be trusted by itself: after a killed kernel, a timeout or ``sys.exit(0)`` papermill's own marks
say that all went well.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillException, PapermillExecutionError

from spaser_analysis.publishing.canonical import INJECTED_CELL_ID
from spaser_analysis.publishing.engine import ForkedEngine, HereEngine
from spaser_analysis.publishing.parameters import (
    MODELS,
    NotebookParameters,
    check_injected,
    check_parameters_cell,
    tagged_cells,
)
from spaser_analysis.publishing.tasks import NotebookFailure, failure
from spaser_analysis.workbook import SHEETS_MIME, Sheet, from_json

CELL_TIMEOUT_SECONDS = 600
FORKED, HERE = "spaser", "spaser-here"  # a process of its own; this one, which must be the report's own
papermill_engines.register(FORKED, ForkedEngine)
papermill_engines.register(HERE, HereEngine)
RESULTS_TAG = "results"
RESULTS_MIME = "text/csv"


def run_notebook(
    source: Path,
    parameters: NotebookParameters,
    output: Path,
    engine: str = FORKED,
    began: Callable[[str], None] | None = None,
) -> nbformat.NotebookNode:
    """Execute ``source`` with ``parameters`` and return it once it is complete; one that fails is left in ``output``.

    ``began`` is called with the name of each cell. NotebookFailure names the cell and the cause; ValueError says that
    parameters and notebook do not agree.
    """
    check_parameters_cell(nbformat.read(source, as_version=4), MODELS[source.stem])
    place = ""

    def at(cell: nbformat.NotebookNode) -> None:
        nonlocal place
        place = INJECTED_CELL_ID if "injected-parameters" in cell.metadata.get("tags", []) else cell.id
        if began:
            began(place)

    try:
        notebook = papermill.execute_notebook(
            str(source),
            str(output),
            parameters=parameters.model_dump(),
            engine_name=engine,
            request_save_on_cell_execute=False,
            progress_bar=False,
            execution_timeout=CELL_TIMEOUT_SECONDS,
            began=at,
        )
    except PapermillExecutionError as error:
        raise failure(place, f"{error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise failure(place, f"longer than {CELL_TIMEOUT_SECONDS:g} s") from None
    except DeadKernelError as error:
        raise failure(place, str(error)) from None
    except (PapermillException, RuntimeError, OSError) as error:
        raise failure("", f"{type(error).__name__}: {error}") from None
    check_complete(notebook, parameters)
    return notebook


def check_complete(notebook: nbformat.NotebookNode, parameters: NotebookParameters) -> None:
    """A NotebookFailure unless every code cell ran in order, none failed or warned, and the last gave its results."""
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        if cell.execution_count != count:
            raise failure(cell.id, "was not run in its turn")
        for output in cell.outputs:
            if output.output_type == "error":
                raise failure(cell.id, f"{output.ename}: {output.evalue}")
            if output.output_type == "stream":
                raise failure(cell.id, f"wrote on {output.name}: {output.text}")
    try:
        check_injected(notebook, parameters)
    except (ValueError, SyntaxError) as error:
        raise failure("injected-parameters", str(error)) from None
    results_csv(notebook)


def results_csv(notebook: nbformat.NotebookNode) -> str:
    """What the cell tagged ``results``, the last of the notebook, has shown as CSV; a NotebookFailure if it has not."""
    cells = tagged_cells(notebook, RESULTS_TAG)
    if len(cells) != 1 or cells[0] is not notebook.cells[-1]:
        raise NotebookFailure("the last cell, and no other, must be tagged results")
    shown = [output.data[RESULTS_MIME] for output in cells[0].outputs if RESULTS_MIME in output.get("data", {})]
    if len(shown) != 1:
        raise failure(cells[0].id, "did not show the results")
    return "".join(shown[0])


def workbook_sheets(notebook: nbformat.NotebookNode) -> list[Sheet]:
    """The sheets of the workbook that a cell of the notebook shows (``views.elements.Sheets``); none where none does."""
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    return [sheet for data in outputs if SHEETS_MIME in data for sheet in from_json(data[SHEETS_MIME])]
