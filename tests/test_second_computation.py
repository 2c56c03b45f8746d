"""The library, the SQL and the results under version control say the same, to the last digit."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from spaser_analysis import schemas, workspace
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.report import open_report
from spaser_analysis.tables import write_table
from tests.second_computation import COLUMNS, EXPECTED, KEY, QUARTER, comparable, kept, read_expected, results_in_sql
from tests.tables import table

SAMPLE_QUARTERS = [Quarter(2021, 4), QUARTER, Quarter(2024, 1), Quarter(2025, 4)]
# Every state and date that can go wrong, in small tables: a single territory, a record of another buyer, no date.
CONTRACTS = """
    uid | buyer_siren | dateNotification | datePublicationDonnees | territory | amount  | offresRecues | environmental | environmental_clause | environmental_criterion | social | social_clause | codeCPV  | is_framework | is_subsequent | typeGroupementOperateurs | themes
    m1  | 200054807   | 2022-07-01       | 2022-09-01             | CT1       | 215000  | 1            | yes           | yes                  |                         | yes    | yes           | 30000000 | yes          | no            | Conjoint                 | air + equality + innovation
    m2  | 200054807   | 2022-09-30       | 2022-12-01             | CT1       | 200     | 0            | yes           |                      | no                      |        |               | 30000000 |              |               | Autre                    | climate
    m3  | 200054807   | 2022-06-30       | 2022-08-31             | CT1       |         | 2            | no            | no                   | no                      | no     | yes           | 45000000 | no           | yes           | Pas de groupement        |
    m4  | 200054807   | 2021-12-31       | 2022-02-28             |           | 214000  | 3            |               |                      |                         | no     | no            | 30000000 |              | yes           |                          | air
    m5  | 200054807   | 2021-12-31       | 2022-03-01             | AMP       | 300000  |              | yes           | yes                  | yes                     | no     | yes           |          | no           | no            | SOLIDAIRE                |
    m6  | 200054807   | 2022-12-31       | 2022-12-30             | CT2       | 5382000 | 4            | yes           | yes                  | yes                     |        |               | 45000000 | no           |               |                          | food
    m7  | 200054807   | 2022-08-15       |                        | CT1       | 5.55    | 1            | no            | no                   | no                      | yes    | yes           | 45000000 | no           | no            |                          |
    m8  | 200054807   | 2022-08-16       | 2022-08-16             | CT1       | 5.55    | 1            | yes           | no                   | yes                     | yes    | no            |          | yes          | no            |                          |
    m9  | 200054807   |                  | 2022-08-16             | CT1       | 5.55    | 1            | yes           | no                   | yes                     | yes    | no            |          | no           | no            |                          |
    m0  | 211300553   | 2022-08-16       | 2022-08-16             |           | 5.55    | 1            | yes           | no                   | yes                     | yes    | no            |          | no           | no            |                          |
    old | 200054807   | 2019-06-30       |                        | CT1       | 5.55    | 1            | no            | no                   | no                      | yes    | yes           | 45000000 | no           | no            |                          |
"""
HOLDERS = """
    uid | holder_id | holder_siren | is_sme | is_local | is_solidarity_b
    m1  | a         | 1            | no     | yes      |
    m1  | b         | 2            |        | no       | yes
    m2  | a         | 1            | yes    | yes      | no
    m3  | c         |              |        |          |
    m4  | d         | 4            | no     | no       | no
    m5  | d         | 4            | no     | no       | no
    m5  | e         |              |        |          |
    m7  | f         | 6            | no     |          | no
    m8  | f         | 6            | yes    |          | no
    m9  | g         | 7            | yes    | yes      | yes
    m0  | g         | 7            | yes    | yes      | yes
    old | f         | 6            | yes    | yes      | yes
"""
PAYMENTS = """
    buyer_siren | paid_on    | territory | amount  | supplier_id | supplier_name | is_purchase | payment_delay_days | is_covered | is_sme | is_solidarity_b | is_solidarity_c
    200054807   | 2022-07-01 | CT1       | 100     | 1           |               | yes         | 30                 | yes        | yes    | no              | no
    200054807   | 2022-07-01 | CT1       | 200.01  | 1           |               | yes         | 31                 | no         | yes    | no              | no
    200054807   | 2022-07-02 | CT1       | 300     |             | Deux          | yes         |                    |            | no     | yes             | yes
    200054807   | 2022-07-03 | CT2       | -60     |             | Deux          | yes         | 0                  |            | no     | yes             | no
    200054807   | 2022-07-04 |           | 70      |             |               | yes         | 12                 |            |        |                 |
    200054807   | 2022-08-04 | CT1       | 70      | 3           |               |             | 99                 | yes        | yes    | yes             | yes
    200054807   | 2022-08-04 | CT1       | 9000    | 3           |               | no          | 99                 | yes        | yes    | yes             | yes
    200054807   | 2022-09-30 | CT1       |         | 3           |               | yes         | 40                 | yes        | yes    | yes             | yes
    200054807   | 2021-10-01 | CT1       | 10      | 1           |               | yes         | 40                 | yes        | no     | no              |
    200054807   |            | CT1       | 10      | 1           |               | yes         | 40                 | yes        | no     | no              |
    211300553   | 2022-07-01 |           | 10      | 1           |               | yes         | 40                 | yes        | no     | no              |
