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
        ("Chef DRH", False), ("Directeur SIG", False), ("Responsable Achats", False), ("RESPONSABLE VOIRIE", False),
        ("Acheteuse, nettoyage des locaux", False), ("Assistante de direction", False),
        ("Mme. Exemple", True), ("MME EXEMPLE", True), ("madame Exemple", True), ("Jean Exemple", True), ("EXEMPLE Jean", True),
        ("J. EXEMPLE", True), ("M Exemple", True), ("Mr. Exemple", True), ("Anne de LA EXEMPLE", True), ("jean exemple", True),
        ("Marie-Claude LE EXEMPLE", True), ("Responsable : Jean EXEMPLE", True), ("Acheteur (Paul Exemple)", True),
        ("Responsable Exemple", True), ("chef Mme exemple", True),
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


def read(folder: Path, clean: Path) -> pd.DataFrame:
    ingest([folder], clean)
    return read_table(schemas.NEEDS, clean)


CORRECTION = HEAD + ";fichier_lu;enregistrement_lu"
OTHER_BUYER = "21130055300016"


@pytest.mark.parametrize(
    ("files", "kept", "repeated"),
    [
        # two corrections of one line: both are kept, and said to be of one number
        ({"v1.csv": "B1;10;;", "aa.csv": "B1;20;v1.csv;1", "zz.csv": "B1;30;v1.csv;1"}, [20, 30], 2),
        # a census told again with another amount
        ({"v1.csv": "B1;10;;", "v2.csv": "B1;20;;"}, [10, 20], 2),
        # a correction saved under the name of its census does not replace itself
        ({"v1.csv": "B1;20;v1.csv;1"}, [20], 0),
        # files that name one another are both kept
        ({"v1.csv": "B1;10;v2.csv;1", "v2.csv": "B1;20;v1.csv;1"}, [10, 20], 2),
        # a correction of a correction
        ({"v1.csv": "B1;10;;", "v2.csv": "B1;20;v1.csv;1", "v3.csv": "B1;30;v2.csv;1"}, [30], 0),
        ({"v1.csv": "B1;10;;", "v2.csv": "B1;20;v1.csv;7"}, [10, 20], 2),  # of a line that is not there
    ],
)
def test_no_correction_loses_a_need_or_counts_it_unseen(
    files: dict[str, str], kept: list[int], repeated: int, tmp_path: Path
) -> None:
    (tmp_path / "raw").mkdir()
    for name, told in files.items():
        number, amount, file, record = told.split(";")
        line = f"20005480700017;{number};Voirie;CT1;;39130000;Chaises;{amount}000;01/03/2023;12;Responsable;{file};{record}"
        (tmp_path / "raw" / name).write_text(f"{CORRECTION}\n{line}\n", encoding="utf-8")
    needs = read(tmp_path / "raw", tmp_path / "clean")
    assert sorted(needs["amount_cents"] // 100_000) == kept
    ledger = read_table(schemas.LEDGER, tmp_path / "clean")
    assert (ledger["rule"] == "need_repeated").sum() == repeated


def test_nobody_corrects_the_need_of_another_buyer(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for name, siret, origin in (("v1.csv", "20005480700017", ";"), ("v2.csv", OTHER_BUYER, "v1.csv;1")):
        line = f"{siret};B1;Voirie;CT1;;39130000;Chaises;10000;01/03/2023;12;Responsable;{origin}"
        (tmp_path / "raw" / name).write_text(f"{CORRECTION}\n{line}\n", encoding="utf-8")
    assert sorted(read(tmp_path / "raw", tmp_path / "clean")["buyer_siren"]) == ["200054807", OTHER_BUYER[:9]]


def test_a_need_that_names_no_buyer_is_of_the_only_organisation(tmp_path: Path) -> None:
    line = ";B1;Voirie;CT1;;39130000;Chaises;10000;01/03/2023;12;Responsable"
    assert read(census(tmp_path / "raw", (line,)), tmp_path / "clean")["buyer_siren"].tolist() == ["200054807"]


def test_a_workbook_that_somebody_corrects_is_not_overwritten(clean: Path, tmp_path: Path) -> None:
    first = give_back(clean, tmp_path / "back")
    first[0].file.write_bytes(b"being corrected")
    second = give_back(clean, tmp_path / "back")
    assert first[0].file.read_bytes() == b"being corrected"
    assert second[0].file.name == f"{first[0].file.stem}-1.xlsx"
    assert [one.file for one in second[1:]] == [one.file for one in first[1:]]


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
