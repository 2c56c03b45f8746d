"""Small notebooks written cell by cell, for tests of what runs them."""

from __future__ import annotations

from pathlib import Path

import nbformat

PARAMETERS = 'quarter = "2022-T3"\nterritory = "AMP"\norganisation = "amp"'
RESULTS = 'display({"text/csv": "a,b\\n", "text/plain": "résultats"}, raw=True)'


def made(*sources: str, results: str = RESULTS) -> nbformat.NotebookNode:
    """A notebook with parameters, one code cell a source, and a last cell that shows results."""
    sequence = [
        ("parametres", PARAMETERS, ["parameters"]),
        *((f"cellule-{n}", source, []) for n, source in enumerate(sources)),
    ]
    cells = [nbformat.v4.new_markdown_cell("# Où ?", id="titre")]
    for name, source, tags in [*sequence, ("resultats", results, ["results"])]:
        cells.append(nbformat.v4.new_code_cell(source, id=name, metadata={"tags": tags} if tags else {}))
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


def written(folder: Path, *sources: str, results: str = RESULTS) -> Path:
    """Such a notebook as a file, under a name whose parameters are known."""
    path = folder / "rapport_territoire.ipynb"
    nbformat.write(made(*sources, results=results), path)
    return path
