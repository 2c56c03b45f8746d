"""Every indicator of one organisation, for each quarter, territory, window and scope: the table that reports quote."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from spaser_analysis.indicators import INDICATORS, reasons
from spaser_analysis.indicators.largest import among_largest
from spaser_analysis.indicators.share import Share
from spaser_analysis.indicators.sheet import Indicator, Sheet
from spaser_analysis.organisation import Organisation, Target
from spaser_analysis.period import WINDOWS, Quarter, Window
from spaser_analysis.schemas import RESULTS, SCOPES, conform

Tables = Mapping[str, pd.DataFrame]
Counts = Mapping[tuple[str, ...], Mapping[Any, Any]]

_KEY = ("quarter", "window", "territory")
_NOTHING = {"yes": 0, "no": 0, "unknown": 0, "contracts": 0, "left_out": 0, "value": None}
_YEARLY = "declarations"  # a quarter without any is no gap


def results(
    tables: Tables,
    organisation: Organisation,
    quarters: Iterable[Quarter],
    snapshot: str | None,
    indicators: Sequence[Indicator] = INDICATORS,
    scopes: Sequence[str] = SCOPES,
    windows: Sequence[str] = WINDOWS,
) -> pd.DataFrame:
    """A table of ``schemas.RESULTS``, sorted by quarter, territory, indicator, window, scope and measure, in their orders.

    ``tables`` are those of ``basis``, by name; an indicator whose table is absent has no row. The organisation's own
    rows only; those without a quarter are in no window, those of no known territory in the whole alone. ``snapshot`` is
    the ISO date of the data, None if unknown. A figure is published from the sheet's minimum count on. ValueError for a
    territory that is not the organisation's.
    """
    asked = sorted(set(quarters))
    places = sorted(territory.code for territory in organisation.all_territories)
    day = date.fromisoformat(snapshot) if snapshot else None
    members = {name: _members(table, organisation, asked, windows) for name, table in tables.items()}
    held = {name: set(of["notified"]) for name, of in members.items()}
    within = {
        (name, scope): _within(of, scope)
        for name, of in members.items()
        for scope in (scopes if name == "contracts" else ("all",))
    }
    counted = [
        (indicator.sheet, scope, _counts(indicator, within[indicator.sheet.table, scope]))
        for indicator in indicators
        if indicator.sheet.table in members
        for scope in scopes
        if scope == "all" or indicator.sheet.scoped
    ]
    cautions = {
        (sheet.code, window): [*_cautions(sheet, window, day, held[sheet.table])]
        for sheet, _, _ in counted
        for quarter in asked
        for window in map(quarter.window, windows)
    }
    rows = [
        {"quarter": str(quarter), "territory": place, "window": window.name, "scope": scope, "measure": measure}
        | _row(
            sheet,
            measure,
            counts.get((str(quarter), window.name, place, measure), _NOTHING),
            organisation.target(sheet.code, measure) if scope == "all" and sheet.direction else None,
            cautions[sheet.code, window],
        )
        for quarter in asked
        for place in places
        for sheet, scope, counts in counted
        for window in map(quarter.window, windows)
        for measure in sheet.measures
        if measure == "value" or scope != "without_ten_largest"
    ]
    return conform(pd.DataFrame(rows).assign(snapshot=snapshot), RESULTS)


def _cautions(sheet: Sheet, window: Window, day: date | None, held: Collection[str]) -> Iterator[str]:
    if sheet.table != _YEARLY:
        yield from reasons.of_period(window, day, held, sheet.noun, is_published=sheet.table == "contracts")
    if sheet.mixed_from and window.last.end >= date.fromisoformat(sheet.mixed_from):
        yield reasons.MIXED


def _within(members: pd.DataFrame, scope: str) -> pd.DataFrame:
    """The rows that a scope keeps: what is not known to be a framework is not left out with them."""
    if scope == "all":
        return members
    if scope == "without_ten_largest":
        return members[~among_largest(members, _KEY, "uid").fillna(False)]
    left_out = pd.Series(False, index=members.index)
    if scope in ("without_frameworks", "without_both"):
        left_out |= members["is_framework"].fillna(False)
    if scope in ("without_subsequent", "without_both"):
        left_out |= members["is_subsequent"].fillna(False)
    return members[~left_out]


def _members(
    table: pd.DataFrame, organisation: Organisation, quarters: Sequence[Quarter], windows: Sequence[str]
) -> pd.DataFrame:
    """The organisation's rows, each once for every territory, quarter and window that it belongs to."""
    whole, parts = organisation.whole.code, [territory.code for territory in organisation.territories]
    own = table[table["buyer_siren"] == organisation.siren]
    if strangers := sorted(set(own["territory"].dropna()) - {whole, *parts}):
        raise ValueError(f"not a territory of {organisation.siren}: {', '.join(strangers)}")
    calendar = pd.DataFrame(
        [
            (one, str(quarter), window.name)
            for quarter in quarters
            for window in map(quarter.window, windows)
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
    figures, why = (
        _share(sheet, measure, count, objective) if measure in ("number", "value") else _quantity(sheet, count)
    )
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
    counts = {name: int(count[name]) for name in ("yes", "no", "unknown")}
    rows = int(count["contracts"])
    if min(counts.values()) < 0:
        return {**counts, "verdict": None if target is None else "cannot say"}, [reasons.CREDIT]
    share = Share(**counts)
    enough = rows >= sheet.minimum_count
    verdict = None if target is None else share.verdict(target, sheet.direction) if enough else "cannot say"
    why = [
        *(
            reasons.of_share(share, rows, sheet.minimum_count, sheet.noun, verdict == "cannot say", measure == "value")
            if rows or not count["left_out"]
            else ()
        ),
        *reasons.of_amounts(int(count["left_out"]), sheet.noun),
    ]
    figures = {"low": share.low, "high": share.high, "among_known": share.among_known}
    figures["value"] = share.among_known if share.unknown == 0 else None
    shown = figures if enough else dict.fromkeys(figures)
    return {**counts, **shown, "verdict": verdict}, why


def _quantity(sheet: Sheet, count: Mapping[Any, Any]) -> tuple[dict[str, Any], list[str]]:
    """The figure of a median, a total or a ratio, and the reasons for what is missing."""
    known, unknown = int(count["yes"]), int(count["unknown"])
    value = count["value"] if known >= sheet.minimum_count else None
    why = list(reasons.of_quantity(known, unknown, sheet.minimum_count, sheet.noun))
    if not why and pd.isna(value):
        why = [reasons.NOTHING_SPENT]
    return {"yes": known, "no": None, "unknown": unknown, "value": value}, why
