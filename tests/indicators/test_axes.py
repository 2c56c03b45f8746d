"""Every indicator on a table small enough to be counted by hand, unknown states included."""

from __future__ import annotations

from itertools import product

import pandas as pd
import pytest

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.basis import declarations_basis
from spaser_analysis.indicators.competition import median_offers, single_offer_share, ten_largest_contract_share
from spaser_analysis.indicators.environment import environmental_clause_and_criterion_share, environmental_share
from spaser_analysis.indicators.largest import among_largest
from spaser_analysis.indicators.publication import late_publication_share, median_publication_delay
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.social import social_clause_above_threshold_share
from spaser_analysis.schemas import DECLARATIONS
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
    ("code", "column"),
    [
        ("environmental_share", "environmental"),
        ("social_share", "social"),
        ("reserved_share", "reserved"),
        ("innovation_share", "marcheInnovant"),
        ("framework_share", "is_framework"),
        ("first_time_holder_share", "is_first_time"),
        ("sme_share", "is_sme"),
        ("local_share", "is_local"),
        ("solidarity_contract_share", "is_solidarity"),
        ("grouping_share", "is_grouping"),
        ("subcontracting_share", "sousTraitanceDeclaree"),
        ("advance_share", "attributionAvance"),
    ],
)
def test_a_share_counts_one_state(code: str, column: str) -> None:
    counts = INDICATORS_BY_CODE[code].compute(table(AMOUNTS.format(column=column)))
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
    assert (row["yes"], row["unknown"], row["value"]) == (4, 2, 1.5)


def test_two_months_are_two_calendar_months() -> None:
    contracts = table("""
        uid | dateNotification | datePublicationDonnees | amount
        on  | 2024-01-15       | 2024-03-15             | 1
        m2  | 2024-01-15       | 2024-03-16             | 2
        end | 2023-12-31       | 2024-02-29             | 4
        m4  | 2023-12-31       | 2024-03-01             | 8
        m5  | 2024-07-01       | 2024-09-01             | 16
        m6  | 2024-05-10       | 2024-05-10             |
        m7  | 2024-05-10       | 2024-05-09             | 32
        m8  |                  | 2024-05-10             | 64
        m9  | 2024-05-10       |                        | 128
    """)
    counts = late_publication_share(contracts, by=["uid"])
    assert [uid for uid in contracts["uid"] if share(counts, uid=uid).yes] == ["m2", "m4"]
    assert [uid for uid in contracts["uid"] if share(counts, uid=uid).no] == ["on", "end", "m5", "m6"]
    assert [uid for uid in contracts["uid"] if share(counts, uid=uid).unknown] == ["m7", "m8", "m9"]
    assert share(late_publication_share(contracts), "value") == Share(1_000, 2_100, 22_400)


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


def test_a_social_clause_is_looked_for_at_and_above_the_threshold() -> None:
    contracts = table("""
        uid | is_above_threshold | social_clause | amount
        m1  | yes                | yes           | 100
        m2  | yes                | no            | 200
        m3  | yes                |               | 400
        m4  | no                 | yes           | 1
        m5  | no                 |               | 1
        m6  |                    | yes           | 800
        m7  |                    | no            |
    """)
    counts = social_clause_above_threshold_share(contracts)
    assert share(counts) == Share(yes=1, no=1, unknown=3)
    assert share(counts, "value") == Share(yes=10_000, no=20_000, unknown=120_000)
    assert counts["left_out"].tolist() == [0, 1]


@pytest.mark.parametrize(("theme", "found"), [("air", ["m1"]), ("climate", ["m1", "m2"]), ("food", [])])
def test_a_theme_is_detected_or_not_and_unknown_where_there_is_nothing_to_read(theme: str, found: list[str]) -> None:
    contracts = table("uid | amount\nm1 | 100\nm2 | 20\nm3 | 3\nm4 | 1")
    contracts["themes"] = pd.Series(["air | climate", "climate", "", None], dtype="str")
    counts = INDICATORS_BY_CODE[f"detected_{theme}_share"].compute(contracts, by=["uid"])
    assert [uid for uid in contracts["uid"] if share(counts, uid=uid).yes] == found
    assert [uid for uid in contracts["uid"] if share(counts, uid=uid).unknown] == ["m4"]
    assert share(counts, "value", uid="m4") == Share(unknown=100)


def test_a_theme_is_its_whole_name() -> None:
    contracts = table("uid\nm1").assign(themes="air quality | environmental")
    assert share(INDICATORS_BY_CODE["detected_air_share"].compute(contracts)) == Share(no=1)
    assert share(INDICATORS_BY_CODE["detected_environment_share"].compute(contracts)) == Share(no=1)


LARGE = "\n".join(
    ["uid | territory | amount", *(f"m{n:02} | CT1 | {n}" for n in range(1, 13)), "n | CT2 | 5", "n0 | CT1 |"]
)


def test_the_ten_largest_contracts_of_each_group() -> None:
    whole = ten_largest_contract_share(table(LARGE))
    assert share(whole, "value") == Share(yes=7_700, no=600)  # 12 to 4, and CT2’s 5
    apart = ten_largest_contract_share(table(LARGE), by=["territory"])
    assert share(apart, "value", territory="CT1") == Share(yes=7_500, no=300)
    assert share(apart, "value", territory="CT2") == Share(yes=500)
    assert apart["left_out"].tolist() == [1, 0]
    assert set(whole["measure"]) == {"value"}


def test_a_tie_for_the_tenth_place_is_settled_by_the_contract_s_key() -> None:
    contracts = table(
        "\n".join(
            ["uid | amount | social", "z | 7 | yes", *(f"m{n} | 9 | no" for n in range(9)), "a | 7 | no", "b | | no"]
        )
    )
    for order in (contracts, contracts.iloc[::-1]):
        state = among_largest(order, (), "uid")
        assert set(order.loc[~state, "uid"]) == {"z"}
        assert set(order.loc[state.isna(), "uid"]) == {"b"}


DECLARED = """
    scheme | part     | part_cents | total_cents
    agec   | reuse    | 30         | 100
    agec   | reuse    |            | 70
    agec   | recycled | 50         | 100
    egalim | durable  | 6          | 10
    egalim | organic  | 3          | 10
    egalim | organic  | 4          |
"""


@pytest.mark.parametrize(
    ("code", "expected", "left_out"),
    [
        ("agec_reuse_share", Share(30, 70, 70), 0),
        ("agec_recycled_share", Share(50, 50), 0),
        ("egalim_durable_share", Share(6, 4), 0),
        ("egalim_organic_share", Share(3, 7), 1),
    ],
)
def test_a_declared_part_of_the_declared_total(code: str, expected: Share, left_out: int) -> None:
    counts = INDICATORS_BY_CODE[code].compute(declarations_basis(table(DECLARED, DECLARATIONS)))
    assert share(counts, "value") == expected
    assert counts[["measure", "left_out"]].to_numpy().tolist() == [["value", left_out]]
