"""Do practices harmonise: the territories within chance or not, nearer or not over the years, and who shows the way.

Objectives in number of contracts since 1 January; ``trends.harmonisation`` says how sure each word is. The territories
stand in the order of their file, never in that of their figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from spaser_analysis.formatting import NBSP
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.share import Share
from spaser_analysis.organisation import Territory
from spaser_analysis.period import Quarter
from spaser_analysis.report import Report
from spaser_analysis.trends import harmonisation as methods
from spaser_analysis.trends.harmonisation import Convergence
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Column, Data, Paragraphs, Table, download
from spaser_analysis.views.figures import measured, short_label
from spaser_analysis.views.labels import LABELS

WINDOW = "year_to_date"
_BESIDE, _TO_WATCH, _COURSES, _MOVES = (LABELS[kind] for kind in ("beside", "to_watch", "courses", "moves"))
_CANNOT_SAY = _BESIDE["cannot say"]
_OF_MOVE = {name: f"change_{name}" for name in ("low", "high", "state", "reason")}
_DATA = [
    *("quarter", "snapshot", "territory", "indicator", "yes", "no", "unknown", "low", "high", "among_known"),
    *("lower_95", "upper_95", "lower_998", "upper_998", "state_95", "state_998", "reason"),
    *("before", "now", "change", *_OF_MOVE.values()),
    *("deviation", "deviation_low", "deviation_high", "course", "course_reason"),
]


@dataclass(frozen=True, eq=False)
class Comparison:
    """One objective, by territory code: ``places`` (counts of all, ``funnel`` of the territories) and ``moves``; the
    ``whole``, and the ``course`` of the dispersion.
    """

    indicator: str
    title: str
    whole: Share
    places: pd.DataFrame
    moves: pd.DataFrame
    course: Convergence

    @property
    def of_whole(self) -> dict[str, float | None]:
        """The figures of the whole; None below the minimum count of the sheet."""
        enough = self.whole.total >= INDICATORS_BY_CODE[self.indicator].sheet.minimum_count
        return {name: getattr(self.whole, name) if enough else None for name in ("low", "high", "among_known")}

    def place(self, code: str) -> pd.Series[Any]:
        """The row of one territory."""
        return self.places.T[code]


@lru_cache(maxsize=1)
def compared(report: Report) -> tuple[Comparison, ...]:
    """The measured objectives in number of contracts; none where the organisation has no territories.

    Years that the data do not hold from January on are not compared.
    """
    targets = [one for one in measured(report) if one.measure == "number"] if report.organisation.territories else []
    return tuple(_comparison(report, target.indicator, short_label(report, target)) for target in targets)


def _comparison(report: Report, code: str, title: str) -> Comparison:
    sheet, whole = INDICATORS_BY_CODE[code].sheet, report.organisation.whole.code
    counts = methods.same_quarters(report.of_whole.results, code, report.quarter, WINDOW)
    now = counts[counts["quarter"] == str(report.quarter)]
    whole_years = [
        one for one in set(counts["quarter"]) if not report.absent_quarters(Quarter.parse(one).window(WINDOW))
    ]
    counts = counts[counts["quarter"].isin([str(report.quarter), *whole_years])]
    states = now.set_index("territory").loc[whole, ["yes", "no", "unknown"]]
    return Comparison(
        indicator=code,
        title=title,
        whole=Share(*map(int, states)),
        places=now.merge(methods.funnel(now, whole, sheet), how="left", on="territory").set_index("territory"),
        moves=methods.movers(counts, report.quarter, sheet).set_index("territory"),
        course=methods.convergence(counts, whole, sheet),
    )


def nothing(report: Report) -> str:
    """Why there is nothing to compare."""
    if not report.organisation.territories:
        return "L’organisation n’a pas de territoires : il n’y a pas de pratiques à comparer."
    return "Aucun objectif en nombre de marchés n’est mesuré depuis janvier : il n’y a rien à comparer."


def harmony(report: Report) -> Paragraphs:
    """The answer in one paragraph: who differs from the whole, and whether the territories draw nearer."""
    said = [
        f"{one.title} : {_stand_out(report, one)} ; {_COURSES[one.course.verdict]}{_since(one.course)}."
        for one in compared(report)
    ]
    months = formatting.months(report.window(WINDOW))
    return Paragraphs(
        (" ".join(said) or nothing(report),), strong=f"{report.organisation.name}, {months}.", role="lead"
    )


def _stand_out(report: Report, one: Comparison) -> str:
    states = {place.name: str(one.places["state_998"][place.code]) for place in report.organisation.territories}
    beyond = [
        f"{', '.join(names)} {_BESIDE[side]}"
        for side in ("above", "below")
        if (names := [name for name, state in states.items() if state == side])
    ]
    unsure = list(states.values()).count("cannot say")
    open_for = f"pour {formatting.counted(unsure, 'territoire', 'territoires')}, {_CANNOT_SAY}" if unsure else ""
    none = "" if beyond else "aucun écart net entre un territoire et l’ensemble"
    return ", ".join(filter(None, (*beyond, "" if unsure == len(states) else none, open_for)))


def _since(course: Convergence) -> str:
    return f" depuis {course.first.quarter[:4]}" if course.first else ""


def position(row: pd.Series[Any]) -> str:
    """Where a territory stands, in words."""
    if pd.isna(row["low"]):
        return readings.NOT_COMPUTED
    return _TO_WATCH[row["state_95"]] if row["state_998"] == "within" else _BESIDE[row["state_998"]]


def positions(report: Report) -> Table:
    """Each territory beside the whole, with its counts and its place in words."""

    def cells(row: pd.Series[Any]) -> tuple[str, str]:
        total = int(row[["yes", "no", "unknown"]].sum())
        counts = f"{formatting.number(int(row['yes']))} sur {formatting.number(total)}"
        share = "" if pd.isna(row["low"]) else f" : {formatting.interval(row['low'], row['high'])}"
        return f"{counts}{share}", position(row)

    return _by_territory(
        compared(report),
        caption=f"Les territoires face à l’ensemble, {formatting.months(report.window(WINDOW))}",
        places=report.organisation.territories,
        headings=("oui sur total", "position"),
        table="places",
        cells=cells,
        empty=nothing(report),
        note=" ".join(
            f"{short_label(report, one)} : un montant ne se prête pas à ce calcul, voir les territoires côte à côte."
            for one in measured(report)
            if one.measure == "value"
        ),
    )


def movers(report: Report) -> Table:
    """Each territory and the whole against the same months of the year before."""

    def cells(row: pd.Series[Any]) -> tuple[str, str]:
        if pd.isna(row["change"]):
            return "–", readings.NOT_COMPUTED
        shares = f"{formatting.percent(row['before'])} puis {formatting.percent(row['now'])}"
        return shares, f"{_MOVES[row['state']]} ({_signed(row['low'])}{NBSP}à{NBSP}{_signed(row['high'])})"

    found = compared(report)
    moved = [one for one in found if one.moves["change"].notna().any()]
    why = sorted({str(reason) for one in found for reason in one.moves["reason"].dropna()})
    return _by_territory(
        moved,
        caption=f"Ce qui a bougé en un an, {formatting.months(report.window(WINDOW))} face aux mêmes mois de l’année d’avant",
        places=report.organisation.all_territories,
        headings=("un an avant, puis maintenant", "évolution (intervalle en points)"),
        table="moves",
        cells=cells,
        empty=f"Aucune comparaison possible : {' ; '.join(why)}." if found else nothing(report),
        note="Parts parmi les marchés renseignés ; l’intervalle tient compte des autres, et du hasard (95 %).",
    )


def _signed(difference: float) -> str:
    return f"{'−' if difference < 0 else '+'}{formatting.number(round(abs(difference) * 100, 1))}"


def _by_territory(
    found: Sequence[Comparison],
    caption: str,
    places: Sequence[Territory],
    headings: tuple[str, str],
    table: str,
    cells: Callable[[pd.Series[Any]], tuple[str, str]],
    empty: str,
    note: str = "",
) -> Table:
    """Two cells an objective from each place's row of a ``table``; below, its reasons with those they concern."""
    columns = (Column(f"{one.title} : {name}") for one in found for name in headings)
    return Table(
        caption=caption,
        columns=(Column("Territoire"), *columns),
        rows=tuple(
            (place.name, *(cell for one in found for cell in cells(getattr(one, table).loc[place.code])))
            for place in places
            if found
        ),
        notes=(
            *([note] if note and found else []),
            *(why for one in found for why in _reasons(one.title, getattr(one, table)["reason"], places)),
        ),
        empty=empty,
    )


