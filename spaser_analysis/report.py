"""Everything one report shows: the slice of the clean tables it needs, and the results computed from it."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from spaser_analysis import workspace
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.results import results
from spaser_analysis.organisation import Organisation, Territory, load_organisation
from spaser_analysis.period import Quarter, Window, span
from spaser_analysis.schemas import AMENDMENTS, CONTRACTS, LEDGER
from spaser_analysis.tables import read_catalogue, read_table

# What no report shows is left on disk.
_UNREAD = (
    "acheteur_id",
    "acheteur_nom",
    "lieuExecution_code",
    "lieuExecution_typeCode",
    "montant",
)
COLUMNS = tuple(name for name in CONTRACTS.columns if name not in _UNREAD)


@dataclass(frozen=True)
class SourceFile:
    """One input file: records read = used + rejected + duplicates."""

    name: str
    format: str
    snapshot: str | None
    read: int
    used: int
    rejected: int
    duplicates: int


@dataclass(frozen=True, eq=False)
class Report:
    """One quarter of one territory.

    ``contracts`` are the buyer's, all territories, from three quarters before the year before (its twelve months need
    them) to the end of the quarter's year; ``results`` are those of the quarter for every territory, and of the
    earlier quarters of both years for the course of the year; ``ledger`` has the entries of these contracts.
    """

    quarter: Quarter
    territory: Territory
    organisation: Organisation
    contracts: pd.DataFrame
    amendments: pd.DataFrame
    results: pd.DataFrame
    ledger: pd.DataFrame
    sources: tuple[SourceFile, ...]
    family_labels: dict[str, str]
    snapshot: date | None
    is_fictitious: bool

    @property
    def is_whole(self) -> bool:
        """The report covers the whole organisation."""
        return self.territory.code == self.organisation.whole.code

    def window(self, name: str) -> Window:
        """The window of that name that the quarter closes."""
        return self.quarter.window(name)

    def contracts_of(self, window: str) -> pd.DataFrame:
        """The territory's contracts notified in that window; the whole's are all of them."""
        return self.of_territory(self.contracts[self.contracts["quarter"].isin(self.window(window).quarters)])

    def of_territory(self, contracts: pd.DataFrame) -> pd.DataFrame:
        """Those of the contracts that belong to the report's territory."""
        return contracts if self.is_whole else contracts[contracts["territory"] == self.territory.code]

    def result(
        self,
        indicator: str,
        window: str,
        measure: str = "number",
        quarter: Quarter | None = None,
        territory: str | None = None,
    ) -> pd.Series[Any] | None:
        """One row of ``results``; None where there is none (an earlier quarter that the tables do not hold)."""
        key = (str(quarter or self.quarter), territory or self.territory.code, indicator, window, measure)
        columns = ["quarter", "territory", "indicator", "window", "measure"]
        found = self.results[(self.results[columns] == list(key)).all(axis=1)]
        return None if found.empty else found.iloc[0]

    def breakdown(self, indicator: str, column: str, window: str) -> pd.DataFrame:
        """Contracts ``yes``, ``no``, ``unknown`` by value of a column ("" where it has none), and ``is_small``.

        A group is small below the minimum count of the indicator's sheet.
        """
        chosen = INDICATORS_BY_CODE[indicator]
        counts = chosen.compute(self.contracts_of(window), by=(column,))
        counts = counts[counts["measure"] == "number"].assign(**{column: counts[column].fillna("")}).set_index(column)
        small = counts["contracts"] < chosen.sheet.minimum_count
        return counts[["yes", "no", "unknown"]].astype("int64").assign(is_small=small.astype(bool))

    def absent_quarters(self, window: Window) -> tuple[str, ...]:
        """The quarters of a window, up to the report's own, in which the tables hold no contract of the buyer."""
        held = set(self.contracts["quarter"])
        return tuple(one for one in window.quarters if one <= str(self.quarter) and one not in held)

    @property
    def own_results(self) -> pd.DataFrame:
        """The rows of this territory and this quarter, as published in ``indicateurs.csv``."""
        own = self.results[
            (self.results["quarter"] == str(self.quarter)) & (self.results["territory"] == self.territory.code)
        ]
        return own.reset_index(drop=True)


def open_report(quarter: str, territory: str, organisation: str = "amp") -> Report:
    """The report of a quarter (``2022-T3``) and a territory (its code, or the whole's), from the clean tables.

    ValueError, in one line: not a quarter, no such territory or organisation, or no contract of the buyer in that
    quarter (with the quarters that have some). NoCleanTables: nothing was ingested yet.
    """
    wanted = Quarter.parse(quarter)
    buyer = load_organisation(organisation)
    place = buyer.territory(territory)
    clean = workspace.clean()
    quarters = tuple(span(Quarter(wanted.year - 1, 1), wanted))
    needed = [str(one) for one in span(quarters[0] - 3, Quarter(wanted.year, 4))]
    slice_of_buyer: list[Any] = [("buyer_siren", "==", buyer.siren), ("quarter", "in", needed)]
    contracts = read_table(CONTRACTS, clean, COLUMNS, slice_of_buyer)
    held = set(contracts["quarter"])
    if str(wanted) not in held:
        raise ValueError(_no_contract(wanted, buyer, clean))
    catalogue = read_catalogue(clean)
    snapshot = catalogue["snapshot"]
    computed = [one for one in quarters if str(one) in held]
    return Report(
        quarter=wanted,
        territory=place,
        organisation=buyer,
        contracts=contracts,
        amendments=read_table(AMENDMENTS, clean, filters=[("uid", "in", list(contracts["uid"]))]),
        results=results(contracts, buyer, computed, snapshot),
        ledger=read_table(LEDGER, clean, filters=[("uid", "in", list(contracts["uid"]))]),
        sources=tuple(SourceFile(*(one[field.name] for field in fields(SourceFile))) for one in catalogue["files"]),
        family_labels=_family_labels(),
        snapshot=date.fromisoformat(snapshot) if snapshot else None,
        is_fictitious=bool(contracts["is_fictitious"].any()),
    )


def _family_labels() -> dict[str, str]:
    with workspace.reference("families.csv").open(encoding="utf-8", newline="") as lines:
        return {row["family"]: row["label"] for row in csv.DictReader(lines)}


def _no_contract(wanted: Quarter, buyer: Organisation, clean: Path) -> str:
    known = ", ".join(sorted(quarters_held(buyer, clean))) or "none"
    return f"no contract of {buyer.name} in {wanted}; quarters with contracts: {known}"


def quarters_held(buyer: Organisation, clean: Path) -> set[str]:
    """The quarters in which the clean tables hold a contract of the buyer; NoCleanTables if there are none."""
    return set(read_table(CONTRACTS, clean, ["quarter"], [("buyer_siren", "==", buyer.siren)])["quarter"].dropna())
