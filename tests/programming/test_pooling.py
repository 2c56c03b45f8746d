"""Needs that could be bought together, those that only look it, and what a group is worth."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaser_analysis.programming import pooling
from tests.programming.needs_table import READER, needs_table

HEAD = "need_id | territory | family | codeCPV | objet | amount | starts_on | duration_months\n"
LIFTS = "maintenance | 50750000 | Maintenance des ascenseurs"
TWO = HEAD + f"B1 | CT1 | {LIFTS} | 60 | 2023-03-01 | 48\nB2 | CT2 | {LIFTS} | 40 | 2023-06-01 | 36\n"


def grouped(text: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(needs, members)."""
    needs = needs_table(text)
    return needs, pooling.groups(needs, pooling.like_families(needs, READER))


def names(text: str) -> list[list[str]]:
    """The numbers of the needs of each group."""
    needs, members = grouped(text)
    return [sorted(needs.loc[own["row"], "need"]) for _, own in members.groupby("pool")]


def test_the_same_purchase_in_two_territories() -> None:
    needs, members = grouped(TWO)
    (one,) = pooling.pools(needs, members, READER).to_dict("records")
    assert (one["needs"], one["territories"], one["low_cents"], one["largest_cents"], one["saved"]) == (
        2,
        2,
        10000,
        6000,
        1,
    )
    assert (one["starts_on"], one["waits"], one["to_confirm"]) == (pd.Timestamp("2023-06-01"), 3, 0)
    assert (one["words"], one["digits"], one["family"]) == ("maintenance, ascenseurs", 8, "maintenance")
    assert pooling.lots(needs, members).to_numpy().tolist() == [[1, "CT1", 1, 6000, 0], [1, "CT2", 1, 4000, 0]]


@pytest.mark.parametrize(
    "other",
    [
        f"B2 | CT1 | {LIFTS} | 40 | 2023-06-01 | 36",  # one territory
        "B2 | CT2 | maintenance | 50710000 | Maintenance des défibrillateurs | 40 | 2023-06-01 | 36",
        "B2 | CT2 | nettoyage | 50750000 | Maintenance des ascenseurs | 40 | 2023-06-01 | 36",  # another family
        "B2 | CT2 | maintenance | 50750000 | | 40 | 2023-06-01 | 36",
        f"B2 | CT2 | {LIFTS} | 40 | 2024-03-02 | 36",  # over a year later
        f"B2 | CT2 | {LIFTS} | 40 | 2023-06-01 | 23",  # less than half as long
        f"B2 | CT2 | {LIFTS.replace('maintenance |', ' |')} | 40 | 2023-06-01 | 36",  # no family
    ],
)
def test_what_is_not_one_purchase(other: str) -> None:
    assert names(TWO.rpartition("B2")[0] + other) == []


def test_windows_must_overlap() -> None:
    short = HEAD + f"B1 | CT1 | {LIFTS} | 60 | 2023-01-01 | 6\nB2 | CT2 | {LIFTS} | 40 | 2023-07-01 | 6\n"
    assert names(short) == []
    assert names(short.replace("2023-07-01", "2023-06-30")) == [["B1", "B2"]]


def test_limits_of_a_year_and_of_the_double_are_inside() -> None:
    assert names(TWO.replace("2023-06-01 | 36", "2024-03-01 | 24")) == [["B1", "B2"]]


def test_a_group_waits_for_the_end_of_a_contract() -> None:
    text = (
        TWO.replace("duration_months", "duration_months | ready_on")
        .replace("| 48", "| 48 | 2023-12-31")
        .replace("| 36", "| 36 | 2023-06-01")
    )
    needs, members = grouped(text)
    assert pooling.pools(needs, members, READER)["starts_on"].tolist() == [pd.Timestamp("2023-12-31")]


def test_unknown_days_and_durations_are_to_be_confirmed() -> None:
    needs, members = grouped(TWO + f"B3 | CT3 | {LIFTS} | | | \n")
    one = pooling.pools(needs, members, READER).iloc[0]
    assert (one["needs"], one["unpriced"], one["to_confirm"], one["low_cents"]) == (3, 1, 1, 10000)


