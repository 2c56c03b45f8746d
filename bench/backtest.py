"""``python -m bench.backtest``: how often did the intervals of ``trends`` hold what came?

On the contracts of the sample and on simulated ones, of which the law is known. All intervals claim 90 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.indicators.share import Share, count_states
from spaser_analysis.organisation import load_organisation
from spaser_analysis.period import Quarter
from spaser_analysis.schemas import CONTRACTS
from spaser_analysis.tables import read_catalogue, read_table
from spaser_analysis.trends.completion import TAIL, unpublished_by_window
from spaser_analysis.trends.projection import backtest, projection

FIRST = pd.Timestamp("2020-01-01")
DRAWS = 400


def published_late(seed: int, rate: float, wobble: float = 0.0, months: int = 42) -> pd.DataFrame:
    """Contracts of a buyer that notifies ``rate`` a month on average: their number varies more than at random, their
    delay is log-normal, 35 days in the middle; with ``wobble``, another middle each month."""
    draw = np.random.default_rng(seed)
    counts = draw.poisson(rate * draw.gamma(20, 1 / 20, months))
    middle = math.log(35) + wobble * draw.normal(size=months)
    starts = [(FIRST + pd.DateOffset(months=month) - FIRST).days for month in range(months)]
    notified = np.repeat(starts, counts) + draw.integers(0, 28, counts.sum())
    published = notified + np.floor(np.exp(draw.normal(np.repeat(middle, counts), 0.6)))
    days = {"dateNotification": notified, "datePublicationDonnees": published}
    return pd.DataFrame({name: FIRST + pd.to_timedelta(day, unit="D") for name, day in days.items()}).astype(
        "datetime64[ms]"
    )


def trend(seed: int, quarters: int, spread: float = math.inf) -> pd.DataFrame:
    """A history of about 30 contracts a quarter, a share that rises from one in five; the smaller ``spread`` (that of a
    beta law), the more quarters vary."""
    draw = np.random.default_rng(seed)
    size = draw.poisson(30, quarters)
    share = 1 / (1 + np.exp(1.4 - 0.08 * np.arange(quarters)))
    share = share if math.isinf(spread) else draw.beta(share * spread, (1 - share) * spread)
    yes = draw.binomial(size, share)
    names = [str(Quarter.of(FIRST.date()) + rank) for rank in range(quarters)]
    return pd.DataFrame({"quarter": names, "yes": yes, "no": size - yes, "unknown": 0, "is_provisional": False})


def held_unpublished(contracts: pd.DataFrame, day: date) -> bool | None:
    """Did the interval for the quarter before ``day``'s hold what came later? None where there was no estimate."""
    quarter = Quarter.of(day) - 1
    found = unpublished_by_window(contracts, day, quarter).iloc[0]
    if pd.isna(found["low"]):
        return None
    notified, published = contracts["dateNotification"], contracts["datePublicationDonnees"]
    own = (notified >= pd.Timestamp(quarter.start)) & (notified <= pd.Timestamp(quarter.end))
    came = int((own & (published > pd.Timestamp(day))).sum())
    return bool(found["low"] <= came <= found["high"])


def held_projection(series: pd.DataFrame) -> bool | None:
    """Did the interval for the last four quarters, projected from those before, hold their share?"""
    later = series[-4:]
    made = projection(series[:-4], Quarter.parse(later["quarter"].iloc[-1]).year, 0.0)
    if made.low is None or made.high is None:
        return None
    return bool(made.low <= later["yes"].sum() / (later["yes"] + later["no"]).sum() <= made.high)


def counted(outcomes: Iterable[bool | None]) -> Share:
    """Held, not held, and without an estimate."""
    outcomes = list(outcomes)
    return Share(outcomes.count(True), outcomes.count(False), outcomes.count(None))


def histories(contracts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The history of each consideration, by quarter."""
    dated = contracts.dropna(subset="quarter")
    return {
        axis: count_states(dated, dated[axis], by=("quarter",), measures=("number",)).assign(is_provisional=False)
        for axis in ("environmental", "social")
    }


def main() -> None:
    """Print the table."""
    siren = load_organisation("amp").siren
    columns = ["quarter", "dateNotification", "datePublicationDonnees", "amount_cents", "environmental", "social"]
    clean = workspace.sample_clean()
    contracts = read_table(CONTRACTS, clean, columns, [("buyer_siren", "==", siren)])
    # What was missing on a day is known a year later.
    last = pd.Timestamp(read_catalogue(clean)["snapshot"]) - pd.DateOffset(months=TAIL)
    tenths = pd.date_range(contracts["dateNotification"].min(), last, freq="MS") + pd.Timedelta(days=9)
    shares = {"late publication, sample, each 10th": counted(held_unpublished(contracts, one.date()) for one in tenths)}
    for rate in (4, 40, 150):
        for wobble in (0.0, 0.15):
            name = f"late publication, {rate} a month, {'months that differ' if wobble else 'months alike'}"
            seen = (held_unpublished(published_late(seed, rate, wobble), date(2023, 4, 10)) for seed in range(DRAWS))
            shares[name] = counted(seen)
    for spread in (math.inf, 30.0, 10.0):
        name = f"projection of a year, 12 quarters, spread {spread:g}"
        shares[name] = counted(held_projection(trend(seed, 16, spread)) for seed in range(DRAWS))
    for axis, history in histories(contracts).items():
        shares[f"projection a year ahead, sample, {axis}"] = backtest(history, 4)[1]
    print(f"{'interval of 90 %':<58} {'tried':>6} {'held':>5} {'share':>6} {'no estimate':>12}")
    for name, share in shares.items():
        part = "" if share.among_known is None else f"{share.among_known:.0%}"
        print(f"{name:<58} {share.yes + share.no:>6} {share.yes:>5} {part:>6} {share.unknown:>12}")


if __name__ == "__main__":
    main()
