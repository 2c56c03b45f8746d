"""The three states: what a share is, and how contracts are counted."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.indicators.share import Share, count_states
from spaser_analysis.period import Quarter, span
from tests.tables import share, table

COUNT = st.integers(min_value=0, max_value=10**18)
SHARES = st.builds(Share, COUNT, COUNT, COUNT)
TARGET = st.floats(min_value=0, max_value=1)
STATES = {"yes": True, "no": False, "unknown": None}


def test_the_two_bounds_and_the_share_among_the_known() -> None:
    found = Share(yes=3, no=1, unknown=4)
    assert (found.total, found.low, found.high, found.among_known) == (8, 0.375, 0.875, 0.75)


def test_nothing_is_not_applicable_and_never_nought() -> None:
    assert (Share().low, Share().high, Share().among_known) == (None, None, None)
    assert Share(unknown=5).among_known is None
    assert (Share(unknown=5).low, Share(unknown=5).high) == (0.0, 1.0)
    assert Share().verdict(0.0) == Share().verdict(1.0, "down") == "cannot say"


@pytest.mark.parametrize("count", [-1, 1.0, True, None, pd.NA])
def test_a_count_is_a_whole_number_from_nought(count: object) -> None:
    with pytest.raises(ValueError, match="not a whole number"):
        Share(yes=count)  # type: ignore[arg-type]


def test_counts_from_a_table_become_exact_numbers() -> None:
    largest = Share(yes=np.int64(2**63 - 1))
    assert (largest + largest).yes == 2**64 - 2


@pytest.mark.parametrize(
    ("counted", "target", "direction", "verdict"),
    [
        (Share(30, 70, 0), 0.30, "up", "reached"),
        (Share(29, 70, 1), 0.30, "up", "cannot say"),
        (Share(29, 71, 0), 0.30, "up", "not reached"),
        (Share(10, 0, 0), 1.0, "up", "reached"),
        (Share(9, 0, 1), 1.0, "up", "cannot say"),
        (Share(9, 1, 0), 1.0, "up", "not reached"),
        (Share(5, 95, 0), 0.05, "down", "reached"),
        (Share(5, 94, 1), 0.05, "down", "cannot say"),
        (Share(6, 94, 0), 0.05, "down", "not reached"),
        (Share(0, 0, 10), 0.5, "up", "cannot say"),
    ],
)
def test_a_verdict_needs_both_bounds_on_one_side(counted: Share, target: float, direction: str, verdict: str) -> None:
    assert counted.verdict(target, direction) == verdict  # type: ignore[arg-type]


@pytest.mark.parametrize("direction", ["sideways", None, ""])
def test_no_verdict_without_a_direction(direction: str | None) -> None:
    with pytest.raises(ValueError, match="not a direction"):
        Share(1, 1).verdict(0.5, direction)  # type: ignore[arg-type]


@given(SHARES)
def test_the_bounds_hold_the_share_among_the_known(counted: Share) -> None:
    if counted.total == 0:
        assert counted.low is counted.high is counted.among_known is None
        return
    assert counted.low is not None
    assert counted.high is not None
    assert 0 <= counted.low <= counted.high <= 1
    if counted.among_known is None:
        assert counted.yes + counted.no == 0
    else:
        assert counted.low <= counted.among_known <= counted.high


@given(SHARES, TARGET, st.sampled_from(["up", "down"]))
def test_more_knowledge_never_reverses_a_verdict(counted: Share, target: float, direction: str) -> None:
    before = counted.verdict(target, direction)  # type: ignore[arg-type]
    for learned in range(0, counted.unknown + 1, max(1, counted.unknown // 3)):
        known = Share(counted.yes + learned, counted.no + counted.unknown - learned, 0)
        after = known.verdict(target, direction)  # type: ignore[arg-type]
        assert before in (after, "cannot say")


@given(SHARES, TARGET, TARGET)
def test_a_lower_target_is_no_harder(counted: Share, one: float, other: float) -> None:
    rank = {"not reached": 0, "cannot say": 1, "reached": 2}
    low, high = sorted((one, other))
    assert rank[counted.verdict(low)] >= rank[counted.verdict(high)]
    assert rank[counted.verdict(low, "down")] <= rank[counted.verdict(high, "down")]


@given(st.lists(SHARES, max_size=5))
def test_shares_add_up(shares: list[Share]) -> None:
    added = sum(shares, Share())
    assert added.total == sum(one.total for one in shares)
    assert added == sum(reversed(shares), Share())


def test_contracts_are_counted_in_number_and_in_cents() -> None:
    contracts = table("""
        uid | amount    | social
        m1  | 100       | yes
        m2  | 300.55    | no
        m3  | 100       |
        m4  |           | yes
    """)
    counts = count_states(contracts, contracts["social"])
    assert counts.to_dict("records") == [
        {"measure": "number", "yes": 2, "no": 1, "unknown": 1, "contracts": 4, "left_out": 0},
        {"measure": "value", "yes": 10_000, "no": 30_055, "unknown": 10_000, "contracts": 3, "left_out": 1},
    ]
    assert (counts.dtypes.drop("measure") == "Int64").all()


def test_a_null_key_is_a_group_of_its_own() -> None:
    contracts = table("""
        quarter | territory | social
        2022-T3 | CT2       | yes
        2022-T3 |           | no
                | CT2       |
    """)
    counts = count_states(contracts, contracts["social"], ["quarter", "territory"], ("number",))
    assert counts[["yes", "no", "unknown"]].to_numpy().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert counts["quarter"].isna().tolist() == [False, False, True]


def test_an_empty_table_counts_nothing() -> None:
    empty = table("uid | social")
    counts = count_states(empty, empty["social"])
    assert counts["measure"].tolist() == ["number", "value"]
    assert (counts.drop(columns="measure") == 0).all(axis=None)
    assert count_states(empty, empty["social"], ["quarter"]).empty


def test_a_state_for_each_contract_or_nothing() -> None:
    contracts = table("uid | social\nm1 | yes")
    with pytest.raises(ValueError, match="2 states for 1 contracts"):
        count_states(contracts, pd.Series([True, False], dtype="boolean"))


ROWS = st.lists(
    st.tuples(
        st.sampled_from([*map(str, span(Quarter(2021, 1), Quarter(2022, 4))), None]),
        st.sampled_from(["CT1", "CT2", None]),
        st.sampled_from(list(STATES.values())),
        st.one_of(st.none(), st.integers(1, 10**12)),
    ),
    max_size=30,
)


def contracts_of(rows: list[tuple[str | None, str | None, bool | None, int | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["quarter", "territory", "social", "amount_cents"])
    return frame.astype({"quarter": "str", "territory": "str", "social": "boolean", "amount_cents": "Int64"})


def test_cents_are_summed_exactly() -> None:
    largest = 10**12 - 1
    contracts = contracts_of([("2022-T3", "CT1", True, largest)] * 10_001)
    found = share(count_states(contracts, contracts["social"]), "value").yes
    assert found == 10_001 * largest
    assert found != int(float(found))  # one cent more than floats can tell


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_contracts_does_not_matter(rows: list, random: object) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    by = ["quarter", "territory"]
    one, other = (count_states(frame, frame["social"], by) for frame in map(contracts_of, (rows, shuffled)))
    pd.testing.assert_frame_equal(one, other)


@given(ROWS)
def test_groups_add_up_to_the_whole(rows: list) -> None:
    contracts = contracts_of(rows)
    whole = count_states(contracts, contracts["social"])
    for by in (["quarter"], ["territory"], ["quarter", "territory"]):
        parts = count_states(contracts, contracts["social"], by)
        for measure, column in product(("number", "value"), ("yes", "no", "unknown", "contracts", "left_out")):
            (total,) = whole.loc[whole["measure"] == measure, column]
            assert parts.loc[parts["measure"] == measure, column].sum() == total


@given(ROWS)
def test_counting_agrees_with_counting_on_fingers(rows: list) -> None:
    contracts = contracts_of(rows)
    counts = count_states(contracts, contracts["social"])
    for state, value in STATES.items():
        mine = [row for row in rows if row[2] is value]
        assert getattr(share(counts), state) == len(mine)
        assert getattr(share(counts, "value"), state) == sum(row[3] or 0 for row in mine)
