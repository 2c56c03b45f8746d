"""Which group each row is in, and what the groups are."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.indicators.groups import grouped
from spaser_analysis.indicators.largest import LARGEST, among_largest
from spaser_analysis.indicators.themes import themed
from tests.tables import frame

KEYS = """
    quarter | territory
    2022-T3 | CT2
    2022-T1 |
    2022-T3 | CT1
    2022-T3 | CT2
            | CT1
"""


@pytest.mark.parametrize("kind", ["str", "category"])
def test_groups_are_numbered_in_the_order_of_their_keys_the_null_one_last(kind: str) -> None:
    codes, keys = grouped(frame(KEYS).astype(kind), ("quarter", "territory"))
    assert codes.tolist() == [2, 0, 1, 2, 3]
    told = keys.astype(object).where(keys.notna(), "?").to_numpy().tolist()
    assert told == [["2022-T1", "?"], ["2022-T3", "CT1"], ["2022-T3", "CT2"], ["?", "CT1"]]


def test_without_keys_there_is_one_group_even_of_nothing() -> None:
    for rows in (frame(KEYS), frame(KEYS).iloc[:0]):
        codes, keys = grouped(rows, ())
        assert codes.tolist() == [0] * len(rows)
        assert len(keys) == 1
    codes, keys = grouped(frame(KEYS).iloc[:0], ("quarter",))
    assert (len(codes), len(keys)) == (0, 0)


@pytest.mark.parametrize("kind", ["str", "category"])
def test_a_theme_is_a_whole_word_of_the_list(kind: str) -> None:
    contracts = frame("themes\nair\nclimate\nair").astype(kind)
    assert themed(contracts, "air").tolist() == [True, False, True]
    several = pd.DataFrame({"themes": ["climate | air", "fair", None]}, dtype="str").astype(kind)
    assert themed(several, "air").tolist() == [True, False, pd.NA]


AMOUNTS = st.lists(st.tuples(st.sampled_from("ab"), st.one_of(st.none(), st.integers(0, 5))), max_size=40)


@given(AMOUNTS)
def test_the_ten_largest_of_each_group_counted_on_fingers(amounts: list[tuple[str, int | None]]) -> None:
    rows = pd.DataFrame(amounts, columns=["territory", "amount_cents"]).astype({"amount_cents": "Int64"})
    rows = rows.assign(uid=[f"m{rank:02}" for rank in range(len(rows))])
    found = among_largest(rows, ("territory",), "uid").astype(object).tolist()
    for place in "ab":
        priced = [(-cents, uid) for uid, (of, cents) in zip(rows["uid"], amounts, strict=True) if of == place and cents is not None]  # fmt: skip
        largest = {uid for _, uid in sorted(priced)[:LARGEST]}
        told = {
            uid for uid, (of, _), one in zip(rows["uid"], amounts, found, strict=True) if of == place and one is True
        }
        assert told == largest
    assert [one is pd.NA for one in found] == [cents is None for _, cents in amounts]
