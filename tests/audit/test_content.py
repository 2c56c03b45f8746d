"""What a report says, compared: each kind of edit is found, by its name, and nothing else is."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from spaser_analysis import workspace
from spaser_analysis.audit.content import Difference, canonical, canonical_bytes, content, differences, of_file, plain
from spaser_analysis.ingest import ingest
from spaser_analysis.publishing.html import report_page
from spaser_analysis.publishing.publish import publish
from spaser_analysis.report import FIGURES
from spaser_analysis.views.elements import Figure, Paragraphs, Table, columns
from spaser_analysis.workbook import Sheet, workbook
from tests.audit.editions import told_otherwise

N = "\u00a0"
CSV = "quarter,territory,indicator,window,scope,measure,yes,low\n2022-T3,CT1,x,year,all,number,3,0.25\n2022-T3,CT2,x,year,all,number,4,0.5\n"
READ = Table("Fichiers lus", columns("Fichier | Lus >"), (("a.csv", "10"), ("b.csv", "7")))
SHARES = Table("Parts", columns("Territoire | Part >"), (("Istres", "22,3 %"), ("Aubagne", "50,0 %")))
SHEETS = [Sheet("Besoins", ["need", "source_file"], [["B1", "a.csv"], ["B2", "b.csv"]])]


def drawn(color: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 3), color).save(file, format="png")
    return file.getvalue()


def output(element: Table | Paragraphs) -> nbformat.NotebookNode:
    return new_output("display_data", {"text/html": element._repr_html_(), "text/plain": repr(element)})


def made(folder: Path, read: Table = READ, sheets: list[Sheet] = SHEETS) -> Path:
    drawing = Figure(drawn("red"), (8, 6), "Istres à 22 %", "Les parts", SHARES).shown()
    cells = [
        new_markdown_cell("# Où en est-on ?\n\nCe que dit le trimestre.", id="titre"),
        new_code_cell('quarter = "2022-T3"\n', id="injected-parameters", metadata={"tags": ["injected-parameters"]}),
        new_code_cell(
            "spaser.lead(report)", id="parts", outputs=[output(Paragraphs(("Une phrase.", "Deux."))), output(SHARES)]
        ),
        new_code_cell(
            "spaser.course(report)",
            id="course",
            outputs=[new_output("display_data", data, metadata=about) for data, about in drawing],
        ),
        new_code_cell("spaser.files_read(report)", id="fichiers", outputs=[output(read)]),
        new_code_cell("spaser.results_data(report)", id="resultats", outputs=[new_output("display_data", {"text/csv": CSV})]),
    ]  # fmt: skip
    notebook = new_notebook(cells=cells)
    folder.mkdir(parents=True)
    (folder / "report.ipynb").write_text(nbformat.writes(notebook))
    (folder / "report.html").write_bytes(report_page(notebook, "Titre", "Acheteur"))
    (folder / FIGURES).write_text(CSV)
    (folder / "programmation.xlsx").write_bytes(workbook(sheets))
    return folder


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return made(tmp_path / "metropole")


def edited(name: str, before: str, after: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert before in text
        (folder / name).write_text(text.replace(before, after, 1))

    return edit


def cells_edited(change: Callable[[list[nbformat.NotebookNode]], None]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        notebook = nbformat.read(folder / "report.ipynb", as_version=4)
        change(notebook.cells)
        (folder / "report.ipynb").write_text(nbformat.writes(notebook))

    return edit


def swap(cells: list[nbformat.NotebookNode]) -> None:
    cells[3].outputs[0].data["image/png"] = b64encode(drawn("blue")).decode()


def alt(cells: list[nbformat.NotebookNode]) -> None:
    cells[3].outputs[0].metadata["image/png"]["alt"] = "Istres à 99 %"


def told(name: str, value: object) -> Callable[[list[nbformat.NotebookNode]], None]:
    def change(cells: list[nbformat.NotebookNode]) -> None:
        cells[3].outputs[0].metadata["image/png"][name] = value

    return change


RED = "4 × 3, empreinte "
EDITS: dict[str, tuple[Callable[[Path], None], list[tuple[str, str]]]] = {
    "figure": (
        edited(FIGURES, "number,3,", "number,5,"),
        [("figure", f"indicateurs.csv, 2022-T3 CT1 x year all number, colonne «{N}yes{N}»")],
    ),
    "dropped figure": (
        edited(FIGURES, "2022-T3,CT2,x,year,all,number,4,0.5\n", ""),
        [("missing", "indicateurs.csv, 2022-T3 CT2 x year all number")],
    ),
    "figure in the notebook": (
        edited("report.ipynb", "number,4,0.5", "number,4,0.6"),
        [("figure", f"report.ipynb, cellule resultats, CSV, 2022-T3 CT2 x year all number, colonne «{N}low{N}»")],
    ),
    "cell of a table": (
        edited("report.ipynb", ">22,3 %<", ">29,3 %<"),
        [("table_cell", f"report.ipynb, cellule parts, tableau «{N}Parts{N}», ligne 1 («{N}Istres{N}»), colonne «{N}Part{N}»")],
    ),
    "cell of a table of the page": (
        edited("report.html", ">50,0 %<", ">59,0 %<"),
        [("table_cell", f"report.html, tableau «{N}Parts{N}», ligne 2 («{N}Aubagne{N}»), colonne «{N}Part{N}»")],
    ),
    "plain text of a table": (
        edited("report.ipynb", "Istres      22,3 %", "Istres      29,3 %"),
        [("text", "report.ipynb, cellule parts, rendu en texte brut (2), ligne 4")],
    ),
    "image": (cells_edited(swap), [("image", f"report.ipynb, cellule course, image, ligne 1 («{N}{RED.replace(' × ', f'{N}×{N}')}")]),
    "alternative text": (
        cells_edited(alt),
        [("image", f"colonne «{N}texte alternatif{N}»")],
    ),
    "data of a figure": (
        cells_edited(told("csv", 'Territoire,Part\nIstres,"29,3 %"\nAubagne,"50,0 %"\n')),
        [("figure", "report.ipynb, cellule course, données de la figure, ligne 1")],
    ),
    "data of a figure of the page": (
        edited("report.html", "%2250%2C0%20%25", "%2259%2C0%20%25"),
        [("figure", "report.html, données de la figure, ligne 2")],
    ),
    "what a mark says": (
        cells_edited(told("spots", [{"x": 1, "y": 1, "width": 2, "height": 2, "text": "99 %"}])),
        [("structure", "report.ipynb, cellule course, zones de la figure, ligne 1")],
    ),
    "markdown": (
        edited("report.ipynb", "Ce que dit", "Ce que tait"),
        [("markdown", "report.ipynb, cellule titre, markdown, ligne 3")],
    ),
    "parameter": (
        edited("report.ipynb", '\\"2022-T3\\"', '\\"2022-T2\\"'),
        [("parameter", "report.ipynb, cellule injected-parameters, paramètres, ligne 1")],
    ),
    "sentence": (
        edited("report.html", "Une phrase.", "Une autre."),
        [("text", "report.html, texte, ligne ")],
    ),
    "script in the page": (
        edited("report.html", "</main>", "<script>alert(1)</script></main>"),
        [("structure", "report.html, structure, ligne ")],
    ),
    "added code": (
        cells_edited(lambda cells: cells.append(new_code_cell("import os", id="ajout"))),
        [
            ("structure", "report.ipynb, structure, ligne "),
            ("unexpected", "report.ipynb, cellule ajout, code"),
        ],
    ),
    "dropped file": (lambda folder: (folder / "report.html").unlink(), [("missing", "report.html")]),
    "added file": (lambda folder: edited_file(folder / "autre.txt"), [("unexpected", "autre.txt")]),
    "sheet": (
        lambda folder: (folder / "programmation.xlsx").write_bytes(workbook([Sheet("Besoins", ["need", "source_file"], [["B1", "a.csv"], ["B9", "b.csv"]])])) and None,
        [("table_cell", f"programmation.xlsx, feuille «{N}Besoins{N}», ligne 2 («{N}B2{N}»), colonne «{N}need{N}»")],
    ),
}  # fmt: skip


def edited_file(path: Path) -> None:
    path.write_text("x")


def test_a_report_says_what_itself_says(report: Path) -> None:
    assert differences(content(report), content(report)) == []


@pytest.mark.parametrize("edit", EDITS)
def test_each_edit_is_named(report: Path, edit: str) -> None:
    before = content(report)
    change, expected = EDITS[edit]
    change(report)
    found = sorted((one.kind, one.where) for one in differences(before, content(report)))
    assert len(found) >= len(expected)
    for kind, where in expected:
        assert any(own == kind and where in place for own, place in found), found
    assert {kind for kind, _ in found} == {kind for kind, _ in expected}


def test_what_was_and_what_is(report: Path) -> None:
    before = content(report)
    edited(FIGURES, "number,3,", "number,5,")(report)
    where = f"indicateurs.csv, 2022-T3 CT1 x year all number, colonne «{N}yes{N}»"
    assert differences(before, content(report)) == [Difference(where, "figure", "3", "5")]


def test_a_figure_within_the_tolerance_of_its_sheet_is_the_same(report: Path) -> None:
    before = content(report)
    edited(FIGURES, "number,3,0.25", "number,3,0.2500001")(report)
    assert [one.before for one in differences(before, content(report))] == ["0.25"]
    assert differences(before, content(report), {"x": 1e-6}) == []
    assert len(differences(before, content(report), {"x": 1e-7})) == 1


def test_the_same_pixels_are_the_same_drawing(report: Path) -> None:
    before = content(report)
    file = io.BytesIO()
    Image.new("RGB", (4, 3), "red").quantize(4).save(file, format="png", compress_level=0)

    def written_otherwise(cells: list[nbformat.NotebookNode]) -> None:
        cells[3].outputs[0].data["image/png"] = b64encode(file.getvalue()).decode()

    cells_edited(written_otherwise)(report)
    assert differences(before, content(report)) == []


@pytest.mark.parametrize("name", ["report.ipynb", FIGURES, "programmation.xlsx", "report.html"])
def test_a_damaged_file_is_said_to_be_unreadable(report: Path, name: str) -> None:
    before = content(report)
    damaged = {FIGURES: b'a,b\n"x', "report.html": b"\xff\xfe\xff"}.get(name, (report / name).read_bytes()[:-200])
    (report / name).write_bytes(damaged)
    found = content(report)
    assert found[name].kind == "unreadable"
    assert {one.where.split(", ")[0] for one in differences(before, found)} == {name}


@pytest.mark.parametrize("raw", [b"[" * 100_000, b"null", b'{"cells": [1]}', b'{"cells": [{"id": "x"}]}'])
def test_no_notebook_stops_an_audit(raw: bytes) -> None:
    assert [part.kind for part in of_file("report.ipynb", raw).values()] == ["unreadable"]


@pytest.mark.parametrize("tag", ["table", "tr", "td"])
def test_no_page_stops_an_audit(tag: str) -> None:
    page = f"<table><tr><td>{f'<{tag}>' * 5000}x"
    assert [part.kind for part in of_file("report.html", page.encode()).values()] == ["unreadable"]


def test_a_drawing_too_large_to_be_one_is_its_bytes() -> None:
    file = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(file, format="png")
    page = f'<img src="data:image/png;base64,{b64encode(file.getvalue()).decode()}" alt="x">'
    assert of_file("a.html", page.encode())["a.html, image"].rows[0][0].startswith("illisible")


def test_nothing_said_moves_a_terminal() -> None:
    assert plain("a\x1b[2Jb\u202ec") == "a\ufffd[2Jb\ufffdc"


def test_files_renamed_and_rows_in_another_order_are_the_same(report: Path, tmp_path: Path) -> None:
    read = Table("Fichiers lus", columns("Fichier | Lus >"), (("aaa.csv", "7"), ("z.csv", "10")))
    sheets = [Sheet("Besoins", ["need", "source_file"], [["B1", "z.csv"], ["B2", "aaa.csv"]])]
    other = made(tmp_path / "other" / "metropole", read, sheets)
    assert differences(content(report), content(other)) != []
    assert differences(canonical(content(report)), canonical(content(other))) == []
    assert canonical_bytes(report) == canonical_bytes(other)
    more = Table("Fichiers lus", columns("Fichier | Lus >"), (("aaa.csv", "7"), ("z.csv", "11")))
    assert canonical_bytes(made(tmp_path / "more", more)) != canonical_bytes(report)


def test_where_lines_were_read_is_left_out_of_the_canonical_content() -> None:
    one, other = (
        of_file("preuves.html", f'<dl><dd>oui, 2 paiements : <span class="origin">{origin}</span></dd></dl>'.encode())
        for origin in ("a.csv n° 12, 14", "z.csv n° 1 à 2")
    )
    assert [(d.where, d.kind) for d in differences(one, other)] == [("preuves.html, origine, ligne 1", "text")]
    assert canonical(one) == canonical(other)
    assert canonical(one)["preuves.html, texte"].rows == (("oui, 2 paiements :",),)


@pytest.mark.slow
def test_inputs_shuffled_and_renamed_give_the_same_canonical_bytes(sample_clean: Path, tmp_path: Path) -> None:
    told_otherwise(workspace.sample_snapshots()[-1], tmp_path / "inputs")
    ingest([tmp_path / "inputs"], tmp_path / "clean")
    for clean, reports in ((sample_clean, "one"), (tmp_path / "clean", "other")):
        publish(["2022-T3"], None, clean, tmp_path / reports, workers=2)
    slugs = sorted(path.parent.name for path in tmp_path.glob("one/2022-T3/*/report.ipynb"))
    assert len(slugs) == 11
    one, other = tmp_path / "one" / "2022-T3", tmp_path / "other" / "2022-T3"
    assert json.dumps([slug for slug in slugs if canonical_bytes(one / slug) != canonical_bytes(other / slug)]) == "[]"
    assert (one / "metropole" / "report.ipynb").read_bytes() != (other / "metropole" / "report.ipynb").read_bytes()
