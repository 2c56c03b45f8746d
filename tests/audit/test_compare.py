"""Two editions, reports or notebooks compared: what changed, objectives first, and why."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from typer.testing import CliRunner

from spaser_analysis.audit import compare as room
from spaser_analysis.audit.compare import Comparison, compare
from spaser_analysis.cli import app
from spaser_analysis.publishing.manifest import Input
from spaser_analysis.report import FIGURES
from spaser_analysis.schemas import CONTRACTS
from spaser_analysis.tables import write_table
from tests.audit.test_reproduce import small
from tests.tables import table

N = "\u00a0"
HEAD = "quarter,territory,indicator,libelle,window,scope,measure,yes,no,unknown,low,high,among_known,value,unit,target,verdict,reason,version,snapshot"
BEFORE = """
2022-T3,AMP,environmental_share,Environnement,quarter,all,number,50,50,10,0.4545,0.5455,0.5,,share,1.0,,provisoire,1,2022-10-31
2022-T3,AMP,social_share,Social,quarter,all,number,10,90,10,0.0909,0.1818,0.1,,share,0.3,,,1,2022-10-31
2022-T3,AMP,median_offers,Offres,quarter,all,median,100,,10,,,,3.0,offers,,,,1,2022-10-31
2022-T3,AMP,sme_share,PME,quarter,all,number,5,5,0,0.5,0.5,0.5,0.5,share,,,,1,2022-10-31
2022-T3,AMP,late_publication_share,Retard,quarter,all,value,5000000000,5000000000,0,0.5,0.5,0.5,0.5,share,,,,1,2022-10-31
"""
# Twelve more of which two were known as unknown; two moved; a third more; other version; more money.
AFTER = """
2022-T3,AMP,environmental_share,Environnement,quarter,all,number,58,56,8,0.4754,0.541,0.5088,,share,1.0,,,1,2026-03-01
2022-T3,AMP,social_share,Social,quarter,all,number,12,88,10,0.1091,0.2,0.12,,share,0.3,,,1,2026-03-01
2022-T3,AMP,median_offers,Offres,quarter,all,median,100,,10,,,,4.0,offers,,,,1,2026-03-01
2022-T3,AMP,sme_share,PME,quarter,all,number,5,5,0,0.5,0.5,0.5,0.5,share,,,,2,2026-03-01
2022-T3,AMP,late_publication_share,Retard,quarter,all,value,6000000000,5000000000,0,0.5455,0.5455,0.5455,0.5455,share,,,,1,2026-03-01
"""


def report(folder: Path, rows: str, prose: str = "Le trimestre.") -> Path:
    csv = HEAD + rows
    cells = [
        new_markdown_cell(f"# Où en est-on ?\n\n{prose}", id="titre"),
        new_code_cell(
            "spaser.results_data(report)", id="resultats", outputs=[new_output("display_data", {"text/csv": csv})]
        ),
    ]
    folder.mkdir(parents=True)
    (folder / "report.ipynb").write_text(nbformat.writes(new_notebook(cells=cells)))
    (folder / FIGURES).write_text(csv)
    return folder


def causes(found: Comparison) -> dict[str, tuple[str, ...]]:
    return {one.figure.split(" ")[1]: one.causes for one in found.changes}


def test_what_changed_objectives_first_then_the_largest(tmp_path: Path) -> None:
    found = compare(report(tmp_path / "one", BEFORE), report(tmp_path / "other", AFTER))
    assert found.lead == "5 chiffres sur 5 ont changé."
    assert [one.figure.split(" ")[1] for one in found.changes] == [
        *("social_share", "environmental_share", "median_offers", "late_publication_share", "sme_share"),
    ]
    assert [one.is_objective for one in found.changes] == [True, True, False, False, False]
    assert found.changes[0].figure == "AMP social_share quarter all number"
    assert found.changes[0].before == f"9,1{N}à{N}18,2\u202f% (10 oui, 90 non, 10 non renseignés)"
    assert found.changes[2].after == "4 (100 oui, 10 non renseignés)"
    assert found.changes[3].after == f"54,6\u202f% (60,0{N}M€ oui, 50,0{N}M€ non, 0{N}€ non renseignés)"


def test_why_each_changed(tmp_path: Path) -> None:
    found = compare(report(tmp_path / "one", BEFORE), report(tmp_path / "other", AFTER))
    assert causes(found) == {
        "environmental_share": (f"données{N}: 12 de plus", f"corrections{N}: 2 au moins d’un état à un autre"),
        "social_share": (f"corrections{N}: 2 au moins d’un état à un autre",),
        "median_offers": (),
        "sme_share": (f"méthode{N}: version 2 de la fiche au lieu de 1",),
        "late_publication_share": (f"données{N}: 10,0{N}M€ de plus",),
    }


def test_the_contracts_published_late_are_counted_in_the_clean_tables(tmp_path: Path) -> None:
    rows = """
    quarter | territory | datePublicationDonnees | buyer_siren
    2022-T3 | CT1 | 2022-10-31 | 200054807
    2022-T3 | CT1 | 2022-11-01 | 200054807
    2022-T3 |     | 2023-01-05 | 200054807
    2022-T3 | CT1 | 2023-01-05 | 241300417
    2022-T4 | CT1 | 2023-01-05 | 200054807
    2022-T3 | CT1 |            | 200054807
    """
    write_table(tmp_path / "clean" / "contracts.parquet", [table(rows)], CONTRACTS)
    found = compare(report(tmp_path / "one", BEFORE), report(tmp_path / "other", AFTER), tmp_path / "clean")
    assert causes(found)["environmental_share"][0] == f"données{N}: 12 de plus, 2 marchés publiés après le 2022-10-31"


def test_nothing_changed_but_the_day(tmp_path: Path) -> None:
    found = compare(
        report(tmp_path / "one", BEFORE), report(tmp_path / "other", BEFORE.replace("2022-10-31", "2026-03-01"))
    )
    assert (found.is_same, found.lead) == (True, "0 chiffre sur 5 a changé.")


def test_two_quarters_are_compared_figure_by_figure(tmp_path: Path) -> None:
    found = compare(report(tmp_path / "one", BEFORE), report(tmp_path / "other", BEFORE.replace("2022-T3", "2022-T4")))
    assert found.changes == ()


def test_notebooks_alone_and_what_they_say_beside_figures(tmp_path: Path) -> None:
    one, other = report(tmp_path / "one", BEFORE), report(tmp_path / "other", AFTER, "Un autre.")
    found = compare(one / "report.ipynb", other / "report.ipynb")
    assert found.lead == "5 chiffres sur 5 ont changé ; 1 autre différence de contenu."
    assert [(d.where, d.before, d.after) for d in found.contents[""]] == [
        ("report.ipynb, cellule titre, markdown, ligne 3", "Le trimestre.", "Un autre.")
    ]


def test_editions_report_by_report_with_what_their_manifests_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, rows in (("one", BEFORE), ("other", AFTER)):
        report(tmp_path / name / "metropole", rows)
    report(tmp_path / "other" / "pays-d-aix", BEFORE)
    inputs = {"one": (Input("a.csv", "1", "", 1, 1, 0, 0),), "other": (Input("a.csv", "2", "", 1, 1, 0, 0),)}
    monkeypatch.setattr(room, "read_edition", lambda folder: small(folder, inputs[folder.name]))
    found = compare(tmp_path / "one", tmp_path / "other")
    assert {one.report for one in found.changes} == {"metropole"}
    assert found.figures == 5
    assert [(d.kind, d.where) for d in found.contents["pays-d-aix"]] == [
        ("unexpected", "indicateurs.csv"),
        ("unexpected", "report.ipynb"),
    ]
    assert found.causes == (f"fichier d’entrée modifié{N}: a.csv",)


def test_the_command_tells_and_its_exit_code_says_whether_anything_differs(tmp_path: Path) -> None:
    one, other = report(tmp_path / "one", BEFORE), report(tmp_path / "other", AFTER)
    same = CliRunner().invoke(app, ["compare", str(one), str(one)])
    assert (same.exit_code, same.stdout) == (0, "0 chiffre sur 5 a changé.\n")
    differs = CliRunner().invoke(app, ["compare", str(one), str(other)])
    assert differs.exit_code == 1
    assert differs.stdout.startswith(f"5 chiffres sur 5 ont changé.\nAMP social_share quarter all number{N}: 9,1")
    told = json.loads(CliRunner().invoke(app, ["compare", str(one), str(other), "--json"]).stdout)
    assert told["changes"][0]["causes"] == [f"corrections{N}: 2 au moins d’un état à un autre"]
    assert CliRunner().invoke(app, ["compare", str(tmp_path / "absent"), str(one)]).exit_code == 2
