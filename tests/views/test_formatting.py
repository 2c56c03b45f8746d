from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaser_analysis.period import Quarter
from spaser_analysis.views import formatting

N, T = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.2234, f"22,3{T}%"),
        (0.5, f"50,0{T}%"),
        (0.0, f"0,0{T}%"),
        (1.0, f"100,0{T}%"),
        (0.0001, f"<{N}0,1{T}%"),
        (0.99999, f">{N}99,9{T}%"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert formatting.percent(share) == text


@given(st.fractions(0, 1))
def test_only_exact_bounds_print_as_bounds(share: object) -> None:
    text = formatting.percent(float(share))  # type: ignore[arg-type]
    assert (text == f"0,0{T}%") == (float(share) == 0)  # type: ignore[arg-type]
    assert (text == f"100,0{T}%") == (float(share) == 1)  # type: ignore[arg-type]


def test_bounds() -> None:
    assert formatting.interval(0.4, 0.525) == f"40,0{N}à{N}52,5{T}%"
    assert formatting.interval(0.4, 0.4) == f"40,0{T}%"
    assert formatting.between(0.4, 0.525) == f"entre 40,0{T}% et 52,5{T}%"
    assert formatting.goal(0.3) == f"30{T}%"


def test_counts_and_money() -> None:
    assert formatting.counted(0, "marché", "marchés") == f"0{N}marché"
    assert formatting.counted(1, "marché", "marchés") == f"1{N}marché"
    assert formatting.counted(1234, "marché", "marchés") == f"1{T}234{N}marchés"
    assert formatting.euros(123_456_789) == f"1{T}234{T}568{N}€"
    assert formatting.millions(2_048_726_300) == f"20,5{N}M€"
    assert formatting.points(-0.0321) == f"3,2{N}points"
    assert formatting.points(0.011) == f"1,1{N}point"


def test_days_and_periods() -> None:
    assert formatting.day(date(2026, 3, 1)) == f"1er{N}mars{N}2026"
    assert formatting.day(date(2022, 12, 11)) == f"11{N}décembre{N}2022"
    assert formatting.quarter(Quarter(2022, 1)) == f"1er{N}trimestre{N}2022"
    assert formatting.quarter(Quarter(2022, 3)) == f"3e{N}trimestre{N}2022"
    assert formatting.months(Quarter(2022, 3).window("year_to_date")) == "de janvier à septembre 2022"
    assert formatting.months(Quarter(2022, 3).window("rolling_12_months")) == "d’octobre 2021 à septembre 2022"
