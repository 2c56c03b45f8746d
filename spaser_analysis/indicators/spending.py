"""What was paid, and to whom: the third objective in its definitions, size and place of suppliers, coverage, delay."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from spaser_analysis.indicators.groups import grouped
from spaser_analysis.indicators.largest import among_largest
from spaser_analysis.indicators.quantity import median
from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets

LATEST_DAYS = 30
SOLIDARITY = "solidarity_spending_share"
DEFINITIONS = ("A", "B", "C", "D")

# Column of the payments (see ``basis.payments_basis``) that each share of the spending counts.
_STATES = {
    SOLIDARITY: "is_solidarity",
    **{f"{SOLIDARITY}_{letter.lower()}": f"is_solidarity_{letter.lower()}" for letter in DEFINITIONS},
    "sme_spending_share": "is_sme",
    "local_spending_share": "is_local",
    "coverage_share": "is_covered",
}


def spending_share(payments: pd.DataFrame, by: Sequence[str] = (), *, state: str) -> pd.DataFrame:
    """Spending of the payments whose nullable boolean column ``state`` is yes, credit notes taken off."""
    return count_states(payments, payments[state], by, ("value",))


def inclusive_supplier_share(payments: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Suppliers paid in the group of which one payment at least went to an inclusive structure (definition C).

    Columns ``supplier`` and ``is_solidarity_c``; several payments are one supplier, unknown where none is yes and one
    is unknown.
    """
    return count_states(*_inclusive(payments, by), by, ("number",))


def ten_largest_supplier_share(payments: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """What the ten best paid suppliers of the group receive of its spending; columns ``supplier``, ``amount_cents``.

    What went to suppliers without identifier nor name is unknown: nobody knows how many they are.
    """
    return count_states(*_largest(payments, by), by, ("value",))


def median_payment_delay(payments: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Median number of days from invoice to payment; column ``payment_delay_days``."""
    return median(payments, payments["payment_delay_days"], by)


def late_payment_share(payments: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Payments made more than thirty days after the invoice, in number and in spending; ``payment_delay_days``."""
    return count_states(payments, payments["payment_delay_days"] > LATEST_DAYS, by)


def excluded_spending(payments: pd.DataFrame) -> pd.DataFrame:
    """By ``exclusion`` ("" for what may be a purchase or not): ``payments``, ``amount_cents`` and ``unpriced``, the
    payments without a usable amount. From the clean table of payments; purchases are in none.
    """
    apart = payments[~payments["is_purchase"].fillna(False)]
    groups = apart.groupby(apart["exclusion"].fillna(""))["amount_cents"]
    return pd.DataFrame(
        {"payments": groups.size(), "amount_cents": groups.sum(), "unpriced": groups.size() - groups.count()}
    )


def _inclusive(payments: pd.DataFrame, by: Sequence[str] = ()) -> tuple[pd.DataFrame, pd.Series]:
    suppliers = _suppliers(payments, by)
    return suppliers, suppliers["is_inclusive"]


def _largest(payments: pd.DataFrame, by: Sequence[str] = ()) -> tuple[pd.DataFrame, pd.Series]:
    suppliers = _suppliers(payments, by)
    named = suppliers[suppliers["supplier"] != ""]
    return suppliers, among_largest(named, by, "supplier").reindex(suppliers.index)


def _suppliers(payments: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """One row a group and supplier: what was paid to it, and ``is_inclusive``, whether one payment is sure to be
    inclusive (unknown where none is and one may be).
    """
    codes, keys = grouped(payments, [*by, "supplier"])
    groups = payments[["amount_cents", "is_solidarity_c"]].groupby(codes)
    some = groups["is_solidarity_c"].any()
    all_known = groups["is_solidarity_c"].count() == groups.size()
    return keys.assign(
        amount_cents=groups["amount_cents"].sum(min_count=1),
        is_inclusive=some.astype("boolean").where(some | all_known),
    )


_SHEETS = read_sheets("spending")
_DEFINITION = _SHEETS[f"{SOLIDARITY}_x"]
_SHARES = {
    code: _SHEETS[code] if code in _SHEETS else _DEFINITION.about(code, letter=code[-1].upper()) for code in _STATES
}
INDICATORS = (
    *(Indicator(_SHARES[code], partial(spending_share, state=state)) for code, state in _STATES.items()),
    Indicator(_SHEETS["inclusive_supplier_share"], inclusive_supplier_share, _inclusive),
    Indicator(_SHEETS["ten_largest_supplier_share"], ten_largest_supplier_share, _largest),
    Indicator(_SHEETS["median_payment_delay"], median_payment_delay),
    Indicator(_SHEETS["late_payment_share"], late_payment_share),
)
