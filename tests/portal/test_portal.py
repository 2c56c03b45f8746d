"""The portal from editions written by hand, and from the committed ones: every figure, every link, the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import openpyxl
import pandas as pd
import pytest

from spaser_analysis import workspace
from spaser_analysis.portal.build import build
from spaser_analysis.portal.downloads import CODEBOOK
from spaser_analysis.portal.editions import read_failed, read_periods
from spaser_analysis.portal.pages import FAMILIES, FICHES, Portal
from spaser_analysis.portal.words import Move, key_of, move, told
from spaser_analysis.schemas import RESULTS
from tests.portal.published import AMP, results, written

N, T = "\u00a0", "\u202f"


class Page(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and value:
                self.links.append(value)
            if name == "id" and value:
                assert value not in self.anchors
                self.anchors.add(value)


def test_every_link_of_every_page_leads_somewhere(portal: Path) -> None:
    seen = cache(Page)
    pages = [portal / "index.html", *(portal / "portail").rglob("*.html")]
    assert len(pages) > 100
    for path in pages:
        for link in seen(path).links:
            if link.startswith("https://"):
                continue
            address, anchor = urldefrag(link)
            target = (path.parent / unquote(address)).resolve() if address else path
            assert target.is_file(), f"{path.relative_to(portal)}: {link}"
            assert target.is_relative_to(portal.resolve())
            if anchor:
                assert anchor in seen(target).anchors, f"{path.name}: {link}"


def test_every_figure_has_its_address(portal: Path) -> None:
    told_rows = 0
    for edition in sorted(portal.glob("????-T?")):
        with (edition / "indicateurs.csv").open(encoding="utf-8", newline="") as lines:
            for indicator, rows in pd.DataFrame(csv.DictReader(lines)).groupby("indicator"):
                page = Page(portal / "portail" / "chiffres" / edition.name / f"{indicator}.html")
                wanted = {f"{r.territory}-{r.window}-{r.scope}-{r.measure}" for r in rows.itertuples()}
                assert wanted <= page.anchors
                told_rows += len(wanted)
    assert told_rows == sum(
        len((one / "indicateurs.csv").read_text().splitlines()) - 1 for one in portal.glob("????-T?")
    )


def test_the_same_bytes_and_nothing_written_twice(portal: Path, tmp_path: Path) -> None:
    again = tmp_path / "reports"
    shutil.copytree(portal, again)
    for path in [again / "index.html", *(again / "portail").rglob("*")]:
        if path.is_file() and path.suffix != ".pdf":
            path.unlink()
    made = build(again, AMP)
    for path in [portal / "index.html", *(portal / "portail").rglob("*")]:
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(portal)).read_bytes(), path.name
    assert made.written == made.files
    (again / "portail" / "chiffres" / "1999-T1").mkdir()
    (again / "portail" / "chiffres" / "1999-T1" / "old.html").write_text("old")
    (again / "portail" / ".staging-x").write_text("cut short")
    (again / "index.html").write_text("changed")
    assert build(again, AMP).written == 1
    assert not (again / "portail" / "chiffres" / "1999-T1").exists()
    assert not (again / "portail" / ".staging-x").exists()


def test_the_committed_portal_is_the_one_of_this_code(portal: Path) -> None:
    assert (workspace.reports() / "index.html").is_file()
    for path in [workspace.reports() / "index.html", *(workspace.reports() / "portail").rglob("*")]:
        if path.is_file():
            assert path.read_bytes() == (portal / path.relative_to(workspace.reports())).read_bytes(), path.name


def test_four_downloads_say_the_same(portal: Path) -> None:
    folder = portal / "portail" / "donnees"
    frame = pd.read_csv(folder / "indicateurs.csv", dtype="str", keep_default_na=False)
    assert list(frame) == list(RESULTS.columns) == list(CODEBOOK)
    editions = pd.concat(
        pd.read_csv(one / "indicateurs.csv", dtype="str", keep_default_na=False) for one in portal.glob("????-T?")
    )
    keys = list(RESULTS.columns)
    assert frame.sort_values(keys, ignore_index=True).equals(editions.sort_values(keys, ignore_index=True))
    parquet = pd.read_parquet(folder / "indicateurs.parquet")
    parsed = json.loads((folder / "indicateurs.json").read_text(), parse_constant=lambda name: pytest.fail(name))
    assert parsed["colonnes"] == keys
    assert parsed["licence"]["nom"] == "Licence Ouverte 2.0"
    assert len(parsed["lignes"]) == len(parquet) == len(frame)
    assert {tuple(row[:7]) for row in parsed["lignes"]} == set(map(tuple, parquet[keys[:7]].itertuples(index=False)))
    book = openpyxl.load_workbook(folder / "indicateurs.xlsx", read_only=True)
    assert book.sheetnames == ["Chiffres", "Dictionnaire", "Licence"]
    assert book["Chiffres"].max_row - 1 == (frame["scope"] == "all").sum()
    series = pd.read_csv(portal / "portail" / "indicateurs" / "social_share.csv", dtype="str", keep_default_na=False)
    assert len(series) == (frame["indicator"] == "social_share").sum()


def test_the_sections_that_it_leads_to_are_those_of_the_notebook() -> None:
    cells = json.loads((workspace.notebooks() / "rapport_territoire.ipynb").read_text())["cells"]
    assert {FICHES, FAMILIES} <= {cell["id"] for cell in cells}


ROWS = """
2021-T3 AMP social_share 10 80 10 target=0.3 verdict=not
2022-T3 AMP social_share 30 60 10 target=0.3
2022-T3 CT2 social_share 4 1 0
2022-T3 CT4 social_share 0 0 9
"""


def portal_of(folder: Path, text: str, **given: str) -> Portal:
    rows = [row | given for row in results(text)]
    for row in rows:
        row["verdict"] = row["verdict"].replace("not", "not reached")
    return Portal(AMP, read_periods(written(folder, rows), AMP))


def test_a_figure_in_words(tmp_path: Path) -> None:
    portal = portal_of(tmp_path, ROWS)
    said = portal.told["2021-T3", "AMP", "social_share", "year_to_date", "all", "number"]
    assert (said.figure, said.support, said.unknown) == (f"10,0{N}à{N}20,0{T}%", "10 sur 100 marchés", "10")
    assert (said.verdict, said.tone) == ("Pas encore atteint", "plain")
    assert (said.low, said.high) == (10, 20)
    assert said.address == "portail/chiffres/2021-T3/social_share.html#AMP-year_to_date-all-number"
    assert said.question == f"10,0{N}à{N}20,0{T}% ; 10 sur 100 marchés, non renseignés : 10"
    unknown = portal.told["2022-T3", "CT4", "social_share", "year_to_date", "all", "number"]
    assert unknown.figure == "inconnue"


def test_an_objective_that_is_due_is_missed(tmp_path: Path) -> None:
    portal = portal_of(tmp_path, "2025-T4 AMP social_share 10 80 10 target=0.3 verdict=not")
    (said,) = portal.told.values()
    assert (said.verdict, said.symbol, said.tone) == ("Objectif non atteint", "✗", "bad")


@pytest.mark.parametrize(
    ("before", "now", "arrow", "said"),
    [
        ("10 80 10", "30 60 10", "↗", f"En hausse d’au moins 10{N}points en un an (10,0{N}à{N}20,0{T}% à la même date en 2021)."),
        ("30 60 10", "10 80 10", "↘", f"En baisse d’au moins 10{N}points en un an (30,0{N}à{N}40,0{T}% à la même date en 2021)."),
        ("10 80 10", "20 80 0", "≈", f"Sens incertain : ce qui n’est pas renseigné empêche de conclure (10,0{N}à{N}20,0{T}% à la même date en 2021)."),
        ("20 80 0", "20 80 0", "→", f"Inchangé en un an (20,0{T}% à la même date en 2021)."),
        ("0 0 0", "20 80 0", "", "Pas de chiffre du même trimestre un an plus tôt."),
        ("20 80 0 version=2", "20 80 0", "", "La définition a changé depuis un an : rien ne se compare."),
    ],
)  # fmt: skip
def test_which_way_it_moves(before: str, now: str, arrow: str, said: str, tmp_path: Path) -> None:
    portal = portal_of(tmp_path, f"2021-T3 AMP social_share {before}\n2022-T3 AMP social_share {now}")
    rows = {key[0]: row for key, row in portal.rows.items()}
    assert move(rows["2022-T3"], rows["2021-T3"], AMP) == Move(arrow, said)


def test_a_break_between_two_years_is_told(tmp_path: Path) -> None:
    portal = portal_of(tmp_path, "2021-T3 CT2 social_share 1 9 0\n2022-T3 CT2 social_share 5 5 0")
    rows = {key[0]: row for key, row in portal.rows.items()}
    assert move(rows["2022-T3"], rows["2021-T3"], AMP).said.endswith(
        " Rupture de série depuis : fin des conseils de territoire."
    )


def test_a_reservation_of_the_year_before_is_told(tmp_path: Path) -> None:
    rows = results("2021-T3 AMP social_share 1 9 0\n2022-T3 AMP social_share 5 5 0")
    before, now = read_periods(written(tmp_path, [row | {"reason": "période incomplète"} for row in rows]), AMP)[::-1]
    assert move(now.rows[0], before.rows[0], AMP).said.endswith(" Réserve d’alors : période incomplète.")


def test_the_matrix_has_every_quarter_oldest_first(tmp_path: Path) -> None:
    told = portal_of(tmp_path, ROWS).matrix("social_share", "number", "year_to_date")
    assert told["quarters"] == ["2021-T3", "2022-T3"]
    assert [(one.code, [cell and cell.figure for cell in cells]) for one, cells in told["rows"]] == [
        ("AMP", [f"10,0{N}à{N}20,0{T}%", f"30,0{N}à{N}40,0{T}%"]),
        ("CT2", [None, f"80,0{T}%"]),
        ("CT4", [None, "inconnue"]),
    ]


def test_what_cannot_be_read_is_told_and_shows_no_figure(tmp_path: Path) -> None:
    reports = written(tmp_path / "reports", results("2022-T3 AMP social_share 10 80 10"))
    for what, wrong in (
        ("territory", "XX"), ("indicator", "../../x"), ("quarter", "2022-T2"), ("window", "ever"), ("unit", "moons"), ("scope", "some"),
    ):  # fmt: skip
        path = reports / "2022-T3" / "metropole" / "indicateurs.csv"
        path.unlink()
        written(
            reports, [row | {what: wrong, "quarter": "2022-T3"} for row in results("2022-T3 AMP social_share 10 80 10")]
        )
        if what == "quarter":
            path.write_text(path.read_text().replace("2022-T3", wrong))
        (period,) = read_periods(reports, AMP)
        assert len(period.table) == 0
        assert period.problem.startswith("ses chiffres ne peuvent pas être lus (")
        assert wrong in period.problem or what == "scope"
    build(reports, AMP)
    assert "ses chiffres ne peuvent pas" in (reports / "portail" / "editions.html").read_text().replace("Ses", "ses")
    assert "Aucun trimestre n’est encore publié." in (reports / "index.html").read_text()


def test_a_closed_edition_whose_figures_were_changed_shows_none(portal: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    shutil.copytree(portal, reports, ignore=shutil.ignore_patterns("portail"))
    path = reports / "2022-T3" / "indicateurs.csv"
    path.write_text(path.read_text().replace("63,60,3", "83,40,3", 1))
    changed = next(one for one in read_periods(reports, AMP) if one.name == "2022-T3")
    assert (len(changed.table), changed.problem) == (
        0,
        "ses chiffres ne peuvent pas être lus (leur fichier n’est pas celui du manifeste)",
    )


def test_failed_runs_are_listed_without_the_folders_of_a_machine(tmp_path: Path) -> None:
    left = tmp_path / "failed" / "2022-T3" / "pays-d-aix"
    left.mkdir(parents=True)
    (left / "cause.json").write_text(json.dumps({"cause": "cell dépenses: /srv/secret/data/clean/x.parquet: damaged"}))
    (failed,) = read_failed(tmp_path / "failed", AMP)
    assert (failed.period, failed.label, failed.cause) == ("2022-T3", "Pays d’Aix", "cell dépenses: x.parquet: damaged")
    reports = written(tmp_path / "reports", results(ROWS.replace(" verdict=not", "")))
    build(reports, AMP)
    assert "2022-T3, Pays d’Aix" in (reports / "portail" / "editions.html").read_text()
    assert "rapports non produits (1)" in (reports / "index.html").read_text()


def test_another_buyer_is_not_shown(tmp_path: Path) -> None:
    reports = written(tmp_path, results("2022-T3 AMP social_share 10 80 10"))
    notebook = reports / "2022-T3" / "metropole" / "report.ipynb"
    notebook.write_text(notebook.read_text().replace("amp", "rennes"))
    assert read_periods(reports, AMP) == []


def test_a_cell_that_a_spreadsheet_would_run_gets_its_apostrophe(tmp_path: Path) -> None:
    reports = written(tmp_path, results("2022-T3 AMP social_share 10 80 10 reason==1+1"))
    build(reports, AMP)
    (row,) = csv.DictReader(io.StringIO((reports / "portail" / "donnees" / "indicateurs.csv").read_text()))
    assert row["reason"] == "'=1+1"


def test_an_index_holds_no_path_of_the_machine(portal: Path) -> None:
    for path in [portal / "index.html", portal / "portail" / "editions.html"]:
        assert str(portal) not in path.read_text()
        assert re.search(r"file://|http://", path.read_text()) is None


def test_told_is_the_row_of_its_key(portal: Path) -> None:
    whole = Portal(AMP, read_periods(portal, AMP))
    for row in whole.quarters[0].rows[::97]:
        assert whole.told[key_of(row)] == told(row, AMP)
