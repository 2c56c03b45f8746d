"""Which rows are the largest of their group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spaser_analysis.indicators.groups import grouped

LARGEST = 10


def among_largest(rows: pd.DataFrame, by: Sequence[str], key: str) -> pd.Series:
    """True for the ten largest ``amount_cents`` of each group, ties settled by ``key``; null where there is none."""
    codes, _ = grouped(rows, by)
    ordered = rows[["amount_cents", key]].assign(group=codes, row=np.arange(len(rows)))
    ordered = ordered.sort_values(["amount_cents", key], ascending=[False, True], na_position="last")
    is_largest = np.empty(len(rows), dtype=bool)
    is_largest[ordered["row"]] = ordered.groupby("group").cumcount() < LARGEST
    return pd.Series(is_largest, index=rows.index, dtype="boolean").where(rows["amount_cents"].notna())
