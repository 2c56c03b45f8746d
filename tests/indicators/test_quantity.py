"""Medians, totals and ratios, with how many rows they rest on."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.quantity import median, ratio, total
from tests.tables import frame

ROWS = """
    territory | planned_hours | done_hours
    CT2       | 3             | 1
    CT1       | 5             |
    CT1       | 2             | 1
    CT1       | 4             | 0.5
    CT3       |               | 2
              | 8             |
"""


def of(compute: Callable[..., pd.DataFrame], text: str = ROWS, by: tuple[str, ...] = (),
       names: tuple[str, ...] = ("planned_hours",)) -> list[list[object]]:  # fmt: skip
    """The keys, yes, unknown, contracts and value of each row, a null as a question mark."""
    rows = frame(text)
    found = compute(rows, *(rows[name] for name in names), by)
    assert found["no"].isna().all()
    assert found["left_out"].eq(0).all()
    assert set(found["measure"]) <= {compute.__name__}
    assert found.dtypes[["yes", "no", "unknown", "contracts", "left_out"]].eq("Int64").all()
    shown = found[[*by, "yes", "unknown", "contracts", "value"]].astype(object)
    return shown.where(shown.notna(), "?").to_numpy().tolist()


def test_a_median_of_the_known() -> None:
    assert of(median) == [[5, 1, 6, 4.0]]
    assert of(median, by=("territory",)) == [
        ["CT1", 3, 0, 3, 4.0], ["CT2", 1, 0, 1, 3.0], ["CT3", 0, 1, 1, "?"], ["?", 1, 0, 1, 8.0]]  # fmt: skip


def test_a_total_of_the_known() -> None:
    assert of(total) == [[5, 1, 6, 22.0]]
    assert of(total, by=("territory",)) == [
        ["CT1", 3, 0, 3, 11.0], ["CT2", 1, 0, 1, 3.0], ["CT3", 0, 1, 1, "?"], ["?", 1, 0, 1, 8.0]]  # fmt: skip


def test_a_ratio_of_two_sums() -> None:
    names = ("done_hours", "planned_hours")
    assert of(ratio, names=names) == [[4, 0, 6, 0.204545]]
    assert of(ratio, by=("territory",), names=names) == [
        ["CT1", 2, 0, 3, 0.136364], ["CT2", 1, 0, 1, 0.333333], ["CT3", 1, 0, 1, "?"], ["?", 0, 0, 1, "?"]]  # fmt: skip


@pytest.mark.parametrize("below", ["0", "", "-1"])
def test_nothing_can_be_rated_against_nothing(below: str) -> None:
    text = f"done_hours | planned_hours\n7 | {below}\n |"
    assert of(ratio, text, names=("done_hours", "planned_hours")) == [[1, 1, 2, "?"]]


@pytest.mark.parametrize("compute", [median, total])
def test_nothing_has_neither_median_nor_total(compute: Callable[..., pd.DataFrame]) -> None:
    assert of(compute, "territory | planned_hours") == [[0, 0, 0, "?"]]
    assert of(compute, "territory | planned_hours", ("territory",)) == []
    assert of(compute, "territory | planned_hours\nCT1 |") == [[0, 1, 1, "?"]]


def test_no_row_no_ratio() -> None:
    assert of(ratio, "done_hours | planned_hours", names=("done_hours", "planned_hours")) == [[0, 0, 0, "?"]]


def test_a_quantity_for_each_row_or_nothing() -> None:
    rows = frame(ROWS)
    with pytest.raises(ValueError, match="1 quantities for 6 rows"):
        median(rows, pd.Series([1.0]))


SPENT = """
    territory | done_hours | amount_cents
    CT1       | 70.5       |
    CT1       |            | 40000000
    CT1       |            | 10000000
    CT2       |            |
"""


def test_hours_per_million_euros() -> None:
    found = INDICATORS_BY_CODE["insertion_hours_per_million"].compute(frame(SPENT), by=["territory"])
    assert found[["yes", "unknown"]].to_numpy().tolist() == [[1, 0], [0, 1]]
    assert found["value"].tolist() == [141.0, pd.NA]


HOURS = st.lists(st.tuples(st.sampled_from([0.1, 0.25, 7.7, 35.0, None]), st.integers(-(10**9), 10**12)), max_size=12)


@given(HOURS, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_no_matter_to_a_ratio(rows: list, random: object) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (
        pd.DataFrame(order, columns=["done_hours", "amount_cents"]).astype(
            {"done_hours": "Float64", "amount_cents": "Int64"}
        )
        for order in (rows, shuffled)
    )
    compute = INDICATORS_BY_CODE["insertion_hours_per_million"].compute
    pd.testing.assert_frame_equal(compute(one), compute(other), check_exact=True)
