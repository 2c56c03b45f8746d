"""How many contracts already notified are not yet published: the last months are always incomplete.

Chain ladder on cohorts, the contracts notified in one month. The age of a cohort is counted in months at the day of
the snapshot's month: for data of 10 October, what September shows at age 1 is what was published by 10 October, and
August is compared with it as it stood on 10 September. So every cohort was watched for as long as the one it serves to
estimate, the last diagonal included. The share usually published at an age is the product of the shares published from
one age to the next, all cohorts weighted by their size, at most ``COHORTS`` of them. A cohort is taken as complete at
``TAIL`` months: what comes later still is in no estimate.

Intervals hold 90 % of the outcomes if months develop alike and independently: normal, from the standard error of Mack
(ASTIN Bulletin 23-2, 1993, pages 213-225), his covariance between cohorts included. A month of which nothing is seen
yet has the standard error of a month with one contract, where his would be zero.
"""

from __future__ import annotations

import math
from datetime import date
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from spaser_analysis.formatting import NBSP
from spaser_analysis.period import Quarter

COHORTS = 24
TAIL = 12
LEVEL = 0.90
MINIMUM_COMPLETE = 12  # cohorts
MINIMUM_CONTRACTS = 30  # published, in the complete cohorts
MINIMUM_PUBLISHED = 0.1  # share usually published at that age: below, one contract more or less decides of ten
MAXIMUM_LEFT_OUT = 0.2

_WIDTH = NormalDist().inv_cdf((1 + LEVEL) / 2)
_UNFINISHED = "le mois finit à la date des données ou après"
_TOO_YOUNG = f"moins d’un marché sur {round(1 / MINIMUM_PUBLISHED)} est d’habitude publié si tôt"
_DTYPES = {
    **dict.fromkeys(("observed", "left_out", "low", "high"), "Int64"),
    **dict.fromkeys(("expected", "unpublished"), "Float64"),
    "reason": "str",
}

Floats = npt.NDArray[np.float64]


