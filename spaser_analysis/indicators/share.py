"""Counts in three states, and the share with its two bounds: the heart of the library.

What is unknown is neither yes nor no: ``low`` takes it as no, ``high`` as yes, and a verdict holds only where both
agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Literal

import numpy as np
import pandas as pd

Direction = Literal["up", "down"]
Verdict = Literal["reached", "not reached", "cannot say"]

MEASURES = ("number", "value")
COUNTS = ("yes", "no", "unknown", "contracts", "left_out")


@dataclass(frozen=True)
class Share:
    """How many are yes, no and unknown: contracts, or cents. ``Share()`` is the empty one; shares add up.

    ValueError where a count is not a whole number from 0.
    """

    yes: int = 0
    no: int = 0
    unknown: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            count = getattr(self, field.name)
            if isinstance(count, bool) or not isinstance(count, Integral) or count < 0:
                raise ValueError(f"{field.name} is {count!r}: not a whole number from 0")
            object.__setattr__(self, field.name, int(count))  # a NumPy one would overflow in silence

    def __add__(self, other: Share) -> Share:
        return Share(self.yes + other.yes, self.no + other.no, self.unknown + other.unknown)

    @property
    def total(self) -> int:
        """yes + no + unknown."""
        return self.yes + self.no + self.unknown

    @property
    def low(self) -> float | None:
        """The share if every unknown were a no; None (not applicable) where there is nothing."""
        return self.yes / self.total if self.total else None

    @property
    def high(self) -> float | None:
        """The share if every unknown were a yes; None (not applicable) where there is nothing."""
        return (self.yes + self.unknown) / self.total if self.total else None

    @property
    def among_known(self) -> float | None:
        """The share among those that are known; None where none is."""
        return self.yes / (self.yes + self.no) if self.yes + self.no else None

    def verdict(self, target: float, direction: Direction | None = "up") -> Verdict:
        """Against a floor (``up``) or a ceiling (``down``), itself included: sure only where both bounds agree.

        ValueError for any other direction.
        """
        if direction not in ("up", "down"):
            raise ValueError(f"{direction!r} is not a direction: up or down")
        low, high = self.low, self.high
        if low is None or high is None:
            return "cannot say"
        meets = [bound >= target if direction == "up" else bound <= target for bound in (low, high)]
        return "reached" if all(meets) else "cannot say" if any(meets) else "not reached"


def count_states(
    contracts: pd.DataFrame, state: pd.Series, by: Sequence[str] = (), measures: Sequence[str] = MEASURES
) -> pd.DataFrame:
    """Columns [*by, measure, yes, no, unknown, contracts, left_out], one row a group and measure, sorted.

    ``state`` is one nullable boolean a contract, in the order of ``contracts``; null is unknown. Measure ``number``
    counts contracts, ``value`` whole cents of the contracts with a usable amount: ``contracts`` says how many they are,
    ``left_out`` how many have none. A null key makes a group of its own. Without ``by`` the whole table is one group,
    even if it is empty. Sums are exact: 64 bits hold nine million times the largest usable amount. ValueError where
    ``state`` is not as long as ``contracts``.
    """
    if len(state) != len(contracts):
        raise ValueError(f"{len(state)} states for {len(contracts)} contracts")
    known = state.notna().to_numpy()
    yes = state.astype("boolean").fillna(False).to_numpy(dtype=bool)
    masks = {"yes": yes, "no": known & ~yes, "unknown": ~known}
    priced = contracts["amount_cents"].notna().to_numpy()
    cents = contracts["amount_cents"].fillna(0).to_numpy(dtype="int64")
    cells = {f"number_{name}": mask.astype("int64") for name, mask in masks.items()}
    cells |= {f"value_{name}": cents * mask for name, mask in masks.items()}
    cells |= {"value_contracts": priced.astype("int64"), "value_left_out": (~priced).astype("int64")}
    sums = _sums(contracts, pd.DataFrame(cells, index=contracts.index), by)
    sums["number_contracts"] = sums["number_yes"] + sums["number_no"] + sums["number_unknown"]
    sums["number_left_out"] = 0
    return _stacked(sums, by, measures)


def _sums(contracts: pd.DataFrame, cells: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Sums of the cells, one row a group, null keys included; one row for the whole table without ``by``."""
    if not by:
        return cells.sum().to_frame().T
    return cells.groupby([contracts[name] for name in by], dropna=False, observed=True).sum()


def _stacked(sums: pd.DataFrame, by: Sequence[str], measures: Sequence[str]) -> pd.DataFrame:
    """One row a group and measure from one row a group."""
    wide = sums.reset_index(drop=not by)
    parts = [wide[list(by)].assign(measure=m, **{name: wide[f"{m}_{name}"] for name in COUNTS}) for m in measures]
    interleaved = np.arange(len(wide) * len(measures)).reshape(len(measures), -1).T.ravel()
    long = pd.concat(parts, ignore_index=True).take(interleaved).reset_index(drop=True)
    return long.astype({"measure": "str", **dict.fromkeys(COUNTS, "Int64")})
