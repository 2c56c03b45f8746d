"""Do the territories of one buyer buy alike? Funnel, dispersion over the years, and who moved since the year before.

All read counts of contracts (columns quarter, territory, yes, no, unknown; see ``same_quarters``): a share in value has
no such intervals. The contracts of a period are all there, yet they are few: intervals say how much the share of a
territory that always buys alike would move by chance. Whatever is sure here stays so however the unknown states turn
out. Why these methods: ``docs/decisions/2026-11-harmonisation.md``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from spaser_analysis.formatting import NBSP
from spaser_analysis.indicators import reasons
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.sheet import Sheet
from spaser_analysis.period import Quarter

LIMITS = {"95": 0.95, "998": 0.998}
DISPERSION_LEVEL = 0.90
CHANGE_LEVEL = 0.95
MINIMUM_TERRITORIES = 3
MINIMUM_EACH = 5  # yes, and no, in all territories together: below, the chi-square law is too far off

_COLUMNS = ["quarter", "territory", "yes", "no", "unknown"]
_LARGEST = 0.5  # no standard deviation of shares is larger
_UNKNOWN = "les marchés d’état inconnu, du territoire ou de l’ensemble, empêchent de conclure"
_CHANCE = "le hasard suffit à expliquer l’écart"
_CHANCE_OR_UNKNOWN = "le hasard et les marchés d’état inconnu suffisent à expliquer l’écart"
_ALIKE = f"les parts se ressemblent plus que le hasard ne le voudrait{NBSP}: pas d’intervalle"

State = Literal["within", "above", "below", "cannot say"]
Course = Literal["converging", "diverging", "cannot say"]
Floats = npt.NDArray[np.float64]


def same_quarters(
    results: pd.DataFrame, indicator: str, quarter: Quarter, window: str = "year_to_date"
) -> pd.DataFrame:
    """Columns quarter, territory, yes, no, unknown: contracts at that quarter and at the same one of earlier years.

    From a table of ``schemas.RESULTS``, whole included; sorted. ValueError where it has none at that quarter.
    """
    told = {"indicator": indicator, "window": window, "scope": "all", "measure": "number"}
    rows = results[(results[list(told)] == list(told.values())).all(axis=1)]
    asked = str(quarter)
    rows = rows[rows["quarter"].str.endswith(asked[-2:]) & (rows["quarter"] <= asked)]
    if asked not in set(rows["quarter"]):
        raise ValueError(f"no share in number of {indicator}, window {window}, in {asked}")
    return rows[_COLUMNS].sort_values(_COLUMNS[:2]).reset_index(drop=True)


def funnel_limits(whole: Share, sizes: Sequence[int]) -> pd.DataFrame:
    """Columns size, lower_95, upper_95, lower_998, upper_998: what chance allows to a territory of that many contracts.

    Exact binomial limits around the rate of the whole: beyond each lie at most 2.5 % (0.1 %) of the territories that buy
    like it. Between two counts the limit follows the tail, linearly, so that curves are smooth (Spiegelhalter, Statistics
    in Medicine 24, 2005, pages 1185-1202, one count further out: his limits let more than 2.5 % out where numbers are
    small). ``lower`` stands around the whole's low bound and ``upper`` around its high one. ValueError for
    an empty whole or a size below 1.
    """
    if whole.low is None or whole.high is None or min(sizes, default=1) < 1:
        raise ValueError("no funnel without contracts")
    found: dict[str, Any] = {"size": list(sizes)}
    for name, level in LIMITS.items():
        found |= {f"lower_{name}": _lower(sizes, whole.low, level), f"upper_{name}": _upper(sizes, whole.high, level)}
    return pd.DataFrame(found).astype({"size": "int64"})


def funnel(counts: pd.DataFrame, whole: str, sheet: Sheet) -> pd.DataFrame:
    """The territories against the limits of ``funnel_limits``, sorted by code; never a ranking.

    ``counts``: one quarter, ``whole`` the code of the whole. Columns territory, total, low, high, among_known, the four
    limits, state_95 (what to watch), state_998 (the verdict), reason (French: why one of the two is "cannot say").
    States are within, above, below, sure for every reading of the unknown states, else cannot say. Below the sheet's
    minimum count neither figures nor states. ValueError where the whole has no row.
    """
    shares = _shares(counts)
    if whole not in shares:
        raise ValueError(f"no counts of {whole}")
    reference = shares.pop(whole)
    rows = [
        {"territory": code, "total": share.total} | _in_funnel(share, reference, sheet)
        for code, share in shares.items()
    ]
    figures = [f"{side}_{name}" for name in LIMITS for side in ("lower", "upper")]
    dtypes = {
        "territory": "str",
        "total": "int64",
        **dict.fromkeys(("low", "high", "among_known", *figures), "Float64"),
        **dict.fromkeys(("state_95", "state_998", "reason"), "str"),
    }
    return pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes)


@dataclass(frozen=True)
class Dispersion:
    """Standard deviation of the territories' shares beyond chance (0.08 is 8 points), with its 90 % interval.

    Among the known states; the interval also holds what it would be if all unknown were no, or all yes. Three None with
    the French ``reason``; the interval alone where shares are more alike than chance would have it. ``left_out`` are the
    territories below the minimum count.
    """

    quarter: str
    territories: tuple[str, ...]
    left_out: tuple[str, ...]
    deviation: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Convergence:
    """The dispersions of the same quarter of each year, oldest first."""

    course: tuple[Dispersion, ...]

    @property
    def first(self) -> Dispersion | None:
        """The oldest one that has an interval, the latest left aside."""
        return next((one for one in self.course[:-1] if one.high is not None), None)

    @property
    def reason(self) -> str | None:
        """French: why there is no verdict; None where there is one."""
        first, last = self.first, self.course[-1] if self.course else None
        if last is None or last.low is None or last.high is None:
            return last.reason if last else "aucun résultat"
        if first is None or first.low is None or first.high is None:
            return "aucune année antérieure où la dispersion se mesure"
        if first.territories != last.territories:
            return "les territoires comparés ne sont pas les mêmes aux deux dates"
        if first.low <= last.high and last.low <= first.high:
            return "les intervalles des deux dates se recouvrent"
        return None

    @property
    def verdict(self) -> Course:
        """Sure only where the latest interval and the first one do not meet."""
        first = self.first
        if self.reason or first is None or first.low is None or self.course[-1].high is None:
            return "cannot say"
        return "converging" if self.course[-1].high < first.low else "diverging"


def convergence(counts: pd.DataFrame, whole: str, sheet: Sheet) -> Convergence:
    """Whether the territories' shares draw nearer over the years; ``counts`` of several years, the ``whole`` left aside.

    Random effects on shares: variance p(1 - p)/n of chance at the common share p, plus tau squared between territories
    with at least the sheet's minimum of known contracts. tau: Paule and Mandel (1982); interval: Q-profile (Viechtbauer,
    Statistics in Medicine 26, 2007, pages 37-52). At tau = 0 its Q is Pearson's chi-square of homogeneity.
    """
    parts = counts[counts["territory"] != whole]
    return Convergence(
        tuple(
            _dispersion(quarter, _shares(parts[parts["quarter"] == quarter]), sheet)
            for quarter in sorted(set(parts["quarter"]))
        )
    )


def movers(counts: pd.DataFrame, quarter: Quarter, sheet: Sheet) -> pd.DataFrame:
    """Each territory, whole included, against the same quarter of the year before, sorted by code.

    Columns territory, before, now (shares among known), change (their difference; 0.03 is 3 points), low, high (95 %
    interval of Newcombe, Statistics in Medicine 17, 1998, pages 873-890, method 10, that holds for every reading of the
    unknown states), state (up, down, cannot say), reason (French, where it cannot). Below the sheet's minimum count in
    either period no figure.
    """
    earlier, now = (_shares(counts[counts["quarter"] == str(one)]) for one in (quarter - 4, quarter))
    rows = [{"territory": code} | _move(earlier.get(code), share, quarter, sheet) for code, share in now.items()]
    dtypes = {
        "territory": "str",
        **dict.fromkeys(("before", "now", "change", "low", "high"), "Float64"),
        **dict.fromkeys(("state", "reason"), "str"),
    }
    return pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes)


def _shares(counts: pd.DataFrame) -> dict[str, Share]:
    """Territory to share, in the order of codes; ValueError where a territory has two rows."""
    rows = counts.sort_values("territory")[_COLUMNS[1:]]
    if rows["territory"].duplicated().any():
        raise ValueError("a territory has two rows")
    return {code: Share(*states) for code, *states in rows.itertuples(index=False, name=None)}


def _why_none(share: Share, sheet: Sheet) -> str | None:
    return next(reasons.of_share(share, share.total, sheet.minimum_count, sheet.noun, False, False), None)


def _in_funnel(share: Share, whole: Share, sheet: Sheet) -> dict[str, Any]:
    """Figures, limits and states of one territory."""
    if why := _why_none(share, sheet):
        return {"state_95": "cannot say", "state_998": "cannot say", "reason": why}
    limits = funnel_limits(whole, [share.total]).iloc[0]
    states = {f"state_{name}": _state(share, whole, level) for name, level in LIMITS.items()}
    return {
        "low": share.low,
        "high": share.high,
        "among_known": share.among_known,
        **{name: round(float(limits[name]), 6) for name in limits.index.drop("size")},
        **states,
        "reason": _UNKNOWN if "cannot say" in states.values() else None,
    }


def _state(share: Share, whole: Share, level: float) -> State:
    """Beyond a limit or within both, wherever in its bounds the whole's rate and the territory's share lie."""
    lowest, highest = (
        (float(_lower([share.total], rate, level)[0]), float(_upper([share.total], rate, level)[0]))
        for rate in (whole.low or 0.0, whole.high or 0.0)
    )
    low, high = share.low or 0.0, share.high or 0.0
    if low > highest[1]:
        return "above"
    if high < lowest[0]:
        return "below"
    return "within" if highest[0] <= low and high <= lowest[1] else "cannot say"


def _upper(sizes: Sequence[int], rate: float, level: float) -> Floats:
    """The share above which P(that many or more) is at most half of what the level leaves out; 1 where none is."""
    from scipy.stats import binom

    size, tail = np.asarray(sizes), (1 - level) / 2
    count = np.maximum(binom.isf(tail, size, rate), 0)
    inside, outside = binom.sf(count - 1, size, rate), binom.sf(count, size, rate)
    limit: Floats = np.minimum(1.0, (count + (inside - tail) / (inside - outside)) / size)
    return limit


def _lower(sizes: Sequence[int], rate: float, level: float) -> Floats:
    return 1 - _upper(sizes, 1 - rate, level)


def _dispersion(quarter: str, shares: dict[str, Share], sheet: Sheet) -> Dispersion:
    enough = {code: share for code, share in shares.items() if share.yes + share.no >= sheet.minimum_count}
    made = Dispersion(quarter, tuple(enough), tuple(code for code in shares if code not in enough))
    if len(enough) < MINIMUM_TERRITORIES:
        few = f"moins de {MINIMUM_TERRITORIES}{NBSP}territoires ont au moins {sheet.minimum_count}{NBSP}{sheet.noun[1]}"
        return replace(made, reason=f"{few} d’état connu")
    yes, no, unknown = np.array([(one.yes, one.no, one.unknown) for one in enough.values()], dtype=float).T
    readings = ((yes, no), (yes, no + unknown), (yes + unknown, no))
    for word, sums in (("oui", [one.sum() for one, _ in readings]), ("non", [one.sum() for _, one in readings])):
        if min(sums) < MINIMUM_EACH:
            few = f"moins de {MINIMUM_EACH}{NBSP}{sheet.noun[1]} {word} en tout{NBSP}: pas de dispersion à mesurer"
            return replace(made, reason=few)
    found = [_beyond_chance(*one) for one in readings]
    deviation = round(found[0][1], 6)
    if any(high is None for _, _, high in found):
        return replace(made, deviation=deviation, reason=_ALIKE)
    low, high = min(low for low, _, _ in found), max(high for _, _, high in found if high is not None)
    return replace(made, deviation=deviation, low=round(low, 6), high=round(high, 6))


def _beyond_chance(yes: Floats, no: Floats) -> tuple[float, float, float | None]:
    """Lower bound, estimate and upper bound of tau; no upper bound where even tau = 0 is too much."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    total = yes + no
    share, common = yes / total, yes.sum() / total.sum()
    chance = common * (1 - common) / total

    def excess(tau2: float, expected: float) -> float:
        weight = 1 / (chance + tau2)
        mean = (weight * share).sum() / weight.sum()
        return float((weight * (share - mean) ** 2).sum() - expected)

    def solution(expected: float) -> float:
        if excess(0.0, expected) <= 0:
            return 0.0
        if excess(_LARGEST**2, expected) >= 0:
            return _LARGEST
        return math.sqrt(brentq(excess, 0.0, _LARGEST**2, args=(expected,), xtol=1e-14))

    freedom, tail = len(total) - 1, (1 - DISPERSION_LEVEL) / 2
    least = float(chi2.ppf(tail, freedom))
    high = None if excess(0.0, least) < 0 else solution(least)
    return solution(chi2.isf(tail, freedom)), solution(freedom), high