def _reasons(title: str, reasons: pd.Series[Any], places: Sequence[Territory]) -> list[str]:
    names: dict[str, list[str]] = {}
    for place in places:
        if pd.notna(reasons[place.code]):
            names.setdefault(str(reasons[place.code]), []).append(place.name)
    return [
        f"{title}, {'partout' if len(concerned) == len(places) else ', '.join(concerned)} : {why}."
        for why, concerned in names.items()
    ]


def convergence(report: Report) -> Paragraphs:
    """The verdict on each course in a sentence, and the breaks in series that it runs across."""
    found = compared(report)
    said = [
        f"{one.title} : {_COURSES[one.course.verdict]}{_since(one.course)}{f' ({why})' if (why := one.course.reason) else ''}."
        for one in found
    ]
    first = min((one.course.course[0].quarter for one in found if one.course.course), default=str(report.quarter))
    crossed = [
        f"{one.label} ({formatting.day(one.day)})"
        for one in report.organisation.breaks
        if first <= str(one.quarter) <= str(report.quarter)
    ]
    if found and crossed:
        said.append(f"Ces années ne se comparent qu’avec prudence, à cause de : {' ; '.join(crossed)}.")
    return Paragraphs(tuple(said) or (nothing(report),), strong="Se rapprochent-ils ?")


def harmonisation_data(report: Report) -> Data:
    """For machines, one line an objective and territory, columns ``_DATA``; the dispersion is on the line of the whole.

    One line without indicator where nothing compares.
    """
    whole = report.organisation.whole.code
    nowhere = pd.DataFrame({"reason": [nothing(report)]}, index=[whole])
    told = pd.concat([_told(one, whole) for one in compared(report)] or [nowhere])
    rows = told.rename_axis("territory").reset_index()
    rows = rows.assign(quarter=str(report.quarter), snapshot=report.snapshot)
    return download(rows.reindex(columns=_DATA), "les résultats de cette synthèse")


def _told(one: Comparison, whole: str) -> pd.DataFrame:
    last = one.course.course[-1]
    of_whole = one.of_whole | {
        "deviation": last.deviation,
        "deviation_low": last.low,
        "deviation_high": last.high,
        "course": one.course.verdict,
        "course_reason": one.course.reason,
    }
    table = one.places.join(one.moves.rename(columns=_OF_MOVE)).assign(indicator=one.indicator)
    return table.combine_first(pd.DataFrame([of_whole], index=[whole]))