def test_works_of_a_named_operation_are_not_pooled() -> None:
    text = (
        TWO.replace("duration_months", "duration_months | operation")
        .replace("| 36", "| 36 | Gymnase")
        .replace("| 48", "| 48 |")
    )
    assert names(text) == []


def test_groups_are_numbered_by_amount() -> None:
    chairs = "fournitures | 39112000 | Chaises de bureau"
    more = f"B3 | CT1 | {chairs} | 900 | 2023-03-01 | 12\nB4 | CT2 | {chairs} | 1 | 2023-03-01 | 12\n"
    assert names(TWO + more) == [["B3", "B4"], ["B1", "B2"]]


def test_a_tempting_pair_is_refused_with_its_reason() -> None:
    meals = "restauration | 55524000 | Repas en liaison froide pour les crèches"
    text = TWO + (
        f"B3 | CT2 | {meals} | 640 | 2023-09-01 | 48\n"
        "B4 | CT5 | restauration | 55520000 | Repas en liaison froide pour un séminaire | 12 | 2023-09-20 | 1\n"
        f"B5 | CT5 | {LIFTS} | 5 | 2025-09-20 | 48\n"
        "B6 | CT1 | etudes | 71300000 | Maîtrise d'œuvre | 5 | 2023-09-20 | 48\n"
        "B7 | CT2 | etudes | 71600000 | Maîtrise d'œuvre | 5 | 2023-09-20 | 48\n"
    )
    needs = needs_table(text)
    families = pooling.like_families(needs, READER)
    members = pooling.groups(needs, families)
    found = pooling.refused(needs, families, members, READER)
    told = {tuple(needs.loc[[one.left, one.right], "need"]): one.reason for one in found.itertuples()}
    assert told == {("B3", "B4"): "durations", ("B1", "B5"): "wait", ("B6", "B7"): "code"}
    assert found["words"].iloc[0] == "repas, liaison, froide"


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (("2023-01-01", "12"), ("2024-01-01", "12"), "windows"),
        (("2023-01-01", "48"), ("2024-01-02", "48"), "wait"),
        (("2023-01-01", "24"), ("2023-01-01", "49"), "durations"),
        (("2023-01-01", "24"), ("2023-01-01", "48"), None),
        (("", "24"), ("2030-01-01", "24"), None),
        (("2023-01-01", ""), ("2023-06-01", "240"), None),
    ],
)
def test_why_two_needs_cannot_be_bought_at_one_time(first: Any, second: Any, reason: str | None) -> None:
    text = "need_id | starts_on | duration_months\n" + "\n".join(f"B | {' | '.join(one)}" for one in (first, second))
    assert pooling.disagreement(needs_table(text)) == reason


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["CT1", "CT2", "CT3"]),
            st.sampled_from(["Maintenance des ascenseurs", "Entretien des ascenseurs et portes", "Maintenance des portes"]),
            st.sampled_from(["2023-01-15", "2023-09-01", "2024-06-01", ""]), st.sampled_from(["12", "36", "48", ""]),
        ),
        min_size=2, max_size=10,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
@settings(max_examples=40)
def test_every_member_agrees_with_its_group_whatever_the_order(needs: list[tuple[str, ...]], rng: Any) -> None:
    lines = [
        f"B{n:02d} | {place} | maintenance | 50750000 | {objet} | {n} | {day} | {months}"
        for n, (place, objet, day, months) in enumerate(needs)
    ]
    told, members = grouped(HEAD + "\n".join(lines))
    assert members["row"].is_unique
    for _, own in members.groupby("pool"):
        rows = told.loc[own["row"]]
        assert rows["territory"].nunique() > 1
        assert pooling.disagreement(rows) is None
    rng.shuffle(lines)
    assert names(HEAD + "\n".join(lines)) == names(HEAD + "\n".join(sorted(lines)))
