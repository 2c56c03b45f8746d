"""What a figure is made of: the state of each thing, as its own formula counts it."""

from __future__ import annotations

import pandas as pd

from spaser_analysis.indicators import INDICATORS, INDICATORS_BY_CODE
from spaser_analysis.indicators.states import NAMES, every_state, states_of
from spaser_analysis.schemas import PAYMENTS
from tests.tables import table, tables_of

CONTRACTS = tables_of(
    table("""
    uid | quarter | environmental | social_clause | amount | offresRecues
    a   | 2022-T3 | yes           | yes           | 0.01   | 3
    b   | 2022-T3 | no            |               |        | 0
    c   | 2022-T3 |               | no            | 7      | 1
    """)
)["contracts"].assign(is_above_threshold=pd.array([True, None, False], dtype="boolean"))
PAID = tables_of(
    payments=table(
        """
    supplier_id | supplier_name | amount | is_solidarity_c | is_sme | is_purchase | quarter
    1           | A             | 0      | no              | yes    | yes         | 2022-T3
    1           | A             | 50     | yes             | no     | yes         | 2022-T3
                | B             | -20    | no              |        | yes         | 2022-T3
                |               | 5      |                 | no     | yes         | 2022-T3
    1           | A             |        | no              | yes    |             | 2022-T3
    """,
        PAYMENTS,
    )
)["payments"]


def states(code: str, rows: pd.DataFrame) -> list[str]:
    found = states_of(INDICATORS_BY_CODE[code], rows)
    return [found["state"].get(one, "-") for one in rows.index]


def test_of_contracts() -> None:
    assert states("environmental_share", CONTRACTS) == ["yes", "no", "unknown"]
    # b may be above the threshold, c is known to be below
    assert states("social_clause_above_threshold_share", CONTRACTS) == ["yes", "unknown", "-"]
    assert states("ten_largest_contract_share", CONTRACTS) == ["yes", "no_amount", "yes"]
    offers = states_of(INDICATORS_BY_CODE["median_offers"], CONTRACTS)
    assert offers["state"].tolist() == ["known", "unknown", "known"]
    assert offers["quantity"].fillna(-1).tolist() == [3, -1, 1]


def test_a_payment_of_nothing_has_a_state_too() -> None:
    assert states("sme_spending_share", PAID) == ["yes", "no", "unknown", "no", "no_amount"]


def test_of_suppliers() -> None:
    found = states_of(INDICATORS_BY_CODE["inclusive_supplier_share"], PAID).set_index("supplier")
    assert found["state"].to_dict() == {"1": "yes", "B": "no", "": "unknown"}
    assert found["amount_cents"].to_dict() == {"1": 5000, "B": -2000, "": 500}
    found = states_of(INDICATORS_BY_CODE["ten_largest_supplier_share"], PAID).set_index("supplier")
    assert found["state"].to_dict() == {"1": "yes", "B": "yes", "": "unknown"}


def test_only_ten_are_the_largest() -> None:
    many = pd.concat([CONTRACTS.iloc[[2]].assign(uid=f"c{rank:02}", amount_cents=rank + 1) for rank in range(11)])
    found = states_of(INDICATORS_BY_CODE["ten_largest_contract_share"], many.reset_index(drop=True))
    assert found["state"].tolist() == ["no", *["yes"] * 10]


def test_every_state_is_each_one_whatever_rows_are_beside() -> None:
    of_rows = [one for one in INDICATORS if one.sheet.table == "contracts" and one.states is None]
    found = every_state(of_rows, CONTRACTS)
    assert list(found) == [one.sheet.code for one in of_rows]
    for one in of_rows:
        code = one.sheet.code
        assert [NAMES[rank] if rank >= 0 else "-" for rank in found[code]] == states(code, CONTRACTS)
    assert every_state(of_rows, CONTRACTS.iloc[1:]).to_dict("records") == found.iloc[1:].to_dict("records")
    assert every_state(of_rows, CONTRACTS.head(0)).empty
