"""Each distinct value is looked at once: columns of procurement data repeat themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd

_More = ParamSpec("_More")
_Told = TypeVar("_Told")


def distinct(values: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """(place of each value among the distinct ones, the distinct ones; null is one of them)."""
    codes, found = pd.factorize(values, use_na_sentinel=False)
    return codes, pd.Series(found, dtype=values.dtype)


def each_once(
    clean: Callable[Concatenate[pd.Series, _More], _Told],
) -> Callable[Concatenate[pd.Series, _More], _Told]:
    """``clean``, which says something of each value alone (a column, a table, or several of them), of distinct values."""

    @wraps(clean)
    def cleaned(values: pd.Series, *more: _More.args, **named: _More.kwargs) -> _Told:
        codes, found = distinct(values)
        told: Any = clean(found, *more, **named)
        if isinstance(told, tuple):
            return tuple(one.take(codes).set_axis(values.index) for one in told)  # type: ignore[return-value]
        return told.take(codes).set_axis(values.index)  # type: ignore[no-any-return]

    return cleaned  # type: ignore[return-value]
