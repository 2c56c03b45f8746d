"""The median of a quantity, with how many contracts it rests on and how many have none."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from spaser_analysis.indicators.share import COUNTS


def median(contracts: pd.DataFrame, quantity: pd.Series, by: Sequence[str] = ()) -> pd.DataFrame:
    """Columns [*by, measure, yes, no, unknown, contracts, left_out, value], one row a group, sorted.

    ``quantity`` is one nullable number a contract, in the order of ``contracts``. ``yes`` counts the known ones,
    ``unknown`` the others, ``no`` is null; ``value`` is the median of the known ones, null where there is none.
    A null key makes a group of its own. Without ``by`` the whole table is one group, even if it is empty.
    """
    if len(quantity) != len(contracts):
        raise ValueError(f"{len(quantity)} quantities for {len(contracts)} contracts")
    values = quantity.astype("Float64").set_axis(contracts.index)
    keys = [contracts[name] for name in by] or [pd.Series(0, index=contracts.index)]
    groups = values.groupby(keys, dropna=False, observed=True)
    table = pd.DataFrame({"yes": groups.count(), "contracts": groups.size(), "value": groups.median()})
    if not by:
        table = table.reindex([0]).fillna({"yes": 0, "contracts": 0})
    table = table.reset_index(drop=not by).assign(measure="median", left_out=0)
    table["no"] = pd.array([pd.NA] * len(table), dtype="Int64")
    table["unknown"] = table["contracts"] - table["yes"]
    kinds = {**dict.fromkeys(COUNTS, "Int64"), "measure": "str", "value": "Float64"}
    return table[[*by, "measure", *COUNTS, "value"]].astype(kinds)
