"""Which rows are the largest of their group."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

LARGEST = 10


def among_largest(rows: pd.DataFrame, by: Sequence[str], key: str) -> pd.Series:
    """True for the ten largest ``amount_cents`` of each group, ties settled by ``key``; null where there is none."""
    ordered = rows.sort_values(["amount_cents", key], ascending=[False, True], na_position="last")
    groups = ordered.groupby(list(by), dropna=False, observed=True) if by else ordered.groupby(lambda _: 0)
    rank = groups.cumcount().reindex(rows.index)
    return (rank < LARGEST).astype("boolean").where(rows["amount_cents"].notna())