def _move(before: Share | None, now: Share, quarter: Quarter, sheet: Sheet) -> dict[str, Any]:
    """Figures, state and reason of one territory."""
    if before is None:
        return {"state": "cannot say", "reason": f"aucun résultat pour {quarter - 4}"}
    for share, period in ((now, quarter), (before, quarter - 4)):
        if why := _why_none(share, sheet):
            return {"state": "cannot say", "reason": f"{why} ({period})"}
    low, _ = _newcombe(now.yes, now.total, before.yes + before.unknown, before.total)
    _, high = _newcombe(now.yes + now.unknown, now.total, before.yes, before.total)
    state = "up" if low > 0 else "down" if high < 0 else "cannot say"
    why = _CHANCE_OR_UNKNOWN if now.unknown + before.unknown else _CHANCE
    shares = {"before": before.among_known, "now": now.among_known}
    change = (now.among_known or 0.0) - (before.among_known or 0.0)
    return shares | {
        "change": round(change, 6),
        "low": round(low, 6),
        "high": round(high, 6),
        "state": state,
        "reason": why if state == "cannot say" else None,
    }


def _newcombe(yes: int, total: int, yes_before: int, total_before: int) -> tuple[float, float]:
    """Interval of the difference of two shares."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        yes, total, yes_before, total_before, method="newcomb", compare="diff", alpha=1 - CHANGE_LEVEL
    )
    return float(low), float(high)
