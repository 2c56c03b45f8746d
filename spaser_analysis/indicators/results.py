"""Every indicator of one organisation, for each quarter, territory, window and scope: the table that reports quote."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import product, repeat
from typing import Any, NamedTuple

import pandas as pd

from spaser_analysis.indicators import INDICATORS, reasons
from spaser_analysis.indicators.largest import among_largest
from spaser_analysis.indicators.share import COUNTS, Share
from spaser_analysis.indicators.sheet import Indicator, Sheet
from spaser_analysis.organisation import Organisation
from spaser_analysis.period import WINDOWS, Quarter, Window
from spaser_analysis.schemas import RESULTS, SCOPES, conform

Tables = Mapping[str, pd.DataFrame]
Cell = tuple[Any, ...]  # the counts of a group in one measure, and its quantity

_GROUP = "group"  # the rank of a quarter, a window and a territory, counted in this order
_COUNTED = [*COUNTS, "value"]
_NOTHING: Cell = (*[0] * len(COUNTS), None)
_YEARLY = "declarations"  # a quarter without any is no gap


class _Line(NamedTuple):
    """One indicator in one scope: a row for each quarter, territory, window and measure."""

    sheet: Sheet
    scope: str
    targets: Mapping[str, float]
    cells: Mapping[tuple[int, str], Cell]


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
    periods = [(str(quarter), quarter.window(name)) for quarter in asked for name in windows]
    members = {name: _members(table, organisation, places, periods) for name, table in tables.items()}
    held = {name: set(of["notified"].unique()) for name, of in members.items()}
    kept = {
        (name, scope): within(of, scope)
        for name, of in members.items()
        for scope in (scopes if name == "contracts" else ("all",))
    }
    lines = [
        _line(indicator, scope, kept[indicator.sheet.table, scope], organisation)
        for indicator, scope in product(indicators, scopes)
        if indicator.sheet.table in members and (scope == "all" or indicator.sheet.scoped)
    ]
    cautions = {
        kind: [reasons.SEPARATOR.join(_cautions(sheet, window, day, held[sheet.table])) for _, window in periods]
        for kind, sheet in {_kind(line.sheet): line.sheet for line in lines}.items()
    }
    rows = [
        ((quarter, place, window.name, line.scope, measure), (number, measure, note, *cell))
        for start in range(0, len(periods), len(windows))
        for rank, place in enumerate(places)
        for number, line in enumerate(lines)
        for period, (quarter, window) in enumerate(periods[start : start + len(windows)], start)
        for note in [cautions[_kind(line.sheet)][period]]
        for measure in line.sheet.measures
        if measure == "value" or line.scope != "without_ten_largest"
        for cell in [line.cells.get((period * len(places) + rank, measure), _NOTHING)]
    ]
    # Most rows say what another one says: each saying is put together once.
    sayings = {saying: rank for rank, saying in enumerate(dict.fromkeys(saying for _, saying in rows))}
    said = conform(pd.DataFrame([_row(lines[number], *what) for number, *what in sayings]), RESULTS)
    found = said.take([sayings[saying] for _, saying in rows]).reset_index(drop=True)
    where = pd.DataFrame([one for one, _ in rows], columns=["quarter", "territory", "window", "scope", "measure"])
    return conform(found.assign(**where, snapshot=snapshot), RESULTS)


def _line(indicator: Indicator, scope: str, rows: pd.DataFrame, organisation: Organisation) -> _Line:
    """The formula over the rows of a scope; an objective holds for the whole, in the direction wanted."""
    sheet = indicator.sheet
    aims = {one: organisation.target(sheet.code, one) for one in sheet.measures if scope == "all" and sheet.direction}
    counts = indicator.compute(rows, by=(_GROUP,))
    keys = zip(counts[_GROUP].tolist(), counts["measure"].to_numpy().tolist(), strict=True)
    columns = [counts[name].tolist() if name in counts else repeat(None) for name in _COUNTED]
    cells = dict(zip(keys, zip(*columns, strict=False), strict=True))
    return _Line(sheet, scope, {measure: aim.value for measure, aim in aims.items() if aim}, cells)


def _kind(sheet: Sheet) -> tuple[object, ...]:
    """Sheets of one kind have the same cautions."""
    return sheet.table, sheet.noun, sheet.mixed_from


def _cautions(sheet: Sheet, window: Window, day: date | None, held: Collection[str]) -> Iterator[str]:
    if sheet.table != _YEARLY:
        yield from reasons.of_period(window, day, held, sheet.noun, is_published=sheet.table == "contracts")
    if sheet.mixed_from and window.last.end >= date.fromisoformat(sheet.mixed_from):
        yield reasons.MIXED


def within(members: pd.DataFrame, scope: str, by: Sequence[str] = (_GROUP,)) -> pd.DataFrame:
    """The rows that a scope keeps of each group: what is not known to be a framework is not left out with them."""
    if scope == "all":
        return members
    if scope == "without_ten_largest":
        return members[~among_largest(members, by, "uid").fillna(False)]
    left_out = pd.Series(False, index=members.index)
    if scope in ("without_frameworks", "without_both"):
        left_out |= members["is_framework"].fillna(False)
    if scope in ("without_subsequent", "without_both"):
        left_out |= members["is_subsequent"].fillna(False)
    return members[~left_out]


def _members(
    table: pd.DataFrame, organisation: Organisation, places: Sequence[str], periods: Sequence[tuple[str, Window]]
) -> pd.DataFrame:
    """The organisation's rows, each once for every ``group`` that it belongs to; ``notified`` is its own quarter."""
    whole, parts = organisation.whole.code, [territory.code for territory in organisation.territories]
    own = table[table["buyer_siren"] == organisation.siren]
    if strangers := sorted(set(own["territory"].dropna()) - {whole, *parts}):
        raise ValueError(f"not a territory of {organisation.siren}: {', '.join(strangers)}")
    calendar = pd.DataFrame(
        [(one, period) for period, (_, window) in enumerate(periods) for one in window.quarters],
        columns=["notified", "period"],
    ).astype({"notified": "str", "period": "int64"})
    own = own[own["quarter"].isin(calendar["notified"])].rename(columns={"quarter": "notified"}).reset_index(drop=True)
    ranked = own[["notified"]].assign(row=own.index, rank=pd.Index(places).get_indexer(pd.Index(own["territory"])))
    placed = pd.concat([ranked.assign(rank=places.index(whole)), ranked[own["territory"].isin(parts)]])
    told = placed.merge(calendar, on="notified")
    texts: Any = {name: "category" for name, kind in own.dtypes.items() if kind == "str"}  # cheaper to repeat
    rows = own.astype(texts).iloc[told["row"]].reset_index(drop=True)
    return rows.assign(**{_GROUP: told["period"] * len(places) + told["rank"]})


def _row(line: _Line, measure: str, note: str, *cell: Any) -> dict[str, Any]:
    """What a row of results says of one indicator in one measure."""
    sheet, objective, count = line.sheet, line.targets.get(measure), dict(zip(_COUNTED, cell, strict=True))
    figures, why = (
        _share(sheet, measure, count, objective) if measure in ("number", "value") else _quantity(sheet, count)
    )
    return figures | {
        "indicator": sheet.code,
        "libelle": sheet.label,
        "unit": sheet.unit,
        "target": objective,
        "reason": reasons.SEPARATOR.join([*why, note] if note else why) or None,
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
