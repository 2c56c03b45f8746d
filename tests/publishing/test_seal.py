"""Editions are closed once, kept when another takes their place, and chained so that none can go unseen."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from spaser_analysis import workspace
from spaser_analysis.publishing.erratum import changed_figures, erratum, reasons
from spaser_analysis.publishing.manifest import (
    MANIFEST,
    Edition,
    Input,
    NoEdition,
    Run,
    contents,
    files_of,
    parts_of,
    read_edition,
    written,
)  # fmt: skip
from spaser_analysis.publishing.publish import Closed, publish
from spaser_analysis.publishing.seal import Entry, read_list, sign_edition, standing
from spaser_analysis.publishing.signing import new_key


def edition(**changes: object) -> Edition:
    told: dict[str, object] = {
        "folder": Path("2022-T3"), "period": "2022-T3", "organisation": "amp", "revision": 1, "snapshot": "2026-03-01",
        "version": "0.5.0", "runs": (Run("metropole", "rapport_territoire", {"quarter": "2022-T3"}),),
        "files": {"metropole/report.html": "a"}, "parts": {}, "inputs": (Input("a.csv", "1", "decp", 3, 2, 1, 0),),
        "tables": {"contracts": "t"}, "contents": {"contracts": "c"},
        "code": {"library": "l", "reference": "r", "lock": "k", "notebook rapport_territoire": "n"},
        "versions": {"pandas": "3"}, "platform": "Linux", "previous": "",
    }  # fmt: skip
    return Edition(**{**told, **changes})  # type: ignore[arg-type]


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    one = edition(folder=tmp_path)
    (tmp_path / MANIFEST).write_bytes(written(one, "Métropole"))
    assert read_edition(tmp_path) == one
    graph = {entity["@id"]: entity for entity in json.loads((tmp_path / MANIFEST).read_text())["@graph"]}
    assert graph[MANIFEST]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert graph["./"]["hasPart"] == [{"@id": "metropole/report.html"}]
    assert graph["metropole/report.html"]["sha256"] == "a"
    assert graph["#run-metropole"]["instrument"] == {"@id": "#code-notebook-rapport_territoire"}
    assert {one["@id"] for one in graph["#run-metropole"]["object"]} <= set(graph)
    for entity in graph.values():  # flat, as JSON-LD of a crate must be: tools of research data refuse anything else
        for name, value in entity.items():
            for part in value if isinstance(value, list) else [value]:
                assert isinstance(part, str) or set(part) == {"@id"}, name


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"@graph": [{"@id": "./"}]}', '{"@graph": 3}', "\x00", '{"@graph": [1]}']
)
def test_what_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(NoEdition):
        read_edition(tmp_path)


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a/../../b", "", "./a"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / MANIFEST).write_bytes(written(edition(files={name: "a"}), "M"))
    with pytest.raises(NoEdition, match="not a name below"):
        read_edition(tmp_path)


def test_parts_tell_where_a_file_changed() -> None:
    cell = {
        "cell_type": "code",
        "id": "c1",
        "source": ["x"],
        "metadata": {},
        "outputs": [{"data": {"text/plain": "1"}}],
    }
    before = parts_of("report.ipynb", json.dumps({"cells": [cell]}).encode())
    cell["outputs"] = [{"data": {"text/plain": "2"}}]
    after = parts_of("report.ipynb", json.dumps({"cells": [cell]}).encode())
    assert [name for name in before if before[name] != after[name]] == ["cell c1, output 1"]
    page = "<h1>T</h1><h2 id='a'>En bref</h2><p>1</p><h2>Suite</h2>"
    told, now = parts_of("report.html", page.encode()), parts_of("report.html", page.replace("1</p>", "2</p>").encode())
    assert [name for name in told if told[name] != now[name]] == ["section 1 En bref"]


HEAD = "quarter,territory,indicator,libelle,window,scope,measure,yes,no,unknown,low,value,unit,target,verdict,snapshot"
OLD = f"{HEAD}\nT3,AMP,env,Env <b>|,year_to_date,all,number,1,2,3,0.1,,share,1.0,cannot say,2022\nT3,AMP,h,H,quarter,all,total,5,,0,,7,hours,,,2022\n"
NEW = f"{HEAD}\nT3,AMP,env,Env <b>|,year_to_date,all,number,2,2,2,0.2,0.5,share,1.0,not reached,2026\nT3,AMP,h,H,quarter,all,total,5,,0,,8,hours,,,2026\n"


def test_an_erratum_says_what_changed_and_why() -> None:
    assert changed_figures(OLD.encode(), OLD.replace("2022\n", "2023\n").encode()) == []
    before, after = edition(snapshot="2022-10-31"), edition(revision=2)
    files = erratum(before, after, OLD.encode(), NEW.encode(), "Métropole", "Montants corrigés <script>")
    rows = list(csv.reader(files["erratum.csv"].decode().splitlines()))
    assert rows == [
        ["chiffre", "colonne", "avant", "apres"],
        ["T3 AMP env year_to_date all number", "yes", "1", "2"],
        ["T3 AMP env year_to_date all number", "unknown", "3", "2"],
        ["T3 AMP env year_to_date all number", "verdict", "cannot say", "not reached"],
        ["T3 AMP h quarter all total", "value", "7", "8"],
    ]
    page = files["erratum.html"].decode()
    assert "<script" not in page
    for words in ("Montants corrigés", "données arrêtées au 1er mars 2026, non plus au 31 octobre 2022",
                  "2 chiffres ont changé", "1, 2, 3", "2, 2, 2"):  # fmt: skip
        assert words in page


def test_each_cause_has_its_words() -> None:
    one = edition()
    assert reasons(one, one) == ["aucune cause connue de l’outil"]
    said = {
        "inputs": (edition(inputs=(Input("a.csv", "2", "decp", 1, 1, 0, 0),)), "fichier d’entrée modifié : a.csv"),
        "version": (edition(version="0.6.0"), "version 0.6.0 de l’outil au lieu de 0.5.0"),
        "library": (edition(code={**one.code, "library": "m"}), "la bibliothèque spaser-analysis"),
        "reference": (edition(code={**one.code, "reference": "m"}), "données de référence"),
        "notebook": (edition(code={**one.code, "notebook rapport_territoire": "m"}), "le cahier rapport_territoire"),
        "versions": (edition(versions={"pandas": "4"}), "pandas 4 au lieu de 3"),
    }
    for after, words in said.values():
        (told,) = reasons(one, after)
        assert words in told


@pytest.mark.slow
def test_a_revision_keeps_what_it_replaces(sample_clean: Path, first_clean: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    told: list[Closed] = []
    publish(["2022-T3"], ["AMP", "CT2"], first_clean, reports, closed=told.append)
    first = read_edition(reports / "2022-T3")
    assert [(one.period, one.cause) for one in told] == [("2022-T3", "")]
    assert (first.revision, first.previous, first.snapshot) == (1, "", "2022-10-31")
    assert first.files == files_of(reports / "2022-T3")
    assert first.contents == contents(first_clean)
    new_key("amp", tmp_path / "key", tmp_path / "allowed")
    sign_edition(reports / "2022-T3", tmp_path / "key")
    kept = {path.name: path.read_bytes() for path in (reports / "2022-T3").iterdir() if path.is_file()}

    publish(["2022-T3"], ["AMP", "CT2"], first_clean, reports, force=True)  # says the same: nothing is written
    assert {path.name: path.read_bytes() for path in (reports / "2022-T3").iterdir() if path.is_file()} == kept

    publish(["2022-T3"], ["CT2"], sample_clean, reports, closed=told.append)
    assert "data of several days" in told[-1].cause
    publish(["2022-T3"], ["AMP", "CT2"], sample_clean, reports, closed=told.append, why="Données de mars")
    assert told[-1].cause == ""
    second = read_edition(reports / "2022-T3")
    former = workspace.former_edition(reports, "2022-T3-r1")
    assert {path.name: path.read_bytes() for path in former.iterdir() if path.is_file()} == kept
    assert files_of(former) == first.files
    assert (second.revision, second.snapshot) == (2, "2026-03-01")
    entries = read_list(reports)
    assert [one.revision for one in entries] == [1, 2]
    assert entries[1].previous == entries[0].manifest == second.previous
    assert [standing(reports, one) for one in entries] == [former, reports / "2022-T3"]
    assert not (reports / "2022-T3" / f"{MANIFEST}.sig").exists()  # it was of the first
    assert "Données de mars" in (reports / "2022-T3" / "erratum.html").read_text()
    assert {path.name for path in reports.iterdir()} == {"2022-T3", "editions.json", "keys", "revisions"}


def test_a_list_that_is_none(tmp_path: Path) -> None:
    assert read_list(tmp_path) == []
    workspace.editions_list(tmp_path).write_text("[{}]")
    with pytest.raises(ValueError, match="not a list of editions"):
        read_list(tmp_path)
    assert Entry("2022", 2, "a", "b").name == "2022-r2"
