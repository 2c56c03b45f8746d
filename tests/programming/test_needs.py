"""The census as programming looks at it, and how long a need or a contract lasts."""

from __future__ import annotations

import pandas as pd
import pytest

from spaser_analysis.cleaning.reference import load_reference
from spaser_analysis.period import Quarter
from spaser_analysis.programming.needs import after_months, counted, kind_of
from spaser_analysis.reference_data import cpv_units
from tests.programming.needs_table import FAMILIES, needs_table
from tests.tables import frame

CONTRACTS = "uid | end\nk1 | 2023-06-30\nk2 |"


def come(text: str, quarter: str = "2022-T3") -> pd.DataFrame:
    told = counted(needs_table(text, come=False), frame(CONTRACTS), Quarter.parse(quarter), FAMILIES, cpv_units())
    return told[told["is_to_come"]]


@pytest.mark.parametrize(
    ("day", "is_there"),
    [("2022-09-30", False), ("2022-10-01", True), ("2024-09-30", True), ("2024-10-01", False), ("", True)],
)
def test_the_needs_of_the_two_years_after_the_quarter_and_those_without_a_day(day: str, is_there: bool) -> None:
    assert len(come(f"need_id | starts_on\nB1 | {day}")) == is_there


def test_the_needs_of_the_same_budget_years_and_operations_add_up_with_those_to_come() -> None:
    told = counted(
        needs_table(
            "need_id | starts_on  | operation\n"
            "A1      | 2021-12-31 |\n"
            "A2      | 2022-01-01 |\n"
            "A3      | 2024-12-31 |\n"
            "A4      | 2025-01-01 |\n"
            "A5      | 2019-05-01 | Gymnase\n"
            "B1      | 2022-10-01 |",
            come=False,
        ),
        frame(CONTRACTS),
        Quarter(2022, 3),
        FAMILIES,
        cpv_units(),
    )
    assert told["need"].tolist() == ["B1", "A2", "A3", "A5"]
    assert told["is_to_come"].tolist() == [True, False, False, False]


def test_a_need_waits_for_the_end_of_the_contract_it_names() -> None:
    found = come(
        "need_id | starts_on  | duration_months | contract_uid\n"
        "B1      | 2023-03-31 | 11              | k1\n"
        "B2      | 2023-09-01 |                 | k1\n"
        "B3      | 2023-03-01 | 12              | k2\n"
        "B4      |            | 12              | k1"
    ).set_index("need_id")
    assert found["ready_on"].dt.strftime("%Y-%m-%d").fillna("").tolist() == [
        "2023-06-30",
        "2023-09-01",
        "2023-03-01",
        "",
    ]
    assert found["ends_on"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["2024-02-29", "", "2024-03-01", ""]
    assert found.loc["B1", "contract_end"] == pd.Timestamp("2023-06-30")


def test_needs_of_one_number_are_told_apart() -> None:
    found = come("need_id | objet\nB1 | Chaises\nB2 | Tables\nB1 | Bancs")
    assert found["need"].tolist() == ["B1 n° 1", "B1 n° 2", "B2"]


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ("codeCPV | unit | family\n45210000 | | fournitures", "works"),
        ("codeCPV | unit | family\n39130000 | |", "supplies"),
        ("codeCPV | unit | family\n48000000 | |", "supplies"),
        ("codeCPV | unit | family\n50750000 | |", "services"),
        ("codeCPV | unit | family\n | 302 | informatique", "supplies"),
        ("codeCPV | unit | family\n | | batiment", "works"),
        ("codeCPV | unit | family\n | | informatique", None),  # its codes are supplies and services
        ("codeCPV | unit | family\n | |", None),
    ],
)
def test_works_supplies_or_services(columns: str, kind: str | None) -> None:
    header, _, cells = columns.partition("\n")
    (found,) = come(f"need_id | {header}\nB1 | {cells}")["kind"]
    assert (None if pd.isna(found) else found) == kind


def test_kind_of_nothing_is_not_known() -> None:
    assert kind_of(pd.Series([None], dtype="str")).isna().all()


def test_months_are_calendar_months() -> None:
    day = pd.Series(pd.to_datetime(["2023-01-31", None, "2023-01-31"]).astype("datetime64[ms]"))
    found = after_months(day, pd.array([1, 1, None], dtype="Int64"))
    assert found.iloc[0] == pd.Timestamp("2023-02-28")
    assert found.iloc[1:].isna().all()


def test_the_families_are_those_of_the_project() -> None:
    pd.testing.assert_series_equal(load_reference().families, FAMILIES)
