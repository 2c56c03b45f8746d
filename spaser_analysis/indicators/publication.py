"""How long a contract waits before its data are published."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.quantity import median
from spaser_analysis.indicators.share import count_states
from spaser_analysis.indicators.sheet import Indicator, read_sheets

LEGAL_DELAY = pd.DateOffset(months=2)  # R. 2196-1


def median_publication_delay(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Median number of days from notification to publication; column ``publication_delay_days``."""
    return median(contracts, contracts["publication_delay_days"], by)


def late_publication_share(contracts: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Contracts published more than two calendar months after notification (R. 2196-1).

    Columns ``dateNotification`` and ``datePublicationDonnees``; unknown where either is, or where they contradict.
    """
    notified, published = contracts["dateNotification"], contracts["datePublicationDonnees"]
    known = notified.notna() & published.notna() & (published >= notified)
    return count_states(contracts, (published > notified + LEGAL_DELAY).astype("boolean").where(known), by)


_SHEETS = read_sheets("publication")
INDICATORS = (
    Indicator(_SHEETS["median_publication_delay"], median_publication_delay),
    Indicator(_SHEETS["late_publication_share"], late_publication_share),
)
