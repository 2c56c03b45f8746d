"""Every indicator on a table small enough to be counted by hand, unknown states included."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest

from spaser_analysis.indicators.competition import median_offers, single_offer_share
from spaser_analysis.indicators.environment import environmental_clause_and_criterion_share, environmental_share
from spaser_analysis.indicators.framework import framework_share
from spaser_analysis.indicators.innovation import innovation_share
from spaser_analysis.indicators.publication import late_publication_share, median_publication_delay
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.social import reserved_share, social_share
from tests.tables import share, table

AMOUNTS = """
    amount | {column}
    100    | yes
    300    | no
    50     |
           | yes
    20     | no
"""


@pytest.mark.parametrize(
    ("indicator", "column"),
    [
        (environmental_share, "environmental"),
        (social_share, "social"),
        (reserved_share, "reserved"),
        (innovation_share, "marcheInnovant"),
        (framework_share, "is_framework"),
    ],
)
def test_a_share_counts_one_state(indicator, column: str) -> None:  # type: ignore[no-untyped-def]
    counts = indicator(table(AMOUNTS.format(column=column)))
    assert share(counts, "number") == Share(yes=2, no=2, unknown=1)
    assert share(counts, "value") == Share(yes=10_000, no=32_000, unknown=5_000)
    assert counts["left_out"].tolist() == [0, 1]


def test_a_group_is_counted_apart() -> None:
    counts = environmental_share(
        table("""
            territory | environmental
            CT1       | yes
            CT2       | no
            CT2       |
        """),
        by=["territory"],
    )
    assert share(counts, territory="CT1") == Share(1, 0, 0)
    assert share(counts, territory="CT2") == Share(0, 1, 1)


def test_the_law_of_2026_asks_for_a_clause_and_a_criterion() -> None:
    contracts = table("""
        uid | environmental_clause | environmental_criterion
        m1  | yes                  | yes
        m2  | yes                  | no
        m3  | yes                  |
        m4  | no                   | yes
        m5  | no                   | no
        m6  | no                   |
        m7  |                      | yes
        m8  |                      | no
        m9  |                      |
    """)
    counts = environmental_clause_and_criterion_share(contracts, by=["uid"])
    states = {uid: share(counts, uid=uid) for uid in contracts["uid"]}
    assert [uid for uid, found in states.items() if found.yes] == ["m1"]
    assert [uid for uid, found in states.items() if found.no] == ["m2", "m4", "m5", "m6", "m8"]
    assert [uid for uid, found in states.items() if found.unknown] == ["m3", "m7", "m9"]


@pytest.mark.parametrize(("clause", "criterion"), list(product(("yes", "no", ""), repeat=2)))
def test_clause_and_criterion_is_what_every_completion_of_the_unknown_says(clause: str, criterion: str) -> None:
    text = "environmental_clause | environmental_criterion\n{} | {}"
    found = share(environmental_clause_and_criterion_share(table(text.format(clause, criterion))))
    completions = {
        one == other == "yes"
        for one in ([clause] if clause else ["yes", "no"])
        for other in ([criterion] if criterion else ["yes", "no"])
    }
    assert found == (
        Share(unknown=1) if len(completions) == 2 else Share(yes=1) if True in completions else Share(no=1)
    )


OFFERS = """
    uid | amount | offresRecues
    m1  | 100    | 1
    m2  | 200    | 2
    m3  | 400    | 7
    m4  | 800    | 0
    m5  |        | 1
    m6  | 50     |
"""


def test_a_single_offer_and_nought_that_cannot_be() -> None:
    counts = single_offer_share(table(OFFERS))
    assert share(counts) == Share(yes=2, no=2, unknown=2)
    assert share(counts, "value") == Share(yes=10_000, no=60_000, unknown=85_000)


def test_the_median_of_the_known_offers() -> None:
    (row,) = median_offers(table(OFFERS)).to_dict("records")
    assert pd.isna(row.pop("no"))
    assert row == {"measure": "median", "yes": 4, "unknown": 2, "contracts": 6, "left_out": 0, "value": 1.5}


def test_a_median_by_group() -> None:
    found = median_offers(
        table("""
            territory | offresRecues
            CT2       | 3
            CT1       | 5
            CT1       | 2
            CT1       | 4
            CT3       |
                      | 8
        """),
        by=["territory"],
    )
    assert found["territory"].fillna("?").tolist() == ["CT1", "CT2", "CT3", "?"]
    assert found["value"].tolist()[:2] == [4.0, 3.0]
    assert found["value"].isna().tolist() == [False, False, True, False]
    assert found["yes"].tolist() == [3, 1, 0, 1]
    assert found["unknown"].tolist() == [0, 0, 1, 0]


def test_there_is_no_median_of_nothing() -> None:
    (row,) = median_offers(table("uid | offresRecues")).to_dict("records")
    assert (row["yes"], row["unknown"], row["contracts"]) == (0, 0, 0)
    assert pd.isna(row["value"])
    assert median_offers(table("uid | offresRecues"), by=["territory"]).empty


def test_two_months_are_two_calendar_months() -> None:
    contracts = table("""
        uid | dateNotification | datePublicationDonnees
        on  | 2024-01-15       | 2024-03-15
        m2  | 2024-01-15       | 2024-03-16
        end | 2023-12-31       | 2024-02-29
        m4  | 2023-12-31       | 2024-03-01
        m5  | 2024-07-01       | 2024-09-01
        m6  | 2024-05-10       | 2024-05-10
        m7  | 2024-05-10       | 2024-05-09
        m8  |                  | 2024-05-10
        m9  | 2024-05-10       |
    """)
    counts = late_publication_share(contracts, by=["uid"])
    assert [uid for uid in contracts["uid"] if share(counts, uid=uid).yes] == ["m2", "m4"]
    assert [uid for uid in contracts["uid"] if share(counts, uid=uid).no] == ["on", "end", "m5", "m6"]
    assert [uid for uid in contracts["uid"] if share(counts, uid=uid).unknown] == ["m7", "m8", "m9"]
    assert set(counts["measure"]) == {"number"}


def test_the_median_delay_leaves_the_unknown_out() -> None:
    contracts = table("""
        uid | publication_delay_days
        m1  | 10
        m2  | 31
        m3  |
        m4  | 90
    """)
    (row,) = median_publication_delay(contracts).to_dict("records")
    assert (row["yes"], row["unknown"], row["value"]) == (3, 1, 31.0)
