from __future__ import annotations

import pandas as pd
import pytest

from spaser_analysis.indicators.share import Share
from spaser_analysis.period import Quarter
from spaser_analysis.programming.endings import with_end
from spaser_analysis.trends.renewals import Renewals, renewals
from tests.tables import table

# Seen at the end of 2024, for 2025: the last four contracts are the year's, the others end when they say.
ROWS = """
uid | quarter | dateNotification | dureeMois | social | environmental
a | 2021-T1 | 2021-03-01 | 48 | no | yes
b | 2021-T2 | 2021-06-01 | 48 | | yes
c | 2021-T3 | 2021-09-01 | 48 | yes | yes
d | 2021-T4 | 2021-12-01 | 60 | no | yes
e | 2021-T4 | 2021-12-15 | | no | yes
f | 2020-T4 | 2020-12-31 | 48 | no | yes
g | 2024-T1 | 2024-02-01 | 12 | no | no
h | 2024-T2 | 2024-05-01 | 48 | yes | no
i | 2024-T3 | 2024-08-01 | 48 | | no
j | 2024-T4 | 2024-11-01 | 48 | no |
k | 2025-T1 | 2025-01-10 | 6 | no | no
"""


def scenario(axis: str = "social", year: int = 2025, quarter: str = "2024-T4") -> Renewals:
    contracts = table(ROWS)
    return renewals(
        with_end(contracts, pd.DataFrame({"uid": [], "rank": [], "dureeMois": []})), axis, Quarter.parse(quarter), year
    )


def test_an_amendment_moves_the_end() -> None:
    contracts = table("uid | dateNotification | dureeMois\nm1 | 2022-01-31 | 1\nm2 | 2022-01-01 |")
    amendments = pd.DataFrame({"uid": ["m1", "m1"], "rank": [2, 1], "dureeMois": pd.array([13, 5], dtype="Int64")})
    end = with_end(contracts, amendments)["end"]
    assert end.iloc[0] == pd.Timestamp("2023-02-28")
    assert pd.isna(end.iloc[1])


def test_renewed_contracts_take_the_place_of_ordinary_ones() -> None:
    found = scenario()
    assert found.base == Share(yes=1, no=2, unknown=1)  # g to j
    assert (found.lacking, found.unknown, found.undated) == (2, 1, 1)  # a and g; b; e
    assert found.low == 0.25 + 0.75 * 2 / 4
    assert found.high == 0.5 + 0.5 * 3 / 4


def test_contracts_that_ended_already_are_not_renewed_again() -> None:
    assert scenario(year=2025, quarter="2025-T1").lacking == 1  # k is left; a and g ended in the first quarter
    assert scenario(year=2024).lacking == 0  # f ended on the last day


def test_more_renewals_than_contracts_make_a_whole_year() -> None:
    assert Renewals(Share(yes=0, no=2), lacking=5, unknown=0, undated=0).low == 1.0


def test_no_scenario_without_a_year_to_start_from() -> None:
    found = scenario(quarter="2019-T4")
    assert (found.base, found.low, found.high) == (Share(), None, None)


@pytest.mark.parametrize(("axis", "lacking"), [("social", 2), ("environmental", 1)])
def test_each_consideration_has_its_own(axis: str, lacking: int) -> None:
    assert scenario(axis).lacking == lacking
