"""Reports of the sample, and of contracts written by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import spaser_analysis as spaser
from spaser_analysis import workspace
from spaser_analysis.report import Report, open_report
from spaser_analysis.schemas import (
    AMENDMENTS,
    CONTRACTS,
    DECLARATIONS,
    HOLDERS,
    INSERTION_HOURS,
    LEDGER,
    PAYMENTS,
    RESULTS,
    SUPPLIERS,
    dtypes,
    empty,
)
from spaser_analysis.tables import NoCleanTables, write_table
from tests.tables import table

# What opens a report, and the verbs of the analyst, which give plain tables; all others take a report and show something.
OPENERS, VERBS = (
    ("open_report", "open_year", "open_plan"),
    ("contracts", "contracts_data", "where", "look", "compare", "plot", "sheet", "choose"),
)
ELEMENTS = tuple(
    name
    for name in spaser.__all__
    if name not in (*OPENERS, *VERBS) and "plan" not in getattr(spaser, name).__annotations__
)
BESIDE = (HOLDERS, AMENDMENTS, PAYMENTS, SUPPLIERS, INSERTION_HOURS, DECLARATIONS, LEDGER)
N, T = "\u00a0", "\u202f"
HOSTILE = "<script>alert(1)</script>"

ROWS = f"""
uid | id | quarter | dateNotification | territory | environmental | social | amount | dureeMois | objet
m1 | A1 | 2022-T1 | 2022-02-01 | CT2 | yes | yes | 100 | 60 | papier
m2 | A2 | 2022-T2 | 2022-05-01 | CT2 | yes | no | 200 | 12 | voirie
m3 | A3 | 2022-T2 | 2022-05-02 | CT2 | no | no | 300 | 12 | eau
m4 | A4 | 2022-T3 | 2022-07-01 | CT2 | yes | no | 400 | 6 | plantes
m5 | A5 | 2022-T3 | 2022-08-01 | CT2 | | | 500 | 48 | {HOSTILE}
m6 | A6 | 2022-T3 | 2022-09-01 | CT2 | no | yes | 600 | | bâtiment
m7 | A7 | 2022-T3 | 2022-09-01 | CT1 | no | no | 900 | 48 | ailleurs
"""


def clean_tables(folder: Path, contracts: pd.DataFrame, snapshot: str | None = "2022-12-15") -> Path:
    """Clean tables of the buyer of the sample's organisation, written by hand."""
    own = contracts.assign(buyer_siren="200054807").astype({"buyer_siren": "str"})
    write_table(workspace.table(folder, "contracts"), [own], CONTRACTS)
    for schema in BESIDE:
        write_table(workspace.table(folder, schema.name), [empty(schema)], schema)
    count = {"name": "table", "sha256": "0" * 64, "format": "table", "size": 1, "snapshot": snapshot}
    count |= {"read": len(own), "used": len(own), "rejected": 0, "duplicates": 0}
    workspace.catalogue(folder).write_text(json.dumps({"snapshot": snapshot, "files": [count]}))
    return folder


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.setenv("SPASER_CLEAN", str(clean_tables(tmp_path / "clean", table(ROWS))))
    return open_report("2022-T3", "CT2")


def test_the_card_of_an_objective_gives_bounds_support_and_verdict(report: Report) -> None:
    environment, social, solidarity = spaser.objectives(report).cards
    assert environment.figure == f"50,0{N}à{N}66,7{T}%"  # 3 yes, 2 no, 1 unknown
    assert environment.verdict == "Pas encore atteint (échéance 2025)"
    assert environment.lines[0] == f"3 sur 6 marchés notifiés de janvier à septembre 2022, dont 1{N}non renseigné."
    assert f"50{T}% attendus à cette date ; entre 0{N}point et 16,7{N}points d’avance" in environment.lines[1]
    assert social.figure == f"33,3{N}à{N}50,0{T}%"
    assert social.verdict == "Objectif atteint (échéance 2025)"
    assert (solidarity.figure, solidarity.verdict) == ("Non mesuré", "Pas de données (échéance 2025)")
    assert solidarity.lines[0].startswith(f"Sans objet{N}: aucun paiement. Il faut le fichier des paiements")


def test_an_objective_between_both_bounds_cannot_be_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "quarter | dateNotification | territory | social\n" + "2022-T3 | 2022-07-01 | CT2 | yes\n" * 1
    lines += "2022-T3 | 2022-07-01 | CT2 | no\n" * 3 + "2022-T3 | 2022-07-01 | CT2 |\n" * 1
    monkeypatch.setenv("SPASER_CLEAN", str(clean_tables(tmp_path, table(lines))))
    social = spaser.objectives(open_report("2022-T3", "CT2")).cards[1]
    assert social.verdict.startswith("On ne peut pas conclure")
    assert any("marché d’état inconnu empêche" in line for line in social.lines)


def test_below_the_minimum_count_no_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(clean_tables(tmp_path, table(ROWS))))
    alone = open_report("2022-T3", "CT1")  # one contract
    card = spaser.objectives(alone).cards[0]
    assert card.figure == "Non calculé"
    assert any("moins de 5" in line.lower() for line in card.lines)
    assert "%" not in repr(spaser.directorates(alone))


