"""Where the money goes: the third objective and its definitions, suppliers, hours, and what is no purchase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import spaser_analysis as spaser
from spaser_analysis import workspace
from spaser_analysis.organisation import Target
from spaser_analysis.report import Report, Row, open_report
from spaser_analysis.schemas import HOLDERS, INSERTION_HOURS, PAYMENTS, conform
from spaser_analysis.tables import write_table
from spaser_analysis.views import readings
from tests.tables import table
from tests.views.test_quality import alone, opened, row

N, T = "\u00a0", "\u202f"
NO_FILE = "Aucun paiement dans les données : il faut le fichier des paiements de l’acheteur."
SIGNED = """
quarter | dateNotification | territory | amount
2022-T3 | 2022-07-01 | CT1 | 100
2022-T3 | 2022-07-01 | CT1 | 100
2022-T3 | 2022-07-01 | CT1 | 100
2022-T3 | 2022-07-01 | CT1 | 100
2022-T3 | 2022-07-01 | CT1 | 600
"""
# 1 000 € of purchases since January, of which 130 € of unknown suppliers: one has no number, one may be no purchase.
PAID = """
quarter | territory | amount | is_purchase | exclusion | supplier_id | is_solidarity_a | is_solidarity_b | is_solidarity_c | is_solidarity_d | is_sme | is_local | is_covered | payment_delay_days
2021-T4 | CT1 | 9000 | yes |         | A | yes | yes | yes | yes | yes | yes | yes | 5
2022-T1 | CT1 | 100  | yes |         | A | yes | yes | no  | yes | yes | no  | yes | 10
2022-T2 | CT2 | 200  | yes |         | B | no  | yes | yes | yes |     | yes | no  | 20
2022-T3 | CT1 | 300  | yes |         | C | no  | no  | no  | yes | no  | no  | yes | 30
2022-T3 | CT1 | 270  | yes |         | D | no  | no  | no  | no  | no  | yes |     | 31
2022-T3 | CT2 | 100  | yes |         |   |     |     |     |     |     |     |     | 60
2022-T3 | CT1 | 30   |     |         | E | yes | yes | yes | yes | yes | yes | yes |
2022-T2 | CT2 | 50   | no  | payroll |   |     |     |     |     |     |     |     |
2022-T3 | CT1 | 70   | no  | subsidy |   |     |     |     |     |     |     |     |
2022-T4 | CT1 | 9000 | yes |         | A | yes | yes | yes | yes | yes | yes | yes | 5
"""
WORKED = """
quarter | territory | planned_hours | done_hours
2022-T1 | CT1 | 10 | 4
2022-T3 | CT1 | 20 |
2022-T4 | CT1 | 99 | 99
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    with pytest.MonkeyPatch.context() as patch:
        yield with_hours(tmp_path_factory.mktemp("clean"), patch)


def with_hours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    opened(folder, monkeypatch, table(SIGNED), table(PAID, PAYMENTS))
    worked = table(WORKED, INSERTION_HOURS).assign(buyer_siren="200054807")
    write_table(workspace.table(folder, "insertion_hours"), [conform(worked, INSERTION_HOURS)], INSERTION_HOURS)
    return open_report("2022-T3")


def elsewhere(report: Report, code: str) -> Report:
    """The same tables, read for one territory."""
    return replace(report, territory=report.organisation.territory(code))


def test_the_four_definitions_side_by_side(report: Report) -> None:
    shown = spaser.solidarity(report)
    assert shown.caption == "Dépense auprès d’entreprises solidaires, de janvier à septembre 2022"
    assert shown.rows == (
        (
            "A : entreprises solidaires d’utilité sociale agréées (ESUS)",
            f"100{N}€ sur 1{T}000{N}€",
            f"130{N}€",
            f"10,0{N}à{N}23,0{T}%",
        ),
        (
            "B : agréées ESUS et structures qui le sont de plein droit (retenue)",
            *(f"300{N}€ sur 1{T}000{N}€", f"130{N}€", f"30,0{N}à{N}43,0{T}%"),
        ),
        (
            "C : structures d’insertion et du handicap (SIAE, EA, ESAT)",
            f"200{N}€ sur 1{T}000{N}€",
            f"130{N}€",
            f"20,0{N}à{N}33,0{T}%",
        ),
        (
            "D : toute l’économie sociale et solidaire",
            *(f"600{N}€ sur 1{T}000{N}€", f"130{N}€", f"60,0{N}à{N}73,0{T}%"),
        ),
    )


