"""The median, the total or the ratio of quantities, with how many rows it rests on and how many say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from spaser_analysis.indicators.groups import Codes, grouped
from spaser_analysis.indicators.share import COUNTS

_DECIMALS = 6  # beyond, a sum depends on the order of its rows


def median(rows: pd.DataFrame, quantity: pd.Series, by: Sequence[str] = ()) -> pd.DataFrame:
    """Columns [*by, measure, yes, no, unknown, contracts, left_out, value], one row a group, sorted.

    ``quantity`` is one nullable number a row, in the order of ``rows``. ``yes`` counts the known ones, ``unknown`` the
    others, ``no`` is null; ``value`` is the median of the known ones, null where there is none. A null key makes a
    group of its own. Without ``by`` the whole table is one group, even if it is empty.
    """
    codes, keys = grouped(rows, by)
    return _table(codes, keys, quantity, "median", _groups(codes, quantity).median())


def total(rows: pd.DataFrame, quantity: pd.Series, by: Sequence[str] = ()) -> pd.DataFrame:
    """As ``median``, with the sum of the known ones, to the millionth: a floor where some are unknown."""
    codes, keys = grouped(rows, by)
    return _table(codes, keys, quantity, "total", _groups(codes, quantity).sum(min_count=1).round(_DECIMALS))


def ratio(rows: pd.DataFrame, above: pd.Series, below: pd.Series, by: Sequence[str] = ()) -> pd.DataFrame:
    """As ``median``, with the sum of ``above`` over that of ``below``, to the millionth; null where that is no sum above 0.

    ``yes`` counts the known values of ``above``, ``unknown`` the rows that have neither.
    """
    codes, keys = grouped(rows, by)
    bottom = _groups(codes, below).sum()
    quotient = (_groups(codes, above).sum(min_count=1) / bottom.where(bottom > 0)).round(_DECIMALS)
    either = _table(codes, keys, above.fillna(below), "ratio", quotient)
    return _table(codes, keys, above, "ratio", quotient).assign(unknown=either["unknown"])


def _groups(codes: Codes, quantity: pd.Series) -> pd.api.typing.SeriesGroupBy[Any, Any]:
    if len(quantity) != len(codes):
        raise ValueError(f"{len(quantity)} quantities for {len(codes)} rows")
    return quantity.astype("Float64").groupby(codes)


def _table(codes: Codes, keys: pd.DataFrame, quantity: pd.Series, measure: str, value: pd.Series) -> pd.DataFrame:
    """``value`` is by group number; that of a group without rows is null."""
    known = np.bincount(codes[quantity.notna()], minlength=len(keys))
    rows = np.bincount(codes, minlength=len(keys))
    found = keys.assign(measure=measure, yes=known, no=None, unknown=rows - known, contracts=rows, left_out=0)
    kinds = {**dict.fromkeys(COUNTS, "Int64"), "measure": "str", "value": "Float64"}
    return found.assign(value=value.reindex(keys.index)).astype(kinds)
