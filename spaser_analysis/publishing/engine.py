"""papermill's engine ``spaser``: cells run by IPython itself in a process forked from a warm one, without messages between
processes.

The kernel is ipykernel's own in-process one and the outputs are assembled by nbclient, so that a notebook is what the stock
engine makes of it. papermill loads this module whenever it is imported: it imports little.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from papermill.engines import Engine

from spaser_analysis.publishing.processes import ProcessDied, TookTooLong, call

Event = tuple[str, int, Any]


class ForkedEngine(Engine):  # type: ignore[misc]
    """``papermill --engine spaser``: each notebook in its own process."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:  # noqa: ARG003
        """Run the cells; ``execution_timeout`` is seconds a cell, ``megabytes`` what the process may take.

        nbclient's DeadKernelError and CellTimeoutError, as the stock engine.
        """
        from nbclient.exceptions import CellTimeoutError, DeadKernelError

        running = 0

        def told(event: Event) -> None:
            nonlocal running
            running = event[1]
            _told(nb_man, event, options.get("began"))

        limits = {"seconds": options.get("execution_timeout"), "megabytes": options.get("megabytes")}
        try:
            nb_man.nb.metadata["language_info"] = call(run_cells, nb_man.nb, told=told, **limits)
        except ProcessDied as error:
            raise DeadKernelError(str(error)) from None
        except TookTooLong as error:
            raise CellTimeoutError(f"{error}: {nb_man.nb.cells[running].source}") from None


class HereEngine(Engine):  # type: ignore[misc]
    """The same in the process that calls, for one that is a report's own."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> None:  # noqa: ARG003
        """Run the cells; ``began`` is called with each."""
        tell = partial(_told, nb_man, began=options.get("began"))
        nb_man.nb.metadata["language_info"] = run_cells(nb_man.nb, tell)


def _told(nb_man: Any, event: Event, began: Callable[[Any], None] | None) -> None:
    """Keep papermill's account of a cell that ``began``, ``failed`` or was ``done``."""
    kind, index, done = event
    cell = nb_man.nb.cells[index]
    if done is not None:
        cell |= {name: done[name] for name in ("outputs", "execution_count") if name in done}
    if began and kind == "began":
        began(cell)
    change = {"began": nb_man.cell_start, "failed": nb_man.cell_exception, "done": nb_man.cell_complete}[kind]
    change(cell, cell_index=index)


def run_cells(notebook: Any, tell: Callable[[Event], None]) -> dict[str, Any]:
    """Run the code cells in this process, once in its life, up to the first that fails; returns the ``language_info``.

    ``tell`` is given what happens: ``(began, index, None)``, ``(failed, index, None)``, ``(done, index, cell)``.
    """
    from ipykernel.inprocess.blocking import BlockingInProcessKernelClient
    from ipykernel.inprocess.ipkernel import InProcessKernel
    from ipykernel.iostream import OutStream
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionComplete
    from traitlets.config import Config

    kernel = InProcessKernel(config=Config({"HistoryManager": {"enabled": False}}))
    _as_in_a_kernel(kernel)
    client = BlockingInProcessKernelClient(kernel=kernel, session=kernel.session)
    client.start_channels()
    # What is written on the descriptors themselves (a subprocess, a C library) is an output too.
    for name in ("stdout", "stderr"):
        stream = OutStream(kernel.session, kernel.iopub_thread, name, watchfd=True)
        setattr(kernel, name, stream)
        setattr(sys, name, stream)
    assembler = NotebookClient(notebook, record_timing=False)
    assembler.reset_execution_trackers()
    for index, cell in enumerate(notebook.cells):
        tell(("began", index, None))
        status = "ok"
        if cell.cell_type == "code" and cell.source.strip():
            cell.outputs, assembler.clear_before_next_output = [], False
            asked = client.execute(cell.source, allow_stdin=False)
            reply = client.get_shell_msg()["content"]
            cell.execution_count, status = reply.get("execution_count"), reply["status"]
            try:
                while True:
                    message = client.get_iopub_msg(timeout=60)
                    if message["parent_header"].get("msg_id") == asked:
                        assembler.process_message(message, cell, index)
            except CellExecutionComplete:
                pass
        has_failed = status != "ok" and "raises-exception" not in cell.metadata.get("tags", [])
        if has_failed:
            tell(("failed", index, None))
        tell(("done", index, cell))
        if has_failed:
            break
    return dict(kernel.language_info)


def _as_in_a_kernel(kernel: Any) -> None:
    """What starting ``ipykernel`` does and forking does not."""
    import pandas

    if "" not in sys.path:
        sys.path.insert(0, "")
    if pandas.get_option("display.max_columns") == 0:  # pandas took the warm process for a terminal
        pandas.set_option("display.max_columns", 20)
    sys.modules["__main__"] = kernel.shell.user_module
