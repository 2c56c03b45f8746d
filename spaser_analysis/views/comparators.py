"""What is published of other buyers, each figure with its scope: to situate, never to rank."""

from __future__ import annotations

from typing import Any

from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.report import Report
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Table, table

WINDOW = "year_to_date"


def comparators(report: Report) -> Table:
    """The buyer's own results, then, for each scope published, the year nearest to the report's; in number."""
    found = report.reference.comparators
    found = found[found["measure"] == "number"]
    nearest = found.assign(distance=(found["year"] - report.quarter.year).abs())
    nearest = nearest.sort_values(["indicator", "scope", "distance", "year"]).drop_duplicates(["indicator", "scope"])
    nearest = nearest.sort_values(["indicator", "year", "scope"])
    rows = []
    for code in (code for code in INDICATORS_BY_CODE if code in set(nearest["indicator"])):
        rows += [_own(report, code), *map(_other, nearest[nearest["indicator"] == code].to_dict("records"))]
    return table("comparators", rows, *dict.fromkeys(nearest["note"].dropna()))


def _own(report: Report, code: str) -> tuple[str, ...]:
    row = report.result(code, WINDOW, territory=report.organisation.whole.code)
    period = formatting.months(report.window(WINDOW))
    scope = f"{report.organisation.name}, marchés connus, {period}"
    return _label(code), str(report.quarter.year), readings.figure(row), scope, "ce rapport"


def _other(one: dict[Any, Any]) -> tuple[str, ...]:
    second_hand = " (de seconde main)" if one["certainty"] == "secondary" else ""
    share = formatting.interval(one["low"], one["high"])
    return (
        _label(one["indicator"]),
        str(one["year"]),
        share,
        str(one["scope"]),
        f"{readings.text(one['source'], '')}{second_hand}",
    )


def _label(code: str) -> str:
    return INDICATORS_BY_CODE[code].sheet.label
