"""Hours of insertion: planned, done, and per million euros of purchases."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.quantity import ratio, total
from spaser_analysis.indicators.sheet import Indicator, read_sheets

_CENTS_A_MILLION = 100_000_000


def planned_insertion_hours(hours: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Hours planned in the period; column ``planned_hours``."""
    return total(hours, hours["planned_hours"], by)


def done_insertion_hours(hours: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Hours done in the period; column ``done_hours``: a floor where some are unknown."""
    return total(hours, hours["done_hours"], by)


def insertion_hours_per_million(hours_and_payments: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Hours done per million euros spent in the period; columns ``done_hours``, ``amount_cents`` (one of them null)."""
    hours, cents = hours_and_payments["done_hours"], hours_and_payments["amount_cents"]
    return ratio(hours_and_payments, hours * _CENTS_A_MILLION, cents, by)  # sums of cents are exact


_SHEETS = read_sheets("hours")
INDICATORS = (
    Indicator(_SHEETS["planned_insertion_hours"], planned_insertion_hours),
    Indicator(_SHEETS["done_insertion_hours"], done_insertion_hours),
    Indicator(_SHEETS["insertion_hours_per_million"], insertion_hours_per_million),
)
