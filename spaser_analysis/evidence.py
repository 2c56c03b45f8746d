"""The page of what each figure of a territory's report is made of (``preuves.html``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from spaser_analysis.explain import ledger_notes
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.states import NAMES, states_of
from spaser_analysis.period import WINDOWS
from spaser_analysis.report import Report
from spaser_analysis.schemas import RECORD

_READ = {
    *("uid", "quarter", "objet", "dateNotification", "amount_cents", "territory", "territory_rule", *RECORD),
    *("is_framework", "is_subsequent"),
}
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
    rows: dict[str, pd.DataFrame] = {}
    listed: dict[str, Listed] = {}
    for name, frame in report.tables.items():
        within = frame.loc[frame["quarter"].isin(report.quarter.quarters), [one for one in frame if one in _READ]]
        own = within.sort_values(["quarter", *(["uid"] if name == "contracts" else RECORD)], kind="stable")
        rows[name], told = own.reset_index(drop=True), states[name].loc[own.index]
        quarters = own["quarter"].tolist()
        listed |= {str(code): _listed(ranks.tolist(), quarters) for code, ranks in told.items()}
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
    paid = report.payments
    no_purchase = ~paid["is_purchase"].fillna(True) & paid["quarter"].isin(report.quarter.quarters)
    rows["apart"] = paid[no_purchase].sort_values(["quarter", *RECORD]).reset_index(drop=True)
    apart = {rule: _by(contracts.index[flag], contracts["quarter"]) for rule, flag in flags.items()}
    groups = rows["apart"].groupby("exclusion", sort=True)
    excluded = {str(rule): _by(own.index, own["quarter"]) for rule, own in groups}
    cents = {name: own["amount_cents"].fillna(0).tolist() for name, own in rows.items() if "amount_cents" in own}
    return Evidence(report, rows, listed, apart, excluded, cents)


def _listed(ranks: list[int], quarters: list[str]) -> dict[str, dict[str, list[int]]]:
    found: dict[str, dict[str, list[int]]] = {}
    for position, (rank, quarter) in enumerate(zip(ranks, quarters, strict=True)):
        found.setdefault("not_concerned" if rank < 0 else NAMES[rank], {}).setdefault(quarter, []).append(position)
    return found


def _by(positions: pd.Index[int], quarters: pd.Series[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one, quarter in zip(positions, quarters.loc[positions], strict=True):
        found.setdefault(quarter, []).append(int(one))
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
