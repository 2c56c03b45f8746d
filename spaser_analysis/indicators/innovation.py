"""Innovative purchases."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets


def innovation_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts declared innovative; column ``marcheInnovant``."""
    return count_states(contracts, contracts["marcheInnovant"], by)


INDICATORS = (Indicator(read_sheets("innovation")["innovation_share"], innovation_share),)
