"""Framework agreements: how many there are, and how much of the money is only a ceiling."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets


def framework_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts that are framework agreements; column ``is_framework``."""
    return count_states(contracts, contracts["is_framework"], by)


INDICATORS = (Indicator(read_sheets("framework")["framework_share"], framework_share),)
