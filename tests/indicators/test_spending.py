"""What was paid, and to whom."""

from __future__ import annotations

import pandas as pd
import pytest

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.basis import payments_basis
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.spending import (
    inclusive_supplier_share,
    late_payment_share,
    median_payment_delay,
    ten_largest_supplier_share,
)
from spaser_analysis.schemas import PAYMENTS
from tests.tables import share, table


def paid(text: str, solidarity: str | None = "B") -> pd.DataFrame:
    """Payments that are purchases, unless the table says otherwise."""
    rows = table(text, PAYMENTS)
    return payments_basis(
        rows if "is_purchase" in text else rows.assign(is_purchase=True).astype(rows.dtypes), solidarity
    )


@pytest.mark.parametrize(
    ("code", "column"),
    [
        *((f"solidarity_spending_share_{letter}", f"is_solidarity_{letter}") for letter in "abcd"),
        ("solidarity_spending_share", "is_solidarity_b"),
        ("sme_spending_share", "is_sme"),
        ("local_spending_share", "is_local"),
        ("coverage_share", "is_covered"),
    ],
)
def test_a_share_of_the_spending_takes_credit_notes_off(code: str, column: str) -> None:
    counts = INDICATORS_BY_CODE[code].compute(paid(f"""
        amount | is_purchase | {column}
        100    | yes         | yes
        -30    | yes         | yes
        300    | yes         | no
        50     | yes         |
        7      |             | yes
        5000   | no          | yes
               | yes         | yes
    """))  # fmt: skip
    assert share(counts, "value") == Share(yes=7_000, no=30_000, unknown=5_700)
    assert counts[["measure", "contracts", "left_out"]].to_numpy().tolist() == [["value", 5, 1]]


def test_more_credit_notes_than_payments_are_a_negative_count() -> None:
    counts = INDICATORS_BY_CODE["sme_spending_share"].compute(paid("amount | is_sme\n100 | yes\n-130 | yes\n-1 | no"))
    assert counts[["yes", "no", "unknown"]].to_numpy().tolist() == [[-3_000, -100, 0]]


SUPPLIERS = """
    territory | supplier_id | supplier_name | is_solidarity_c | amount
    CT1       | 1           |               | no              | 10
    CT1       | 1           |               | yes             | 10
    CT2       | 1           |               | no              | 10
    CT1       | 2           |               | no              | 10
    CT1       | 2           |               |                 | 10
    CT1       | 3           |               | no              |
    CT2       |             | Trois         |                 | 10
    CT2       |             | Trois         | yes             | 10
              |             |               |                 | 10
"""


def test_a_supplier_is_counted_once_and_is_inclusive_if_one_payment_says_so() -> None:
    whole = inclusive_supplier_share(paid(SUPPLIERS))
    assert share(whole) == Share(yes=2, no=1, unknown=2)  # 1, Trois; 3; 2 and the nameless one
    assert set(whole["measure"]) == {"number"}
    apart = inclusive_supplier_share(paid(SUPPLIERS), by=["territory"])
    assert share(apart, territory="CT1") == Share(yes=1, no=1, unknown=1)
    assert share(apart, territory="CT2") == Share(yes=1, no=1)
    assert apart["territory"].isna().tolist() == [False, False, True]
    assert apart["unknown"].tolist() == [1, 0, 1]


def test_the_ten_best_paid_suppliers_and_not_their_ten_largest_payments() -> None:
    many = "\n".join(f"CT1 | s{n:02} | 10" for n in range(1, 13))
    counts = ten_largest_supplier_share(
        paid(f"territory | supplier_id | amount\n{many}\nCT1 | s12 | 5\nCT1 | s11 | -1\nCT2 | s11 | 3")
    )
    assert share(counts, "value") == Share(yes=10_700, no=2_000)  # s12 15, s11 12, s01 to s08
    assert counts["contracts"].tolist() == [12]
    apart = ten_largest_supplier_share(
        paid(f"territory | supplier_id | amount\n{many}\nCT1 | s12 | 5\nCT1 | s11 | -1\nCT2 | s11 | 3"),
        by=["territory"],
    )
    assert share(apart, "value", territory="CT1") == Share(yes=10_500, no=1_900)
    assert share(apart, "value", territory="CT2") == Share(yes=300)


def test_a_supplier_without_any_amount_is_left_out_of_the_value() -> None:
    counts = ten_largest_supplier_share(paid("supplier_id | amount\n1 | 10\n2 |\n1 |"))
    assert share(counts, "value") == Share(yes=1_000)
    assert counts[["contracts", "left_out"]].to_numpy().tolist() == [[1, 1]]


DELAYS = """
    amount | payment_delay_days
    100    | 30
    200    | 31
    400    | 10
    800    |
           | 90
"""


def test_thirty_days_are_not_late() -> None:
    counts = late_payment_share(paid(DELAYS))
    assert share(counts) == Share(yes=2, no=2, unknown=1)
    assert share(counts, "value") == Share(yes=20_000, no=50_000, unknown=80_000)


def test_the_median_payment_delay() -> None:
    (row,) = median_payment_delay(paid(DELAYS)).to_dict("records")
    assert (row["yes"], row["unknown"], row["value"]) == (4, 1, 30.5)
