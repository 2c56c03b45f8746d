"""What the data are worth: fields, files, journal, delays and payments, from tables written by hand."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import spaser_analysis as spaser
from spaser_analysis import workspace
from spaser_analysis.publishing.edition import check_results
from spaser_analysis.report import Report, open_report
from spaser_analysis.schemas import (
    AMENDMENTS,
    CONTRACTS,
    DECLARATIONS,
    HOLDERS,
    INSERTION_HOURS,
    LEDGER,
    PAYMENTS,
    SUPPLIERS,
    conform,
    empty,
)
from spaser_analysis.tables import write_table
from tests.tables import table

N, T = "\u00a0", "\u202f"
HOSTILE = "<script>alert(1)</script>"
QUALITY = (
    *("fields", "fields_by_quarter", "journal", "duplicates", "supplier_lists", "payments_read", "completeness_data"),
    *("delays", "delay_indicators", "late_months"),
)

# Three of five codes in CT1, five of five in CT2; one of each in the quarter before.
CONTRACTS_READ = """
quarter | dateNotification | territory | codeCPV | environmental | publication_delay_days
2022-T2 | 2022-04-01 | CT1 | 45000000 | yes | 10
2022-T3 | 2022-07-01 | CT1 | 45000000 | yes | 15
2022-T3 | 2022-07-01 | CT1 | 45000000 | no  | 16
2022-T3 | 2022-07-01 | CT1 |          |     | 60
2022-T3 | 2022-07-01 | CT1 |          |     | 61
2022-T3 | 2022-07-01 | CT2 | 45000000 | yes | 181
2022-T3 | 2022-07-01 | CT2 | 45000000 | yes |
2022-T3 | 2022-07-01 | CT2 | 45000000 | yes | 90
2022-T3 | 2022-07-01 | CT2 | 45000000 | yes | 91
2022-T3 | 2022-07-01 | CT2 | 45000000 | no  | 180
"""
PAYMENTS_READ = """
quarter | amount | is_purchase | exclusion | supplier_siren | is_solidarity_b | contract_id | is_covered | has_vat_budget
2022-T1 | 100 | yes |         | 005520135 | yes | C1 | yes | yes
2022-T2 | -10 | yes |         | 005520135 | yes | C1 | yes | no
2022-T3 | 50  | yes |         |           |     | C9 | no  |
2022-T3 | 30  |     |         | 005520135 | no  |    |     | no
2022-T3 | 900 | no  | payroll |           |     |    |     | no
2022-T4 | 700 | yes |         | 005520135 | no  | C1 | yes | no
        | 400 | yes |         | 005520135 | no  | C1 | yes | no
