"""What a year becomes if the contracts that end in it without a consideration are renewed with one."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from spaser_analysis.indicators.share import Share
from spaser_analysis.period import Quarter

AXES = {"environmental_share": "environmental", "social_share": "social"}  # the state behind each indicator


@dataclass(frozen=True)
class Renewals:
    """The mechanical scenario for a year; ``low`` and ``high`` are None where the year before has no contract.

    A year like the last twelve months (``base``: N contracts, share p), in which R contracts that end without the
    consideration are followed by as many that carry it, in place of R ordinary ones: ``p + (1 - p) x min(R, N) / N``.
    ``low`` takes every unknown as no in p and renews only the ``lacking``, known to be without; ``high`` takes every
    unknown as yes in p and renews the ``unknown`` too. ``undated`` contracts without it, or of unknown state, have no
    known end and are in neither.
    """

    base: Share
    lacking: int
    unknown: int
    undated: int

    @property
    def low(self) -> float | None:
        """The share if every unknown is read against the scenario."""
        return renewed_share(self.base.low, self.lacking, self.base.total)

    @property
    def high(self) -> float | None:
        """The share if every unknown is read in its favour."""
        return renewed_share(self.base.high, self.lacking + self.unknown, self.base.total)


def renewals(ending: pd.DataFrame, axis: str, quarter: Quarter, target_year: int) -> Renewals:
    """The scenario for ``target_year``, seen at the end of ``quarter``.

    ``ending``: contracts of one buyer or territory since as long as they may run, with ``end`` (see ``programming.endings``),
    ``quarter`` and the three states of the consideration in column ``axis`` (``environmental`` or ``social``). Those
    notified after ``quarter`` are left out, and so are those that ended by then.
    """
    known = ending[ending["quarter"] <= str(quarter)]
    recent = known.loc[known["quarter"].isin(quarter.window("rolling_12_months").quarters), axis]
    without = known[~known[axis].fillna(False)]
    due = without[(without["end"].dt.year == target_year) & (without["end"] > pd.Timestamp(quarter.end))]
    unknown = int(due[axis].isna().sum())
    base = Share(int(recent.sum()), int((~recent).sum()), int(recent.isna().sum()))
    return Renewals(base, len(due) - unknown, unknown, int(without["end"].isna().sum()))


def renewed_share(share: float | None, renewed: int, total: int) -> float | None:
    """A share once so many of the total carry the consideration in place of ordinary ones; None without a share."""
    return None if share is None else share + (1 - share) * min(renewed, total) / total
