"""The library, the SQL and the results under version control say the same, to the last digit."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from spaser_analysis import workspace
from spaser_analysis.indicators.results import results
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.schemas import CONTRACTS
from spaser_analysis.tables import read_table, write_table
from tests.second_computation import EXPECTED, QUARTER, comparable, read_expected, results_in_sql
from tests.tables import table

SAMPLE_QUARTERS = [Quarter(2021, 4), QUARTER, Quarter(2024, 1), Quarter(2025, 4)]
# Every state and date that can go wrong, in one small table: a single territory, a contract of another buyer, no date.
EDGES = """
    acheteur_id    | buyer_siren | dateNotification | datePublicationDonnees | territory | amount | offresRecues | environmental | environmental_clause | environmental_criterion | social
    20005480700017 | 200054807   | 2022-07-01       | 2022-09-01             | CT1       | 100    | 1            | yes           | yes                  |                         | yes
    20005480700017 | 200054807   | 2022-09-30       | 2022-12-01             | CT1       | 200    | 0            | yes           |                      | no                      |
    20005480700017 | 200054807   | 2022-06-30       | 2022-08-31             | CT1       |        | 2            | no            | no                   | no                      | no
    20005480700017 | 200054807   | 2021-12-31       | 2022-02-28             |           | 400    | 3            |               |                      |                         | no
    20005480700017 | 200054807   | 2021-12-31       | 2022-03-01             | AMP       | 400    |              | yes           | yes                  | yes                     | no
    20005480700025 | 200054807   | 2022-12-31       | 2022-12-30             | CT2       | 999    | 4            | yes           | yes                  | yes                     |
    20005480700025 | 200054807   | 2022-08-15       |                        | CT1       | 5.55   | 1            | no            | no                   | no                      | yes
    20005480700025 | 200054807   | 2022-08-16       | 2022-08-16             | CT1       | 5.55   | 1            | yes           | no                   | yes                     | yes
    20005480700025 | 200054807   |                  | 2022-08-16             | CT1       | 5.55   | 1            | yes           | no                   | yes                     | yes
    21130055300016 | 211300553   | 2022-08-16       | 2022-08-16             |           | 5.55   | 1            | yes           | no                   | yes                     | yes
"""


def in_the_library(contracts: pd.DataFrame, quarter: Quarter, snapshot: str | None) -> pd.DataFrame:
    return comparable(results(contracts, load_organisation(), [quarter], snapshot))


@pytest.mark.parametrize("quarter", SAMPLE_QUARTERS, ids=str)
def test_two_computations_agree_on_the_sample(sample_clean: Path, quarter: Quarter) -> None:
    snapshot = json.loads(workspace.catalogue(sample_clean).read_text(encoding="utf-8"))["snapshot"]
    ours = in_the_library(read_table(CONTRACTS, sample_clean), quarter, snapshot)
    theirs = results_in_sql(workspace.table(sample_clean, "contracts"), load_organisation(), quarter)
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    assert ours["yes"].sum() > 0


def test_the_sample_gives_the_results_under_version_control(sample_clean: Path) -> None:
    assert EXPECTED.is_file(), "write it: python -m tests.second_computation"
    theirs = results_in_sql(workspace.table(sample_clean, "contracts"), load_organisation(), QUARTER)
    pd.testing.assert_frame_equal(theirs, read_expected(), check_exact=True)


@pytest.mark.parametrize("quarter", [Quarter(2021, 4), Quarter(2022, 2), Quarter(2022, 3), Quarter(2022, 4)], ids=str)
def test_two_computations_agree_on_the_edges(tmp_path: Path, quarter: Quarter) -> None:
    contracts = table(EDGES)
    notified = contracts["dateNotification"]
    contracts["quarter"] = [f"{day.year}-T{day.quarter}" if pd.notna(day) else None for day in notified]
    contracts = contracts.astype({"quarter": "str"})
    days = (contracts["datePublicationDonnees"] - notified).dt.days.astype("Int64")
    contracts["publication_delay_days"] = days.mask(days < 0)
    write_table(workspace.table(tmp_path, "contracts"), [contracts], CONTRACTS)
    ours = in_the_library(contracts, quarter, "2023-03-01")
    theirs = results_in_sql(workspace.table(tmp_path, "contracts"), load_organisation(), quarter)
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
