"""From a figure to what it is made of, and from a contract to the figures that it is in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pandas as pd

from spaser_analysis.indicators import INDICATORS, INDICATORS_BY_CODE
from spaser_analysis.indicators.results import within
from spaser_analysis.indicators.sheet import Indicator
from spaser_analysis.indicators.states import NAMES, NO_AMOUNT, states_of
from spaser_analysis.period import WINDOWS, Window
from spaser_analysis.report import Report, Row, records
from spaser_analysis.schemas import MASKED, RECORD, SCOPES
from spaser_analysis.views.labels import LABELS

EXCLUDED, NOT_CONCERNED = "excluded", "not_concerned"
COLUMNS = (
    *("uid", "state", "rule", "amount_cents", "quantity", "objet", "day", "territory", "territory_rule", "declared"),
    *("source_file", "source_record", "ledger"),
)
_OF_PERSONS = ("titulaire", "fournisseur", "supplier", "holder")
# What a scope leaves out, one reason after the other.
RULES = {"without_frameworks": "framework", "without_subsequent": "subsequent", "without_ten_largest": "ten_largest"}
_PARTS = {"without_both": ("without_frameworks", "without_subsequent"), "all": ()}


@dataclass(frozen=True, eq=False)
class Explanation:
    """A figure (a row of ``results``) and what it is made of: one row a contract, a supplier or a line of a file.

    ``rows`` has ``COLUMNS``: ``state`` as of ``indicators.states``, or ``excluded`` under a ``rule`` (a scope's, a payment's
    ``exclusion``, no amount for a share in value, not concerned); ``uid`` of a contract or supplier, else ``file#record``.
    Outside of the period nothing is excluded: it is not there.
    """

    figure: Row
    window: Window
    rows: pd.DataFrame

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """By state, in order: ``things`` and ``amount_cents``."""
        groups = self.rows.groupby("state", observed=True)["amount_cents"]
        return {str(state): {"things": len(cents), "amount_cents": int(cents.sum())} for state, cents in groups}


@dataclass(frozen=True, eq=False)
class OfContract:
    """A contract (its row), the windows and scopes that leave it out, what it is for each indicator (``indicator``,
    ``libelle``, ``state``, ``rule``, ``quantity``, ``declared``), its amendments and its rows of the ledger.
    """

    contract: Row
    windows: tuple[str, ...]
    left_out_of: tuple[str, ...]
    indicators: pd.DataFrame
    amendments: pd.DataFrame
    ledger: pd.DataFrame


def explain(
    report: Report, indicator: str, window: str = "year_to_date", scope: str = "all", measure: str | None = None
) -> Explanation:
    """What a figure of the report is made of; ``measure`` is the first of the indicator unless told.

    ValueError, in one line with the near matches: no such indicator, window, scope or measure.
    """
    chosen = INDICATORS_BY_CODE[_known("indicator", indicator, INDICATORS_BY_CODE)]
    sheet = chosen.sheet
    told = _known("measure", measure or sheet.measures[0], sheet.measures)
    period = report.window(_known("window", window, WINDOWS))
    figure = report.result(indicator, window, told, scope=_known("scope", scope, SCOPES))
    if figure is None:
        raise ValueError(f"{indicator} in {told} is not told in the scope {scope}")
    members = _notified(report, report.tables[sheet.table], period)
    kept = within(members, scope, by=())
    found = states_of(chosen, kept)
    kept = _masked(kept)
    counted = _suppliers(found, kept) if "supplier" in found else kept.loc[found.index].join(found)
    no_amount = counted["state"] == NO_AMOUNT
    if told == "value":
        no_amount |= counted["amount_cents"].isna()
    apart = _left_out(members, scope) | {NO_AMOUNT: counted[no_amount]}
    if sheet.table == "contracts":
        apart[NOT_CONCERNED] = kept.drop(counted.index)
    if sheet.table == "payments":
        paid = _notified(report, report.payments, period)
        paid = _masked(paid[~paid["is_purchase"].fillna(True)])
        apart |= {str(why): own for why, own in paid.groupby("exclusion")}
    parts = [counted[~no_amount], *(own.assign(state=EXCLUDED, rule=why) for why, own in apart.items())]
    rows = pd.concat([_laid(one, sheet.fields) for one in parts if len(one)] or [_laid(counted, sheet.fields)])
    entries = report.ledger if sheet.table == "contracts" else report.journal
    keys, wanted = ((one["uid"] if sheet.table == "contracts" else _lines(one)) for one in (entries, rows))
    notes = ledger_notes(entries, keys, wanted)
    rows = rows.assign(
        ledger=[notes.get(one, "") for one in wanted],
        state=pd.Categorical(rows["state"], [*NAMES, EXCLUDED], ordered=True),
    )
    return Explanation(figure, period, rows.sort_values(["state", "uid", *RECORD]))


def explain_contract(report: Report, uid: str, window: str = "year_to_date") -> OfContract:
    """What a contract of the report is in a window for every indicator counted on contracts.

    ValueError, in one line: no such window, no such contract (with the near matches), or not in the window.
    """
    period = report.window(_known("window", window, WINDOWS))
    contracts = report.of_territory(report.contracts)
    own = contracts[contracts["uid"] == _known("contract", uid, list(contracts["uid"]))]
    members = _notified(report, contracts, period)
    if uid not in set(members["uid"]):
        when = own["quarter"].fillna("no known quarter").iloc[0]
        raise ValueError(f"{uid} was notified in {when}: not in {window} of {report.quarter}")
    told = [_of_contract(one, members, own) for one in INDICATORS if one.sheet.table == "contracts"]
    windows = tuple(one for one in WINDOWS if own["quarter"].iloc[0] in report.window(one).quarters)
    left_out = tuple(one for one in SCOPES if uid not in set(within(members, one, by=())["uid"]))
    amendments = report.amendments[report.amendments["uid"] == uid]
    ledger = report.ledger[report.ledger["uid"] == uid]
    return OfContract(records(own)[0], windows, left_out, pd.DataFrame(told), amendments, ledger)


def lead(found: Explanation) -> list[str]:
    """The figure and its counts, in a few lines."""
    row = found.figure
    between = f"; between {row['low']:.1%} and {row['high']:.1%}" if row["low"] is not None else ""
    value = f"; {row['value']:g} {row['unit']}" if row["unit"] != "share" and row["value"] is not None else ""
    period = f"{found.window.name}, {found.window.first} to {found.window.last}"
    return [
        f"{row['indicator']} ({row['libelle']}), {row['territory']}, {period}, scope {row['scope']}, in {row['measure']}"
        f"{between}{value}",
        *(f"  {state}: {one['things']:,}, {one['amount_cents'] / 100:,.2f} €" for state, one in found.counts.items()),
    ]


def told(found: Explanation) -> dict[str, Any]:
    """The explanation for machines."""
    figure = {name: value for name, value in found.figure.items() if name != "evidence"}
    return {"figure": figure, "counts": found.counts, "rows": _plain(found.rows)}


def contract_lead(found: OfContract) -> list[str]:
    """The contract, its source, what it went through, in a few lines."""
    one = found.contract
    ledger = ledger_notes(found.ledger, found.ledger["uid"], found.ledger["uid"]).get(one["uid"], "")
    lines = [
        f"{one['uid']}: {one['objet'] or 'no object'}",
        f"  source: {one['source_file']} n° {one['source_record']}; territory {one['territory']} ({one['territory_rule']})",
        f"  windows: {', '.join(found.windows)}; left out of: {', '.join(found.left_out_of) or 'no scope'}",
    ]
    if one["amount_status"] != "ok":
        lines.append(f"  amount {one['amount_status']}: left out of every share in value")
    for change in records(found.amendments):
        lines.append(f"  amendment {change['rank']}: {change['source_file']} n° {change['source_record']}")
    return lines + [f"  {note}" for note in ledger.split(" | ") if note]


def contract_told(found: OfContract) -> dict[str, Any]:
    """The contract for machines."""
    (contract,) = _plain(pd.DataFrame([found.contract]))
    frames = {name: _plain(getattr(found, name)) for name in ("indicators", "amendments", "ledger")}
    return {"contract": contract, "windows": found.windows, "left_out_of": found.left_out_of, **frames}


def _plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(rows.to_json(orient="records", date_format="iso", double_precision=15))
    return found


def _of_contract(indicator: Indicator, members: pd.DataFrame, own: pd.DataFrame) -> dict[str, Any]:
    sheet = indicator.sheet
    rows = own if indicator.states is None else members
    (told,) = records(states_of(indicator, rows).reindex(rows.index[rows["uid"] == own["uid"].iloc[0]]))
    state = told["state"] or NOT_CONCERNED
    rule = state if state in (NOT_CONCERNED, NO_AMOUNT) else None
    return {"indicator": sheet.code, "libelle": sheet.label, "state": EXCLUDED if rule else state, "rule": rule,
            "quantity": told["quantity"], "declared": _declared(own, sheet.fields)[0]}  # fmt: skip


def _notified(report: Report, rows: pd.DataFrame, period: Window) -> pd.DataFrame:
    """Those of the territory and the period, numbered anew."""
    own = report.of_territory(rows)
    return own[own["quarter"].isin(period.quarters)].reset_index(drop=True)


def _left_out(members: pd.DataFrame, scope: str) -> dict[str, pd.DataFrame]:
    """The rows that a scope leaves out, each once, by reason."""
    found = {}
    for part in _PARTS.get(scope, (scope,)):
        kept = within(members, part, by=())
        found[RULES[part]], members = members.drop(kept.index), kept
    return found


def _suppliers(counted: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """Suppliers under their identifier and by their first line, never by their name."""
    first = payments.drop_duplicates("supplier").set_index("supplier")[["supplier_id", *RECORD]]
    return counted.join(first, on="supplier").rename(columns={"supplier_id": "uid"})


def _masked(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows; a person has no identifier."""
    if "supplier_name" not in rows:
        return rows
    return rows.assign(supplier_id=rows["supplier_id"].mask(rows["supplier_name"] == MASKED, MASKED))


