"""The same run gives the same bytes: what depends on the machine, the moment or chance is taken out.

The file stays a notebook that any tool can open and run again.
"""

from __future__ import annotations

import nbformat
from nbformat import NotebookNode

INJECTED_CELL_ID = "injected-parameters"
_WIDGET = "application/vnd.jupyter.widget-view+json"  # a random name, and nothing behind it once the kernel has ended
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def canonical(notebook: NotebookNode) -> NotebookNode:
    """Sources, tags, stable ids, outputs and counts from 1; no time, path, user, version or duration."""
    cells: list[NotebookNode] = []
    count = 0
    for cell in notebook.cells:
        tags = list(cell.metadata.get("tags", []))
        kept = {
            "cell_type": cell.cell_type,
            "id": INJECTED_CELL_ID if "injected-parameters" in tags else cell.id,
            "metadata": {"tags": tags} if tags else {},
            "source": cell.source,
        }
        if cell.cell_type == "code":
            count += 1
            kept |= {"execution_count": count, "outputs": [_output(output, count) for output in cell.outputs]}
        cells.append(nbformat.from_dict(kept))
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def as_bytes(notebook: NotebookNode) -> bytes:
    """The file of a notebook, valid and with sorted keys."""
    nbformat.validate(notebook)
    return f"{nbformat.writes(notebook, sort_keys=True).rstrip()}\n".encode()


def _output(output: NotebookNode, count: int) -> dict[str, object]:
    if output.output_type in ("execute_result", "display_data"):
        data = {kind: told for kind, told in output.data.items() if kind != _WIDGET}
        kept = {"output_type": output.output_type, "data": data, "metadata": dict(output.metadata)}
        return kept | ({"execution_count": count} if output.output_type == "execute_result" else {})
    raise ValueError(f"an output of kind {output.output_type} has no place in a report")