"""
JOURNAL = [
    ("a.csv", 1, None, "repaired", "montant", f"12 000 000,00 € {HOSTILE}", "12000000", "amount_format", "unité"),
    ("a.csv", 2, "m1", "repaired", "montant", "1 €", "1", "amount_format", "unité"),
    ("a.csv", 3, None, "rejected", None, None, None, "no_buyer", "acheteur absent"),
    ("a.csv", 4, "m1", "duplicate", None, None, "b.json#7", "same_contract", "même marché"),
    ("b.json", 5, "m1", "duplicate", None, None, "b.json#7", "same_contract", "même marché"),
    ("b.json", 6, None, "corrected", "montant", "5", "0.05", "region-bretagne-2019-cents", "virgule"),
]
LISTED = [("ESUS", "ESUS", "declared"), ("ESUS", "ESUS", "list"), (None, "PME", "none")]


def listed() -> pd.DataFrame:
    told = pd.DataFrame(LISTED, columns=["list", "status", "date_rule"])
    return conform(told.assign(is_fictitious=True, source_file="l.csv", source_record=[1, 2, 3]), SUPPLIERS)


def opened(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    contracts: pd.DataFrame,
    payments: pd.DataFrame | None = None,
    suppliers: pd.DataFrame | None = None,
    declarations: pd.DataFrame | None = None,
    ledger: pd.DataFrame | None = None,
    snapshot: str | None = "2022-12-15",
    quarter: str = "2022-T3",
    organisation: str = "amp",
    siren: str = "200054807",
) -> Report:
    """The report of clean tables written by hand, all of that buyer."""
    given = {"contracts": contracts, "payments": payments, "suppliers": suppliers, "declarations": declarations}
    given |= {"ledger": ledger}
    schemas = (CONTRACTS, HOLDERS, AMENDMENTS, PAYMENTS, SUPPLIERS, INSERTION_HOURS, DECLARATIONS, LEDGER)
    for schema in schemas:
        rows = given.get(schema.name)
        rows = empty(schema) if rows is None else rows
        own = conform(rows.assign(buyer_siren=siren), schema)
        write_table(workspace.table(folder, schema.name), [own], schema)
    count = {"name": "a.csv", "sha256": "0" * 64, "format": "payments-csv", "size": 1, "snapshot": snapshot}
    count |= {"read": 9, "used": 7, "rejected": 1, "duplicates": 1}
    workspace.catalogue(folder).write_text(json.dumps({"snapshot": snapshot, "files": [count]}))
    monkeypatch.setenv("SPASER_CLEAN", str(folder))
    return open_report(quarter, organisation=organisation)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    ledger = conform(pd.DataFrame(JOURNAL, columns=list(LEDGER.columns)), LEDGER)
    tables = (table(CONTRACTS_READ), table(PAYMENTS_READ, PAYMENTS), listed())
    with pytest.MonkeyPatch.context() as patch:
        yield opened(tmp_path_factory.mktemp("clean"), patch, *tables, ledger=ledger)


def row(shown: spaser.views.elements.Table, first: str) -> tuple[str, ...]:
    (found,) = [cells for cells in shown.rows if cells[0] == first]
    return found


def test_a_field_in_the_whole_and_from_one_territory_to_the_other(report: Report) -> None:
    figure = spaser.fields(report)
    assert row(figure.table, "Code CPV")[1:] == (
        f"80,0{T}%",
        f"60,0{T}% (Marseille-Provence)",
        f"100,0{T}% (Pays d’Aix)",
    )
    assert row(figure.table, "Objet")[1:] == (f"0,0{T}%", "le même partout", "le même partout")
    assert f"Code CPV{N}: 80,0{T}%" in figure.alternative
    assert figure.caption.startswith("Données fictives.")


def test_a_field_quarter_by_quarter(report: Report) -> None:
    shown = spaser.fields_by_quarter(report)
    assert [column.label for column in shown.columns] == ["Champ", "2021-T4", "2022-T1", "2022-T2", "2022-T3"]
    assert row(shown, "Code CPV")[1:] == ("aucun marché", "aucun marché", "non calculé", f"77,8{T}%")


def test_each_rule_once_with_its_shortest_example(report: Report) -> None:
    shown = spaser.journal(report)
    assert shown.rows == (
        ("Unité", "Réparé", "2", "1 €", "1"),
        ("Acheteur absent", "Rejeté", "1", "–", "–"),
        ("Même marché", "Doublon écarté", "2", "–", "–"),
        ("Virgule", "Corrigé", "1", "5", "0.05"),
    )


def test_the_example_does_not_depend_on_the_order_of_the_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = ("a.csv", 1, None, "repaired", "montant", "2 €", "2", "amount_format", "unité")
    for order in (1, -1):
        ledger = conform(pd.DataFrame([entry, *JOURNAL[1:2]][::order], columns=list(LEDGER.columns)), LEDGER)
        shown = spaser.journal(opened(tmp_path / str(order), monkeypatch, table(CONTRACTS_READ), ledger=ledger))
        assert shown.rows == (("Unité", "Réparé", "2", "1 €", "1"),)


def test_a_hostile_example_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = conform(pd.DataFrame(JOURNAL[:1], columns=list(LEDGER.columns)), LEDGER)
    shown = spaser.journal(opened(tmp_path, monkeypatch, table(CONTRACTS_READ), ledger=ledger))
    assert HOSTILE in shown.rows[0][3]
    assert HOSTILE not in shown._repr_html_()


def test_where_duplicates_went(report: Report) -> None:
    assert spaser.duplicates(report).rows == (("a.csv", "b.json", "1"), ("b.json", "b.json", "1"))


def test_the_files_and_the_lists_of_suppliers(report: Report) -> None:
    assert spaser.files_read(report).rows == (("a.csv", "paiements", f"15{N}décembre{N}2022", "9", "7", "1", "1"),)
    assert spaser.supplier_lists(report).rows == (
        ("non nommée", "non connu", "1", "0", "0", "1"),
        ("ESUS", "non connu", "2", "1", "1", "0"),
    )


def test_payments_since_january_and_what_they_lack(report: Report) -> None:
    shown = spaser.payments_read(report)
    assert [cells[1:] for cells in shown.rows] == [
        ("4", f"170{N}€"),
        ("1", f"30{N}€"),
        ("1", f"50{N}€"),
        ("2", f"80{N}€"),  # the one without identifier, and the one that may be no purchase
        ("2", f"90{N}€"),
        ("1", f"30{N}€"),
        ("1", f"50{N}€"),
        ("1", f"-10{N}€"),
        ("0", f"0{N}€"),
        ("1", f"100{N}€"),
        ("1", f"50{N}€"),
    ]
    assert f"1{N}paiement sans date, dans aucune période." in shown.notes[0]


def test_delays_of_publication_by_class(report: Report) -> None:
    counts = [cells[1] for cells in spaser.delays(report).table.rows]
    assert counts == ["2", "1", "0", "1", "2", "2", "1", "1"]
    assert f"inconnu{N}: 1." in spaser.delays(report).alternative
    assert spaser.late_months(report).empty.startswith("Le délai légal de publication est passé")


def test_months_still_to_be_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each month since 2020, five contracts published at once and five the month after."""
    months = pd.period_range("2020-01", "2022-09", freq="M")
    days = [(month.start_time, month.start_time + pd.DateOffset(days=late)) for month in months for late in [2, 35] * 5]
    lines = [
        f"{day.year}-T{day.quarter} | {day:%Y-%m-%d} | {out:%Y-%m-%d}"
        for day, out in days
        if out.year < 2022 or out.month < 10
    ]
    signed = table("\n".join(["quarter | dateNotification | datePublicationDonnees", *lines]))
    shown = spaser.late_months(opened(tmp_path, monkeypatch, signed, snapshot="2022-10-01"))
    assert shown.rows[-2] == ("2022-09", "5", f"50,0{T}%", "10", "5 à 5")
    assert shown.rows[-1][-1].startswith("non estimé : le mois finit")
    assert shown.rows[-3][3:] == ("10", "0 à 0")