def test_a_territory_without_any_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(clean_tables(tmp_path, table(ROWS))))
    bare = open_report("2022-T3", "CT6")
    assert spaser.summary(bare).sentences == ("Aucun résultat face à un objectif.",)
    for card in spaser.objectives(bare).cards[:2]:
        assert (card.figure, card.lines[0]) == ("Non mesuré", f"Sans objet{N}: aucun marché.")
    for name in ELEMENTS:
        repr(getattr(spaser, name)(bare))


def test_where_to_act(report: Report) -> None:
    shown = spaser.to_act_on(report)
    # m4 ended, m6 has no known end; m5 runs until August 2026 and is unknown on both counts
    assert [row[0] for row in shown.rows] == ["A5"]
    assert shown.rows[0][3:] == ("non renseigné", "non renseigné", f"500{N}€", f"1{N}août{N}2026")
    assert shown.notes[0].startswith(f"1{N}marché sur les 3 du trimestre")
    assert f"1{N}marché sans durée" in shown.notes[-1]
    assert HOSTILE not in shown._repr_html_()


def test_made_up_data_say_so_first(report: Report) -> None:
    assert "Données fictives." in repr(spaser.notice(report))
    for figure in (spaser.course(report), spaser.families(report), spaser.territories(report)):
        assert figure.caption.startswith("Données fictives.")


def test_real_data_carry_no_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = table(ROWS).assign(is_fictitious=False).astype({"is_fictitious": "boolean"})
    monkeypatch.setenv("SPASER_CLEAN", str(clean_tables(tmp_path, real)))
    shown = open_report("2022-T3", "CT2")
    assert repr(spaser.notice(shown)) == ""
    assert "fictives" not in spaser.course(shown).caption


def test_recent_months_are_provisional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(clean_tables(tmp_path, table(ROWS), snapshot="2022-10-15")))
    assert "Mois provisoires." in repr(spaser.freshness(open_report("2022-T3", "CT2")))


def test_an_absent_quarter_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = table(ROWS).query("quarter != '2022-T1'")
    monkeypatch.setenv("SPASER_CLEAN", str(clean_tables(tmp_path, late)))
    shown = open_report("2022-T3", "CT2")
    assert f"1er{N}trimestre{N}2022" in repr(spaser.freshness(shown))
    assert "sans aucune donnée pour 2022-T1" in " ".join(repr(spaser.windows(shown)).split())
    assert spaser.course(shown).table.rows == ()  # a year to date that begins in spring is not one


def test_breakdowns_count_every_contract(report: Report) -> None:
    counts = report.breakdown("environmental_share", "directorate", "year_to_date")
    assert counts.index.tolist() == [""]
    assert counts.loc["", ["yes", "no", "unknown"]].tolist() == [3, 2, 1]
    (row,) = spaser.directorates(report).rows
    assert row[:3] == ("Non renseignée", "6", "3 / 2 / 1")


def test_the_csv_is_this_report_and_no_other(report: Report) -> None:
    lines = spaser.results_data(report).csv.splitlines()
    assert lines[0].split(",") == list(dtypes(RESULTS))
    assert len(lines) - 1 == len(report.own_results) > 0
    assert all(line.startswith("2022-T3,CT2,") for line in lines[1:])


@pytest.mark.parametrize(("quarter", "territory"), [("2020-T1", "AMP"), ("2025-T4", "CT6")])
def test_every_element_of_the_sample_is_the_same_twice(
    sample_clean: Path, monkeypatch: pytest.MonkeyPatch, quarter: str, territory: str
) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    first, second = open_report(quarter, territory), open_report(quarter, territory)
    for name in ELEMENTS:
        one, other = (getattr(spaser, name)(opened) for opened in (first, second))
        assert one == other, name
        assert repr(one) == repr(other), name


def test_drawings_are_light(sample_clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    shown = open_report("2024-T3", "AMP")
    for figure in (spaser.course(shown), spaser.families(shown), spaser.territories(shown)):
        assert figure.png.startswith(b"\x89PNG")
        assert len(figure.png) < 60_000
        assert len(figure.alternative) > 80
        assert figure.table.rows


def test_the_sample_s_figures_are_those_of_a_plain_count(sample_clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    contracts = pd.read_parquet(workspace.table(sample_clean, "contracts"))
    own = contracts[contracts["quarter"].isin(["2022-T1", "2022-T2", "2022-T3"]) & (contracts["territory"] == "CT2")]
    yes = int((own["environmental"] == True).sum())  # noqa: E712
    card = spaser.objectives(open_report("2022-T3", "CT2")).cards[0]
    assert card.lines[0].startswith(f"{yes} sur {len(own)} marchés")


def test_what_cannot_be_opened_is_said_in_one_line(
    sample_clean: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPASER_CLEAN", str(sample_clean))
    for quarter, territory, cause in (
        ("2022-T5", "AMP", "'2022-T5' is not a quarter"),
        ("2022-T3", "CT9", "choose one of AMP, CT1"),
        ("2019-T1", "AMP", "quarters with contracts: 2020-T1, 2020-T2"),
    ):
        with pytest.raises(ValueError, match=cause) as caught:
            open_report(quarter, territory)
        assert "\n" not in str(caught.value)
    monkeypatch.setenv("SPASER_CLEAN", str(tmp_path))
    with pytest.raises(NoCleanTables, match="spaser ingest"):
        open_report("2022-T3", "AMP")
