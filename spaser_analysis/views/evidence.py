"""The page of what each figure of a territory's report is made of: indicator by indicator, then contract by contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from spaser_analysis.evidence import Evidence, Listed
from spaser_analysis.indicators import INDICATORS
from spaser_analysis.indicators.sheet import Sheet
from spaser_analysis.period import WINDOWS
from spaser_analysis.report import Report, Row, records
from spaser_analysis.views import formatting, readings
from spaser_analysis.views.elements import Paragraphs, escape, table, told
from spaser_analysis.views.labels import LABELS
from spaser_analysis.views.sentences import notice, place

Shown = tuple[dict[str, str], dict[str, Any]]
_LISTED = 300  # lines of a state and a quarter
_STATES = LABELS["evidence"]


def title(report: Report) -> str:
    """The title of the page."""
    return f"Sur quoi repose chaque chiffre ? {report.territory.name}, {report.quarter}"


def shown(found: Evidence) -> Iterator[str | Shown]:
    """The page, in the order in which it is read."""
    report = found.report
    yield "# Sur quoi repose chaque chiffre ?"
    yield from map(_said, (place(report), notice(report), told("evidence")))
    for of_contracts, counted in ((True, "marchés"), (False, "paiements, en heures ou en déclarations")):
        yield f"## Les indicateurs comptés en {counted}"
        sheets = (one.sheet for one in INDICATORS if (one.sheet.table == "contracts") is of_contracts)
        yield _html(_indicator(found, one) for one in sheets)
    yield "## Ce qui est mis à part"
    yield _said(told("evidence_apart"))
    lists = (("contracts", found.apart, ("marché", "marchés")), ("apart", found.excluded, ("paiement", "paiements")))
    yield _html(_list(found, *one) for one in lists)
    yield "## Les marchés, un par un"
    laid = table("evidence", (_contract(*one) for one in enumerate(records(found.rows["contracts"]), 1)))
    anchors = tuple(f"m{number}" for number, *_ in laid.rows)
    yield {"text/html": replace(laid, anchors=anchors)._repr_html_(), "text/plain": laid.caption}, {}


def _said(words: Paragraphs) -> Shown:
    return {"text/html": words._repr_html_(), "text/plain": repr(words)}, {}


def _html(parts: Iterable[str]) -> Shown:
    return {"text/html": "".join(parts), "text/plain": ""}, {}


def _indicator(found: Evidence, sheet: Sheet) -> str:
    """Its figures, what they are made of, and the command that tells more."""
    report, figures = found.report, escape(" ; ".join(_figures(found.report, sheet)))
    lists = _list(found, sheet.table, found.listed.get(sheet.code, {}), sheet.noun)
    command = f"spaser explain {sheet.code} --quarter {report.quarter} --territory {report.territory.code}"
    head = f'<section id="{sheet.code}"><h3>{escape(sheet.label)}</h3><p>{figures}.</p>'
    return f"{head}{lists}<p><code>{command}</code></p></section>"


def _figures(report: Report, sheet: Sheet) -> Iterator[str]:
    """What was published in each window: the counts, or the amounts where the indicator is told in value only."""
    measure = sheet.measures[0]
    tell = _euros if measure == "value" else _whole
    columns = {"yes": "yes", "no": "no"} if sheet.unit == "share" else {"known": "yes"}
    for window in WINDOWS:
        row = report.result(sheet.code, window, measure)
        said = [
            f"{formatting.uncapitalised(_STATES[name])} {tell(int(row[column] or 0))}"
            for name, column in {**columns, "unknown": "unknown"}.items()
            if row
        ]
        yield f"{LABELS['windows'][window]} : {', '.join(said) or readings.NOT_COMPUTED}"


def _list(found: Evidence, name: str, listed: Listed, noun: tuple[str, str]) -> str:
    """The rows of each state, quarter by quarter: contracts as links, lines by their place in the files."""
    rows, cents = found.rows[name], found.cents.get(name)
    lines = [] if name == "contracts" else list(zip(rows["source_file"], rows["source_record"], strict=True))
    body = []
    for state in (one for one in _STATES if listed.get(one)):
        body.append(f"<dt>{escape(_STATES[state])}</dt>")
        for period, positions in listed[state].items():
            sums = "" if cents is None else f", {_euros(sum(cents[one] for one in positions))}"
            count = f"{_whole(len(positions))} {noun[len(positions) > 1]}{sums}"
            head = escape(f"{LABELS['windows'].get(period, period)}, {count} :")
            where = _links(positions) if name == "contracts" else _places(positions, lines, cents)
            body.append(f"<dd>{head} {where}</dd>")
    return f"<dl>{''.join(body)}</dl>" if body else ""


def _links(positions: Sequence[int]) -> str:
    """The numbers of the contracts, each a link to its row, save those between two of a run."""
    return ", ".join(
        _link(first) if first == last else f"{_link(first)}{' à ' if last > first + 1 else ', '}{_link(last)}"
        for first, last in _runs([one + 1 for one in positions])
    )


def _link(number: int) -> str:
    return f'<a href="#m{number}">{number}</a>'


def _places(positions: Sequence[int], lines: Sequence[tuple[str, int]], cents: Sequence[int] | None) -> str:
    """``file n° 12, 14 à 20``; of very many lines the largest."""
    kept = positions
    if cents is not None and len(positions) > _LISTED:
        kept = sorted(positions, key=lambda one: (-abs(cents[one]), one))[:_LISTED]
    told_of = (
        f"{escape(file)} n° {', '.join(f'{a} à {b}' if b > a else str(a) for a, b in _runs([one for _, one in of]))}"
        for file, of in groupby(sorted({lines[one] for one in kept}), key=itemgetter(0))
    )
    more = f" ; et {_whole(len(positions) - len(kept))} plus petits" if len(kept) < len(positions) else ""
    return f'<span class="origin">{" ; ".join(told_of)}{more}</span>'


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of consecutive numbers."""
    for _, run in groupby(enumerate(numbers), key=lambda one: one[1] - one[0]):
        of_run = [number for _, number in run]
        yield of_run[0], of_run[-1]


def _contract(number: int, one: Row) -> tuple[str, ...]:
    day, cents, rule = one["dateNotification"], one["amount_cents"], one["territory_rule"]
    return (
        str(number),
        one["uid"],
        readings.text(one["objet"]),
        "" if day is None else f"{day:%d/%m/%Y}",
        readings.text(None if cents is None else _euros(cents)),
        f"{readings.text(one['territory'])} ({LABELS['territory_rules'].get(rule, rule)})",
        " | ".join(filter(None, (f"{one['source_file']} n° {one['source_record']}", one["beside"]))),
        one["ledger"] or "–",
    )


def _whole(count: int) -> str:
    return f"{count:,}".replace(",", formatting.NARROW)


def _euros(cents: int) -> str:
    return f"{_whole(round(cents / 100))}{formatting.NBSP}€"