def test_the_choice_its_reason_its_consequence_and_unmatched_suppliers(report: Report) -> None:
    choice, consequence, unmatched = spaser.solidarity(report).notes
    assert choice == f"Définition retenue : B. {report.organisation.solidarity_reason}"
    assert "C’est un choix de ce projet" in choice
    others = f"A, 10,0{N}à{N}23,0{T}% ; C, 20,0{N}à{N}33,0{T}% ; D, 60,0{N}à{N}73,0{T}%"
    assert consequence == f"Avec une autre définition, la part serait : {others}."
    assert unmatched == (
        "Un fournisseur sans identifiant valide, ou reconnu à demi, est d’état inconnu : la part est entre deux bornes."
    )


def test_another_choice_moves_the_mark_and_the_objective(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(tmp_path, monkeypatch, table(SIGNED), table(PAID, PAYMENTS))
    chosen = replace(made, organisation=replace(made.organisation, solidarity_definition="D", solidarity_reason=""))
    shown = spaser.solidarity(chosen)
    assert [cells[0][0] for cells in shown.rows if cells[0].endswith(" (retenue)")] == ["D"]
    assert shown.notes[0] == "Définition retenue : D."
    assert shown.notes[1].startswith(f"Avec une autre définition, la part serait : A, 10,0{N}à{N}23,0{T}% ; B, 30,0")
    assert "D," not in shown.notes[1]


def test_without_a_choice_the_objective_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone(tmp_path, monkeypatch)
    paid = table(PAID, PAYMENTS).assign(buyer_siren="005520135", territory="VIL")
    write_table(workspace.table(tmp_path / "clean", "payments"), [conform(paid, PAYMENTS)], PAYMENTS)
    shown = spaser.solidarity(open_report("2022-T3", organisation="ville"))
    assert [cells[0][0] for cells in shown.rows] == ["A", "B", "C", "D"]
    assert "retenue" not in repr(shown)
    assert shown.notes[0] == "L’acheteur n’a choisi aucune définition : l’objectif n’est pas jugé."
    assert shown.notes[1].startswith("Un fournisseur sans identifiant valide")


def test_a_territory_below_five_payments_has_amounts_and_no_share(report: Report) -> None:
    (first, *_) = spaser.solidarity(elsewhere(report, "CT2")).rows
    assert first == (
        "A : entreprises solidaires d’utilité sociale agréées (ESUS)",
        f"0{N}€ sur 300{N}€",
        f"100{N}€",
        "non calculé",
    )


def test_no_file_of_payments_is_not_a_place_without_payments(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = elsewhere(report, "CT3")
    for shown in (spaser.solidarity(nothing), spaser.excluded(nothing)):
        assert (shown.rows, shown.notes, shown.empty) == ((), (), "Aucune dépense dans la période.")
    bare = opened(tmp_path, monkeypatch, table(SIGNED))
    for shown in (spaser.solidarity(bare), spaser.excluded(bare)):
        assert (shown.rows, shown.notes, shown.empty) == ((), (), NO_FILE)


def test_suppliers_hours_and_what_they_rest_on(report: Report) -> None:
    shown = spaser.suppliers(report)
    assert shown.caption == "Fournisseurs et insertion, de janvier à septembre 2022"
    assert [column.label for column in shown.columns] == ["Indicateur", "Résultat", "Base", "dont non renseignés"]
    assert shown.rows == (
        ("Dépense auprès de PME", f"10,0{N}à{N}43,0{T}%", f"100{N}€ sur 1{T}000{N}€", f"330{N}€"),
        ("Marchés attribués à une PME", "inconnue", "0 sur 5", "5"),
        (
            "Dépense auprès de fournisseurs établis dans le périmètre de l’acheteur",
            *(f"47,0{N}à{N}60,0{T}%", f"470{N}€ sur 1{T}000{N}€", f"130{N}€"),
        ),
        ("Marchés d’un titulaire établi dans le périmètre de l’acheteur", "inconnue", "0 sur 5", "5"),
        ("Fournisseurs inclusifs parmi les fournisseurs payés", f"16,7{N}à{N}50,0{T}%", "1 sur 6", "2"),
        (
            "Poids des dix fournisseurs les mieux payés",
            *("non calculé", f"900{N}€ sur 1{T}000{N}€", f"100{N}€"),
        ),
        ("Dépense couverte par des marchés publiés", f"40,0{N}à{N}80,0{T}%", f"400{N}€ sur 1{T}000{N}€", f"400{N}€"),
        ("Délai médian de paiement", f"30{N}jours", "5 valeurs connues sur 6", "1"),
        ("Paiements à plus de trente jours", f"33,3{N}à{N}50,0{T}%", "2 sur 6", "1"),
        ("Heures d’insertion prévues", f"30{N}heures", f"2{N}relevés d’heures", "0"),
        ("Heures d’insertion réalisées", f"4{N}heures", f"1{N}relevé d’heures", "1"),
        ("Heures d’insertion par million d’euros d’achats", f"4{T}000{N}h/M€", f"1{N}relevé d’heures", "1"),
    )
    assert shown.notes == (f"Périmètre de l’acheteur : 92{N}communes, établissement payé ou titulaire.",)


def test_a_territory_beside_the_whole(report: Report) -> None:
    shown = spaser.suppliers(elsewhere(report, "CT2"))
    assert shown.columns[-1].label == "Ensemble"
    assert row(shown, "Dépense auprès de PME")[1:] == (
        *("inconnue", f"0{N}€ sur 300{N}€", f"300{N}€", f"10,0{N}à{N}43,0{T}%"),
    )
    assert "Heures d’insertion prévues" not in {cells[0] for cells in shown.rows}


def test_without_payments_the_proxy_says_that_it_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(tmp_path, monkeypatch, table(SIGNED))
    held = table("uid | is_solidarity_b | is_solidarity_d\nm1 | yes | no\nm2 | no | no\nm5 | yes | no", HOLDERS)
    write_table(workspace.table(tmp_path, "holders"), [held], HOLDERS)
    shown = spaser.suppliers(open_report("2022-T3"))
    label = "Marchés attribués à une entreprise solidaire (approximation)"
    proxy = [cells[1:] for cells in shown.rows if cells[0] == label]
    assert proxy == [
        (f"40,0{N}à{N}80,0{T}%", "2 sur 5", "2"),
        (f"70,0{N}à{N}90,0{T}%", f"700{N}€ sur 1{T}000{N}€", f"200{N}€"),
    ]
    assert shown.notes[1:] == (
        "Sans paiements, la part solidaire des marchés attribués n’est qu’une approximation de l’objectif.",
    )


def test_with_payments_there_is_no_proxy(report: Report) -> None:
    assert "approximation" not in repr(spaser.suppliers(report))


def test_what_was_paid_without_being_a_purchase(report: Report) -> None:
    shown = spaser.excluded(report)
    assert shown.caption == "Paiements laissés hors de la masse d’achat, de janvier à septembre 2022"
    assert shown.rows == (
        ("Personnel", "1", f"50{N}€"),
        ("Subventions", "1", f"70{N}€"),
        ("Reversements", "0", f"0{N}€"),
        ("Dette", "0", f"0{N}€"),
        ("Impôts et taxes", "0", f"0{N}€"),
        ("Compensations de concession", "0", f"0{N}€"),
        ("Nature inconnue : compté, d’état inconnu", "1", f"30{N}€"),
    )
    assert shown.notes == ("La masse d’achat est la dépense de l’année civile au titre des marchés (art. D. 2111-3).",)
    of_ct1 = [cells[1] for cells in spaser.excluded(elsewhere(report, "CT1")).rows]
    assert of_ct1 == ["0", "1", "0", "0", "0", "0", "1"]


def test_excluded_payments_without_an_amount_are_counted_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = "quarter | amount | is_purchase | exclusion\n2022-T3 | 5 | no | tax\n2022-T3 | | no | tax\n2022-T3 | | |"
    shown = spaser.excluded(opened(tmp_path, monkeypatch, table(SIGNED), table(paid, PAYMENTS)))
    assert row(shown, "Impôts et taxes")[1:] == ("2", f"5{N}€")
    assert row(shown, "Nature inconnue : compté, d’état inconnu")[1:] == ("1", f"0{N}€")
    assert shown.notes[0].endswith(f"(art. D. 2111-3). Sans montant utilisable : 2{N}paiements.")


def test_the_third_objective_measured(report: Report) -> None:
    card = spaser.objectives(report).cards[2]
    assert card.title == f"5{N}% de la masse d’achat auprès d’entreprises solidaires"
    assert (card.figure, card.verdict, card.tone) == (
        *(f"30,0{N}à{N}43,0{T}%", "Objectif atteint (échéance 2025)", "good"),
    )
    assert card.lines == (
        f"300{N}€ sur 1{T}000{N}€ dépensés de janvier à septembre 2022, dont 130{N}€ d’état inconnu.",
        f"Trajectoire, en ligne droite : environ 2{T}% attendus à cette date ; entre 28{N}points et 41{N}points d’avance.",
        f"Résultat publié par l’acheteur : 3e{N}trimestre{N}2022, «{N}à fin septembre{N}», «{N}presque 2{N}%{N}».",
    )


@pytest.mark.parametrize(
    ("first_state", "verdict", "tone", "reason"),
    [
        ("", "On ne peut pas conclure", "open", f"500{N}€ de paiements d’état inconnu empêchent de conclure."),
        ("no", "Pas encore atteint", "plain", ""),
    ],
)
def test_the_third_objective_not_reached_or_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first_state: str, verdict: str, tone: str, reason: str
) -> None:
    paid = f"quarter | amount | is_purchase | is_solidarity_b\n2022-T3 | 500 | yes | {first_state}\n"
    paid += "2022-T3 | 100 | yes | no\n" * 5
    quarters = "".join(f"2022-T{number} | 1 | yes | no\n" for number in (1, 2))
    made = opened(tmp_path, monkeypatch, table(SIGNED), table(paid + quarters, PAYMENTS))
    card = spaser.objectives(made).cards[2]
    assert (card.verdict, card.tone) == (f"{verdict} (échéance 2025)", tone)
    assert (reason in card.lines) is bool(reason)


def test_the_third_objective_not_measured(report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = (
        f"Résultat publié par l’acheteur : 3e{N}trimestre{N}2022, «{N}à fin septembre{N}», «{N}presque 2{N}%{N}»."
    )
    card = spaser.objectives(elsewhere(report, "CT3")).cards[2]
    assert (card.figure, card.verdict, card.tone) == ("Non mesuré", "Pas de données (échéance 2025)", "quiet")
    assert card.lines == (f"Sans objet{N}: aucun paiement.", published)
    bare = spaser.objectives(opened(tmp_path, monkeypatch, table(SIGNED))).cards[2]
    asked = "Il faut le fichier des paiements et la liste des entreprises solidaires."
    assert bare.lines == (f"Sans objet{N}: aucun paiement. {asked}", published)


def test_credit_notes_above_payments_are_no_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paid = "quarter | amount | is_purchase | is_solidarity_b\n2022-T3 | -500 | yes | yes\n"
    paid += "".join(f"2022-T{number} | 20 | yes | no\n" for number in (1, 2, 3, 3, 3))
    made = opened(tmp_path, monkeypatch, table(SIGNED), table(paid, PAYMENTS))
    why = f"Les avoirs dépassent les paiements d’une catégorie{N}: aucun taux."
    assert spaser.solidarity(made).empty == why
    card = spaser.objectives(made).cards[2]
    assert (card.figure, card.lines[0]) == ("Non mesuré", why)


def test_an_objective_in_the_value_of_contracts_is_not_money_spent(report: Report) -> None:
    target = Target("social_share", "value", 0.3, 2025, "30 % des montants", "essai")
    card = spaser.objectives(replace(report, organisation=replace(report.organisation, targets=(target,)))).cards[0]
    amounts = f"0{N}€ sur 1{T}000{N}€ de marchés notifiés de janvier à septembre 2022, dont 1{T}000{N}€ d’état inconnu."
    assert card.lines[0] == amounts


def of(code: str, measure: str, **cells: Any) -> Row:
    """A row of results of an indicator of which nothing is known, save for these cells."""
    nothing = {"unit": "share", "yes": 0, "no": 0, "unknown": 0, "low": None, "high": None, "value": None, "reason": ""}
    return {"indicator": code, "measure": measure, **nothing, **cells}


@pytest.mark.parametrize(
    ("code", "measure", "unit", "words"),
    [
        ("social_share", "number", "share", "aucun marché"),
        ("solidarity_spending_share", "value", "share", "aucun paiement"),
        ("inclusive_supplier_share", "number", "share", "aucun fournisseur"),
        ("done_insertion_hours", "total", "hours", "aucun relevé d’heures"),
        ("agec_recycled_share", "value", "share", "aucune catégorie déclarée"),
        ("median_payment_delay", "median", "days", "aucun paiement"),
    ],
)
def test_what_there_is_none_of(code: str, measure: str, unit: str, words: str) -> None:
    reason = f"sans objet{N}: {words}{N}; provisoire{N}: la période n’est pas finie à la date des données"
    assert readings.figure(of(code, measure, unit=unit, reason=reason)) == words


@pytest.mark.parametrize("reason", [f"2{N}marchés sans montant exploitable", f"sans objet{N}: montant nul"])
def test_contracts_without_an_amount_are_not_no_contract(reason: str) -> None:
    assert readings.figure(of("social_share", "value", reason=reason)) == "non calculé"


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("days", 1.5, f"1,5{N}jour"),
        ("days", 2.0, f"2{N}jours"),
        ("hours", 1.0, f"1{N}heure"),
        ("hours", 1234.5, f"1{T}234,5{N}heures"),
        ("offers", 3.0, f"3{N}offres"),
        ("hours_per_million", 12.0, f"12{N}h/M€"),
    ],
)
def test_a_quantity_has_its_unit(unit: str, value: float, words: str) -> None:
    assert readings.figure(of("done_insertion_hours", "total", unit=unit, yes=3, value=value)) == words


def test_the_sample_s_spending_is_that_of_a_plain_sum(sample_clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    paid = pd.read_parquet(workspace.table(sample_clean, "payments"))
    own = paid[(paid["buyer_siren"] == "200054807") & paid["quarter"].isin([f"2024-T{n}" for n in (1, 2, 3, 4)])]
    left_out = own[own["exclusion"] == "payroll"]
    kept = own[own["is_purchase"].isna() | (own["is_purchase"] == True)]  # noqa: E712
    shown = open_report("2024-T4")
    assert row(spaser.excluded(shown), "Personnel")[1] == f"{len(left_out):,}".replace(",", T)
    assert len(kept) > 100
    result = shown.result("solidarity_spending_share_b", "year_to_date", "value")
    assert result is not None
    assert sum(result[state] for state in ("yes", "no", "unknown")) == int(kept["amount_cents"].sum())
    assert (
        spaser.solidarity(shown)
        .rows[1][1]
        .endswith(f"sur {kept['amount_cents'].sum() / 1e8:.1f}{N}M€".replace(".", ","))
    )
