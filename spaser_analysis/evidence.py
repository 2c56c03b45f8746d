"""The page of what each figure of a territory's report is made of (``preuves.html``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat

import pandas as pd

from spaser_analysis.explain import ledger_notes
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.states import NAMES, states_of
from spaser_analysis.period import WINDOWS
from spaser_analysis.report import Report
from spaser_analysis.schemas import RECORD

_READ = {
    *("uid", "quarter", "objet", "dateNotification", "amount_cents", "territory", "territory_rule", *RECORD),
    *("is_framework", "is_subsequent", "exclusion"),
}
_NAMED = (*NAMES, "not_concerned")  # a rank of -1 is that of the last
LARGEST = "ten_largest_contract_share"
Listed = Mapping[str, Mapping[str, list[int]]]  # by state or rule, then by quarter or window: positions in the rows


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is counted in the windows of a report, each thing once and in its quarter: no window parts a quarter.

    ``rows``: by table (those of ``indicators.basis``, and ``apart``: the payments that are no purchases) its rows, sorted, numbered
    from 0; the contracts with ``ledger`` and ``beside``. ``listed``: by indicator, the rows of its table in each state. ``apart``: the rows of
    contracts and ``excluded``: those of ``apart``, by rule. ``cents``: the amounts of a table that has some, 0 where unknown.
    """

    report: Report
    rows: Mapping[str, pd.DataFrame]
    listed: Mapping[str, Listed]
    apart: Listed
    excluded: Listed
    cents: Mapping[str, list[int]]


def evidence(report: Report, states: Mapping[str, pd.DataFrame]) -> Evidence:
    """That of a report; ``states`` are those of ``Snapshot.states_of``, of the same rows as ``report.tables``."""
    paid = report.payments
    tables = {**report.tables, "apart": paid[~paid["is_purchase"].fillna(True)]}
    rows: dict[str, pd.DataFrame] = {}
    listed: dict[str, Listed] = {}
    for name, frame in tables.items():
        within = frame.loc[frame["quarter"].isin(report.quarter.quarters), [one for one in frame if one in _READ]]
        own = within.sort_values(["quarter", *(["uid"] if name == "contracts" else RECORD)], kind="stable")
        rows[name] = own.reset_index(drop=True)
        if name in states:
            told = states[name].loc[own.index].items()
            listed |= {str(code): _listed([_NAMED[one] for one in ranks], rows[name]) for code, ranks in told}
    contracts = rows["contracts"]
    # A record that is one with another is told where records are, not among what was done to the one that is kept.
    ledger = report.ledger.sort_values(["rule", "column", "before", "after"], kind="stable")
    for name, entries in (("ledger", ledger[ledger["column"].notna()]), ("beside", ledger[ledger["column"].isna()])):
        notes = ledger_notes(entries, entries["uid"], contracts["uid"])
        contracts = contracts.assign(**{name: [notes.get(one, "") for one in contracts["uid"]]})
    rows["contracts"] = contracts
    listed[LARGEST] = _largest(report, contracts)
    flags = {
        "no_amount": contracts["amount_cents"].isna(),
        "framework": contracts["is_framework"].fillna(False),
        "subsequent": contracts["is_subsequent"].fillna(False),
    }
    apart: dict[str, Mapping[str, list[int]]] = {}
    for rule, flag in flags.items():
        apart |= _listed(repeat(rule), contracts[flag])
    excluded = _listed(rows["apart"]["exclusion"], rows["apart"])
    cents = {name: own["amount_cents"].fillna(0).tolist() for name, own in rows.items() if "amount_cents" in own}
    return Evidence(report, rows, listed, apart, excluded, cents)


def _listed(names: Iterable[str], rows: pd.DataFrame) -> dict[str, dict[str, list[int]]]:
    """The positions of the rows by the name of each, then by quarter."""
    found: dict[str, dict[str, list[int]]] = {}
    for name, quarter, position in zip(names, rows["quarter"].tolist(), rows.index.tolist(), strict=False):
        found.setdefault(name, {}).setdefault(quarter, []).append(position)
    return found


def _largest(report: Report, contracts: pd.DataFrame) -> dict[str, dict[str, list[int]]]:
    """Window by window: which are the largest depends on what is beside them."""
    found: dict[str, dict[str, list[int]]] = {}
    for name in WINDOWS:
        own = contracts[contracts["quarter"].isin(report.window(name).quarters)]
        for state, positions in states_of(INDICATORS_BY_CODE[LARGEST], own).groupby("state").groups.items():
            found.setdefault(str(state), {})[name] = positions.tolist()
    return found


def evidence_page(report: Report, states: Mapping[str, pd.DataFrame]) -> bytes:
    """The page; same rows, same bytes."""
    from spaser_analysis.publishing.html import outputs_page
    from spaser_analysis.views import evidence as view

    found = evidence(report, states)
    return outputs_page(view.title(report), report.organisation.name, view.shown(found))
