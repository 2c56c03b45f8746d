"""A scope and what it leaves out add up, on the sample; territories, quarters and states are in ``audit/test_balance.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from spaser_analysis.audit.balance import NOT_ADDITIVE
from spaser_analysis.indicators.results import results
from spaser_analysis.period import Quarter, span
from spaser_analysis.report import Report, open_report

YEAR = list(span(Quarter(2022, 1), Quarter(2022, 4)))
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
    rows = rows[~rows["indicator"].isin([name for _, *names in NOT_ADDITIVE for name in names])]
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
