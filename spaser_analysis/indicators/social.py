"""Social considerations, and the contracts reserved to those who employ people far from work."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets


def social_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts with a social clause or criterion, or reserved (wording of the PNAD 2022-2025); column ``social``."""
    return count_states(contracts, contracts["social"], by)


def reserved_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Reserved contracts (L. 2113-12, L. 2113-13, L. 2113-13-1, L. 2113-15); column ``reserved``."""
    return count_states(contracts, contracts["reserved"], by)


def social_clause_above_threshold_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts at or above the EU threshold with a social clause (L. 2112-2-1); columns ``is_above_threshold``,
    ``social_clause``. One known to be below is left out; one that may be above is unknown.
    """
    concerned = contracts[contracts["is_above_threshold"].fillna(True)]
    return count_states(concerned, concerned["social_clause"].where(concerned["is_above_threshold"].notna()), by)


_SHEETS = read_sheets("social")
INDICATORS = (
    Indicator(_SHEETS["social_share"], social_share),
    Indicator(_SHEETS["reserved_share"], reserved_share),
    Indicator(_SHEETS["social_clause_above_threshold_share"], social_clause_above_threshold_share),
)
