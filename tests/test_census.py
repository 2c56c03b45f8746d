"""A census goes to the directorates and comes back: their own lines, the cause beside each, read again once corrected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from spaser_analysis import schemas
from spaser_analysis.census import CAUSES, give_back
from spaser_analysis.cli import app
from spaser_analysis.ingest import ingest
from spaser_analysis.tables import NoCleanTables, read_table

HEAD = "acheteur_siret;numero_besoin;direction;territoire;famille;code_cpv;objet;montant_estime_ht;date_debut;duree_mois;fonction_contact"
LINES = (
    "20005480700017;B1;Voirie;CT1;;45233140;Enrobés;45000;01/03/2023;12;Chef de service",
    "20005480700017;B2;Voirie;CT1;;;=1+1;;;;",
    "20005480700017;B3;Voirie;CT8;inconnue;39130000;Chaises;beaucoup;31/02/2023;12;Mme Exemple",
    "20005480700017;B3;Achats;CT1;;39130000;Tables;10;01/03/2023;12;Responsable",
    "20005480700017;;;CT1;;39130000;Bancs;4000;01/03/2023;12;Jean EXEMPLE",
    "20005480700017;B6;Voirie;CT1;39130000",
)


def census(folder: Path, lines: tuple[str, ...] = LINES, name: str = "besoins.csv") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
    return folder


def rows_of(file: Path) -> list[dict[str, Any]]:
    header, *cells = load_workbook(file).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in cells]


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    done = ingest([census(tmp_path / "raw")], tmp_path / "clean")
    (file,) = done.files
    assert (file.read, file.used, file.rejected) == (6, 4, 2)
    return tmp_path / "clean"


def test_each_directorate_gets_its_own_lines_with_every_cause(clean: Path, tmp_path: Path) -> None:
    given = {one.directorate: one for one in give_back(clean, tmp_path / "back")}
    assert {name: one.lines for name, one in given.items()} == {"Achats": 1, "Voirie": 3, "sans direction": 1}
    roads = {row["numero_besoin"]: row for row in rows_of(given["Voirie"].file)}
    assert sorted(roads) == ["B2", "B3", "B6"]  # B1 has nothing to correct
    assert roads["B2"]["objet"] == "=1+1"
    causes = roads["B2"][CAUSES].split("\n")
    assert [one.partition(" : ")[0] for one in causes] == ["date_debut", "duree_mois", "famille", "montant_estime_ht"]
    assert "ligne : la ligne n’a pas autant de cellules" in roads["B6"][CAUSES]
    told = roads["B3"][CAUSES]
    for word in (
        "date illisible",
        "montant illisible",
        "territoire déclaré inconnu",
        "famille hors des listes",
        "personne",
        "déjà donné",
    ):
        assert word in told
    assert (roads["B3"]["montant_estime_ht"], roads["B3"]["date_debut"], roads["B3"]["territoire"]) == (
        "beaucoup",
        "31/02/2023",
        "CT8",
    )


def test_a_person_is_kept_nowhere(clean: Path, tmp_path: Path) -> None:
    give_back(clean, tmp_path / "back")
    kept = [path.read_bytes() for path in sorted(clean.glob("*.parquet"))]
    texts = pd.concat([pd.read_parquet(path).astype("str").stack() for path in sorted(clean.glob("*.parquet"))])
    assert not texts.str.contains("Exemple|EXEMPLE").any()
    assert all(b"Mme Exemple" not in one for one in kept)
    for file in (tmp_path / "back").iterdir():
        assert "xemple" not in "".join(str(row) for row in rows_of(file)).casefold().replace("exemplaire", "")
    assert read_table(schemas.NEEDS, clean)["contact_function"].dropna().tolist() == ["Chef de service", "Responsable"]


@pytest.mark.parametrize(
    ("contact", "is_person"),
    [
        ("Mme Exemple", True), ("M. Exemple", True), ("exemple@exemple.fr", True), ("04 91 00 00 00", True), ("Jean EXEMPLE", True),
        ("Anne-Marie D’EXEMPLE", True), ("Madame la directrice", True), ("Responsable des achats", False), ("Chef de service DRH", False),
        ("Chargée de mission, 2e étage", False), ("DGA Ressources", False), ("Directeur général des services", False),
    ],
)  # fmt: skip
def test_a_function_or_a_person(contact: str, is_person: bool, tmp_path: Path) -> None:
    line = f"20005480700017;B1;Voirie;CT1;;45233140;Enrobés;45000;01/03/2023;12;{contact}"
    ingest([census(tmp_path / "raw", (line,))], tmp_path / "clean")
    found = read_table(schemas.NEEDS, tmp_path / "clean")["contact_function"]
    assert found.isna().all() == is_person


def test_a_corrected_line_replaces_what_it_was(clean: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    for one in give_back(clean, raw / "corrections"):
        book = load_workbook(one.file)
        sheet = book.worksheets[0]
        places = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, places["montant_estime_ht"]).value = "70000"
            sheet.cell(row, places["numero_besoin"]).value = f"C{row}-{one.directorate[:3]}"
        book.save(one.file)
    done = ingest([raw], clean)
    files = {one.name: (one.read, one.used, one.rejected, one.duplicates) for one in done.files}
    assert files["besoins.csv"] == (6, 1, 2, 3)  # two were rejected already, three used lines are replaced
    needs = read_table(schemas.NEEDS, clean)
    assert sorted(needs["need_id"]) == ["B1", "C2-Ach", "C2-Voi", "C2-san", "C3-Voi", "C4-Voi"]
    assert needs["amount_cents"].sum() == 4_500_000 + 5 * 7_000_000
    ledger = read_table(schemas.LEDGER, clean)
    assert (ledger["rule"] == "need_corrected").sum() == 3
    again = {one.directorate: one.lines for one in give_back(clean, tmp_path / "again")}
    assert again["Voirie"] == 3  # what is still wrong, once


def test_the_same_lines_the_same_files(clean: Path, tmp_path: Path) -> None:
    first, second = (give_back(clean, tmp_path / name) for name in ("one", "two"))
    assert [one.file.read_bytes() for one in first] == [one.file.read_bytes() for one in second]


def test_names_that_are_no_names_of_files(tmp_path: Path) -> None:
    names = ("../../etc", "A/B", "a b", "A-B", "…", "x" * 300)
    lines = tuple(f"20005480700017;B{n};{name};CT1;;;Chaises;;;;" for n, name in enumerate(names))
    ingest([census(tmp_path / "raw", lines)], tmp_path / "clean")
    given = give_back(tmp_path / "clean", tmp_path / "back")
    assert len({one.file for one in given}) == len(given) == len(names)
    assert {one.file.parent for one in given} == {tmp_path / "back"}
    assert max(len(one.file.name) for one in given) < 100


def test_the_command_says_what_it_wrote(clean: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["census", "--clean", str(clean), "--to", str(tmp_path / "back")])
    assert run.exit_code == 0
    assert "Voirie: 3 lines in" in run.output
    assert "5 lines to correct in all." in run.output
    told = json.loads(
        CliRunner().invoke(app, ["census", "--clean", str(clean), "--to", str(tmp_path / "back"), "--json"]).output
    )
    assert [one["lines"] for one in told] == [1, 3, 1]


def test_without_a_census_there_is_nothing_to_give_back(tmp_path: Path, sample_clean: Path) -> None:
    with pytest.raises(NoCleanTables, match="no such clean table"):
        give_back(tmp_path / "none", tmp_path / "back")
    register = (
        "numero_marche;objet;acheteur_siret;date_notification;montant_ht\nM1;Chaises;20005480700017;01/03/2023;45000\n"
    )
    (tmp_path / "register.csv").write_text(register, encoding="utf-8")
    ingest([tmp_path / "register.csv"], tmp_path / "clean")
    run = CliRunner().invoke(app, ["census", "--clean", str(tmp_path / "clean"), "--to", str(tmp_path / "back")])
    assert run.exit_code == 3
    assert "no census of needs" in run.output
    assert not (tmp_path / "back").exists()
