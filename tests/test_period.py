"""Quarters and windows."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.period import WINDOWS, Quarter, span

quarters = st.builds(Quarter, st.integers(1901, 9990), st.integers(1, 4))


@pytest.mark.parametrize("text", ["2022-T3", "2022T3", "2022-Q3", "2022Q3", "2022-t3", " 2022q3 "])
def test_every_spelling_of_a_quarter_is_one_quarter(text: str) -> None:
    assert Quarter.parse(text) == Quarter(2022, 3)


@pytest.mark.parametrize(
    "text", ["", "2022", "2022-T5", "2022-T0", "22-T3", "2022-3", "T3-2022", "２０２２-T3", "2022-T3/..", "0218-T4"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Quarter.parse(text)


def test_the_refusal_says_how_to_write_it() -> None:
    with pytest.raises(ValueError, match="'2022-S1' is not a quarter: write it 2022-T3"):
        Quarter.parse("2022-S1")


@pytest.mark.parametrize(("year", "number"), [(1899, 1), (9999, 1), (2022, 0), (2022, 5)])
def test_a_quarter_out_of_range_cannot_exist(year: int, number: int) -> None:
    with pytest.raises(ValueError):
        Quarter(year, number)


def test_first_and_last_day() -> None:
    assert [(Quarter(2024, n).start, Quarter(2024, n).end) for n in (1, 4)] == [
        (date(2024, 1, 1), date(2024, 3, 31)),
        (date(2024, 10, 1), date(2024, 12, 31)),
    ]


def test_windows_of_the_third_quarter() -> None:
    windows = {window.name: window.quarters for window in Quarter(2022, 3).windows}
    assert windows == {
        "quarter": ("2022-T3",),
        "year_to_date": ("2022-T1", "2022-T2", "2022-T3"),
        "rolling_12_months": ("2021-T4", "2022-T1", "2022-T2", "2022-T3"),
        "year": ("2022-T1", "2022-T2", "2022-T3", "2022-T4"),
    }
    assert tuple(windows) == WINDOWS


def test_the_year_to_date_of_a_first_quarter_is_itself() -> None:
    assert Quarter(2022, 1).window("year_to_date").quarters == Quarter(2022, 1).window("quarter").quarters


def test_span_includes_both_ends_and_is_empty_backwards() -> None:
    assert [str(q) for q in span(Quarter(2021, 4), Quarter(2022, 2))] == ["2021-T4", "2022-T1", "2022-T2"]
    assert list(span(Quarter(2022, 2), Quarter(2022, 1))) == []


@given(quarters)
def test_written_and_read_again(quarter: Quarter) -> None:
    assert Quarter.parse(str(quarter)) == quarter


@given(quarters, st.integers(-40, 40))
def test_adding_then_subtracting_comes_back(quarter: Quarter, steps: int) -> None:
    if 1941 <= quarter.year <= 9900:
        moved = quarter + steps
        assert moved - steps == quarter
        assert (moved > quarter) == (steps > 0)


@given(st.dates(date(1901, 1, 1), date(9990, 12, 31)))
def test_every_day_is_in_the_quarter_that_says_it_holds_it(day: date) -> None:
    quarter = Quarter.of(day)
    assert quarter.start <= day <= quarter.end