def _laid(rows: pd.DataFrame, fields: Iterable[str]) -> pd.DataFrame:
    """The rows with ``COLUMNS``, null where there is nothing to tell."""
    day = rows.get("dateNotification", rows.get("paid_on"))
    laid = rows.assign(declared=_declared(rows, fields), day=None if day is None else day.dt.strftime("%Y-%m-%d"))
    laid = laid.reindex(columns=list(COLUMNS)).astype({"uid": "str", "rule": "str", "amount_cents": "Int64"})
    return laid.assign(uid=laid["uid"].fillna(_lines(laid)))


def ledger_notes(entries: pd.DataFrame, keys: pd.Series[str], wanted: pd.Series[str]) -> dict[str, str]:
    """What cleaning did, by key (one a row of the ledger), in French: column, value read and kept, reason; of the holders only
    the reason, and where a duplicate stood.
    """
    found: dict[str, str] = {}
    is_wanted = keys.isin(wanted)
    for key, one in zip(keys[is_wanted], records(entries[is_wanted]), strict=True):
        about = one["column"] or f"{one['source_file']} n° {one['source_record']}"
        is_told = one["column"] and not about.startswith(_OF_PERSONS)
        change = f" « {one['before'] or ''} » → « {one['after'] or ''} »" if is_told else ""
        note = f"{LABELS['actions'][one['action']]}, {about}{change} : {one['reason']}"
        found[key] = f"{found[key]} | {note}" if key in found else note
    return found


def _lines(rows: pd.DataFrame) -> pd.Series[str]:
    return rows["source_file"] + "#" + rows["source_record"].astype("str")


def _declared(rows: pd.DataFrame, fields: Iterable[str]) -> list[str]:
    """What the fields said, row by row; nothing after a name for what was not said."""
    names = {name: LABELS["told_by"].get(name, name) for name in fields}
    told = {name: rows[column] for name, column in names.items() if column in rows}
    columns = [[f"{name} = {_text(cell)}".rstrip() for cell in cells] for name, cells in told.items()]
    return [" ; ".join(one) for one in zip(*columns, strict=True)] if columns else [""] * len(rows)


def _text(cell: Any) -> str:
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d}"
    return "" if pd.isna(cell) else {True: "yes", False: "no"}[cell] if isinstance(cell, bool) else str(cell)


def _known(what: str, asked: str, known: Iterable[str]) -> str:
    """The name, if it is one of those known; else a ValueError with those that are near, or all of a few."""
    names = list(known)
    if asked in names:
        return asked
    near = get_close_matches(asked, names, n=3, cutoff=0.5) or (names if len(names) <= 5 else [])
    raise ValueError(f"{asked!r}: no such {what}" + (f"; near: {', '.join(near)}" if near else ""))
