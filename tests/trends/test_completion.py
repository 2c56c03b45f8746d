from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.backtest import held_unpublished, published_late
from spaser_analysis.period import Quarter
from spaser_analysis.trends.completion import unpublished, unpublished_by_window
from tests.tables import table

SNAPSHOT = date(2024, 2, 10)
MONTHS = [(year, month) for year in (2022, 2023) for month in range(1, 13)] + [(2024, 1)]


def contracts(*days: tuple[date, date | None]) -> pd.DataFrame:
    return pd.DataFrame(days, columns=["dateNotification", "datePublicationDonnees"]).astype("datetime64[ms]")


def later(year: int, month: int, months: int, day: int) -> date:
    total = year * 12 + month - 1 + months
    return date(total // 12, total % 12 + 1, day)


def steady(day: int = 5, months: list[tuple[int, int]] = MONTHS) -> pd.DataFrame:
    """Each month four contracts: two are published a month later, one after two months, one after three."""
    delays = (1, 1, 2, 3)
    return contracts(*((date(*one, 1), later(*one, delay, day)) for one in months for delay in delays))


def month(found: pd.DataFrame, name: str) -> dict[str, object]:
    (row,) = found[found["month"] == name].to_dict("records")
    return row


def test_what_is_still_to_come_of_a_steady_delay() -> None:
    found = unpublished(steady(), SNAPSHOT)
    january, december, november = (month(found, name) for name in ("2024-01", "2023-12", "2023-11"))
    assert (january["observed"], january["published"], january["expected"]) == (2, 0.5, 4.0)
    assert (january["unpublished"], january["low"], january["high"]) == (2.0, 2, 2)  # each month alike: no error
    assert (december["observed"], december["published"], december["unpublished"]) == (3, 0.75, 1.0)
    assert (november["observed"], november["published"], november["unpublished"]) == (4, 1.0, 0.0)


def test_the_twelve_months_up_to_the_snapshot_oldest_first() -> None:
    found = unpublished(steady(), SNAPSHOT)
    assert list(found["month"]) == [*(f"2023-{number:02d}" for number in range(3, 13)), "2024-01", "2024-02"]
    assert list(found["quarter"])[:2] == ["2023-T1", "2023-T2"]


def test_earlier_months_are_seen_as_long_as_the_last_one() -> None:
    # Published on the 20th: on the 10th of the next month none of a month is seen, and none was of the months before.
    found = unpublished(steady(day=20), SNAPSHOT)
    assert (month(found, "2024-01")["observed"], month(found, "2023-12")["observed"]) == (0, 2)
    assert month(found, "2023-12")["published"] == 0.5
    assert month(found, "2024-01")["reason"] == "moins d’un marché sur 10 est d’habitude publié si tôt"


def test_notified_on_the_last_day_and_seen_a_month_later() -> None:
    seen = contracts(*[(date(2022, 1, 31), date(2022, 2, 28))] * 4)
    assert list(unpublished(seen, date(2022, 2, 28))["observed"])[-2:] == [4, 0]
    assert list(unpublished(seen, date(2022, 2, 27))["observed"])[-2:] == [0, 0]


def test_the_month_of_the_snapshot_is_not_estimated() -> None:
    for day in (date(2024, 2, 10), date(2024, 1, 31)):
        row = month(unpublished(steady(), day), f"{day:%Y-%m}")
        assert row["reason"] == "le mois finit à la date des données ou après"
        assert pd.isna(row["expected"]) and pd.isna(row["low"])


def test_a_month_of_which_nothing_is_seen_may_still_have_contracts() -> None:
    some = steady()[:-4]  # nothing notified in January is seen
    varied = pd.concat([some, contracts((date(2023, 1, 1), date(2023, 2, 5)))])
    row = month(unpublished(varied, SNAPSHOT), "2024-01")
    assert (row["observed"], row["expected"], row["low"]) == (0, 0.0, 0)
    assert row["high"] == 1


def test_contracts_left_out_are_counted() -> None:
    undated = contracts((date(2024, 1, 3), None), (date(2024, 1, 9), date(2024, 1, 8)), (date(2023, 12, 1), None))
    found = unpublished(pd.concat([steady(), undated]), SNAPSHOT)
    assert [month(found, name)["left_out"] for name in ("2023-11", "2023-12", "2024-01")] == [0, 1, 2]
    assert month(found, "2024-01")["expected"] == 4.0
    windows = unpublished_by_window(pd.concat([steady(), undated]), SNAPSHOT, Quarter(2023, 4)).set_index("window")
    assert windows.loc["quarter", "left_out"] == 1


@pytest.mark.parametrize(
    ("table_of", "reason"),
    [
        (steady(months=MONTHS[3:]), "moins de 12\u00a0mois complets"),
        (contracts(*((date(*one, 1), later(*one, 1, 5)) for one in MONTHS)), "moins de 30\u00a0marchés"),
        (
            pd.concat([steady(), contracts(*((date(2023, 5, 1), None) for _ in range(26)))]),
            "plus d’un marché sur cinq n’a pas de date de publication",
        ),
        (contracts(), "moins de 12\u00a0mois complets"),
    ],
)
def test_no_estimate_without_enough_to_learn_from(table_of: pd.DataFrame, reason: str) -> None:
    found = unpublished(table_of, SNAPSHOT)
    assert found["reason"].str.startswith(reason).all()
    assert found[["published", "expected", "unpublished", "low", "high"]].isna().all(axis=None)


def test_twelve_complete_months_are_enough() -> None:
    assert month(unpublished(steady(months=MONTHS[2:]), SNAPSHOT), "2024-01")["expected"] == 4.0


def test_windows_add_their_months() -> None:
    found = unpublished_by_window(steady(), SNAPSHOT, Quarter(2023, 4)).set_index("window")
    assert list(found.loc["quarter", ["observed", "expected", "unpublished", "low", "high"]]) == [11, 12.0, 1.0, 1, 1]
    assert list(found.loc["year", ["observed", "expected"]]) == [47, 48.0]
    assert found["reason"].isna().all()


def test_a_window_with_a_month_without_estimate_has_none() -> None:
    found = unpublished_by_window(steady(), SNAPSHOT, Quarter(2024, 1)).set_index("window")
    assert found.loc["quarter", "observed"] == 2
    assert pd.isna(found.loc["quarter", "expected"])
    assert found.loc["quarter", "reason"] == "le mois finit à la date des données ou après"


def test_a_window_of_complete_months_needs_no_estimate() -> None:
    few = steady(months=MONTHS[:3])  # no curve could be drawn
    found = unpublished_by_window(few, SNAPSHOT, Quarter(2022, 1))
    assert found[["observed", "unpublished", "low", "high"]].to_numpy().tolist() == [[12, 0, 0, 0]] * 4
    assert found["reason"].isna().all()


def test_the_columns_of_the_contracts_table() -> None:
    rows = "uid | dateNotification | datePublicationDonnees\n" + "\n".join(
        f"m{rank} | {one.dateNotification:%Y-%m-%d} | {one.datePublicationDonnees:%Y-%m-%d}"
        for rank, one in enumerate(steady().itertuples())
    )
    assert month(unpublished(table(rows), SNAPSHOT), "2024-01")["expected"] == 4.0


def mack(rows: pd.DataFrame, ages: tuple[int, ...], snapshot: date) -> float:
    """The standard error of a sum of months, written as in the paper: sums over cohorts i and ages k."""
    ordinal = rows["dateNotification"].dt.year * 12 + rows["dateNotification"].dt.month
    at = snapshot.year * 12 + snapshot.month
    appears = rows["datePublicationDonnees"].dt.year * 12 + rows["datePublicationDonnees"].dt.month
    appears = appears + (rows["datePublicationDonnees"].dt.day > snapshot.day) - ordinal
    c = {
        (i, k): float(((at - ordinal == i) & (appears <= k)).sum())
        for i in range(1, 25)
        for k in range(1, min(i, 12) + 1)
    }
    f, sigma2, s = {}, {}, {}
    for k in range(1, 12):
        older = range(k + 1, 25)
        s[k] = sum(c[i, k] for i in older)
        f[k] = sum(c[i, k + 1] for i in older) / s[k]
        sigma2[k] = sum((c[i, k + 1] - f[k] * c[i, k]) ** 2 / max(c[i, k], 1) for i in older) / (len(older) - 1)
    for i in range(1, 12):
        for k in range(i + 1, 13):
            c[i, k] = c[i, k - 1] * f[k - 1]
    total = 0.0
    for i in ages:
        total += c[i, 12] ** 2 * sum(sigma2[k] / f[k] ** 2 * (1 / c[i, k] + 1 / s[k]) for k in range(i, 12))
        for j in ages:
            if j != i:
                total += c[i, 12] * c[j, 12] * sum(sigma2[k] / f[k] ** 2 / s[k] for k in range(max(i, j), 12))
    return math.sqrt(total)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_interval_is_that_of_the_paper(seed: int) -> None:
    rows, snapshot = published_late(seed, 40), date(2023, 4, 10)
    found = unpublished(rows, snapshot)
    for age in (1, 2, 3):
        row = found.iloc[11 - age]
        margin = 1.6448536269514722 * mack(rows, (age,), snapshot)
        assert row["low"] == max(0, math.floor(row["unpublished"] - margin))
        assert row["high"] == math.ceil(row["unpublished"] + margin)
    quarter = unpublished_by_window(rows, snapshot, Quarter(2023, 1)).iloc[0]
    assert quarter["unpublished"] == pytest.approx(found["unpublished"].iloc[8:11].sum())
    assert quarter["high"] == math.ceil(quarter["unpublished"] + 1.6448536269514722 * mack(rows, (1, 2, 3), snapshot))


def test_intervals_hold_what_came_nine_times_in_ten() -> None:
    # Of 200 draws 90 % are 180, give or take three standard deviations of 4.2.
    held = sum(held_unpublished(published_late(seed, 40), date(2023, 4, 10)) is True for seed in range(200))
    assert 167 <= held <= 193


days = st.dates(date(2021, 1, 1), date(2024, 6, 30))


@settings(max_examples=30)
@given(st.lists(st.tuples(days, days | st.none()), max_size=40), st.randoms(use_true_random=False))
def test_neither_the_future_nor_the_order_of_rows_changes_anything(
    drawn: list[tuple[date, date | None]], chance: object
) -> None:
    rows = pd.concat([steady(), contracts(*drawn)], ignore_index=True)
    past = rows[~(rows["datePublicationDonnees"] > pd.Timestamp(SNAPSHOT))]
    shuffled = past.sample(frac=1, random_state=chance.randrange(1000))  # type: ignore[attr-defined]
    for made in (past, shuffled):
        pd.testing.assert_frame_equal(unpublished(made, SNAPSHOT), unpublished(rows, SNAPSHOT))
