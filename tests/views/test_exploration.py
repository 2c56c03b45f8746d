"""The verbs of the analyst's bench."""

from __future__ import annotations

import pandas as pd
import pytest

import spaser_analysis as spaser
from spaser_analysis.views.exploration import compare, look, plot, where
from tests.tables import table, tables_of
from tests.views.test_harmonisation import contracts as counted
from tests.views.test_harmonisation import report_of

N, T = "\u00a0", "\u202f"

ROWS = """
uid | id | quarter | dateNotification | directorate | family | social | amount | offresRecues
m1 | A1 | 2022-T1 | 2022-02-01 | $a$ | voirie   | yes | 100 | 1
m2 | A2 | 2022-T1 | 2022-02-02 | $a$ | voirie   | yes | 1   | 2
m3 | A3 | 2022-T1 | 2022-02-03 | $a$ | batiment | no  |     | 3
m4 | A4 | 2022-T1 | 2022-02-04 | $a$ | batiment |     | 1   | 4
m5 | A5 | 2022-T1 | 2022-02-05 | $a$ |          | no  | 1   | 9
m6 | A6 | 2022-T3 | 2022-07-01 |     | voirie   | no  | 1   |
"""


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return tables_of(table(ROWS))["contracts"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "m1 m2 m3 m4 m5 m6"),
        ({"family": "voirie"}, "m1 m2 m6"),
        ({"family": "voirie", "social": False}, "m6"),
        ({"social": False}, "m3 m5 m6"),
        ({"social": None}, "m4"),
        ({"social": [True, None]}, "m1 m2 m4"),
        ({"family": ["batiment", "voirie"], "quarter": "2022-T1"}, "m1 m2 m3 m4"),
        ({"family": None}, "m5"),
        ({"family": []}, ""),
        ({"offresRecues": 4}, "m4"),
    ],
)
def test_where_keeps_what_is_told(rows: pd.DataFrame, wanted: dict[str, object], found: str) -> None:
    assert list(where(rows, **wanted)["uid"]) == found.split()


def test_an_unknown_column_or_indicator_is_said(rows: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="no column direction; there are uid, "):
        where(rows, direction="voirie")
    with pytest.raises(ValueError, match="no column direction"):
        compare(rows, "social_share", by="direction")
    for code in ("social", "solidarity_spending_share"):
        with pytest.raises(ValueError, match=f"'{code}' is not an indicator of contracts: choose one of environmental"):
            compare(rows, code, by="family")


def test_look_shows_the_latest_first(rows: pd.DataFrame) -> None:
    shown = look(rows)
    assert list(shown["id"]) == ["A6", "A5", "A4", "A3", "A2", "A1"]
    assert shown["amount_euros"].isna().sum() == 1
    assert shown["amount_euros"].iloc[-1] == 100


def test_a_share_has_both_bounds_and_none_below_the_minimum(rows: pd.DataFrame) -> None:
    found = compare(rows, "social_share", by="directorate")
    assert found.loc["$a$", ["yes", "no", "unknown", "low", "high"]].tolist() == [2, 2, 1, 0.4, 0.6]
    nameless = found[found.index.isna()].iloc[0]
    assert nameless[["yes", "no", "unknown"]].tolist() == [0, 1, 0]
    assert nameless[["low", "high", "value"]].isna().all()
    assert list(found["is_small"]) == [False, True]


def test_a_median_has_its_value(rows: pd.DataFrame) -> None:
    found = compare(rows, "median_offers", by="quarter")
    assert found.loc["2022-T1", "value"] == 3
    assert found.loc["2022-T3", ["value", "low"]].isna().all()


def test_plot_draws_and_says_the_shares(rows: pd.DataFrame) -> None:
    figure = plot(compare(rows, "social_share", by="directorate"))
    assert figure.png.startswith(b"\x89PNG")
    assert f"$a${N}: 40,0{N}à{N}60,0{T}%{N}; non renseigné{N}: effectif faible" in figure.alternative
    assert figure.caption.startswith("Données fictives. Marchés avec une considération sociale.")
    assert figure.table.rows == (
        ("$a$", "2", "2", "1", f"40,0{N}à{N}60,0{T}%"),
        ("non renseigné", "0", "1", "0", "effectif faible"),
    )


def test_plot_says_what_it_leaves_out(rows: pd.DataFrame) -> None:
    many = pd.concat([rows.head(5).assign(family=f"f{number:02d}") for number in range(26)])
    figure = plot(compare(many, "social_share", by="family"))
    assert "Seuls les 25 premiers groupes sur 26 sont dessinés." in figure.caption
    assert len(figure.table.rows) == 26


def test_what_has_no_share_is_not_drawn(rows: pd.DataFrame) -> None:
    for code, by in (("median_offers", "quarter"), ("social_share", "uid")):
        with pytest.raises(ValueError, match="no group has a share to draw"):
            plot(compare(rows, code, by=by))


def test_contracts_of_a_report_and_their_csv_without_free_text() -> None:
    report = report_of(counted("2022 CT1 2 1 1"))
    found = spaser.contracts(report)
    assert len(found) == 6
    lines = spaser.contracts_data(report, where(found, territory="CT1")).csv.splitlines()
    assert lines[0].startswith("quarter,snapshot,territory,uid")
    assert len(lines) == 5
    assert all(line.startswith("2022-T1,2022-12-15,CT1,") and "<b>" not in line for line in lines[1:])
