"""The median, the total or the ratio of quantities, with how many rows it rests on and how many say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from spaser_analysis.indicators.share import COUNTS

_DECIMALS = 6  # beyond, a sum depends on the order of its rows


def median(rows: pd.DataFrame, quantity: pd.Series, by: Sequence[str] = ()) -> pd.DataFrame:
    """Columns [*by, measure, yes, no, unknown, contracts, left_out, value], one row a group, sorted.

    ``quantity`` is one nullable number a row, in the order of ``rows``. ``yes`` counts the known ones, ``unknown`` the
    others, ``no`` is null; ``value`` is the median of the known ones, null where there is none. A null key makes a
    group of its own. Without ``by`` the whole table is one group, even if it is empty.
    """
    return _table(rows, quantity, by, "median", _groups(rows, quantity, by).median())


def total(rows: pd.DataFrame, quantity: pd.Series, by: Sequence[str] = ()) -> pd.DataFrame:
    """As ``median``, with the sum of the known ones, to the millionth: a floor where some are unknown."""
    return _table(rows, quantity, by, "total", _groups(rows, quantity, by).sum(min_count=1).round(_DECIMALS))


def ratio(rows: pd.DataFrame, above: pd.Series, below: pd.Series, by: Sequence[str] = ()) -> pd.DataFrame:
    """As ``median``, with the sum of ``above`` over that of ``below``, to the millionth; null where that is no sum above 0.

    ``yes`` counts the known values of ``above``, ``unknown`` the rows that have neither.
    """
    bottom = _groups(rows, below, by).sum()
    quotient = (_groups(rows, above, by).sum(min_count=1) / bottom.where(bottom > 0)).round(_DECIMALS)
    either = _table(rows, above.fillna(below), by, "ratio", quotient)
    return _table(rows, above, by, "ratio", quotient).assign(unknown=either["unknown"])


def _groups(rows: pd.DataFrame, quantity: pd.Series, by: Sequence[str]) -> pd.api.typing.SeriesGroupBy[Any, Any]:
    if len(quantity) != len(rows):
        raise ValueError(f"{len(quantity)} quantities for {len(rows)} rows")
    keys = [rows[name] for name in by] or [pd.Series(0, index=rows.index)]
    return quantity.astype("Float64").set_axis(rows.index).groupby(keys, dropna=False, observed=True)


def _table(rows: pd.DataFrame, quantity: pd.Series, by: Sequence[str], measure: str, value: pd.Series) -> pd.DataFrame:
    groups = _groups(rows, quantity, by)
    table = pd.DataFrame({"yes": groups.count(), "contracts": groups.size(), "value": value})
    if not by:
        table = table.reindex([0]).fillna({"yes": 0, "contracts": 0})
    table = table.reset_index(drop=not by).assign(measure=measure, left_out=0)
    table["no"] = pd.array([pd.NA] * len(table), dtype="Int64")
    table["unknown"] = table["contracts"] - table["yes"]
    kinds = {**dict.fromkeys(COUNTS, "Int64"), "measure": "str", "value": "Float64"}
    return table[[*by, "measure", *COUNTS, "value"]].astype(kinds)
