"""How figures are made, as told to readers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import spaser_analysis as spaser
from spaser_analysis.indicators import INDICATORS
from spaser_analysis.indicators.completeness import LABELS
from spaser_analysis.publishing.edition import check_results
from spaser_analysis.report import Report
from tests.tables import table
from tests.views.test_quality import CONTRACTS_READ, JOURNAL, LEDGER, alone, conform, opened

N, T = "\u00a0", "\u202f"
METHOD = (
    *("sheets", "solidarity_definitions", "legal_thresholds", "settings", "trials", "corrections", "method_changes"),
    "sheets_data",
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    ledger = conform(pd.DataFrame(JOURNAL, columns=list(LEDGER.columns)), LEDGER)
    with pytest.MonkeyPatch.context() as patch:
        yield opened(tmp_path_factory.mktemp("clean"), patch, table(CONTRACTS_READ), ledger=ledger)


def test_every_indicator_is_told_once(report: Report) -> None:
    entries = dict(spaser.sheets(report).entries)
    text = " ".join(line for lines in entries.values() for line in lines)
    assert all(f"code {one.sheet.code}" in text or f"({one.sheet.code})" in text for one in INDICATORS)
    assert entries["Champ renseigné"][0].startswith(
        f"{len(LABELS)} indicateurs : considérations environnementales (completeness_"
    )
    assert entries["Dépense auprès d’entreprises solidaires, définition"][0].startswith("4 indicateurs : A (solidarity")
    assert entries["Marchés avec une considération sociale"][-2:] == (
        "Champs lus : considerationsSociales, montant.",
        f"Objectif : 30{N}% des marchés notifiés dans l’année avec une considération sociale (échéance 2025).",
    )


def test_the_definition_chosen_and_its_reason(report: Report) -> None:
    terms = [term for term, _ in spaser.solidarity_definitions(report).entries]
    assert [term[0] for term in terms[:4]] == ["A", "B", "C", "D"]
    assert [term for term in terms if term.endswith("(retenue)")] == [terms[1]]
    assert dict(spaser.solidarity_definitions(report).entries)["Pourquoi ce choix"][0].startswith("Ni le texte lu")


def test_the_thresholds_of_the_quarter_only(report: Report) -> None:
    assert [row[:4] for row in spaser.legal_thresholds(report).rows] == [
        ("Fournitures et services", f"215{T}000{N}€", f"1er{N}janvier{N}2022", f"31{N}décembre{N}2023"),
        ("Travaux", f"5{T}382{T}000{N}€", f"1er{N}janvier{N}2022", f"31{N}décembre{N}2023"),
    ]
    assert all("lu dans la page citée" in row[4] for row in spaser.legal_thresholds(report).rows)


def test_a_quarter_before_any_threshold(report: Report) -> None:
    early = replace(report, quarter=report.quarter - 20)
    assert spaser.legal_thresholds(early).empty.startswith("Aucun seuil chargé pour ce trimestre")


def test_settings_are_those_of_the_code(report: Report) -> None:
    found = {row[0].split(" ")[0]: row[1] for row in spaser.settings(report).rows}
    assert "au moins 12 mois complets et 30 marchés" in found["Marchés"]
    assert (
        f"Au moins 8 trimestres et 5 marchés renseignés par trimestre ; au plus 20{T}% d’inconnus"
        in found["Projection"]
    )
    assert f"1er{N}janvier{N}2024" in found["Projection"]
    assert f"95{T}% et à 99,8{T}%" in found["Entonnoir"]


def test_trials_of_the_projection_on_these_data(report: Report) -> None:
    assert {row[1:] for row in spaser.trials(report).rows} == {("2", "0", "0", "aucun essai possible")}
    quarters = [f"{year}-T{number}" for year in range(2016, 2022) for number in (1, 2, 3, 4)]
    steady = report.results[report.results["window"] == "quarter"].iloc[:0]
    told = {"territory": "AMP", "indicator": "social_share", "window": "quarter", "scope": "all", "measure": "number"}
    rows = [{**told, "quarter": one, "yes": 20 + n % 2, "no": 20, "unknown": 0} for n, one in enumerate(quarters)]
    past = pd.concat([steady, conform_to(steady, rows)])
    (_, social, _) = spaser.trials(replace(report, results=past)).rows
    assert social[1:] == ("24", "13", "13", f"100,0{T}%")


def conform_to(like: pd.DataFrame, rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=like.columns).astype(like.dtypes.to_dict())


def test_corrections_say_how_many_values_they_corrected_here(report: Report) -> None:
    assert [row[1:] for row in spaser.corrections(report).rows] == [
        ("montant", "9ca19f167efe…", "1"),
        ("modifications.montant", "9ca19f167efe…", "0"),
    ]


def test_changes_are_dated_and_told_oldest_first(report: Report) -> None:
    shown = spaser.method_changes(report)
    assert shown.rows[0][0] == f"23{N}novembre{N}2026"
    assert shown.notes == (f"Les {len(INDICATORS)} définitions sont toutes à leur première version.",)


def test_the_csv_has_a_row_a_sheet(report: Report) -> None:
    figures = spaser.sheets_data(report).csv
    rows = list(csv.DictReader(io.StringIO(figures)))
    assert check_results(figures, {"quarter": "2022-T3"}) == "2022-12-15"
    assert [row["code"] for row in rows] == [one.sheet.code for one in INDICATORS]
    assert rows[0]["measures"] == "number|value"


def test_an_organisation_without_choice_nor_objective(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = alone(tmp_path, monkeypatch)
    assert "n’en a choisi aucune" in repr(spaser.solidarity_definitions(bare)).replace("\n    ", " ")
    assert spaser.trials(bare).empty.startswith("L’organisation n’a pas d’objectif chiffré")
    assert "aucune déclarée" in spaser.settings(bare).rows[1][1]
    for name in METHOD:
        assert repr(getattr(spaser, name)(bare))
