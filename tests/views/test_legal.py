"""The two years that article L. 2111-3 asks for, category by category."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

import spaser_analysis as spaser
from spaser_analysis.publishing.edition import check_results
from spaser_analysis.report import Report
from spaser_analysis.schemas import DECLARATIONS, PAYMENTS
from tests.tables import table
from tests.views.test_quality import alone, opened

N, T = "\u00a0", "\u202f"
HOSTILE = "<script>alert(1)</script>"
LEGAL = ("year_place", "year_state", "balance", "purchases", "agec", "egalim", "legal_data")

SIGNED = """
quarter | dateNotification | territory | environmental | social | reserved | amount
2023-T1 | 2023-01-09 | CT1 | yes | no  | no  | 1000000
2023-T2 | 2023-04-09 | CT1 | no  | no  | no  | 1000000
2023-T3 | 2023-07-09 | AMP | no  | no  | no  | 1000000
2023-T4 | 2023-10-09 | CT2 | no  | no  | no  | 1000000
2023-T4 | 2023-10-09 | CT2 | no  | no  | no  | 1000000
2024-T1 | 2024-01-09 | CT1 | yes | yes | yes | 3000000
2024-T2 | 2024-04-09 | CT1 | yes | no  | no  | 1000000
2024-T3 | 2024-07-09 | AMP | yes |     |     | 1000000
2024-T4 | 2024-10-09 | CT2 | no  | no  | no  |
2024-T4 | 2024-12-09 | CT2 | no  | no  | no  | 5000000
"""
PAID = (
    "quarter | amount | is_purchase | supplier_id | is_solidarity_a | is_solidarity_b | is_solidarity_c\n"
    + "\n".join(
        f"2024-T{number} | 1000000 | yes | s{number} | {state}"
        for number, state in (
            (1, "yes | yes | no"),
            (2, "no | yes | yes"),
            (3, "no | no | no"),
            (4, " | | "),
            (4, "no | no | no"),
        )
    )
)
DECLARED = f"""
quarter | scheme | category | part | part_cents | total_cents
2023-T4 | agec | Mobilier et aménagement d’intérieur | reuse | 100 | 1000
2024-T4 | agec | Mobilier et aménagement d’intérieur | reuse | 250 | 1000
2024-T4 | agec | Mobilier et aménagement d’intérieur | recycled | 2000 | 1000
2024-T4 | agec | {HOSTILE} | reuse | 50 | 1000
2024-T4 | egalim | Fruits | durable | 300 | 1000
2024-T4 | egalim | Fruits | organic | | 1000
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    paid, declared = table(PAID, PAYMENTS), table(DECLARED, DECLARATIONS)
    with pytest.MonkeyPatch.context() as patch:
        opened(
            tmp_path_factory.mktemp("clean"), patch, table(SIGNED), paid,
            declarations=declared, snapshot="2025-03-15", quarter="2024-T4",
        )  # fmt: skip
        yield spaser.open_year(2024)


def test_each_category_in_two_years_with_bounds_and_objective(report: Report) -> None:
    rows = {(row[0], row[1]): row[2:] for row in spaser.balance(report).rows}
    assert rows["Considération environnementale", "marchés"] == (
        "1 sur 5", f"20,0{T}%", "3 sur 5", f"60,0{T}%", f"100{T}% en 2025",
    )  # fmt: skip
    assert rows["Marchés réservés", "marchés"][2:4] == ("1 sur 5 (inconnu : 1)", f"20,0{N}à{N}40,0{T}%")
    assert rows["Considération sociale", f"marchés, en{N}€"][2:] == (
        f"3,0{N}M€ sur 10,0{N}M€ (inconnu : 1,0{N}M€)", "non calculé", "–",  # four amounts
    )  # fmt: skip
    assert rows["Entreprises agréées ESUS (définition A)", f"paiements, en{N}€"] == (
        "–", "aucun paiement", f"1,0{N}M€ sur 5,0{N}M€ (inconnu : 1,0{N}M€)", f"20,0{N}à{N}40,0{T}%", "–",
    )  # fmt: skip
    assert rows["Entreprises solidaires, définition retenue", f"paiements, en{N}€"][3:] == (
        f"40,0{N}à{N}60,0{T}%", f"5{T}% en 2025",
    )  # fmt: skip


