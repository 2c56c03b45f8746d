from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.share import Share
from spaser_analysis.trends.exemplary import exemplary
from tests.tables import table

SOCIAL = INDICATORS_BY_CODE["social_share"]


def contracts(groups: dict[str, Share]) -> pd.DataFrame:
    """The contracts of those directorates, one a day."""
    rows = [
        f"{name}{number} | {name} | 2022-01-{number + 1:02d} | {state}"
        for name, share in groups.items()
        for number, state in enumerate(["yes"] * share.yes + ["no"] * share.no + [""] * share.unknown)
    ]
    return table("\n".join(["uid | directorate | dateNotification | social", *rows]))


def test_a_group_is_exemplary_where_chance_does_not_make_it_so() -> None:
    # At the whole's 30 %: P(9 or more of 12) = 0.17 %, P(8 or more) = 0.95 %, of which 0.5 % is the limit.
    groups = {"A": Share(9, 3), "B": Share(8, 4), "C": Share(4), "": Share(2)}
    found = exemplary(contracts(groups), SOCIAL, "directorate", Share(30, 70))
    assert found.groups[["directorate", "yes", "no", "unknown", "low"]].to_numpy().tolist() == [["A", 9, 3, 0, 0.75]]
    (surely,) = found.groups["surely"]
    assert binom.sf(8, 12, surely) == pytest.approx(0.005, abs=1e-6)
    assert (found.looked_at, found.too_small, found.nameless, found.reason) == (2, 1, 2, None)


def test_the_latest_contracts_that_make_it_so() -> None:
    rows = table("""
        uid | directorate | dateNotification | objet           | social | considerationsSociales | amount
        a1  | A           | 2022-01-01       | first           | yes    | Clause sociale         | 1
        a5  | A           | 2022-03-01       | same day, later | yes    | Critère social         |
        a2  | A           | 2022-03-01       | same day        | yes    |                        | 2
        a3  | A           | 2022-02-01       | between         | yes    |                        | 3
        a4  | A           |                  | no day          | yes    |                        | 3
        a6  | A           | 2022-04-01       | without         | no     |                        | 4
        a7  | A           | 2022-04-02       | unknown         |        |                        | 4
        b1  | B           | 2022-04-01       | other           | yes    |                        | 4
    """)
    found = exemplary(rows, SOCIAL, "directorate", Share(1, 99))
    assert list(found.contracts) == [
        *("directorate", "uid", "dateNotification", "objet", "considerationsSociales"),
        "considerationsEnvironnementales",
    ]
    assert list(found.contracts["uid"]) == ["a2", "a5", "a3"]
    assert list(found.contracts["objet"]) == ["same day", "same day, later", "between"]


def test_the_surest_group_comes_first_and_so_do_its_contracts() -> None:
    groups = {"A": Share(12, 3), "B": Share(15), "C": Share(12, 3)}
    found = exemplary(contracts(groups), SOCIAL, "directorate", Share(30, 70))
    assert list(found.groups["directorate"]) == ["B", "A", "C"]
    assert list(found.contracts["directorate"]) == ["B"] * 3 + ["A"] * 3 + ["C"] * 3
    again = exemplary(contracts(groups)[::-1], SOCIAL, "directorate", Share(30, 70))
    pd.testing.assert_frame_equal(again.groups, found.groups)
    pd.testing.assert_frame_equal(again.contracts, found.contracts)


def test_an_unknown_is_read_against_the_group() -> None:
    sure = exemplary(contracts({"A": Share(9, 3)}), SOCIAL, "directorate", Share(30, 70))
    hidden = exemplary(contracts({"A": Share(9, 2, 3)}), SOCIAL, "directorate", Share(30, 70))
    assert (len(sure.groups), len(hidden.groups)) == (1, 0)
    whole = exemplary(contracts({"A": Share(9, 3)}), SOCIAL, "directorate", Share(30, 60, 10))
    assert len(whole.groups) == 0


@pytest.mark.parametrize(
    ("groups", "whole", "reason"),
    [
        ({"A": Share(4)}, Share(1, 9), "aucun groupe n’a au moins 5\u00a0marchés"),
        ({}, Share(), "aucun groupe n’a au moins 5\u00a0marchés"),
        (
            {"A": Share(9)},
            Share(1, unknown=9),
            "aucun groupe ne dépasse l’ensemble de plus que ce que le hasard et les états inconnus expliquent",
        ),
    ],
)
def test_no_exemplary_group_without_its_reason(groups: dict[str, Share], whole: Share, reason: str) -> None:
    found = exemplary(contracts(groups), SOCIAL, "directorate", whole)
    assert (found.reason, len(found.groups), len(found.contracts)) == (reason, 0, 0)


@pytest.mark.parametrize("code", ["late_publication_share", "median_offers", "solidarity_spending_share"])
def test_only_for_a_share_of_contracts_to_raise(code: str) -> None:
    with pytest.raises(ValueError, match=f"{code} is not a share of contracts to raise"):
        exemplary(contracts({}), INDICATORS_BY_CODE[code], "directorate", Share())


@settings(max_examples=20)
@given(st.integers(5, 20), st.integers(1, 19))
def test_a_group_that_buys_like_the_whole_stands_out_once_in_two_hundred_at_most(size: int, rate: int) -> None:
    groups = {f"G{yes:02d}": Share(yes, size - yes) for yes in range(size + 1)}
    found = exemplary(contracts(groups), SOCIAL, "directorate", Share(rate, 20 - rate))
    assert binom.pmf(found.groups["yes"].to_numpy(int), size, rate / 20).sum() <= 0.005
