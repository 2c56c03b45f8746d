"""Homogeneous needs add up, and their sum decides: a small census in, the exact sums, procedures and alerts out."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.programming.computation import bounds, computations, level, lines, running_share, straddling
from spaser_analysis.reference_data import limits
from tests.programming.needs_table import contracts_table, needs_table
from tests.tables import frame

LIMITS = frame("""
    valid_from | valid_to   | kind              | level       | amount
    2020-01-01 | 2024-12-31 | supplies_services | competition | 40
    2025-01-01 |            | supplies_services | competition | 60
    2020-01-01 |            | works             | competition | 100
    2020-01-01 |            | supplies_services | notice      | 90
    2020-01-01 |            | works             | notice      | 90
    2020-01-01 | 2025-12-31 | supplies_services | formal      | 215
    2020-01-01 | 2025-12-31 | works             | formal      | 5000
""")
NO_CONTRACT = "uid | unit | dateNotification | end | months | amount | is_framework | kind"


def found(needs: str, contracts: str = NO_CONTRACT) -> pd.DataFrame:
    """The sums of a census, by what they add up."""
    told = needs_table(needs)
    rows = lines(told)
    years = sorted(int(one) for one in rows["year"].dropna().unique())
    made = computations(told, rows, running_share(contracts_table(contracts), years), LIMITS)
    year = made["year"].astype("str").fillna("")
    return made.set_index(made["basis"] + " " + made["code"] + " " + year)


def test_needs_of_one_unit_add_up_over_a_year_across_territories_and_directorates() -> None:
    sums = found("""
        need_id | territory | directorate | family | unit | amount | starts_on
        B1      | CT1       | DMG         | f      | 391  | 30     | 2023-01-01
        B2      | CT2       | DRH         | f      | 391  | 35     | 2023-12-31
        B3      | CT2       | DRH         | f      | 391  | 39     | 2024-01-01
        B4      | CT2       | DRH         | f      | 392  | 39     | 2023-05-01
    """)
    one = sums.loc["unit 391 2023"]
    assert (one["low_cents"], one["high_cents"], one["largest_cents"]) == (6500, 6500, 3500)
    assert (one["needs"], one["maybe"], one["territories"], one["directorates"]) == (2, 0, 2, 2)
    assert (one["level_alone"], one["level_low"], one["level_high"], one["alert"]) == (0, 1, 1, "together")
    assert sums.loc["unit 391 2024", "low_cents"] == 3900
    assert sums["alert"].notna().sum() == 1


@pytest.mark.parametrize(
    ("amounts", "alert"),
    [
        (("39.99", "39.99"), "together"),
        (("20", "19.99"), None),  # together still under 40
        (("20", "20"), "together"),  # thresholds are inclusive
        (("40", "30"), "together"),  # the smaller one alone would go without competition
        (("50", "39"), "together"),
        (("45", "44"), None),  # each is there already
        (("50", "40"), "together"),  # both are adapted, together a notice is due
        (("100", "39", "39"), "together"),  # hidden behind a large one
        (("100", "114.99"), None),
        (("100", "115"), "together"),
        (("215", "5"), "together"),
        (("215", "215"), None),
        (("30", ""), "cannot_say"),
        (("215", ""), None),  # formal whatever the other one is
        (("", ""), "cannot_say"),
    ],
)
def test_the_alert_on_each_side_of_each_threshold(amounts: tuple[str, str], alert: str | None) -> None:
    rows = "\n".join(f"B{n} | 391 | {one} | 2023-02-01" for n, one in enumerate(amounts))
    (one,) = found(f"need_id | unit | amount | starts_on\n{rows}")["alert"]
    assert (None if pd.isna(one) else one) == alert


def test_an_unknown_amount_leaves_a_minimum_and_no_maximum() -> None:
    one = found("need_id | unit | amount | starts_on\nB1 | 391 | 30 | 2023-01-01\nB2 | 391 | | 2023-01-01").iloc[0]
    assert (one["low_cents"], one["unpriced"], one["level_low"], one["level_high"]) == (3000, 1, 0, 3)
    assert pd.isna(one["high_cents"])


def test_a_need_without_a_day_may_be_in_each_year_of_its_unit() -> None:
    sums = found("""
        need_id | unit | amount | starts_on
        B1      | 391  | 30     | 2023-01-01
        B2      | 391  | 20     | 2024-01-01
        B3      | 391  | 15     |
        B4      | 392  | 50     |
    """)
    assert sums.loc["unit 391 2023", ["low_cents", "high_cents", "needs", "maybe", "alert"]].tolist() == [
        3000, 4500, 1, 1, "cannot_say",
    ]  # fmt: skip
    assert sums.loc["unit 391 2024", ["low_cents", "high_cents"]].tolist() == [2000, 3500]
    assert sums.loc["unit 392 ", ["low_cents", "high_cents", "needs"]].tolist() == [5000, 5000, 1]


def test_a_need_of_a_family_without_unit_may_be_in_each_unit_of_the_family() -> None:
    sums = found("""
        need_id | family | unit | amount | starts_on
        B1      | f      | 391  | 30     | 2023-01-01
        B2      | f      |      | 15     | 2023-03-01
        B3      | g      | 302  | 30     | 2023-03-01
    """)
    assert sums.loc["unit 391 2023", ["low_cents", "high_cents", "maybe", "alert"]].tolist() == [
        3000,
        4500,
        1,
        "cannot_say",
    ]
    assert sums.loc["family f 2023", ["low_cents", "high_cents", "needs"]].tolist() == [1500, 1500, 1]
    assert sums.loc["unit 302 2023", "maybe"] == 0


def test_a_supply_is_in_no_unit_of_services() -> None:
    sums = found("""
        need_id | family | unit | amount | starts_on  | kind
        B1      | f      | 722  | 30     | 2023-01-01 | services
        B2      | f      |      | 15     | 2023-03-01 | supplies
        B3      | f      |      | 15     | 2023-03-01 |
    """)
    assert sums.loc["unit 722 2023", ["needs", "maybe", "kind"]].tolist() == [1, 1, "services"]


def test_needs_of_a_family_may_be_of_one_unit_or_of_several() -> None:
    one = found("""
        need_id | family | unit | amount | starts_on
        B1      | f      |      | 30     | 2023-01-01
        B2      | f      |      | 25     | 2023-03-01
    """).loc["family f 2023"]
    assert (one["low_cents"], one["high_cents"], one["alert"]) == (3000, 5500, "cannot_say")


@pytest.mark.parametrize(
    ("columns", "needs", "alert", "levels"),
    [
        # of 2026 the formal threshold is not known: it may be reached, the notice's is
        ("amount | starts_on | kind", ["50 | 2026-01-01 | supplies"] * 6, "together", (0, 2, 3)),
        ("amount | starts_on | kind", ["30 | 2026-01-01 | supplies", "25 | 2026-03-01 | supplies"], None, (0, 0, 0)),
        ("amount | starts_on | kind", ["95 | 2026-01-01 | supplies"] * 2, "cannot_say", (3, 2, 3)),
        ("amount | starts_on | kind", ["30 | | supplies"] * 2, "cannot_say", (None, None, None)),
        ("amount | starts_on | kind", ["30 | 2023-01-01 |"] * 3, "cannot_say", (None, None, None)),
        ("amount | starts_on | kind", ["30 | 2019-01-01 | supplies"] * 3, "cannot_say", (None, None, None)),
    ],
)
def test_a_threshold_kind_or_day_that_is_not_known_is_no_reassurance(
    columns: str, needs: list[str], alert: str | None, levels: tuple[int | None, ...]
) -> None:
    one = found("\n".join([f"need_id | unit | {columns}", *(f"B{n} | 391 | {told}" for n, told in enumerate(needs))]))
    (one,) = one.to_dict("records")
    assert (None if pd.isna(one["alert"]) else one["alert"]) == alert
    got = [one[name] for name in ("level_alone", "level_low", "level_low_most")]
    assert tuple(None if pd.isna(rank) else rank for rank in got) == levels


def test_needs_of_the_year_already_begun_add_up_but_make_no_sum_of_their_own() -> None:
    sums = found("""
        need_id | unit | amount | starts_on  | is_to_come
        B1      | 391  | 30     | 2023-02-01 | no
        B2      | 391  | 30     | 2023-11-01 | yes
        B3      | 392  | 30     | 2023-02-01 | no
    """)
    assert sums.index.tolist() == ["unit 391 2023"]
    assert (sums["needs"].iloc[0], sums["alert"].iloc[0]) == (2, "together")


def test_what_has_neither_family_nor_unit_is_in_no_sum() -> None:
    assert found("need_id | family | unit | amount | starts_on\nB1 | | | 30 | 2023-01-01").empty


def test_works_add_up_by_operation_whatever_the_year_and_spelling() -> None:
    sums = found("""
        need_id | kind  | operation | territory | family | unit | amount | starts_on
        B1      | works | Gymnase A | CT1       | b      | 454  | 60     | 2023-11-01
        B2      | works | GYMNASE-Â | CT1       | b      | 452  | 50     | 2024-02-01
        B3      | works | Gymnase B | CT1       | b      | 454  | 60     | 2023-11-01
    """)
    one = sums.loc["operation gymnase a "]
    assert (one["low_cents"], one["needs"], one["level_alone"], one["level_low"], one["alert"]) == (
        11000,
        2,
        0,
        2,
        "together",
    )
    assert sums.loc["operation gymnase b ", "low_cents"] == 6000


def test_works_without_operation_may_be_one_or_several() -> None:
    sums = found("""
        need_id | kind  | territory | family | amount | starts_on
        B1      | works | CT1       | b      | 60     | 2023-11-01
        B2      | works | CT1       | b      | 50     | 2023-02-01
        B3      | works | CT2       | b      | 60     | 2023-11-01
    """)
    one = sums.loc["works CT1 b 2023"]
    assert (one["low_cents"], one["high_cents"], one["level_low"], one["level_high"], one["alert"]) == (
        6000, 11000, 0, 2, "cannot_say",
    )  # fmt: skip
    assert pd.isna(sums.loc["works CT2 b 2023", "alert"])


def test_a_recurring_need_of_less_than_a_year_counts_up_to_twelve_months() -> None:
    told = needs_table("""
        need_id | amount | duration_months | is_recurring
        B1      | 30     | 4               | yes
        B2      | 30     | 12              | yes
        B3      | 30     | 4               | no
        B4      | 30     | 4               |
        B5      |        | 4               | yes
        B6      | 30     |                 | yes
        B7      | 30     |                 |
    """)
    assert bounds(told)["low"].tolist() == [3000, 3000, 3000, 3000, 0, 3000, 3000]
    assert bounds(told)["high"].astype("Float64").fillna(-1).tolist() == [9000, 3000, 3000, 3000, -1, -1, 3000]


RUNNING = """
    uid | unit | dateNotification | end        | months | amount | is_framework | kind
    k1  | 391  | 2022-07-01       | 2023-07-01 | 12     | 365    | no           | supplies
    k2  | 391  | 2023-01-01       | 2025-01-01 | 24     | 731    | yes          | supplies
    k3  | 391  | 2023-01-01       | 2025-01-01 | 24     | 731    |              | supplies
    k4  | 391  | 2021-01-01       | 2022-12-31 | 24     | 731    | no           | supplies
    k5  | 391  | 2023-01-01       |            |        | 731    | no           | supplies
    k6  | 454  | 2023-01-01       | 2025-01-01 | 24     | 731    | no           | works
    k7  |      | 2023-01-01       | 2025-01-01 | 24     | 731    | no           | supplies
