"""Persons who must appear nowhere, put wherever files hold them, then looked for in every byte that is made of them.

Three contracts only: below the minimum count of every sheet, whose figures are looked for as well.
"""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
import shutil
import socket
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pyarrow.parquet as parquet
import pytest
import xlsxwriter
from typer.testing import CliRunner

from spaser_analysis import schemas, workspace
from spaser_analysis.cli import app
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.schemas import MASKED
from spaser_analysis.tables import read_table

ARTISAN, HIDDEN, PAINTER = "987650009", "987650017", "987650025"  # no enterprise has these
SIRETS = {ARTISAN: "987 650 009 00010", HIDDEN: "987 650 017 00013", PAINTER: "987 650 025 00016"}
NUMBERS = (*SIRETS, *SIRETS.values())
# Whatever is a person's holds one of these words or figures.
SECRETS = ("sentinel", "98 76 54 32", "98765432", "98.76.54.32")
MAIL, TELEPHONE, AGENT = "zoe.sentinel@exemple.fr", "06 98 76 54 32", "Mme Zoé SENTINEL"
# Of the folders, the user and the machine.
PLACES = ("maisonneuve", "utilisatrix", "machinatrix")
BUYER = "20005480700017"


def decp() -> dict[str, Any]:
    """One contract of the 2022 format, its holder a sole trader that only a list tells, its platform talkative."""
    return {
        "id": "2022A1", "acheteur": {"id": BUYER, "contact": AGENT, "mel": MAIL}, "nature": "Marché",
        "objet": f"Fresque &amp; décor, contact {MAIL} ou 0698765432", "codeCPV": "45233140", "procedure": "Procédure adaptée",
        "dureeMois": 12, "dateNotification": "2022-07-04", "datePublicationDonnees": "2022-08-01", "montant": 700,
        "offresRecues": 4993, "lieuExecution": {"code": "13100", "typeCode": "Code postal", "telephone": TELEPHONE},
        "considerationsEnvironnementales": [{"considerationEnvironnementale": "Clause environnementale"}],
        "contact": {"nom": AGENT, "telephone": TELEPHONE}, "courriel": MAIL,
        "titulaires": [{"titulaire": {"id": SIRETS[ARTISAN], "typeIdentifiant": "SIRET",
                                      "denominationSociale": "SENTINEL  Ulysse", "mel": MAIL}}],
    }  # fmt: skip


