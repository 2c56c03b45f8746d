"""Environmental considerations: at least one, and the pair that the law of 2026 asks for."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets


def environmental_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts with an environmental clause or criterion (wording of the PNAD 2022-2025); column ``environmental``."""
    return count_states(contracts, contracts["environmental"], by)


def environmental_clause_and_criterion_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts with an environmental clause and an environmental criterion (L. 2112-2 and R. 2152-7, cumulative).

    One that lacks either is a no, whatever the other; it is unknown only where what is known does not decide.
    """
    return count_states(contracts, contracts["environmental_clause"] & contracts["environmental_criterion"], by)


_SHEETS = read_sheets("environment")
INDICATORS = (
    Indicator(_SHEETS["environmental_share"], environmental_share),
    Indicator(_SHEETS["environmental_clause_and_criterion_share"], environmental_clause_and_criterion_share),
)
