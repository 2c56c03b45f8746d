"""Run one notebook in a fresh kernel, and believe in the result only when every sign of it is there.

An executed file cannot be trusted by itself: after a killed kernel, a timeout or ``sys.exit(0)`` papermill's own marks
say that all went well.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillException, PapermillExecutionError
from traitlets.config import Config

from spaser_analysis.publishing.parameters import (
    MODELS,
    NotebookParameters,
    check_injected,
    check_parameters_cell,
    tagged_cells,
)
from spaser_analysis.workbook import SHEETS_MIME, Sheet, from_json

CELL_TIMEOUT_SECONDS = 600
RESULTS_TAG = "results"
RESULTS_MIME = "text/csv"


class NotebookFailure(Exception):
    """A notebook that did not come to its end; the message names the cell and the cause in one line."""


def run_notebook(source: Path, parameters: NotebookParameters, output: Path) -> nbformat.NotebookNode:
    """Execute ``source`` with ``parameters`` into ``output`` (a staging file) and return it once it is complete.

    NotebookFailure names the cell and the cause; ValueError says that parameters and notebook do not agree.
    """
    check_parameters_cell(nbformat.read(source, as_version=4), MODELS[source.stem])
    with tempfile.TemporaryDirectory(prefix="spaser-") as sockets:  # short: a socket's path has at most 107 bytes
        channel = {"transport": "ipc", "ip": f"{sockets}/kernel", "connection_file": f"{sockets}/kernel.json"}
        try:
            notebook = papermill.execute_notebook(
                str(source),
                str(output),
                parameters=parameters.model_dump(),
                progress_bar=False,
                execution_timeout=CELL_TIMEOUT_SECONDS,
                config=Config({"KernelManager": channel}),
                extra_arguments=["--HistoryManager.enabled=False", "--log-level=CRITICAL"],
            )
        except PapermillExecutionError as error:
            raise _failure(_last_started(output), f"{error.ename}: {error.evalue}") from None
        except CellTimeoutError:
            raise _failure(_last_started(output), f"longer than {CELL_TIMEOUT_SECONDS} s") from None
        except DeadKernelError:
            raise _failure(_last_started(output), "the kernel died (memory?)") from None
        except (PapermillException, RuntimeError, OSError) as error:
            raise _failure("", f"{type(error).__name__}: {error}") from None
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
            raise _failure(cell.id, "was not run in its turn")
        for output in cell.outputs:
            if output.output_type == "error":
                raise _failure(cell.id, f"{output.ename}: {output.evalue}")
            if output.output_type == "stream":
                raise _failure(cell.id, f"wrote on {output.name}: {output.text}")
    try:
        check_injected(notebook, parameters)
    except (ValueError, SyntaxError) as error:
        raise _failure("injected-parameters", str(error)) from None
    results_csv(notebook)


def results_csv(notebook: nbformat.NotebookNode) -> str:
    """What the cell tagged ``results``, the last of the notebook, has shown as CSV; a NotebookFailure if it has not."""
    cells = tagged_cells(notebook, RESULTS_TAG)
    if len(cells) != 1 or cells[0] is not notebook.cells[-1]:
        raise NotebookFailure("the last cell, and no other, must be tagged results")
    shown = [output.data[RESULTS_MIME] for output in cells[0].outputs if RESULTS_MIME in output.get("data", {})]
    if len(shown) != 1:
        raise _failure(cells[0].id, "did not show the results")
    return "".join(shown[0])


def workbook_sheets(notebook: nbformat.NotebookNode) -> list[Sheet]:
    """The sheets of the workbook that a cell of the notebook shows (``views.elements.Sheets``); none where none does."""
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    return [sheet for data in outputs if SHEETS_MIME in data for sheet in from_json(data[SHEETS_MIME])]


def _last_started(output: Path) -> str:
    """The id of the last code cell of the staged file that was begun; empty when there is none.

    Not by its status, which papermill sets to completed everywhere in the end, nor by its count, which comes late.
    """
    if not output.is_file():
        return ""
    cells = [cell for cell in nbformat.read(output, as_version=4).cells if cell.cell_type == "code"]
    begun = [cell.id for cell in cells if cell.metadata.get("papermill", {}).get("start_time")]
    return begun[-1] if begun else ""


def _failure(cell: str, cause: str) -> NotebookFailure:
    place = f"cell {cell}: " if cell else ""
    return NotebookFailure(" ".join(f"{place}{cause}".split())[:500])