def inputs(folder: Path) -> list[Path]:
    """Six files of four formats."""
    mine, other = folder / PLACES[1], folder / "autre"
    mine.mkdir()
    other.mkdir()
    (mine / "decp_2022-10-31.json").write_text(json.dumps({"marches": {"marche": [decp()]}}, ensure_ascii=False))
    second = decp() | {
        "id": "2022A2",
        "objet": "Enrobés",
        "montant": 1100,
        "offresRecues": 4987,
        "considerationsEnvironnementales": [],
    }
    second |= {"titulaires": [{"titulaire": {"id": f"SIRET {SIRETS[HIDDEN]}", "denominationSociale": "Atelier&nbsp;SENTINEL"}}],
               "considerationsEnvironnementales": ["Pas de considération environnementale"]}  # fmt: skip
    (other / "decp_2022-10-31.json").write_text(json.dumps({"marches": {"marche": [second]}}, ensure_ascii=False))
    (mine / "registre.csv").write_text(
        "numero_marche;objet;acheteur_siret;date_notification;montant_ht;titulaire_siret;titulaire_nom;direction;offres_recues;"
        "considerations_environnementales;contact_nom;telephone;courriel;code_cpv\n"
        f"A3;Peinture, {MAIL} {TELEPHONE};{BUYER};2022-07-05;1500;{SIRETS[PAINTER]};Mme  SENTINEL Irène;DMG ({AGENT});4999;"
        f"Pas de considération environnementale;{AGENT};{TELEPHONE};{MAIL};45442100\n"
        f"A4;Prix à demander;{BUYER};2021-07-05;voir {AGENT} au {TELEPHONE};{AGENT};;DMG;;;{AGENT};;;45442100\n"
    )  # fmt: skip
    paid = "acheteur_siret;date_paiement;montant_ht;fournisseur_siret;fournisseur_nom;direction;nature_budgetaire;source;gestionnaire\n"
    (mine / "mandats.csv").write_text(paid + "".join(
        f"{BUYER};{day};{amount};{siret};{name};Achats {MAIL};achat;{AGENT};{AGENT}\n" for day, amount, siret, name in (
            ("04/07/2022", "70,00", SIRETS[ARTISAN], '"SENTINEL&nbsp;Ulysse"'), (TELEPHONE, "beaucoup", "", "M. SENTINEL"),
            ("05/07/2022", "11,00", SIRETS[PAINTER], "SENTINEL Irène"), ("05/07/2022", "12,00", AGENT, ""),
            ("05/07/2022", "13,00", "", "SENTINEL Ida EI"), ("06/07/2022", "14,00", f"n° {SIRETS[HIDDEN]}", "Atelier SENTINEL"),
        )))  # fmt: skip
    (mine / "statuts.csv").write_text(
        "siret;siren;denomination;statut;valide_du;liste;telephone\n"
        f";{ARTISAN};SENTINEL Ulysse;sole_trader;2020-01-01;Répertoire;{TELEPHONE}\n{SIRETS[HIDDEN]};;Atelier SENTINEL;P;;Répertoire;\n"
        f";{ARTISAN};SENTINEL  Ulysse;PME;2020-01-01;Tailles ({AGENT});\n"
    )
    with xlsxwriter.Workbook(mine / "recensement.xlsx") as book:
        book.set_properties({"author": AGENT})
        sheet = book.add_worksheet()
        for rank, row in enumerate((
            ("acheteur_siret", "numero_besoin", "direction", "objet", "code_cpv", "montant_estime_ht", "date_debut",
             "fonction_contact", "source", "remarque"),
            (BUYER, "B1", f"Voirie ({AGENT})", f"Bancs pour {AGENT}", "39130000", "45000", "01/03/2023", AGENT, "", AGENT),
            (BUYER, "B2", "Voirie", f"Chaises {MAIL}", "39130000", f"dire {TELEPHONE}", "", f"Chef, {MAIL}", AGENT, AGENT),
        )):  # fmt: skip
            sheet.write_row(rank, 0, row)
    return [mine / "decp_2022-10-31.json", other / "decp_2022-10-31.json",
            *(mine / name for name in ("registre.csv", "mandats.csv", "statuts.csv", "recensement.xlsx"))]  # fmt: skip


def unreadable(folder: Path) -> Iterator[Path]:
    """Files that are refused, each with a person where the fault is."""
    good = json.dumps({"marches": {"marche": [decp()]}}, ensure_ascii=False).encode()
    header = "numero_marche;objet;acheteur_siret;date_notification;montant_ht"
    for name, content in {
        "cut.json": good[: good.index(b"Ulysse") + 3], "more.json": good + AGENT.encode(), "comma.json": good.replace(b'", "', b'" "'),
        "latin.json": good.decode().encode("latin-1"), "columns.csv": f"{AGENT};{MAIL}\n{AGENT};{MAIL}\n".encode(),
        "twice.csv": f"{header};objet\n{AGENT};{MAIL};;;;\n".encode(), "quote.csv": f'{header}\nA;"{MAIL}"x;;;\n'.encode(),
        "mixed.csv": f"{header}\nA;{AGENT};;;\n".encode() + "B;é\n".encode("latin-1"), "binary.csv": AGENT.encode() + b"\0",
        "cut.xml": f"<marches><marche><id>{AGENT}</id><objet>{MAIL}".encode(), "cut.parquet": b"PAR1" + AGENT.encode(),
        "cut.xlsx": b"PK\x03\x04" + AGENT.encode(), "nothing.csv": f"{header}\n;{AGENT};;;\n".encode(),
    }.items():  # fmt: skip
        (folder / name).write_bytes(content)
        yield folder / name