def unpublished(contracts: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """The twelve months up to the snapshot's, oldest first, as known on that day: what is seen and what is to come.

    ``contracts`` are one buyer's, with ``dateNotification`` and ``datePublicationDonnees``; one published after the
    snapshot is as if it were not there. Columns: month (2022-09), quarter, observed (contracts published by the
    snapshot), left_out (contracts without a publication date, or published before notified: in no other column),
    published (share usually published at that age), expected (observed / published), unpublished (expected -
    observed), low and high (whole contracts that hold what is unpublished in 90 % of cases), reason (French: why there
    is no estimate; expected to high are then null).
    """
    return _months(contracts, snapshot)[0]


def unpublished_by_window(contracts: pd.DataFrame, snapshot: date, quarter: Quarter) -> pd.DataFrame:
    """Columns window, observed, left_out, expected, unpublished, low, high, reason: the four windows of a quarter.

    As in ``unpublished``, whose months they add up: months older than those are complete, a month without an estimate
    leaves its windows without one. ``observed`` and ``expected`` count contracts notified up to the snapshot only.
    """
    months, covariance = _months(contracts, snapshot)
    states = _states(contracts, snapshot)
    rows = []
    for window in quarter.windows:
        own = states[states["quarter"].isin(window.quarters)]
        inside = months["quarter"].isin(window.quarters).to_numpy()
        reasons = months.loc[inside, "reason"].dropna()
        missing = float(months.loc[inside, "unpublished"].sum())
        error = math.sqrt(covariance[np.ix_(inside, inside)].sum()) if reasons.empty else math.nan
        rows.append(
            {"window": window.name, "observed": int(own["seen"].sum()), "left_out": int(own["left_out"].sum())}
            | _estimate(int(own["seen"].sum()), missing, error, None if reasons.empty else reasons.iloc[0])
        )
    return pd.DataFrame(rows).astype(_DTYPES)


def _months(contracts: pd.DataFrame, snapshot: date) -> tuple[pd.DataFrame, Floats]:
    """``unpublished``, and the covariance of its months' estimates in the same order."""
    states = _states(contracts, snapshot)
    seen = states[states["seen"]]
    history = seen[seen["cohort"] <= COHORTS]
    oldest = int(history["cohort"].max()) if len(history) else 0
    cells = np.zeros((max(oldest, TAIL) + 1, TAIL + 1))
    prompt = history[history["age"] <= TAIL]
    np.add.at(cells, (prompt["cohort"].to_numpy(), prompt["age"].to_numpy()), 1)
    cells = cells.cumsum(axis=1)
    published, spread, weight = _development(cells[: oldest + 1])
    ages = np.arange(TAIL)[::-1]
    observed = cells[ages, ages]
    covariance = _covariance(observed, ages, published, spread, weight)
    whole = _no_curve(cells[TAIL : oldest + 1, TAIL], states[states["cohort"] <= COHORTS])
    left_out = states[states["left_out"]].groupby("cohort").size()
    rows = []
    for rank, age in enumerate(ages):
        year, month = divmod(_ordinal(snapshot) - int(age), 12)
        few = published[age] < MINIMUM_PUBLISHED
        reason = whole or (_UNFINISHED if age == 0 else _TOO_YOUNG if few else None)
        share = None if reason else float(published[age])
        missing = observed[rank] / share - observed[rank] if share else math.nan
        rows.append(
            {
                "month": f"{year:04d}-{month + 1:02d}",
                "quarter": str(Quarter(year, month // 3 + 1)),
                "observed": int(observed[rank]),
                "left_out": int(left_out.get(age, 0)),
                "published": share,
            }
            | _estimate(int(observed[rank]), missing, math.sqrt(covariance[rank, rank]), reason)
        )
    return pd.DataFrame(rows).astype({**_DTYPES, "published": "Float64"}), covariance


def _states(contracts: pd.DataFrame, snapshot: date) -> pd.DataFrame:
    """Contracts notified up to the snapshot and not published after it: quarter, cohort (its age), age, seen, left_out.

    ``age`` is the one at which the contract appears in its cohort: null where it is left out.
    """
    day = pd.Timestamp(snapshot)
    known = contracts[(contracts["dateNotification"] <= day) & ~(contracts["datePublicationDonnees"] > day)]
    notified, published = known["dateNotification"], known["datePublicationDonnees"]
    month = notified.dt.year * 12 + notified.dt.month - 1
    # Published after the snapshot's day of the month: seen one month later.
    appears = published.dt.year * 12 + published.dt.month - 1 + (published.dt.day > snapshot.day)
    seen = published >= notified
    return pd.DataFrame(
        {
            "quarter": notified.dt.year.astype("str") + "-T" + notified.dt.quarter.astype("str"),
            "cohort": (_ordinal(snapshot) - month).astype("int64"),
            "age": (appears - month).where(seen).astype("Int64"),
            "seen": seen,
            "left_out": ~seen,
        }
    )


def _development(cells: Floats) -> tuple[Floats, Floats, Floats]:
    """From the cumulated contracts by cohort and age: the share usually published at each age, 1 at ``TAIL``;
    and for each step from an age to the next Mack's sigma2 / f2, and the contracts that it rests on."""
    back, spread, weight = np.zeros(TAIL), np.zeros(TAIL), np.ones(TAIL)
    for age in range(TAIL):
        before, after = cells[age + 1 :, age], cells[age + 1 :, age + 1]
        if before.sum() == 0 or len(before) < 2:
            continue
        weight[age] = before.sum()
        back[age] = before.sum() / after.sum()
        spread[age] = ((back[age] * after - before) ** 2 / np.maximum(before, 1)).sum() / (len(before) - 1)
    return np.append(back[::-1].cumprod()[::-1], 1.0), spread, weight


def _covariance(
    observed: Floats, ages: npt.NDArray[np.int_], published: Floats, spread: Floats, weight: Floats
) -> Floats:
    """Mack's mean squared errors of what is unpublished, and their covariances."""
    base = np.maximum(observed, 1) / np.maximum(published[ages], MINIMUM_PUBLISHED)
    shared = np.array([(spread / weight)[age:].sum() for age in range(TAIL)])
    own = np.array([(spread / np.maximum(published[:-1], MINIMUM_PUBLISHED))[age:].sum() for age in ages])
    both: Floats = np.outer(base, base) * shared[np.maximum.outer(ages, ages)]
    return both + np.diag(base * own)


def _no_curve(complete: Floats, states: pd.DataFrame) -> str | None:
    """Why earlier months say nothing of the delay of publication; None where they do."""
    if len(states) and states["left_out"].mean() > MAXIMUM_LEFT_OUT:
        return "plus d’un marché sur cinq n’a pas de date de publication utilisable"
    if len(complete) < MINIMUM_COMPLETE:
        return f"moins de {MINIMUM_COMPLETE}{NBSP}mois complets pour mesurer le délai de publication"
    if complete.sum() < MINIMUM_CONTRACTS:
        return f"moins de {MINIMUM_CONTRACTS}{NBSP}marchés pour mesurer le délai de publication"
    return None


def _estimate(observed: int, missing: float, error: float, reason: str | None) -> dict[str, float | int | str | None]:
    """Expected, unpublished and their interval in whole contracts, or the reason why not."""
    if reason:
        return {"expected": None, "unpublished": None, "low": None, "high": None, "reason": reason}
    margin = _WIDTH * error
    return {
        "expected": observed + missing,
        "unpublished": missing,
        "low": max(0, math.floor(round(missing - margin, 6))),
        "high": math.ceil(round(missing + margin, 6)),
        "reason": None,
    }


def _ordinal(day: date) -> int:
    return day.year * 12 + day.month - 1
