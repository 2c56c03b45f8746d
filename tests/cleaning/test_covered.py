"""Which contract a payment is for, and where that puts it."""

from __future__ import annotations

import pandas as pd
import pytest

from spaser_analysis.cleaning.covered import assign_line_territory, contract_index, with_contract
from spaser_analysis.organisation import all_organisations
from tests.tables import frame

CONTRACTS = """
    uid | buyer_siren | id               | territory
    u1  | 200054807   | 2022Z220115F00   | CT2
    u2  | 200054807   | Z210001F00       | CT3
    u3  | 200054807   | 2023T01          | CT1
    u4  | 200054807   | 2024T01          | CT4
    u5  | 213502388   | 2022Z220115F00   |
    u6  | 200054807   | 2022E0           | CT5
    u7  | 200054807   | 2022E0           | CT6
    u8  | 200054807   | /                | CT6
    u9  | 200054807   |                  | CT6
"""


@pytest.mark.parametrize(
    ("number", "uid", "territory"),
    [
        ("2022Z220115F00", "u1", "CT2"),
        ("Z220115F00", "u1", "CT2"),  # the buyer's register has no year in front
        ("z 220115-f00", "u1", "CT2"),
        ("2021Z220115F00", None, None),  # another year, hence another contract
        ("2021Z210001F00", "u2", "CT3"),  # a contract known without its year
        ("2023T01", "u3", "CT1"),
        ("2024T01", "u4", "CT4"),
        ("2025T01", None, None),
        ("T01", None, None),  # of several, none is told; nor a territory that they do not share
        ("2022E0", None, None),
        ("M404", None, None),
        ("-", None, None),  # no number, and not that of another contract without number
        (None, None, None),
    ],
)
def test_a_number_finds_the_published_contract(number: str | None, uid: str | None, territory: str | None) -> None:
    lines = pd.DataFrame({"buyer_siren": ["200054807"], "contract_id": [number]}, dtype="str")
    found = with_contract(lines, contract_index(frame(CONTRACTS))).iloc[0]
    assert [None if pd.isna(found[name]) else found[name] for name in ("contract_uid", "contract_territory")] == [uid, territory]  # fmt: skip


def test_covered_whatever_the_contract() -> None:
    """A number that several contracts share tells of none of them, but it is published."""
    lines = pd.DataFrame(
        {"buyer_siren": ["200054807"] * 4, "contract_id": ["T01", "2022E0", "M404", None]}, dtype="str"
    )
    assert with_contract(lines, contract_index(frame(CONTRACTS)))["is_covered"].astype(object).tolist() == [
        True,
        True,
        False,
        pd.NA,
    ]


def test_a_number_is_its_buyers() -> None:
    lines = pd.DataFrame({"buyer_siren": ["213502388", None], "contract_id": ["2022Z220115F00"] * 2}, dtype="str")
    found = with_contract(lines, contract_index(frame(CONTRACTS)))
    assert found["contract_uid"].fillna("-").tolist() == ["u5", "-"]
    nothing = with_contract(lines, contract_index(frame(CONTRACTS)[:0]))
    assert nothing["contract_uid"].isna().all()


@pytest.mark.parametrize(
    ("declared", "of_contract", "buyer", "territory", "rule", "unknown"),
    [
        ("ct2", "CT3", "200054807", "CT2", "register", 0),
        ("AMP", "CT3", "200054807", "AMP", "register", 0),
        (None, "CT3", "200054807", "CT3", "contract", 0),
        (None, "AMP", "200054807", "AMP", "whole", 0),  # the contract's own territory is not known
        (None, None, "200054807", "AMP", "whole", 0),
        ("CT9", "CT3", "200054807", "CT3", "contract", 1),
        ("CT9", None, "200054807", "AMP", "whole", 1),
        ("CT2", "CT3", "213502388", None, "other_buyer", 0),
        ("CT2", None, None, None, "other_buyer", 0),
    ],
)
def test_the_territory_of_a_line(
    declared: str | None, of_contract: str | None, buyer: str | None, territory: str | None, rule: str, unknown: int
) -> None:
    lines = pd.DataFrame(
        {"territory": [declared], "contract_territory": [of_contract], "buyer_siren": [buyer], "source_file": ["f"]},
        dtype="str",
    ).assign(source_record=1)
    found, ledger = assign_line_territory(lines, all_organisations())
    code = found["territory"].iloc[0]
    assert (None if pd.isna(code) else code, found["territory_rule"].iloc[0]) == (territory, rule)
    assert ledger["rule"].tolist() == ["territory_unknown_code"] * unknown
