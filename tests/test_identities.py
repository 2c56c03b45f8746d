"""What must add up does, on the sample: territories, quarters, states and scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from spaser_analysis import workspace
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.results import results
from spaser_analysis.period import Quarter, span
from spaser_analysis.report import Report, open_report

YEAR = list(span(Quarter(2022, 1), Quarter(2022, 4)))
# A supplier of two territories is one supplier, and every group has its own ten largest.
NOT_ADDITIVE = {"inclusive_supplier_share", "ten_largest_supplier_share", "ten_largest_contract_share"}
ADDITIVE_SCOPES = ("all", "without_frameworks", "without_subsequent", "without_both")
KEY = ["indicator", "measure", "scope", "territory", "window", "quarter"]
COUNTS = ["yes", "no", "unknown"]


@pytest.fixture(scope="module")
def report(sample_clean: Path) -> Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPASER_CLEAN", str(sample_clean))
        return open_report("2022-T4")


@pytest.fixture(scope="module")
def found(report: Report) -> pd.DataFrame:
    return counted(report)


def counted(report: Report, keep: Callable[[pd.DataFrame], Any] | None = None) -> pd.DataFrame:
    """The counts of the year by ``KEY``, of all rows or of those that are kept; a total counts as a ``yes``."""
    tables = report.tables if keep is None else {name: of[keep(of)] for name, of in report.tables.items()}
    rows = results(tables, report.organisation, YEAR, None, scopes=ADDITIVE_SCOPES)
    rows = rows[~rows["indicator"].isin(NOT_ADDITIVE)]
    rows = rows.assign(sum=rows["value"].where(rows["measure"] == "total").fillna(0).astype(float))
    counts = rows.set_index(KEY)[[*COUNTS, "sum"]].fillna(0).astype(float)
    assert counts.loc[(slice(None), "total"), "sum"].any()
    return counts


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one.sort_index(), other.sort_index(), rtol=1e-12, check_like=True)
    assert one["yes"].sum() > 0


def over(counts: pd.DataFrame, **level: str) -> pd.DataFrame:
    """The rows of one value of a level of the key, without it."""
    ((name, value),) = level.items()
    return counts.xs(value, level=name)


def added(counts: pd.DataFrame, away: str) -> pd.DataFrame:
    """The sums over a level of the key."""
    return counts.groupby([name for name in counts.index.names if name != away]).sum()


def test_territories_and_what_belongs_to_none_are_the_whole(report: Report, found: pd.DataFrame) -> None:
    parts = [territory.code for territory in report.organisation.territories]
    whole = report.organisation.whole.code
    rest = counted(report, lambda rows: ~rows["territory"].isin(parts))
    placed = found[found.index.get_level_values("territory").isin(parts)]
    assert over(rest, territory=whole)["yes"].sum() > 0
    same(over(found, territory=whole), added(placed, "territory") + over(rest, territory=whole))


def test_the_four_quarters_are_the_year(found: pd.DataFrame) -> None:
    quarters = added(over(found, window="quarter"), "quarter")
    for window in ("year", "year_to_date", "rolling_12_months"):
        same(quarters, over(over(found, window=window), quarter="2022-T4"))


def test_yes_no_and_unknown_are_every_row(report: Report, sample_clean: Path, found: pd.DataFrame) -> None:
    """Rows and cents counted in the clean tables themselves; the columns of each scope are read there too."""
    own = f"buyer_siren = '{report.organisation.siren}' AND quarter LIKE '2022-T%'"
    scopes = {
        "all": "true",
        "without_frameworks": "is_framework IS NOT TRUE",
        "without_subsequent": "is_subsequent IS NOT TRUE",
        "without_both": "is_framework IS NOT TRUE AND is_subsequent IS NOT TRUE",
    }
    rows = {"number": "count(*)", "value": "coalesce(sum(amount_cents), 0)"}
    sides = {"contracts": "true", "payments": "is_purchase IS NOT FALSE"}
    totals = (
        over(found, window="year").groupby(["indicator", "measure", "scope", "territory"]).first()[COUNTS].sum(axis=1)
    )
    checked = 0
    for table, sides_of in sides.items():
        codes = [code for code, one in INDICATORS_BY_CODE.items() if one.sheet.table == table]
        codes = [code for code in codes if code != "social_clause_above_threshold_share"]  # of some contracts only
        for measure, count in rows.items():
            for place in report.organisation.all_territories:
                here = "true" if place == report.organisation.whole else f"territory = '{place.code}'"
                for scope in ADDITIVE_SCOPES if table == "contracts" else ("all",):
                    where = f"{own} AND {here} AND {sides_of} AND {scopes[scope]}"
                    query = f"SELECT {count} FROM '{workspace.table(sample_clean, table)}' WHERE {where}"
                    ((expected,),) = duckdb.sql(query).fetchall()
                    said = totals[totals.index.isin([(code, measure, scope, place.code) for code in codes])]
                    assert (said == expected).all(), (measure, place.code, scope)
                    checked += len(said)
    assert checked > 500


OUT_OF_SCOPE: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "without_frameworks": lambda contracts: contracts["is_framework"],
    "without_subsequent": lambda contracts: contracts["is_subsequent"],
    "without_both": lambda contracts: contracts["is_framework"] | contracts["is_subsequent"],
}


@pytest.mark.parametrize("scope", OUT_OF_SCOPE)
def test_a_scope_and_what_it_leaves_out_are_all(report: Report, found: pd.DataFrame, scope: str) -> None:
    contracts = report.contracts[OUT_OF_SCOPE[scope](report.contracts).fillna(False)]
    left_out = over(counted(replace(report, tables={**report.tables, "contracts": contracts})), scope="all")
    kept = over(found, scope=scope)
    assert left_out.loc[kept.index, "yes"].sum() > 0
    same(over(found, scope="all").loc[kept.index], kept + left_out.loc[kept.index])
