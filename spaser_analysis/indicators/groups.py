"""The groups of a table: the number of each row's group, and the keys of the groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Codes = npt.NDArray[np.intp]


def grouped(rows: pd.DataFrame, by: Sequence[str]) -> tuple[Codes, pd.DataFrame]:
    """A group number for each row, from 0 in the order of the keys, and the columns ``by`` of each group in that order.

    A null key makes a group of its own, last. Without ``by`` the whole table is one group, even if it is empty. Categories
    are cheaper keys than texts, and a column that holds the group numbers of several keys is the cheapest.
    """
    if not by:
        return np.zeros(len(rows), dtype=np.intp), pd.DataFrame(index=range(1))
    keys = [rows[name] for name in by]
    if len(keys) == 1 and keys[0].dtype == np.intp and keys[0].min() >= 0 and keys[0].max() <= len(rows):
        return _numbered(keys[0].to_numpy(), by[0])
    codes = np.asarray(keys[0].groupby(keys, dropna=False, observed=True).ngroup(), dtype=np.intp)
    of_group = np.empty(codes.max(initial=-1) + 1, dtype=np.intp)
    of_group[codes] = np.arange(len(rows))  # any row of the group tells its keys
    return codes, pd.DataFrame({name: key.array.take(of_group) for name, key in zip(by, keys, strict=True)})


def _numbered(numbers: Codes, name: str) -> tuple[Codes, pd.DataFrame]:
    """As ``grouped``, by one column of small numbers from 0: what ``grouped`` itself gave, or part of its rows."""
    is_there = np.bincount(numbers) > 0
    codes = numbers if is_there.all() else (np.cumsum(is_there) - 1)[numbers]
    return codes, pd.DataFrame({name: np.flatnonzero(is_there)})
