"""Offers received, who wins, and how much the largest contracts weigh."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.largest import among_largest
from spaser_analysis.indicators.quantity import median
from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets


def median_offers(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Median number of offers received; column ``offresRecues``, 0 read as unknown."""
    return median(contracts, _offers(contracts), by)


def single_offer_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts that received one offer only; column ``offresRecues``, 0 read as unknown."""
    return count_states(contracts, _offers(contracts) == 1, by)


def first_time_holder_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts with a holder new to the buyer; column ``is_first_time`` (see ``basis.first_time``)."""
    return count_states(contracts, contracts["is_first_time"], by)


def ten_largest_contract_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """What the ten largest contracts of the group weigh in its amounts; columns ``amount_cents``, ``uid``."""
    return count_states(*_largest(contracts, by), by, ("value",))


def _largest(contracts: pd.DataFrame, by: Sequence[str] = ()) -> tuple[pd.DataFrame, pd.Series]:
    return contracts, among_largest(contracts, by, "uid")


def _offers(contracts: pd.DataFrame) -> pd.Series:
    """Offers received; null where unknown, or 0, which a notified contract cannot have received."""
    return contracts["offresRecues"].where(contracts["offresRecues"] > 0)


_SHEETS = read_sheets("competition")
INDICATORS = (
    Indicator(_SHEETS["median_offers"], median_offers),
    Indicator(_SHEETS["single_offer_share"], single_offer_share),
    Indicator(_SHEETS["first_time_holder_share"], first_time_holder_share),
    Indicator(_SHEETS["ten_largest_contract_share"], ten_largest_contract_share, _largest),
)
