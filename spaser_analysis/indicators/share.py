"""Counts in three states, and the share with its two bounds: the heart of the library.

What is unknown is neither yes nor no: ``low`` takes it as no, ``high`` as yes, and a verdict holds only where both
agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from html import escape
from numbers import Integral
from typing import Any, Literal

import numpy as np
import pandas as pd

from spaser_analysis.formatting import between, counted, number, typeset
from spaser_analysis.indicators.groups import Codes, grouped

Direction = Literal["up", "down"]
Verdict = Literal["reached", "not reached", "cannot say"]

MEASURES = ("number", "value")
COUNTS = ("yes", "no", "unknown", "contracts", "left_out")


@dataclass(frozen=True)
class Share:
    """How many are yes, no and unknown: contracts, or cents. ``Share()`` is the empty one; shares add up.

    Bounds are fractions between 0 and 1. ValueError where a count is not a whole number from 0.

    >>> share = Share(yes=8, no=9, unknown=3)
    >>> share.total, share.low, share.high
    (20, 0.4, 0.55)
    >>> share.verdict(0.3), share.verdict(0.5), share.verdict(0.6)
    ('reached', 'cannot say', 'not reached')
    >>> share + Share(2, 0, 0)
    Share(yes=10, no=9, unknown=3)
    >>> Share().low is None  # not applicable, which is not 0
    True
    """

    yes: int = 0
    no: int = 0
    unknown: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            count = getattr(self, field.name)
            if type(count) is int and count >= 0:
                continue
            if isinstance(count, bool) or not isinstance(count, Integral) or count < 0:
                raise ValueError(f"{field.name} is {count!r}: not a whole number from 0")
            object.__setattr__(self, field.name, int(count))  # a NumPy one would overflow in silence

    def __add__(self, other: Share) -> Share:
        return Share(self.yes + other.yes, self.no + other.no, self.unknown + other.unknown)

    def __str__(self) -> str:
        """In French: the three states, their sum and both bounds."""
        if self.low is None or self.high is None:
            return typeset("Rien à compter : part sans objet.")
        unknown = counted(self.unknown, "non renseigné", "non renseignés")
        states = f"{number(self.yes)} oui, {number(self.no)} non, {unknown}"
        return typeset(f"{states}, sur {number(self.total)} : {between(self.low, self.high)}.")

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"

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
    codes, keys = grouped(contracts, by)
    known = state.notna().to_numpy()
    yes = state.astype("boolean").to_numpy(dtype=bool, na_value=False)
    slots = codes * 3  # a group and one of its three states
    slots += np.where(yes, np.int8(0), np.int8(2) - known.view(np.int8))
    sizes = np.bincount(codes, minlength=len(keys))
    told = np.zeros((len(COUNTS), len(keys), len(measures)), dtype=np.int64)
    for rank, one in enumerate(measures):
        told[:, :, rank] = _numbers(slots, sizes) if one == "number" else _cents(contracts, slots, codes, sizes)
    columns: dict[str, Any] = {name: keys[name].array.repeat(len(measures)) for name in by}
    columns["measure"] = pd.array(measures, dtype="str").take(np.tile(np.arange(len(measures)), len(keys)))
    for name, counts in zip(COUNTS, told.reshape(len(COUNTS), -1), strict=True):
        columns[name] = pd.arrays.IntegerArray(counts, np.zeros(len(counts), dtype=bool))
    return pd.DataFrame(columns, copy=False)


def _numbers(slots: Codes, sizes: Codes) -> tuple[Codes, ...]:
    """``COUNTS`` of each group, in number."""
    return *np.bincount(slots, minlength=3 * len(sizes)).reshape(-1, 3).T, sizes, np.zeros_like(sizes)


def _cents(contracts: pd.DataFrame, slots: Codes, codes: Codes, sizes: Codes) -> tuple[Codes, ...]:
    """``COUNTS`` of each group, in cents."""
    amounts = contracts["amount_cents"]
    sums = np.zeros(3 * len(sizes), dtype=np.int64)
    np.add.at(sums, slots, amounts.to_numpy(dtype=np.int64, na_value=0))  # bincount would sum floats
    priced = np.bincount(codes[amounts.notna()], minlength=len(sizes))
    return *sums.reshape(-1, 3).T, priced, sizes - priced
