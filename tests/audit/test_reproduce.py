"""An edition made again: the same when nothing was touched; when something was, what, where and why; and no foreign code run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from spaser_analysis import workspace
from spaser_analysis.audit.findings import Finding, failed
from spaser_analysis.audit.reproduce import Rebuilt, environment, rebuilt, reproduce
from spaser_analysis.audit.rerun import SANDBOX, _lacking, refusal
from spaser_analysis.publishing import causes, key
from spaser_analysis.publishing.manifest import Edition, Input, Run
from spaser_analysis.publishing.publish import publish
from spaser_analysis.report import FIGURES
from tests.audit.editions import edition_of, told_otherwise

N = "\u00a0"
SAMPLE = workspace.sample_snapshots()[-1]
QUALITY = "qualite-des-donnees"


def small(folder: Path, inputs: tuple[Input, ...] = ()) -> Edition:
    """An edition without any report."""
    return Edition(
        folder=folder, period="2022-T3", organisation="amp", revision=1, snapshot="2026-03-01", version="0", runs=(),
        files={}, parts={}, inputs=inputs, tables={}, contents={}, code={}, versions={}, platform="", previous="",
    )  # fmt: skip


def given(name: str, sha256: str) -> Input:
    return Input(name, sha256, "register-csv", 1, 1, 0, 0)


def test_an_input_that_nobody_has_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a")
    known = given("b.csv", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")  # of "a"
    edition = small(tmp_path, (known, given("registre.csv", "0" * 64)))
    with rebuilt(edition, [tmp_path / "a.csv"]) as again:
        assert again.clean is None
        assert reproduce(edition, again) == again.findings
        (found,) = again.findings
        assert (found.kind, found.state, found.name) == ("input_missing", "failed", "registre.csv")


@pytest.mark.parametrize("name", ["../../dehors.csv", "/dehors.csv", ""])
def test_no_name_of_a_manifest_leads_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_text("a")
    hostile = given(name, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
    with rebuilt(small(tmp_path, (hostile,)), [tmp_path / "a.csv"]) as again:
        assert [(one.kind, one.state) for one in again.findings] == [("inputs_refused", "failed")]
        assert not (again.fresh.parent / "dehors.csv").exists()


@pytest.mark.parametrize("organisation", ["/", "../..", "amp/../amp", "inconnue"])
def test_no_organisation_of_a_manifest_leads_elsewhere(tmp_path: Path, organisation: str) -> None:
    with rebuilt(replace(small(tmp_path), organisation=organisation), [tmp_path]) as again:
        (found,) = again.findings
        assert (found.kind, found.state) == ("inputs_refused", "failed")
        assert str(workspace.home()) not in found.detail


def test_no_input_at_all(tmp_path: Path) -> None:
    (tmp_path / "vide").mkdir()
    with rebuilt(small(tmp_path, (given("a.csv", "0" * 64),)), [tmp_path / "vide"]) as again:
        assert [(one.kind, one.state) for one in again.findings] == [("input_missing", "failed")]


def test_nothing_of_the_user_enters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_SECRET", "x")
    told = environment(tmp_path)
    assert "SPASER_SECRET" not in told
    places = {name: value for name, value in told.items() if name not in ("PATH", "PYTHONPATH", "SPASER_HOME")}
    own = {name for name, value in places.items() if value.startswith("/")}
    assert own == {name for name in own if Path(places[name]).is_relative_to(tmp_path)}
    assert {"HOME", "TMPDIR"} <= own
    assert [name for name in told if name.startswith(("XDG_", "MPL", "IPYTHON", "JUPYTER"))] == []  # all are below HOME


def test_what_editions_rest_on_is_told_apart(tmp_path: Path) -> None:
    one = replace(
        small(tmp_path, (given("a.csv", "1"), given("b.csv", "2"))),
        code={"library": "1", "notebook methode": "1", "notebook bilan_legal": "1", "reference": "1"},
        versions={"pandas": "3.0.0"},
        platform="Linux x86_64",
    )
    other = replace(
        one,
        inputs=(given("a.csv", "9"), given("c.csv", "3")),
        code={**one.code, "library": "2", "notebook methode": "2"},
        versions={"pandas": "3.0.1"},
        platform="Linux aarch64",
    )
    assert causes.of_data(one, other) == [
        "fichier d’entrée modifié : a.csv",
        "fichier d’entrée retiré : b.csv",
        "fichier d’entrée ajouté : c.csv",
    ]
    assert causes.of_code(one, other) == [
        "a changé : la bibliothèque spaser-analysis",
        "a changé : le cahier methode",
        "autre version : pandas 3.0.1 au lieu de 3.0.0",
        "autre plateforme : Linux aarch64 au lieu de Linux x86_64",
    ]
    assert causes.of_code(one, replace(other, versions=one.versions, platform=one.platform), "bilan_legal") == [
        "a changé : la bibliothèque spaser-analysis"
    ]
    renamed = replace(one, inputs=(given("z.csv", "1"), given("b.csv", "2")))
    assert causes.of_data(one, renamed) == causes.of_code(one, renamed) == []


def test_the_sandbox_has_no_network() -> None:
    if cause := _lacking():
        pytest.skip(cause)
    code = (
        "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 2)\nexcept OSError as error: print(error.errno)"
    )
    said = subprocess.run([*SANDBOX, sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "101"  # no network to be reached by; with one, the connection is refused (111)


@pytest.fixture(scope="module")
def published(sample_clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    reports = tmp_path_factory.mktemp("published") / "reports"
    publish(["2022-T3"], ["AMP", "CT2"], sample_clean, reports, workers=2)
    return edition_of(reports / "2022-T3", sample_clean)


@pytest.fixture
def edition(published: Edition, tmp_path: Path) -> Edition:
    shutil.copytree(published.folder, tmp_path / "2022-T3")
    return replace(published, folder=tmp_path / "2022-T3")


def rewritten(report: Path, change: Callable[[nbformat.NotebookNode], object]) -> None:
    notebook = nbformat.read(report / "report.ipynb", as_version=4)
    change(notebook)
    (report / "report.ipynb").write_text(nbformat.writes(notebook))


def add_code(notebook: nbformat.NotebookNode) -> None:
    notebook.cells.insert(4, new_code_cell("import os", id="ajout"))


def change_code(notebook: nbformat.NotebookNode) -> None:
    notebook.cells[3].source += "\nimport os"


CODE: dict[str, tuple[Callable[[nbformat.NotebookNode], object], str]] = {
    "added": (add_code, "le code de la cellule ajout n’est pas"),
    "changed": (change_code, "le code de la cellule ouverture n’est pas"),
    "dropped": (lambda notebook: notebook.cells.pop(3), "le code de la cellule ouverture n’est pas"),
    "swapped": (
        lambda notebook: notebook.cells.insert(3, notebook.cells.pop(5)),
        "ses cellules de code ne sont pas dans l’ordre",
    ),
    "parameter": (
        lambda notebook: notebook.cells[2].update(source=notebook.cells[2].source.replace("2022-T3", "2022-T2")),
        "le code de la cellule injected-parameters n’est pas",
    ),
    "unchecked": (
        lambda notebook: notebook.cells[3].metadata.update(tags=["nbval-ignore-output"]),
        "le code de la cellule ouverture n’est pas",
    ),
    "kernel": (lambda notebook: notebook.metadata.kernelspec.update(name="bash"), "il nomme un autre noyau"),
}


@pytest.mark.slow
@pytest.mark.parametrize("edit", CODE)
def test_code_that_is_not_the_template_s_is_refused(edition: Edition, edit: str) -> None:
    run = edition.runs[0]
    assert refusal(edition, run) == ""
    change, expected = CODE[edit]
    rewritten(edition.folder / run.slug, change)
    assert refusal(edition, run).startswith(expected)


@pytest.mark.slow
def test_templates_of_another_version_are_refused(edition: Edition) -> None:
    run = edition.runs[0]
    assert "n’est pas celui que dit le manifeste" in refusal(replace(edition, code={}), run)
    assert "n’est pas un cahier" in refusal(edition, Run(run.slug, "../dehors", run.parameters))
    assert "illisibles" in refusal(edition, Run(run.slug, run.notebook, {"quarter": "x"}))
    assert "illisibles" in refusal(edition, Run("absent", run.notebook, run.parameters))


@pytest.mark.parametrize(
    "raw",
    ["{}", "[" * 100_000, '{"cells": [{"cell_type": "code"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}'],
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, raw: str) -> None:
    (tmp_path / "metropole").mkdir()
    (tmp_path / "metropole" / "report.ipynb").write_text(raw)
    run = Run("metropole", "methode", {"quarter": "2022-T3", "organisation": "amp"})
    edition = replace(small(tmp_path), code={"notebook methode": key.fixed("methode", "amp")["notebook"]})
    assert refusal(edition, run) != ""


@pytest.fixture(scope="module")
def again(published: Edition) -> Iterator[Rebuilt]:
    with rebuilt(published, [SAMPLE]) as made:
        yield made


def named(findings: tuple[Finding, ...]) -> set[tuple[str, str, str]]:
    return {(one.kind, one.state, one.name) for one in findings}


@pytest.mark.slow
def test_an_edition_that_nobody_touched_is_found_again(edition: Edition, again: Rebuilt) -> None:
    found = reproduce(edition, again, workers=2)
    nbval = ("nbval_not_run", "unknown") if _lacking() else ("nbval_same", "ok")
    assert named(found) == {
        ("inputs_found", "ok", "2022-T3"),
        ("tables_same", "ok", "2022-T3"),
        ("report_same", "ok", "2022-T3/metropole"),
        ("report_same", "ok", "2022-T3/pays-d-aix"),
        ("report_same", "ok", "2022-T3"),
        (*nbval, "2022-T3"),
    }
    assert not list(edition.folder.rglob("kernel-*"))


@pytest.mark.slow
def test_each_edit_of_an_edition_is_found(edition: Edition, again: Rebuilt) -> None:
    report = edition.folder / "metropole"
    figures = (report / FIGURES).read_text()
    row = next(
        line for line in figures.splitlines() if ",environmental_share," in line and ",quarter,all,number," in line
    )
    (report / FIGURES).write_text(figures.replace(row, row.replace(",number,", ",number,1")))
    rewritten(report, lambda notebook: notebook.cells[0].update(source="# Tout va bien"))
    rewritten(report, add_code)
    shutil.rmtree(edition.folder / "pays-d-aix")
    found = reproduce(edition, again, workers=2)
    where = (
        f"2022-T3/metropole indicateurs.csv, 2022-T3 AMP environmental_share quarter all number, colonne «{N}yes{N}»"
    )
    assert named(tuple(failed(found))) >= {
        ("figure_differs", "failed", where),
        ("markdown_differs", "failed", "2022-T3/metropole report.ipynb, cellule titre, markdown, ligne 1"),
        ("content_missing", "failed", "2022-T3/metropole report.ipynb, cellule ajout, code"),
        ("report_missing", "failed", "2022-T3/pays-d-aix"),
        ("code_refused", "failed", "2022-T3/metropole/report.ipynb"),
        ("code_refused", "failed", "2022-T3/pays-d-aix/report.ipynb"),
    }
    (told,) = (one.detail for one in found if one.name == where)
    yes = row.split(",")[7]
    assert told.startswith(
        f"Publié{N}: «{N}1{yes}{N}»{N}; retrouvé{N}: «{N}{yes}{N}». Cause{N}: rien de ce que l’audit connaît"
    )


@pytest.mark.slow
def test_an_altered_input_is_named_and_its_tables(published: Edition, tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "inputs")
    (payments,) = (tmp_path / "inputs").glob("mandats_*.csv")
    lines = payments.read_bytes().splitlines(keepends=True)
    payments.write_bytes(b"".join(lines[:-1]))
    with rebuilt(published, [tmp_path / "inputs"]) as made:
        found = failed(made.findings)
        assert {one.kind for one in found} == {"input_altered", "table_differs"}
        assert [one.name for one in found if one.kind == "input_altered"] == [payments.name]
        assert "payments" in [one.name for one in found]
        assert all(f"fichier d’entrée modifié{N}: " in one.detail for one in found if one.kind == "table_differs")


@pytest.mark.slow
def test_inputs_shuffled_and_renamed_are_told_and_pass(published: Edition, tmp_path: Path) -> None:
    told_otherwise(SAMPLE, tmp_path / "inputs")
    with rebuilt(published, [tmp_path / "inputs"]) as made:
        found = reproduce(published, made, workers=2)
    assert failed(found) == []
    assert [one.state for one in found if one.kind == "input_reordered"] == ["ok"] * len(published.inputs)
    assert [one.kind for one in found if one.state == "unknown"] == ["nbval_not_run"]