"""


def test_running_contracts_count_for_their_part_of_the_year_and_a_framework_from_nothing() -> None:
    shares = running_share(contracts_table(RUNNING), [2023]).set_index("uid")
    assert shares["low_cents"].to_dict() == {"k1": 18100, "k2": 0, "k3": 0}  # 181 of 365 days
    assert shares["high_cents"].to_dict() == {"k1": 18100, "k2": 36500, "k3": 36500}  # 365 of 731 days
    one = found("need_id | unit | amount | starts_on\nB1 | 391 | 30 | 2023-01-01", RUNNING).iloc[0]
    assert (one["contracts"], one["running_low_cents"], one["running_high_cents"]) == (3, 18100, 91100)
    assert (one["level_alone"], one["level_running"], one["alert"]) == (0, 3, "with_contracts")


@pytest.mark.parametrize(
    ("amount", "high", "alert"), [("20", 2000, "with_contracts"), ("5", 500, None), ("", None, "with_contracts")]
)
def test_a_framework_may_take_a_need_over_a_threshold(amount: str, high: int | None, alert: str | None) -> None:
    contract = f"""
        uid | unit | dateNotification | end        | months | amount   | is_framework | kind
        k1  | 391  | 2023-01-01       | 2024-01-01 | 12     | {amount} | yes          | supplies
    """
    one = found("need_id | unit | amount | starts_on\nB1 | 391 | 30 | 2023-01-01", contract).iloc[0]
    assert (None if pd.isna(one["running_high_cents"]) else one["running_high_cents"]) == high
    assert (None if pd.isna(one["alert"]) else one["alert"]) == alert


@pytest.mark.parametrize(
    ("amount", "kind", "day", "expected"),
    [
        (39, "supplies", "2024-12-31", 0), (40, "services", "2024-12-31", 1), (59, "services", "2025-01-01", 0),
        (60, "services", "2025-01-01", 1), (90, "supplies", "2025-01-01", 2), (215, "supplies", "2025-12-31", 3),
        (99, "works", "2025-01-01", 0), (100, "works", "2025-01-01", 2), (5000, "works", "2025-12-31", 3),
        (1, "supplies", "2026-01-01", 0), (300, "supplies", "2026-01-01", 2), (1, "supplies", "2019-12-31", None), (1, "", "2024-01-01", None),
        (1, "supplies", "", None),
    ],
)  # fmt: skip
def test_procedures_follow_dated_thresholds(amount: int, kind: str, day: str, expected: int | None) -> None:
    told = frame(f"amount | kind | starts_on\n{amount} | {kind} | {day}")
    (rank,) = level(told["amount_cents"], told["kind"], told["starts_on"], LIMITS)
    assert (None if pd.isna(rank) else rank) == expected


def test_the_real_thresholds() -> None:
    told = frame("""
        amount  | kind     | starts_on
        39999   | supplies | 2023-01-01
        40000   | supplies | 2023-01-01
        90000   | services | 2023-01-01
        215000  | services | 2023-01-01
        59999   | services | 2026-04-01
        60000   | services | 2026-04-01
        99999   | works    | 2026-04-01
        5404000 | works    | 2026-04-01
        1       | works    | 2020-06-01
        1       | works    | 2028-01-01
    """)
    ranks = level(told["amount_cents"], told["kind"], told["starts_on"], limits())
    assert ranks.tolist() == [0, 1, 2, 3, 0, 1, 0, 3, 0, 0]
    most = level(told["amount_cents"], told["kind"], told["starts_on"], limits(), most=True)
    assert most.tolist() == [
        0,
        1,
        2,
        3,
        0,
        1,
        0,
        3,
        1,
        0,
    ]  # in 2020 nobody knows from where works are put to competition


def test_twelve_months_across_new_years_eve() -> None:
    told = needs_table("""
        need_id | unit | amount | starts_on  | kind
        B1      | 391  | 26     | 2023-11-20 | supplies
        B2      | 391  | 24     | 2024-01-20 | supplies
        B3      | 391  | 30     | 2024-11-20 | supplies
        B4      | 392  | 26     | 2023-01-20 | supplies
        B5      | 392  | 24     | 2024-01-20 | supplies
        B6      | 393  | 41     | 2023-11-20 | supplies
        B7      | 393  | 24     | 2024-01-20 | supplies
        B8      | 391  |        | 2024-02-20 | supplies
    """)
    rows = lines(told)
    sums = computations(told, rows, running_share(contracts_table(NO_CONTRACT), []), LIMITS)
    (one,) = straddling(told[told["need_id"] != "B3"], sums[sums["low_cents"] < 5000], LIMITS).to_dict("records")
    assert (one["code"], one["from_day"], one["low_cents"], one["level"]) == (
        "391",
        pd.Timestamp("2023-11-20"),
        5000,
        1,
    )
    assert told.loc[list(one["rows"]), "need_id"].tolist() == ["B1", "B2", "B8"]
    assert one["unpriced"] == 1
    assert straddling(told, sums, LIMITS)["code"].tolist() == []  # with B3, 2024 crosses by itself


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["391", "302", ""]), st.sampled_from(["f", ""]), st.integers(0, 300),
            st.sampled_from(["2023-03-01", "2024-03-01", ""]), st.sampled_from(["works", "supplies"]),
        ),
        min_size=1, max_size=12,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_every_known_amount_is_in_exactly_one_sum_for_certain_or_in_none(
    needs: list[tuple[str, ...]], rng: object
) -> None:
    text = "need_id | unit | family | amount | starts_on | kind | territory\n" + "\n".join(
        f"B{n} | {' | '.join(map(str, one))} | CT1" for n, one in enumerate(needs)
    )
    told = needs_table(text)
    rows = lines(told)
    assert rows[rows["is_sure"].astype(bool)].groupby("row").size().le(1).all()
    placed = told["unit"].notna() | told["family"].notna() | (told["kind"] == "works")
    assert set(rows["row"]) == set(told.index[placed])
    sums = computations(told, rows, running_share(contracts_table(NO_CONTRACT), []), LIMITS)
    assert (sums["low_cents"] <= sums["high_cents"].fillna(10**15)).all()
    assert (sums["largest_cents"] <= sums["low_cents"]).all()
    known = (sums["level_low"].notna() & sums["level_high"].notna()).astype(bool)
    assert (sums.loc[known, "level_low"] <= sums.loc[known, "level_high"]).all()
    shuffled = list(range(len(told)))
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    other = told.iloc[shuffled]
    again = computations(other, lines(other), running_share(contracts_table(NO_CONTRACT), []), LIMITS)
    pd.testing.assert_frame_equal(sums.drop(columns="family"), again.drop(columns="family"))