def texts(content: bytes, depth: int = 0) -> Iterator[str]:
    """All that is legible in a file: archives, tables and images opened, encodings and escapes undone."""
    yield content.decode("utf-8", "replace")
    yield content.decode("utf-16-le", "ignore")
    if content[:4] == content[-4:] == b"PAR1":
        yield parquet.read_table(io.BytesIO(content)).to_pandas().to_csv(index=False)  # row numbers are no figures
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield member.filename
                yield from texts(archive.read(member), depth)
    elif content[:4] == b"\x89PNG":
        for chunk in re.finditer(rb"(?:zTXt|iTXt)[^\0]{1,79}\0.(.+)", content, re.DOTALL):
            yield zlib.decompressobj().decompress(chunk[1]).decode("utf-8", "replace")
    else:
        text = html.unescape(content.decode("utf-8", "replace"))
        yield text
        yield re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
        for found in re.findall(r"[A-Za-z0-9+/]{60,}={0,2}", text.replace("\\n", "")) if depth < 2 else ():
            yield from texts(base64.b64decode(found + "=" * (-len(found) % 4)), depth + 1)


def found_in(content: bytes, words: tuple[str, ...]) -> set[str]:
    return {word for text in texts(content) for word in words if word.casefold() in text.casefold()}


def leaks(folder: Path, words: tuple[str, ...]) -> dict[str, set[str]]:
    """The files below a folder, by name, that hold one of the words, or bear it."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    named = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    assert named
    told = ((name, found_in(content, words) | found_in(name.encode(), words)) for name, content in named.items())
    return {name: found for name, found in told if found}


def test_the_search_sees_what_it_looks_for(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", "Sentinel")
    table = io.BytesIO()
    pd.DataFrame({"x": ["sentinel"] * 9}).to_parquet(table)
    hidden = b"x" * 60 + b" sentinel"
    held = {
        "zip": packed.getvalue(), "parquet": table.getvalue(), "html": b"sentinel".replace(b"e", b"&#101;"),
        "json": rb"\u0073entinel", "utf16": "sentinel".encode("utf-16"), "base64": b'src="' + base64.b64encode(hidden) + b'"',
        "png": b"\x89PNG....zTXtAuthor\0\0" + zlib.compress(b"sentinel"),
    }  # fmt: skip
    for name, content in held.items():
        (tmp_path / name).write_bytes(content)
    assert sorted(leaks(tmp_path, SECRETS)) == sorted(held)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """``clean``, ``reports``, ``given`` (the census), ``compared``, ``failed`` and ``said``, all of a folder of telling names."""
    folder = tmp_path_factory.mktemp(PLACES[0])
    home = folder / "spaser"
    for name in ("data/organisations", "data/reference", "data/templates", "notebooks"):
        shutil.copytree(workspace.home() / name, home / name)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            *(("USER", PLACES[1]), ("LOGNAME", PLACES[1]), ("HOSTNAME", PLACES[2]), ("HOME", str(folder / PLACES[1]))),
            *(("XDG_CACHE_HOME", str(folder / "caches")), ("SPASER_HOME", str(home))),
        ):
            patch.setenv(name, value)
        patch.delenv("SPASER_CLEAN", raising=False)
        patch.chdir(folder)
        said = folder / "said"
        said.mkdir()

        def run(name: str, code: int, *words: str) -> None:
            done = CliRunner().invoke(app, list(words), env={"COLUMNS": "300"})
            assert done.exit_code == code, done.output
            (said / name).write_text(done.output)

        run("ingest", 0, "ingest", *map(str, inputs(folder)), "--clean", "clean", "--json")
        for path in unreadable(folder):
            run(path.name, 3, "ingest", str(path), "--clean", "none")
        run("census", 0, "census", "--to", "given", "--clean", "clean")
        compared = ("--quarter", "2022-T3", "--window", "quarter", "--clean", "clean", "--out", "compared")
        run("compared", 0, "compare-buyers", *compared)
        publishing = ("publish", "--quarter", "2022-T3", "--clean", "clean", "--reports", "reports/editions")
        run("published", 0, *publishing)
        notebook = nbformat.read(home / "notebooks" / "rapport_territoire.ipynb", as_version=4)
        notebook.cells[4].source = "report.contracts.to_string() + report.payments.supplier_name.nothing"
        nbformat.write(notebook, home / "notebooks" / "rapport_territoire.ipynb")
        run("failure", 1, *publishing, "--territory", "AMP", "--force")
        yield folder


OUTPUTS = ("clean", "reports", "given", "compared", "said")


@pytest.mark.slow
@pytest.mark.parametrize("output", OUTPUTS)
def test_no_person_is_in_anything_that_is_made(made: Path, output: str) -> None:
    """``reports`` holds the editions, and beside them what the report that failed has left."""
    assert leaks(made / output, SECRETS) == {}


@pytest.mark.slow
def test_nothing_else_was_left_anywhere(made: Path) -> None:
    """Caches and folders of work are no hiding place: but for the inputs, every file is looked at."""
    given = {*made.glob("*.*"), *(made / PLACES[1]).glob("*.*"), *(made / "autre").glob("*.*")}
    looked = [
        path for path in made.rglob("*") if path.is_file() and path not in given and made / "spaser" not in path.parents
    ]
    assert {str(path.relative_to(made)) for path in looked if found_in(path.read_bytes(), SECRETS)} == set()


@pytest.mark.slow
def test_the_identifiers_of_persons_stay_in_the_clean_tables_and_count(made: Path) -> None:
    assert sorted(leaks(made / "clean", NUMBERS)) == ["holders.parquet", "payments.parquet", "suppliers.parquet"]
    for output in ("reports", "given", "compared", "said"):
        assert leaks(made / output, NUMBERS) == {}
    holders, payments = (read_table(one, made / "clean") for one in (schemas.HOLDERS, schemas.PAYMENTS))
    assert sorted(holders["holder_siren"].dropna()) == [ARTISAN, HIDDEN, PAINTER]
    assert set(holders["titulaire_denominationSociale"]) == set(payments["supplier_name"]) == {MASKED}
    assert (len(holders), payments["supplier_id"].nunique()) == (4, 6)


@pytest.mark.slow
def test_no_folder_user_nor_machine_is_in_an_edition(made: Path) -> None:
    machine = socket.gethostname()
    words = (
        *PLACES,
        str(workspace.home()),
        "/tmp/",
        "/home/",
        *([machine] if len(machine) > 5 else []),
    )  # "vm" is in words
    assert leaks(made / "reports" / "editions", words) == {}
    assert leaks(made / "clean", words) == leaks(made / "given", words) == leaks(made / "compared", words) == {}
    assert {one["name"] for one in json.loads((made / "said" / "ingest").read_text())["files"]} == {
        *("decp_2022-10-31.json", "decp_2022-10-31.json (2)", "registre.csv", "mandats.csv", "statuts.csv"),
        "recensement.xlsx",
    }
    for book in [*made.rglob("reports/**/*.xlsx"), *(made / "given").rglob("*.xlsx")]:
        with zipfile.ZipFile(book) as archive:
            about = archive.read("docProps/core.xml").decode()
        assert re.findall(r"<(?:dc:creator|cp:lastModifiedBy)>(.*?)<", about) == ["", ""]


def _cell(row: dict[str, str]) -> tuple[str | None, ...]:
    return tuple(map(row.get, ("territory", "indicator", "window", "scope")))


@pytest.mark.slow
def test_no_figure_below_the_minimum_count_is_in_an_edition(made: Path) -> None:
    """Of three contracts, 700 euros of 3,300 with a consideration, and a median of 4,993 offers."""
    told = 0
    for path in (made / "reports" / "editions").rglob("indicateurs.csv"):
        rows = [one for one in csv.DictReader(io.StringIO(path.read_text())) if "indicator" in one]
        small = set()
        for row in rows:
            counts = [int(row[name] or 0) for name in ("yes", "no", "unknown")]
            least = INDICATORS_BY_CODE[row["indicator"]].sheet.minimum_count
            if row.get("measure") not in ("value", "total", "ratio") and 0 < sum(counts) < least:
                small.add(_cell(row))
        for row in rows:
            if _cell(row) in small:
                told += 1
                assert [row.get(name) or "" for name in ("low", "high", "among_known", "value")] == [""] * 4, row
    assert told > 20
    figures = re.compile(
        r"(?<![\d,.])(?:21[,.]21?2?1?|0[.,]2121\d*|78[,.]78?\d*|0[.,]7878\d*|4[\s\u202f\u00a0]?993)(?![\d])"
    )
    for path in sorted((made / "reports" / "editions").rglob("*")):
        if path.is_file():
            for text in texts(path.read_bytes(), depth=2):
                assert figures.findall(text) == [], path