def test_what_another_definition_would_give(report: Report) -> None:
    others = f"A, 20,0{N}à{N}40,0{T}% ; C, 20,0{N}à{N}40,0{T}% ; D, inconnue"
    assert f"Avec une autre définition, le taux de 2024 serait : {others}." in spaser.balance(report).notes[-1]


def test_what_was_bought(report: Report) -> None:
    said = spaser.purchases(report).sentences[0]
    assert f"2023 : aucun paiement dans les données, 5{N}marchés notifiés." in said
    assert f"2024 : 5,0{N}M€ payés au titre des marchés, 5{N}marchés notifiés." in said


def test_both_years_whole_and_due(report: Report) -> None:
    assert repr(spaser.year_place(report)) == "Métropole Aix-Marseille-Provence, année 2024"
    assert spaser.year_state(report).strong == "Complet."


def test_a_year_under_way_is_said_to_be_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(tmp_path, monkeypatch, table(SIGNED).query("quarter < '2024-T3'"), snapshot="2024-06-01", quarter="2024-T1")
    said = spaser.year_state(spaser.open_year(2024))
    assert (said.strong, said.role) == ("Données incomplètes.", "warning")
    assert said.sentences[0].startswith("Aucun marché dans les données pour : 2024-T3, 2024-T4.")
    assert said.sentences[1].startswith(f"Données arrêtées au 1er{N}juin{N}2024")


def test_declared_purchases_beside_what_the_law_requires(report: Report) -> None:
    rows = {row[0]: row[1:] for row in spaser.agec(report).rows}
    assert rows["Mobilier et aménagement d’intérieur"] == (
        f"10{N}€", f"10,0{T}%", f"25,0{T}%", f"20{T}%",  # reuse; the part of recycled exceeds its total
        "non déclaré", "inconnue", f"15{T}%",
    )  # fmt: skip
    assert rows[HOSTILE][1:4] == ("non déclaré", f"5,0{T}%", "non chargé")
    assert rows["Ensemble des catégories"][:4] == (f"20{N}€", f"10,0{T}%", f"15,0{T}%", "non chargé")
    assert HOSTILE not in spaser.agec(report)._repr_html_()
    assert "Décret n° 2024-134" in spaser.agec(report).notes[1]


def test_catering_has_its_requirement_for_all_categories_together(report: Report) -> None:
    rows = {row[0]: row[1:] for row in spaser.egalim(report).rows}
    assert rows["Fruits"] == (
        f"10{N}€",
        "non déclaré",
        f"30,0{T}%",
        "non chargé",
        "non déclaré",
        "inconnue",
        "non chargé",
    )
    assert rows["Ensemble des catégories"][3] == f"50{T}%"
    assert rows["Ensemble des catégories"][6] == f"20{T}%"


def test_the_csv_has_the_year_and_no_other(report: Report) -> None:
    figures = spaser.legal_data(report).csv
    rows = {(row["category"], row["measure"]): row for row in csv.DictReader(io.StringIO(figures))}
    assert check_results(figures, {"year": "2024"}) == "2025-03-15"
    found = rows["reserved_share", "number"]
    assert [found[name] for name in ("yes", "no", "unknown", "low", "high", "target")] == [
        "1",
        "3",
        "1",
        "0.2",
        "0.4",
        "",
    ]
    assert rows["agec_reuse_share : Mobilier et aménagement d’intérieur", "value"]["target"] == "0.2"


def test_an_organisation_without_payments_declarations_nor_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = alone(tmp_path, monkeypatch)
    assert spaser.agec(bare).empty == "Aucune déclaration pour 2021 ni 2022 dans les données."
    assert "L’organisation n’a pas choisi de définition" in spaser.balance(bare).notes[-1]
    assert {row[-1] for row in spaser.balance(bare).rows} == {"–"}
    assert "aucun paiement dans les données" in repr(spaser.purchases(bare))
    for name in LEGAL:
        assert repr(getattr(spaser, name)(bare))
