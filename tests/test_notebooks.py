"""The rules of every notebook's source: a question, one cell of parameters, short cells that only call the face."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

import spaser_analysis
from spaser_analysis import workspace
from spaser_analysis.publishing.parameters import MODELS, check_parameters_cell, tagged_cells
from spaser_analysis.publishing.run import RESULTS_TAG

NOTEBOOKS = sorted(workspace.notebooks().glob("*.ipynb"))
FORBIDDEN = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.IfExp, ast.With, ast.Try,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def test_opens_with_a_question(path: Path) -> None:
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# .+\u00a0\?", first.source)
    prose = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    assert len(re.findall(r"^# ", prose, re.M)) == 1


def test_french_punctuation(path: Path) -> None:
    prose = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    assert re.findall(r"« | »|[^\u00a0\u202f#\d][;?!](?=\s|$)| [:;?!]|'", prose) == []


def test_no_outputs_and_fixed_ids(path: Path) -> None:
    notebook = read(path)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code_cells(path))
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one) for one in ids)
    assert notebook.metadata.keys() <= {"kernelspec", "language_info"}


def test_short(path: Path) -> None:
    assert len(read(path).cells) <= 20
    assert max(len(cell.source.splitlines()) for cell in code_cells(path)) <= 5


def test_one_cell_of_parameters_that_the_model_accepts(path: Path) -> None:
    check_parameters_cell(read(path), MODELS[path.stem])


def test_last_cell_holds_the_results(path: Path) -> None:
    notebook = read(path)
    assert [cell.id for cell in tagged_cells(notebook, RESULTS_TAG)] == [notebook.cells[-1].id]


def test_only_calls(path: Path) -> None:
    """No logic, no magic, no typed figure nor, but on the analyst's bench, word; names come from the package's face."""
    parameters = tagged_cells(read(path), "parameters")[0].id
    words = (str, bool, type(None)) if path.stem == "exploration" else ()  # the bench names what it looks for
    for cell in code_cells(path):
        nodes = list(ast.walk(ast.parse(cell.source)))  # a magic is a syntax error
        assert not [node for node in nodes if isinstance(node, FORBIDDEN)], cell.id
        assert not cell.source.rstrip().endswith(";"), cell.id
        if cell.id != parameters:
            constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
            assert all(isinstance(value, words) for value in constants), cell.id
        for node in nodes:
            if isinstance(node, ast.Import):
                assert [alias.name for alias in node.names] == ["spaser_analysis"], cell.id
            assert not isinstance(node, ast.ImportFrom), cell.id
            if isinstance(node, ast.Attribute):
                assert node.attr in spaser_analysis.__all__, cell.id
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id == "display", cell.id


def test_no_name_of_the_face_is_a_module(path: Path) -> None:
    """``spaser_analysis.sources`` cannot be both a package and a table."""
    for name in spaser_analysis.__all__:
        assert importlib.util.find_spec(f"spaser_analysis.{name}") is None, name
        assert callable(getattr(spaser_analysis, name))
