"""The objectives by period and by scope, and the table of any indicators: exact cells, empty cases, both measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import spaser_analysis as spaser
from spaser_analysis import workspace
from spaser_analysis.organisation import Target
from spaser_analysis.report import Report, open_report
from spaser_analysis.schemas import PAYMENTS
from spaser_analysis.views.tables import indicator_table
from tests.tables import table
from tests.views.test_quality import alone, opened

N, T = "\u00a0", "\u202f"
ENVIRONMENT, SOCIAL, MONEY = "Considération environnementale", "Considération sociale", "Dépense solidaire"

# Since January: 4 frameworks (one of them unknown, hence kept), 2 subsequent contracts, twelve amounts.
SIGNED = """
quarter | territory | dateNotification | environmental | social | amount | is_framework | is_subsequent
2021-T4 | CT1 | 2021-10-01 | yes | yes | 1000 | no  | no
2022-T1 | CT1 | 2022-01-01 | yes | no  | 1000 | yes | no
2022-T1 | CT1 | 2022-01-01 | yes | no  | 1000 | yes | no
2022-T2 | CT1 | 2022-04-01 | no  | yes | 1000 | yes | no
2022-T2 | CT1 | 2022-04-01 | yes | yes | 500  |     | no
2022-T2 | CT2 | 2022-04-01 | no  | no  | 100  | no  | yes
2022-T2 | CT2 | 2022-04-01 | no  | no  | 100  | no  | yes
2022-T3 | CT1 | 2022-07-01 | yes | no  | 100  | no  |
2022-T3 | CT1 | 2022-07-01 | no  | no  | 100  | no  | no
2022-T3 | CT1 | 2022-07-01 | no  |     | 50   | no  | no
2022-T3 | CT2 | 2022-07-01 | yes | no  | 40   | no  | no
2022-T3 | CT2 | 2022-07-01 | no  | no  | 6    | no  | no
2022-T3 | CT2 | 2022-07-01 | yes | no  | 4    | no  | no
2022-T3 | CT2 | 2022-07-01 | no  | no  |      | no  | no
2022-T4 | CT2 | 2022-10-01 | yes | yes | 1000 | no  | no
"""
PAID = "quarter | territory | amount | is_purchase | is_solidarity_b\n" + "".join(
    f"{quarter} | CT1 | {amount} | yes | {state}\n"
    for quarter, amount, state in (
        ("2021-T4", 100, "yes"), *(("2022-T1", 10, "no"),) * 5, ("2022-T2", 30, "yes"), *(("2022-T3", 10, "no"),) * 5,
        ("2022-T3", 20, ""), ("2022-T4", 50, "yes"),
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    with pytest.MonkeyPatch.context() as patch:
        yield opened(tmp_path_factory.mktemp("clean"), patch, table(SIGNED), table(PAID, PAYMENTS))


def with_targets(report: Report, *targets: Target) -> Report:
    return replace(report, organisation=replace(report.organisation, targets=targets))


def test_what_each_scope_leaves_out(report: Report) -> None:
    shown = spaser.scopes(report)
    assert shown.caption == (
        "Ce que changent accords-cadres, marchés subséquents et très grands marchés, de janvier à septembre 2022"
    )
    assert shown.rows[:5] == (
        (ENVIRONMENT, "Tous", "6 sur 13", f"46,2{T}%", f"2{T}644{N}€ sur 4{T}000{N}€", f"66,1{T}%"),
        (ENVIRONMENT, "sans les accords-cadres", "4 sur 10", f"40,0{T}%", f"644{N}€ sur 1{T}000{N}€", f"64,4{T}%"),
        (
            *(ENVIRONMENT, "sans les marchés subséquents", "6 sur 11", f"54,5{T}%"),
            *(f"2{T}644{N}€ sur 3{T}800{N}€", f"69,6{T}%"),
        ),
        (ENVIRONMENT, "sans les uns ni les autres", "4 sur 8", f"50,0{T}%", f"644{N}€ sur 800{N}€", f"80,5{T}%"),
        (ENVIRONMENT, "sans les dix plus grands", "–", "–", f"4{N}€ sur 10{N}€", "non calculé"),
    )
    assert [cells[:4] for cells in shown.rows[5:7]] == [
        (SOCIAL, "Tous", "2 sur 13", f"15,4{N}à{N}23,1{T}%"),
        (SOCIAL, "sans les accords-cadres", "1 sur 10", f"10,0{N}à{N}20,0{T}%"),
    ]
    assert {cells[0] for cells in shown.rows} == {ENVIRONMENT, SOCIAL}  # a framework says nothing of what is paid
    assert shown.notes == ("Seuls les accords-cadres et marchés subséquents déclarés comme tels sont retirés.",)


def test_a_territory_has_its_own_ten_largest(report: Report) -> None:
    shown = spaser.scopes(replace(report, territory=report.organisation.territory("CT1")))
    assert [cells[2] for cells in shown.rows[:5]] == ["4 sur 7", "2 sur 4", "4 sur 7", "2 sur 4", "–"]
    assert shown.rows[4][4:] == (f"0{N}€ sur 0{N}€", "aucun marché")


def test_an_indicator_in_both_measures_is_there_once(report: Report) -> None:
    both = [Target("social_share", measure, 0.3, 2025, "30 %", "essai") for measure in ("number", "value")]
    made = with_targets(report, *both)
    assert [cells[1] for cells in spaser.scopes(made).rows].count("Tous") == 1
    assert [cells[1] for cells in spaser.windows(made).rows] == [
        *("Trimestre", "Depuis le 1er janvier", "Douze mois", "Année civile"),
    ]


def test_the_windows_of_an_objective_in_money(report: Report) -> None:
    shown = spaser.windows(report)
    assert [column.label for column in shown.columns[:4]] == [
        *("Indicateur", "Période", "Marchés : oui sur total", "dont non renseignés"),
    ]
    assert shown.rows[8:] == (
        (MONEY, "Trimestre", "–", "–", "–", f"0{N}€ sur 70{N}€", f"0,0{N}à{N}28,6{T}%"),
        (MONEY, "Depuis le 1er janvier", "–", "–", "–", f"30{N}€ sur 150{N}€", f"20,0{N}à{N}33,3{T}%"),
        (MONEY, "Douze mois", "–", "–", "–", f"130{N}€ sur 250{N}€", f"52,0{N}à{N}60,0{T}%"),
        (MONEY, "Année civile", "–", "–", "–", f"80{N}€ sur 200{N}€", f"40,0{N}à{N}50,0{T}%"),
    )


def test_the_windows_of_an_objective_in_contracts(report: Report) -> None:
    shown = spaser.windows(report)
    assert shown.rows[4:8] == (
        (SOCIAL, "Trimestre", "0 sur 7", "1", f"0,0{N}à{N}14,3{T}%", f"0{N}€ sur 300{N}€", f"0,0{N}à{N}16,7{T}%"),
        (
            *(SOCIAL, "Depuis le 1er janvier", "2 sur 13", "1", f"15,4{N}à{N}23,1{T}%"),
            *(f"1{T}500{N}€ sur 4{T}000{N}€", f"37,5{N}à{N}38,8{T}%"),
        ),
        (
            *(SOCIAL, "Douze mois", "3 sur 14", "1", f"21,4{N}à{N}28,6{T}%"),
            *(f"2{T}500{N}€ sur 5{T}000{N}€", f"50,0{N}à{N}51,0{T}%"),
        ),
        (
            *(SOCIAL, "Année civile", "3 sur 14", "1", f"21,4{N}à{N}28,6{T}%"),
            *(f"2{T}500{N}€ sur 5{T}000{N}€", f"50,0{N}à{N}51,0{T}%"),
        ),
    )
    assert shown.notes[0] == (
        "Trimestre : de juillet à septembre 2022 ; Depuis le 1er janvier : de janvier à septembre 2022 ; "
        "Douze mois : d’octobre 2021 à septembre 2022 ; Année civile : de janvier à décembre 2022."
    )


def test_without_any_objective(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = alone(tmp_path, monkeypatch)
    for shown in (spaser.windows(bare), spaser.scopes(bare)):
        assert (shown.rows, shown.empty) == ((), "Aucune ligne.")
        assert "Aucune ligne." in shown._repr_html_()


def test_a_table_of_chosen_indicators(report: Report) -> None:
    chosen = (("social_share", "value"), ("median_offers", "median"), ("done_insertion_hours", "total"))
    shown = indicator_table(report, "Titre", chosen, ("Note.",))
    assert shown.rows == (
        (
            *("Marchés avec une considération sociale", f"37,5{N}à{N}38,8{T}%"),
            *(f"1{T}500{N}€ sur 4{T}000{N}€", f"50{N}€"),
        ),
        ("Nombre médian d’offres reçues", "non calculé", "0 valeur connue sur 13", "13"),
    )  # there are no hours: no line
    assert (shown.caption, shown.notes) == ("Titre", ("Note.",))
    assert [column.label for column in shown.columns] == ["Indicateur", "Résultat", "Base", "dont non renseignés"]


def test_a_table_beside_the_whole_and_one_of_nothing(report: Report) -> None:
    part = replace(report, territory=report.organisation.territory("CT2"))
    shown = indicator_table(part, "Titre", (("social_share", "number"),), ())
    assert shown.columns[-1].label == "Ensemble"
    assert shown.rows == (
        ("Marchés avec une considération sociale", f"0,0{T}%", "0 sur 6", "0", f"15,4{N}à{N}23,1{T}%"),
    )
    chosen = (("done_insertion_hours", "total"), ("no_such_share", "number"))
    for empty, said in (("", "Aucune donnée dans la période."), ("Rien.", "Rien.")):
        nothing = indicator_table(report, "Titre", chosen, ("Note.",), empty)
        assert (nothing.rows, nothing.notes, nothing.empty) == ((), (), said)


def test_a_change_of_law_within_the_period_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "quarter | dateNotification | environmental | social\n" + "2026-T3 | 2026-09-01 | yes | yes\n" * 5
    made = opened(tmp_path, monkeypatch, table(lines), snapshot="2026-12-31", quarter="2026-T3")
    chosen = (("environmental_clause_and_criterion_share", "number"), ("social_share", "number"))
    assert indicator_table(made, "Titre", chosen, ("Note.",)).notes == (
        "Note.",
        (
            "Marchés avec à la fois une clause et un critère environnementaux : cohorte mixte\u00a0: consultations lancées "
            "avant et après le changement de loi, que les données ne distinguent pas."
        ),
    )


def test_the_sample_without_frameworks_is_a_plain_count(sample_clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    contracts = pd.read_parquet(workspace.table(sample_clean, "contracts"))
    year = contracts[contracts["quarter"].fillna("").str.startswith("2024") & (contracts["buyer_siren"] == "200054807")]
    kept = year[year["is_framework"].ne(True).fillna(True)]
    assert 0 < len(kept) < len(year)
    yes = int(kept["environmental"].fillna(False).sum())
    shown = spaser.scopes(open_report("2024-T4")).rows[1]
    assert shown[:3] == (ENVIRONMENT, "sans les accords-cadres", f"{yes:,} sur {len(kept):,}".replace(",", T))
