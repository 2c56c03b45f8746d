"""What share a target year may end with, if the trend of the earlier quarters goes on; and the pace still needed.

Trend: logistic regression of yes among yes and no on time in quarters (a share stays between 0 and 1, a large quarter
weighs more than a small one). Quasi-binomial, because quarters vary more than draws from an urn do, season included:
variances are multiplied by Pearson's chi-square over its degrees of freedom, at least 1 (Wedderburn, Biometrika 61-3,
1974, pages 439-447; statsmodels' GLM).

A year's share adds its observed quarters to the projected ones, each with as many contracts as the last four on
average. Two errors, both with that scale and Student's quantile of the regression's degrees of freedom: that of the
trend, on the logit scale at the mean place of the projected quarters, and the chance of the contracts to come, on the
arcsine scale. Their distances from the share are added as squares, below and above apart (MOVER: Zou, Huang and Zhang,
Computational Statistics and Data Analysis, 2009): neither bound leaves 0 to 1, even near an objective of 100 %.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from spaser_analysis.formatting import NBSP
from spaser_analysis.indicators.share import Share, Verdict
from spaser_analysis.period import Quarter, Window, span

LEVEL = 0.90
MINIMUM_QUARTERS = 8
MINIMUM_CONTRACTS = 5  # a quarter, on average
MAXIMUM_UNKNOWN = 0.2
METHOD = "régression logistique sur le temps, quasi-binomiale"

_RECENT = 4  # quarters: every season once
_DIGITS = 6  # processors differ in the last ones
_PAST = "l’année visée est passée"
_BACKTEST = ("origin", "target_quarter", "low", "high", "truth", "held", "reason")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Projection:
    """The share expected for a year, between ``low`` and ``high`` in 90 % of cases; None with the French ``reason``.

    ``quarters`` are those that it rests on and ``unknown`` the share of their contracts that it leaves out. ``scale``
    is the variance of a quarter compared with a binomial one.
    """

    target: float
    quarters: tuple[Quarter, ...]
    unknown: float | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    scale: float | None = None
    reason: str | None = None

    @property
    def verdict(self) -> Verdict:
        """Against the target as a floor: sure only where the whole interval falls on one side."""
        if self.low is None or self.high is None or self.low < self.target <= self.high:
            return "cannot say"
        return "reached" if self.low >= self.target else "not reached"


def projection(history: pd.DataFrame, target_year: int, target: float, breaks: Collection[date] = ()) -> Projection:
    """The share of ``target_year`` if the trend goes on.

    ``history``: columns quarter (2022-T3), yes, no, unknown, is_provisional; one row a quarter. Provisional quarters
    and those without a known state say nothing; unknown states are left out. Quarters that begin before the last break
    in series (its first day) within the history are left out too; a later break cannot be seen in the data: the
    projection is then that of the rules before it. None of a year that is over in the history, below
    ``MINIMUM_QUARTERS`` quarters or ``MINIMUM_CONTRACTS`` known contracts a quarter, above ``MAXIMUM_UNKNOWN`` unknown,
    or where all are yes, all no, or all turn from one to the other at once: the regression would have no solution.
    """
    return _projection(_timed(history), Quarter(target_year, 4).window("year"), target, breaks)


def backtest(history: pd.DataFrame, horizon: int, breaks: Collection[date] = ()) -> tuple[pd.DataFrame, Share]:
    """Projections made in the past beside what came, and how often the interval held it.

    ``history`` as in ``projection``. One row an origin: the twelve months that end ``horizon`` quarters later, from the
    quarters up to the origin. Columns origin, target_quarter, low, high, truth (yes among known), held (null where
    nothing was projected), reason. The Share counts held as yes, unknown where nothing was projected. Neighbouring rows
    share most of their quarters: they are fewer trials than they seem.
    """
    settled = _timed(history).query("not is_provisional")
    rows = []
    for origin in settled["time"]:
        window = (_quarter(origin) + horizon).window("rolling_12_months")
        later = settled[settled["quarter"].isin(window.quarters)]
        yes, known = int(later["yes"].sum()), int((later["yes"] + later["no"]).sum())
        if len(later) < len(window.quarters) or known == 0:
            continue
        made = _projection(settled[settled["time"] <= origin], window, 0.0, breaks)
        held = None if made.low is None or made.high is None else made.low <= yes / known <= made.high
        rows.append((str(_quarter(origin)), str(window.last), made.low, made.high, yes / known, held, made.reason))
    dtypes = ("str", "str", "Float64", "Float64", "Float64", "boolean", "str")
    table = pd.DataFrame(rows, columns=list(_BACKTEST)).astype(dict(zip(_BACKTEST, dtypes, strict=True)))
    held_count, tried = int(table["held"].sum()), int(table["held"].notna().sum())
    return table, Share(held_count, tried - held_count, len(table) - tried)


def pace_needed(current: float, target: float, quarters_left: int) -> float | None:
    """Share still to gain a year on the straight path (0.154 is 15.4 points): 0 where the target is met, None where it
    is not and no quarter is left."""
    if current >= target:
        return 0.0
    return (target - current) * 4 / quarters_left if quarters_left > 0 else None


def _projection(timed: pd.DataFrame, window: Window, target: float, breaks: Collection[date]) -> Projection:
    settled = timed[~timed["is_provisional"]]
    last = int(settled["time"].max()) if len(settled) else 0
    day = max((one for one in breaks if _time(Quarter.of(one)) <= last), default=None)
    if day:
        settled = settled[[_quarter(time).start >= day for time in settled["time"]]]
    usable = settled[settled["yes"] + settled["no"] > 0]
    contracts = int(settled[["yes", "no", "unknown"]].to_numpy().sum())
    unknown = int(settled["unknown"].sum()) / contracts if contracts else None
    made = Projection(target, tuple(map(_quarter, usable["time"])), unknown)
    reason = _PAST if last >= _time(window.last) else _why_none(usable, unknown, day)
    return replace(made, reason=reason) if reason else _fitted(made, usable, window)


def _why_none(usable: pd.DataFrame, unknown: float | None, day: date | None) -> str | None:
    """Why these quarters carry no projection; None where they do."""
    yes, no = usable[usable["yes"] > 0]["time"], usable[usable["no"] > 0]["time"]
    if len(usable) < MINIMUM_QUARTERS:
        since = f" depuis la rupture de série du {day:%d/%m/%Y}" if day else ""
        return f"moins de {MINIMUM_QUARTERS}{NBSP}trimestres exploitables{since}"
    if (usable["yes"] + usable["no"]).mean() < MINIMUM_CONTRACTS:
        return f"moins de {MINIMUM_CONTRACTS}{NBSP}marchés renseignés par trimestre en moyenne"
    if unknown is not None and unknown > MAXIMUM_UNKNOWN:
        return "plus d’un marché sur cinq n’est pas renseigné"
    if yes.empty or no.empty:
        return f"tous les marchés renseignés sont {'non' if yes.empty else 'oui'}{NBSP}: pas de tendance à mesurer"
    if yes.max() <= no.min() or no.max() <= yes.min():
        return f"oui et non ne se côtoient dans aucun trimestre, ou dans un seul{NBSP}: pas de tendance à mesurer"
    return None


def _fitted(made: Projection, usable: pd.DataFrame, window: Window) -> Projection:
    """The projection with the figures of a window of which some quarters are still to come."""
    from scipy.special import expit
    from scipy.stats import t as student
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    middle = usable["time"].mean()
    known = usable["yes"] + usable["no"]
    with warnings.catch_warnings():
        # It takes a series that lies on the curve for a separated one, which was refused above.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = GLM(usable[["yes", "no"]].to_numpy(float), _line(usable["time"] - middle), family=Binomial()).fit()
    scale = max(1.0, fit.pearson_chi2 / fit.df_resid)
    quantile = student.ppf((1 + LEVEL) / 2, fit.df_resid)
    seen = usable[usable["quarter"].isin(window.quarters)]
    ahead = [_time(one) for one in span(window.first, window.last) if str(one) not in set(seen["quarter"])]
    line = _line(np.array(ahead) - middle)
    course = line @ fit.params
    size = known.tail(_RECENT).mean()
    coming = size * len(ahead)
    total = (seen["yes"] + seen["no"]).sum() + coming

    def year(shift: float) -> float:
        return float((seen["yes"].sum() + size * expit(course + shift).sum()) / total)

    flat = np.clip(course, -300, 300)  # beyond, every weight is 0
    weights = expit(flat) * expit(-flat)
    place = weights @ line / weights.sum()
    error = quantile * math.sqrt(scale * place @ fit.normalized_cov_params @ place)
    expected = float(expit(course).mean())
    angle, swing = math.asin(math.sqrt(expected)), quantile * math.sqrt(scale / coming) / 2
    least, most = math.sin(max(angle - swing, 0)) ** 2, math.sin(min(angle + swing, math.pi / 2)) ** 2
    share = year(0)
    low = share - math.hypot(share - year(-error), (expected - least) * coming / total)
    high = share + math.hypot(year(error) - share, (most - expected) * coming / total)
    share, low, high, scale = (round(float(one), _DIGITS) for one in (share, max(low, 0), min(high, 1), scale))
    return replace(made, share=share, low=low, high=high, scale=scale)


def _timed(history: pd.DataFrame) -> pd.DataFrame:
    """The history with ``time``, quarters counted from year 0, in its order."""
    time = [_time(Quarter.parse(one)) for one in history["quarter"]]
    return history.assign(time=time).astype({"time": "int64", "is_provisional": "bool"}).sort_values("time")


def _time(quarter: Quarter) -> int:
    return quarter.year * 4 + quarter.number - 1


def _quarter(time: int) -> Quarter:
    return Quarter(time // 4, time % 4 + 1)


def _line(time: npt.ArrayLike) -> Floats:
    """Constant and time, one row a quarter."""
    return np.column_stack([np.ones(np.size(time)), np.asarray(time, dtype=float)])
