"""The forked engine makes of a notebook what papermill's own engine makes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from spaser_analysis import workspace
from spaser_analysis.publishing import processes
from spaser_analysis.publishing.canonical import canonical
from spaser_analysis.publishing.run import FORKED
from tests.publishing.notebooks import written

GIVEN = {"quarter": "2024-T3", "territory": "CT2", "year": 2024, "organisation": "amp"}
RICH = [
    "import sys\nprint('a'); print('b', file=sys.stderr)\ndisplay({'text/html': '<b>x</b>'}, raw=True)\nprint('c')\n42",
    "h = display('u', display_id='k')\nfrom IPython.display import update_display\nupdate_display('v', display_id='k')",
    "import pandas as pd\npd.DataFrame({f'c{n}': range(90) for n in range(30)})",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "import os\nos.system('echo hello')\n!echo from a shell",
    "from IPython.display import clear_output\nprint('x'); clear_output(); print('y')",
    "import logging\nlogging.warning('told')",
    "class A:\n    def _repr_html_(self): raise ValueError('bad')\n    def __repr__(self): return 'A'\nA()",
    "import asyncio\nawait asyncio.sleep(0.01)\n1",
    "",
    "import pickle\nclass B: pass\nlen(pickle.dumps(B())), __name__",
    "try:\n    input('?')\nexcept Exception as error:\n    print(type(error).__name__)",
    "import threading\nthread = threading.Thread(target=lambda: print('from a thread'))\nthread.start(); thread.join()",
    "_, In[1][:6], os.getcwd()",
]


def stock_options(folder: Path, engine: str | None) -> dict[str, object]:
    """Stock kernels listen on files of their own: those that start at the same time race for TCP ports."""
    return {"config": Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/k"}})} if engine is None else {}


def run(folder: Path, engine: str | None, *sources: str, **options: object) -> tuple[nbformat.NotebookNode, str]:
    """The notebook as the engine leaves it, and what it raised."""
    out, raised = folder / f"{engine}.ipynb", ""
    options |= stock_options(folder, engine)
    try:
        papermill.execute_notebook(
            str(written(folder, *sources)), str(out), engine_name=engine, progress_bar=False, **options
        )
    except (PapermillExecutionError, DeadKernelError, CellTimeoutError) as error:
        raised = type(error).__name__
    return nbformat.read(out, as_version=4), raised


def told(notebook: nbformat.NotebookNode) -> list[tuple[object, ...]]:
    """What a cell says, and papermill of it."""
    marks = [cell.metadata.get("papermill", {}) for cell in notebook.cells]
    return [
        (cell.get("outputs"), cell.get("execution_count"), mark.get("status"), mark.get("exception"))
        for cell, mark in zip(notebook.cells, marks, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(workspace.notebooks().glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_is_what_the_stock_engine_makes_of_it(
    path: Path, sample_clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    monkeypatch.setenv("SPASER_REPORTS", str(tmp_path))
    own = nbformat.read(path, as_version=4).cells[1].source
    given = {name: value for name, value in GIVEN.items() if f"{name} =" in own}
    forked, stock = (
        canonical(
            papermill.execute_notebook(
                str(path),
                str(tmp_path / "out.ipynb"),
                parameters=given,
                engine_name=engine,
                progress_bar=False,
                **stock_options(tmp_path, engine),
            )
        )
        for engine in (FORKED, None)
    )
    assert len(forked.cells) == len(stock.cells) > 5
    for ours, theirs in zip(forked.cells, stock.cells, strict=True):
        if "spaser.choose(" in ours.source:  # the forked engine has no widgets, and exploration is not published
            assert (ours.source, ours.execution_count) == (theirs.source, theirs.execution_count)
        else:
            assert ours == theirs
    assert sum(len(cell.get("outputs", [])) for cell in forked.cells) > 5


def test_rich_outputs_streams_and_errors_are_the_same(tmp_path: Path) -> None:
    (forked, raised), (stock, also) = (run(tmp_path, engine, *RICH) for engine in (FORKED, None))
    assert raised == also == "PapermillExecutionError"  # of the bad representation
    assert told(forked) == told(stock)
    assert forked.metadata.language_info == stock.metadata.language_info


@pytest.mark.parametrize("source", ["1 / 0", "import sys\nsys.exit(0)", "import sys\nsys.exit(3)"])
def test_a_cell_that_fails_or_leaves_ends_the_run_as_in_the_stock_engine(tmp_path: Path, source: str) -> None:
    (forked, raised), (stock, also) = (run(tmp_path, engine, "1", source, "2") for engine in (FORKED, None))
    assert (raised, told(forked)) == (also, told(stock))


def test_an_error_that_is_expected_ends_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "1 / 0", "2")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)
    after = [
        told(
            papermill.engines.papermill_engines.execute_notebook_with_engine(
                engine, papermill.iorw.load_notebook_node(str(path)), "python3", progress_bar=False
            )
        )
        for engine in (FORKED, None)
    ]
    assert after[0] == after[1]
    assert after[0][3][1] == 3


@pytest.mark.parametrize("source", ["import os\nos.kill(os.getpid(), 9)", "import os\nos._exit(0)"])
def test_a_process_that_dies_is_a_dead_kernel(tmp_path: Path, source: str) -> None:
    notebook, raised = run(tmp_path, FORKED, "1", source, "2")
    assert raised == "DeadKernelError"
    assert notebook.cells[3].metadata.papermill.status == "running"  # the stock engine says completed
    assert notebook.cells[4].execution_count is None


def test_a_cell_that_hangs_or_takes_too_much_is_stopped(tmp_path: Path) -> None:
    start = time.monotonic()
    _, raised = run(tmp_path, FORKED, "import time\ntime.sleep(600)", execution_timeout=2)
    assert raised == "CellTimeoutError"
    assert time.monotonic() - start < 60
    notebook, raised = run(tmp_path, FORKED, "import numpy\nx = numpy.ones(10**9)", megabytes=500)
    assert raised == "PapermillExecutionError"
    (error,) = [one for cell in notebook.cells for one in cell.get("outputs", []) if one.output_type == "error"]
    assert "MemoryError" in error.ename


def test_the_papermill_command_knows_the_engine(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    words = [str(Path(sys.executable).parent / "papermill"), str(written(tmp_path, "quarter")), str(out)]
    subprocess.run([*words, "--engine", "spaser", "-p", "quarter", "2024-T4"], check=True, capture_output=True)
    notebook = nbformat.read(out, as_version=4)
    assert notebook.cells[3].outputs[0].data["text/plain"] == "'2024-T4'"


def test_a_call_has_a_place_and_an_environment_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPASER_HOME", "here")
    heard: list[object] = []
    before = os.environ.copy()
    answer = processes.call(_look, "x", told=heard.append, environment={"SPASER_CLEAN": "there"})
    assert answer == (str(tmp_path), "here", "there", "x")
    assert heard == [1]
    assert os.environ == before
    with pytest.raises(ValueError, match=r"^said in the process$"):
        processes.call(_fail)
    assert processes._running == set()


def _look(word: str, tell: processes.Tell) -> tuple[str, str | None, str | None, str]:
    tell(1)
    return str(Path.cwd()), os.environ.get("SPASER_HOME"), os.environ.get("SPASER_CLEAN"), word


def _fail(tell: processes.Tell) -> None:
    raise ValueError("said in the process")


def test_stopping_all_passes_by_a_process_that_has_just_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread closes it between the look at what runs and the kill: the others must not be left running for that."""
    ended, running = (get_context("spawn").Process(target=time.sleep, args=(seconds,)) for seconds in (0, 600))
    for process in (ended, running):
        process.start()
    ended.join()
    ended.close()
    monkeypatch.setattr(processes, "_running", [ended, running])
    processes.stop_all()
    running.join(30)
    assert running.exitcode == -signal.SIGKILL
    running.close()