"""
HOURS = """
    buyer_siren | quarter | territory | planned_hours | done_hours
    200054807   | 2022-T3 | CT1       | 100.5         | 40.1
    200054807   | 2022-T3 | CT1       | 3.3           |
    200054807   | 2022-T1 | CT2       |               | 0.2
    200054807   |         | CT2       | 9             | 9
    211300553   | 2022-T3 |           | 9             | 9
"""
DECLARATIONS = """
    buyer_siren | quarter | territory | scheme | part     | part_cents | total_cents
    200054807   | 2021-T4 | AMP       | agec   | reuse    | 30         | 100
    200054807   | 2022-T4 | AMP       | agec   | reuse    | 31         | 100
    200054807   | 2022-T4 | AMP       | agec   | recycled | 101        | 100
    200054807   | 2022-T4 | AMP       | egalim | durable  |            | 100
    200054807   | 2022-T4 | AMP       | egalim | organic  | 5          |
    211300553   | 2022-T4 |           | agec   | reuse    | 31         | 100
"""
GIVEN = {
    "contracts": CONTRACTS,
    "holders": HOLDERS,
    "payments": PAYMENTS,
    "insertion_hours": HOURS,
    "declarations": DECLARATIONS,
}


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of clean tables made of those above; a quarter and a delay follow from their days."""
    folder = tmp_path_factory.mktemp("edges")
    for schema in (schemas.CONTRACTS, schemas.HOLDERS, schemas.AMENDMENTS, schemas.PAYMENTS, schemas.INSERTION_HOURS,
                   schemas.DECLARATIONS, schemas.NEEDS, schemas.LEDGER):  # fmt: skip
        rows = table(GIVEN[schema.name], schema) if schema.name in GIVEN else schemas.empty(schema)
        if day := {"contracts": "dateNotification", "payments": "paid_on"}.get(schema.name):
            rows["quarter"] = [f"{one.year}-T{one.quarter}" if pd.notna(one) else None for one in rows[day]]
        if schema.name == "contracts":
            delay = (rows["datePublicationDonnees"] - rows["dateNotification"]).dt.days.astype("Int64")
            rows["publication_delay_days"] = delay.mask(delay < 0)
            rows["themes"] = rows["themes"].str.replace("+", "|").mask(rows["uid"] == "m8", "")
        write_table(workspace.table(folder, schema.name), [rows.astype(schemas.dtypes(schema))], schema)
    workspace.catalogue(folder).write_text(json.dumps({"snapshot": "2023-03-01", "files": []}), encoding="utf-8")
    return folder


def in_the_library(clean: Path, quarter: Quarter, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setenv("SPASER_CLEAN", str(clean))
    found = open_report(str(quarter)).results
    return comparable(found[found["quarter"] == str(quarter)])


def agree(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Row for row, to the last digit."""
    both = pd.concat([one.assign(way="one"), other.assign(way="other")], ignore_index=True)
    apart = both[~both.duplicated(COLUMNS, keep=False)].sort_values([*KEY, "way"])
    assert apart.empty, f"\n{apart.head(20).to_string()}"
    assert len(one) == len(other) > 0


@pytest.mark.parametrize("quarter", SAMPLE_QUARTERS, ids=str)
def test_two_computations_agree_on_the_sample(
    sample_clean: Path, quarter: Quarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = in_the_library(sample_clean, quarter, monkeypatch)
    agree(ours, results_in_sql(sample_clean, load_organisation(), quarter))


@pytest.mark.parametrize("quarter", [Quarter(2021, 4), Quarter(2022, 2), Quarter(2022, 3), Quarter(2022, 4)], ids=str)
def test_two_computations_agree_on_the_edges(edges: Path, quarter: Quarter, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = in_the_library(edges, quarter, monkeypatch)
    agree(ours, results_in_sql(edges, load_organisation(), quarter))


def test_the_sample_gives_the_results_under_version_control(sample_clean: Path) -> None:
    assert EXPECTED.is_file(), "write it: python -m tests.second_computation"
    agree(kept(results_in_sql(sample_clean, load_organisation(), QUARTER)), read_expected())


def test_every_indicator_is_put_to_the_test(sample_clean: Path, edges: Path) -> None:
    """One that finds no yes anywhere would agree with any SQL, and with none."""
    buyer = load_organisation()
    both = [results_in_sql(sample_clean, buyer, SAMPLE_QUARTERS[-2]), results_in_sql(edges, buyer, QUARTER)]
    found = pd.concat(both).groupby("indicator")["yes"].sum()
    assert set(found.index) == set(INDICATORS_BY_CODE)
    assert found.index[found == 0].tolist() == []
