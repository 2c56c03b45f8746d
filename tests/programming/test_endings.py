"""What ends in each coming quarter, and what such purchases have carried."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.period import Quarter
from spaser_analysis.programming.endings import endings, sectors_of, uses_by_family, with_end
from tests.tables import frame, table

ROWS = """
    uid | quarter | dateNotification | dureeMois | is_framework
    a   | 2021-T1 | 2021-01-01       | 21        | no
    b   | 2021-T1 | 2021-01-02       | 21        | no
    c   | 2020-T4 | 2020-12-31       | 24        | yes
    d   | 2020-T4 | 2020-12-31       | 48        | yes
    e   | 2020-T4 | 2020-12-31       | 24        |
    f   | 2021-T1 | 2021-01-01       |           | no
    g   | 2022-T4 | 2022-10-01       | 3         | no
    h   | 2021-T1 | 2021-03-31       | 12        | no
    i   | 2020-T1 | 2020-10-01       | 48        | no
    j   | 2022-T3 | 2022-09-30       | 24        | no
"""
AMENDED = "uid | rank | dureeMois\nh | 1 | 18\nh | 2 | 24\na | 1 |"


def test_the_contracts_that_end_in_the_two_years_after_the_quarter() -> None:
    found = endings(with_end(table(ROWS), frame(AMENDED)), Quarter(2022, 3)).set_index("uid")
    ends = found["end"].dt.strftime("%Y-%m-%d").to_dict()
    assert ends == {
        "a": "2022-10-01",
        "b": "2022-10-02",
        "c": "2022-12-31",
        "e": "2022-12-31",
        "h": "2023-03-31",
        "j": "2024-09-30",
    }
    assert found["end_quarter"].tolist() == ["2022-T4", "2022-T4", "2022-T4", "2022-T4", "2023-T1", "2024-T3"]
    # i ends after the two years, d too; f has no known end; g was notified after the quarter
    later = found["latest_end"].dt.strftime("%Y-%m-%d").to_dict()
    assert later == ends | {"c": "2024-12-31"}  # a framework of two years may run for four


def test_the_order_of_contracts_changes_nothing() -> None:
    contracts = table(ROWS)
    first = endings(with_end(contracts, frame(AMENDED)), Quarter(2022, 3))
    again = endings(with_end(contracts.iloc[::-1].reset_index(drop=True), frame(AMENDED)), Quarter(2022, 3))
    pd.testing.assert_frame_equal(first, again)


def test_uses_here_and_elsewhere() -> None:
    contracts = table("""
        uid | buyer_siren | family | environmental | social | reserved
        a   | 200054807   | eau    | yes           | no     |
        b   | 200054807   | eau    |               | yes    | yes
        c   | 213502388   | eau    | yes           | yes    | no
        d   | 213502388   | voirie | yes           |        |
        e   | 200054807   |        | yes           | yes    | yes
    """)
    uses = uses_by_family(contracts, "200054807")
    assert uses.index.tolist() == ["eau", "voirie"]
    told = uses.loc["eau"]
    assert [told[f"own_environmental{one}"] for one in ("", "_without", "_unknown")] == [1, 0, 1]
    assert [told[f"own_social{one}"] for one in ("", "_without", "_unknown")] == [1, 1, 0]
    assert [told[f"other_reserved{one}"] for one in ("", "_without", "_unknown")] == [0, 1, 0]
    assert (uses.loc["voirie", "other_environmental"], uses.loc["voirie", "own_environmental"]) == (1, 0)


def test_one_buyer_alone_has_no_elsewhere() -> None:
    uses = uses_by_family(table("buyer_siren | family | social\n200054807 | eau | yes"), "200054807")
    assert uses.loc["eau", ["own_social", "other_social"]].tolist() == [1, 0]


def test_a_sector_by_the_longest_prefix() -> None:
    sectors = pd.DataFrame({"cpv_prefix": ["90", "9091"], "sector": ["large", "locaux"]})
    codes = pd.Series(["90911200", "90500000", "45000000", None], dtype="str")
    assert sectors_of(codes, sectors).fillna("").tolist() == ["locaux", "large", "", ""]
