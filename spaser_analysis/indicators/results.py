"""Every indicator of one organisation, for each quarter, territory and window: the table that reports quote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from spaser_analysis.indicators import INDICATORS, reasons
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.sheet import Indicator, Sheet
from spaser_analysis.organisation import Organisation, Target
from spaser_analysis.period import Quarter
from spaser_analysis.schemas import RESULTS, conform

Counts = Mapping[tuple[str, ...], Mapping[Any, Any]]

_KEY = ("quarter", "window", "territory")
_NOTHING = {"yes": 0, "no": 0, "unknown": 0, "contracts": 0, "left_out": 0, "value": None}


def results(
    contracts: pd.DataFrame, organisation: Organisation, quarters: Iterable[Quarter], snapshot: str | None
) -> pd.DataFrame:
    """A table of ``schemas.RESULTS``, sorted by quarter, territory, indicator and window in their orders, and measure.

    The organisation's own contracts only; those without a notification date are in no window, those of no known
    territory in the whole alone. ``snapshot`` is the ISO date of the data, None if unknown. A figure is published from
    the sheet's minimum count on. ValueError for a territory that is not the organisation's.
    """
    asked = sorted(set(quarters))
    places = sorted(territory.code for territory in organisation.all_territories)
    day = date.fromisoformat(snapshot) if snapshot else None
    members = _members(contracts, organisation, asked)
    counts = {indicator.sheet.code: _counts(indicator, members) for indicator in INDICATORS}
    held = set(contracts.loc[contracts["buyer_siren"] == organisation.siren, "quarter"].dropna())
    cautions = {window: list(reasons.of_period(window, day, held)) for quarter in asked for window in quarter.windows}
    rows = [
        {"quarter": str(quarter), "territory": place, "window": window.name, "measure": measure, "snapshot": snapshot}
        | _row(
            indicator.sheet,
            measure,
            counts[indicator.sheet.code].get((str(quarter), window.name, place, measure), _NOTHING),
            organisation.target(indicator.sheet.code, measure),
            cautions[window],
        )
        for quarter in asked
        for place in places
        for indicator in INDICATORS
        for window in quarter.windows
        for measure in indicator.sheet.measures
    ]
    return conform(pd.DataFrame(rows), RESULTS)


def _members(contracts: pd.DataFrame, organisation: Organisation, quarters: Sequence[Quarter]) -> pd.DataFrame:
    """The organisation's contracts, each once for every territory, quarter and window that it belongs to."""
    whole, parts = organisation.whole.code, [territory.code for territory in organisation.territories]
    own = contracts[contracts["buyer_siren"] == organisation.siren]
    if strangers := sorted(set(own["territory"].dropna()) - {whole, *parts}):
        raise ValueError(f"not a territory of {organisation.siren}: {', '.join(strangers)}")
    calendar = pd.DataFrame(
        [
            (one, str(quarter), window.name)
            for quarter in quarters
            for window in quarter.windows
            for one in window.quarters
        ],
        columns=["notified", "quarter", "window"],
        dtype="str",
    )
    placed = pd.concat([own.assign(territory=whole), own[own["territory"].isin(parts)]])
    return placed.rename(columns={"quarter": "notified"}).merge(calendar, on="notified")


def _counts(indicator: Indicator, members: pd.DataFrame) -> Counts:
    """What the formula gives, by quarter, window, territory and measure; absent where there is no contract."""
    table = indicator.compute(members, by=_KEY)
    keys = zip(*(table[name] for name in (*_KEY, "measure")), strict=True)
    return dict(zip(keys, table.drop(columns=[*_KEY, "measure"]).to_dict("records"), strict=True))


def _row(
    sheet: Sheet, measure: str, count: Mapping[Any, Any], target: Target | None, cautions: list[str]
) -> dict[str, Any]:
    """What a row of results says of one indicator in one measure."""
    objective = target.value if target else None
    figures, why = _median(sheet, count) if measure == "median" else _share(sheet, measure, count, objective)
    return figures | {
        "indicator": sheet.code,
        "libelle": sheet.label,
        "unit": sheet.unit,
        "target": objective,
        "reason": reasons.SEPARATOR.join([*why, *cautions]) or None,
        "version": sheet.version,
    }


def _share(
    sheet: Sheet, measure: str, count: Mapping[Any, Any], target: float | None
) -> tuple[dict[str, Any], list[str]]:
    """The figures of a share, and the reasons for what is missing."""
    share = Share(count["yes"], count["no"], count["unknown"])
    contracts = int(count["contracts"])
    enough = contracts >= sheet.minimum_count
    verdict = None if target is None else share.verdict(target, sheet.direction) if enough else "cannot say"
    why = [
        *reasons.of_share(share, contracts, sheet.minimum_count, verdict == "cannot say", measure == "value"),
        *reasons.of_amounts(int(count["left_out"])),
    ]
    figures = {"low": share.low, "high": share.high, "among_known": share.among_known}
    figures["value"] = share.among_known if share.unknown == 0 else None
    shown = figures if enough else dict.fromkeys(figures)
    return {"yes": share.yes, "no": share.no, "unknown": share.unknown, **shown, "verdict": verdict}, why


def _median(sheet: Sheet, count: Mapping[Any, Any]) -> tuple[dict[str, Any], list[str]]:
    """The figure of a median, and the reasons for what is missing."""
    known, contracts = int(count["yes"]), int(count["contracts"])
    value = count["value"] if known >= sheet.minimum_count else None
    why = list(reasons.of_median(known, contracts, sheet.minimum_count))
    return {"yes": known, "no": None, "unknown": contracts - known, "value": value}, why