def test_why_months_are_not_estimated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = spaser.late_months(opened(tmp_path / "few", monkeypatch, table(CONTRACTS_READ), snapshot="2022-10-15"))
    assert shown.empty == "Nombre non estimé : plus d’un marché sur cinq n’a pas de date de publication utilisable."
    shown = spaser.late_months(opened(tmp_path / "undated", monkeypatch, table(CONTRACTS_READ), snapshot=None))
    assert shown.empty == "La date d’arrêt des données n’est pas connue : rien n’est estimé."


def test_the_csv_holds_every_territory_and_only_completeness(report: Report) -> None:
    figures = spaser.completeness_data(report).csv
    rows = list(csv.DictReader(io.StringIO(figures)))
    assert check_results(figures, {"quarter": "2022-T3"}) == "2022-12-15"
    assert {one["territory"] for one in rows} == {one.code for one in report.organisation.all_territories}
    assert all(one["indicator"].startswith("completeness_") for one in rows)


def test_an_organisation_alone_without_payments_nor_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = alone(tmp_path, monkeypatch)
    assert spaser.payments_read(bare).empty.startswith("Aucun paiement")
    assert spaser.supplier_lists(bare).empty.startswith("Aucune")
    assert spaser.journal(bare).empty.startswith("Rien n’a été")
    assert spaser.duplicates(bare).rows == ()
    assert row(spaser.fields(bare).table, "Code CPV")[2:] == ("–", "–")
    for name in QUALITY:
        assert repr(getattr(spaser, name)(bare))


def alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """An organisation without territories, communes, objectives nor fiches; one contract."""
    home = folder / "home"
    place = home / "data" / "organisations" / "ville"
    place.mkdir(parents=True)
    (home / "data" / "reference").symlink_to(workspace.reference(""))
    (place / "organisation.toml").write_text(
        'slug = "ville"\nname = "Ville"\nsiren = "005520135"\n[whole]\ncode = "VIL"\nslug = "ville"\nname = "Ville"\n'
    )
    (place / "territories.csv").write_text("code,slug,name,seat,former_name,former_siren,sirets,aliases\n")
    (place / "communes.csv").write_text("code_insee,name,territory,population\n")
    (place / "targets.toml").write_text("")
    (place / "fiches.toml").write_text("")
    monkeypatch.setenv("SPASER_HOME", str(home))
    signed = table("quarter | dateNotification | territory\n2022-T3 | 2022-07-01 | VIL")
    return opened(folder / "clean", monkeypatch, signed, organisation="ville", siren="005520135")
