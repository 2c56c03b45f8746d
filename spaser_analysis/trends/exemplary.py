"""Directorates and purchase families that show the way, with the contracts that make them so: candidates for the boxes
of good practice of the fiches."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from spaser_analysis.formatting import NBSP
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.sheet import Indicator

LEVEL = 0.99  # one group looked at in two hundred stands out by chance
CONTRACTS_SHOWN = 3  # a group

_SHOWN = ["uid", "dateNotification", "objet", "considerationsSociales", "considerationsEnvironnementales"]


@dataclass(frozen=True, eq=False)
class Exemplary:
    """The groups whose share is surely above the whole's, and ``contracts``, some of those that make them so.

    ``groups``: the column of the grouping, yes, no, unknown, low (the share, unknown counted as no), surely (lower bound
    of its 99 % interval); highest bound first. ``contracts``: the column of the grouping, uid, dateNotification, objet,
    considerationsSociales, considerationsEnvironnementales; groups in the same order, latest first. ``looked_at`` groups
    have the minimum count, ``too_small`` have not; ``nameless`` contracts are in no group. ``reason``, in French, where
    no group is exemplary.
    """

    groups: pd.DataFrame
    contracts: pd.DataFrame
    looked_at: int
    too_small: int
    nameless: int
    reason: str | None


def exemplary(contracts: pd.DataFrame, indicator: Indicator, by: str, whole: Share) -> Exemplary:
    """The groups of a column (``directorate``, ``family``) whose share of an indicator is surely above the ``whole``'s.

    ``contracts``: a period of the table of ``basis``. Sure: the lower bound of the exact 99 % interval (Clopper and
    Pearson, Biometrika 26, 1934, pages 404-413), every unknown counted as no, is above the share of the whole with every
    unknown counted as yes. ValueError for an indicator that is not a share of contracts to raise.
    """
    sheet = indicator.sheet
    if (sheet.direction, sheet.table, sheet.unit) != ("up", "contracts", "share"):
        raise ValueError(f"{sheet.code} is not a share of contracts to raise")
    from statsmodels.stats.proportion import proportion_confint

    told = _numbers(indicator, contracts, by)
    counts = told[told[by].notna()]
    total = counts["yes"] + counts["no"] + counts["unknown"]
    enough = total >= sheet.minimum_count
    wide, size = counts[enough], total[enough]
    bound, _ = proportion_confint(wide["yes"].to_numpy(int), size.to_numpy(int), alpha=1 - LEVEL, method="beta")
    groups = wide.assign(low=wide["yes"] / size, surely=pd.Series(bound, index=wide.index, dtype="Float64").round(6))
    above = groups[groups["surely"] > (1.0 if whole.high is None else whole.high)]
    above = above.sort_values(["surely", by], ascending=[False, True]).reset_index(drop=True)
    return Exemplary(
        groups=above,
        contracts=_evidence(indicator, contracts, by, list(above[by])),
        looked_at=len(groups),
        too_small=int((~enough).sum()),
        nameless=int(contracts[by].isna().sum()),
        reason=None if len(above) else _why_none(len(groups), sheet.minimum_count, sheet.noun[1]),
    )


def _numbers(indicator: Indicator, contracts: pd.DataFrame, by: str) -> pd.DataFrame:
    """Columns by, yes, no, unknown: numbers of contracts."""
    counts = indicator.compute(contracts, by=(by,))
    return counts.loc[counts["measure"] == "number", [by, "yes", "no", "unknown"]].reset_index(drop=True)


def _evidence(indicator: Indicator, contracts: pd.DataFrame, by: str, groups: list[str]) -> pd.DataFrame:
    """The latest contracts of each group whose state is yes."""
    if not groups:
        return contracts.iloc[:0][[by, *_SHOWN]].reset_index(drop=True)
    held = contracts[contracts[by].isin(groups)]
    states = _numbers(indicator, held, "uid")
    yes = held[held["uid"].isin(states.loc[states["yes"] > 0, "uid"])][[by, *_SHOWN]]
    ranked = yes.assign(rank=yes[by].map({group: rank for rank, group in enumerate(groups)}))
    ranked = ranked.sort_values(["rank", "dateNotification", "uid"], ascending=[True, False, True])
    return ranked.groupby("rank").head(CONTRACTS_SHOWN).drop(columns="rank").reset_index(drop=True)


def _why_none(looked_at: int, minimum: int, noun: str) -> str:
    if looked_at == 0:
        return f"aucun groupe n’a au moins {minimum}{NBSP}{noun}"
    return "aucun groupe ne dépasse l’ensemble de plus que ce que le hasard et les états inconnus expliquent"
