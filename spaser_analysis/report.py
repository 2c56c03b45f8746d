"""Everything one report shows: the slice of the clean tables it needs, and the results computed from it."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from spaser_analysis import schemas, workspace
from spaser_analysis.indicators import INDICATORS_BY_CODE
from spaser_analysis.indicators.publication import LEGAL_DELAY
from spaser_analysis.indicators.results import results
from spaser_analysis.organisation import Organisation, Target, Territory
from spaser_analysis.period import Quarter, Window
from spaser_analysis.reference_data import Method, method
from spaser_analysis.snapshot import open_snapshot
from spaser_analysis.tables import read_table

FIGURES, REVISIONS = "indicateurs.csv", "revisions.csv"  # of a report: its results, those of its earlier editions


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

    ``tables`` (those of ``indicators.basis``), ``amendments``, ``ledger``, ``results`` and ``payments`` (all, excluded
    ones too) are its slice, as of ``Snapshot.slice``: for the whole, the rows of all territories. ``quarters`` and
    ``paid_quarters`` are those in which the buyer has contracts and payments, anywhere; ``has_payments`` of any quarter.
    """

    quarter: Quarter
    territory: Territory
    organisation: Organisation
    tables: dict[str, pd.DataFrame]
    amendments: pd.DataFrame
    payments: pd.DataFrame
    results: pd.DataFrame
    ledger: pd.DataFrame
    quarters: frozenset[str]
    paid_quarters: frozenset[str]
    has_payments: bool
    sources: tuple[SourceFile, ...]
    family_labels: dict[str, str]
    theme_precision: dict[str, tuple[int, int]]
    snapshot: date | None
    is_fictitious: bool

    @property
    def contracts(self) -> pd.DataFrame:
        """The contracts, with what their holders say."""
        return self.tables["contracts"]

    @property
    def is_whole(self) -> bool:
        """The report covers the whole organisation."""
        return self.territory.code == self.organisation.whole.code

    def family_label(self, family: Any) -> str:
        """The French name of a purchase family; its code where it has none."""
        return str(self.family_labels.get(family, family))

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
        scope: str = "all",
    ) -> pd.Series[Any] | None:
        """One row of ``results``; None where there is none (an earlier quarter that the tables do not hold)."""
        key = (str(quarter or self.quarter), territory or self.territory.code, indicator, window, scope, measure)
        columns = ["quarter", "territory", "indicator", "window", "scope", "measure"]
        found = self.results[(self.results[columns] == list(key)).all(axis=1)]
        return None if found.empty else found.iloc[0]

    def history(self, target: Target) -> pd.DataFrame:
        """The territory's quarters of an objective, as ``trends.projection`` takes them; spending in euros.

        A quarter in which credit notes outweigh the payments of a state has no share and is left out.
        """
        rows = self.results.query(
            "territory == @place and indicator == @one.indicator and measure == @one.measure "
            "and window == 'quarter' and scope == 'all'",
            local_dict={"place": self.territory.code, "one": target},
        )
        states = rows[["yes", "no", "unknown"]] // (100 if target.measure == "value" else 1)
        settled = [self.is_settled(Quarter.parse(one)) for one in rows["quarter"]]
        history = states.assign(quarter=rows["quarter"], is_provisional=~pd.array(settled, dtype="boolean"))
        return history[(states >= 0).all(axis=1)].reset_index(drop=True)

    @property
    def breaks(self) -> tuple[date, ...]:
        """The days on which the series shown here breaks."""
        return tuple(one.day for one in self.organisation.breaks if not (self.is_whole and one.of_territories))

    def is_settled(self, quarter: Quarter) -> bool:
        """The delay to publish its contracts (R. 2196-1) was over at the snapshot."""
        due = pd.Timestamp(quarter.end) + LEGAL_DELAY
        return self.snapshot is not None and pd.Timestamp(self.snapshot) >= due

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
        return tuple(one for one in window.quarters if one <= str(self.quarter) and one not in self.quarters)

    @property
    def own_results(self) -> pd.DataFrame:
        """The rows of this territory and this quarter, as published in ``indicateurs.csv``."""
        own = self.results[
            (self.results["quarter"] == str(self.quarter)) & (self.results["territory"] == self.territory.code)
        ]
        return own.reset_index(drop=True)

    @cached_property
    def earlier(self) -> pd.DataFrame:
        """What earlier editions of this report published, as of ``earlier_results``."""
        folder = workspace.report_folder(workspace.reports(), str(self.quarter), self.territory.slug)
        return earlier_results(folder, self.snapshot.isoformat() if self.snapshot else None)

    @cached_property
    def two_years(self) -> pd.DataFrame:
        """``results`` of the civil year before and of the quarter's, all indicators: window ``year``, scope ``all``."""
        ends = [Quarter(self.quarter.year - 1, 4), Quarter(self.quarter.year, 4)]
        snapshot = self.snapshot.isoformat() if self.snapshot else None
        return results(self.tables, self.organisation, ends, snapshot, scopes=("all",), windows=("year",))

    @cached_property
    def journal(self) -> pd.DataFrame:
        """The whole ledger of the clean tables, every buyer and year: what is rejected belongs to no contract."""
        return read_table(schemas.LEDGER, workspace.clean())

    @cached_property
    def supplier_lists(self) -> pd.DataFrame:
        """Every status of every supplier, as listed."""
        return read_table(schemas.SUPPLIERS, workspace.clean())

    @cached_property
    def reference(self) -> Method:
        """The dated reference data behind the figures."""
        return method()


def open_report(quarter: str, territory: str | None = None, organisation: str = "amp") -> Report:
    """The report of a quarter (``2022-T3``) and a territory (its code; the whole's by default), from the clean tables.

    ValueError, in one line: not a quarter, no such territory or organisation, or no contract of the buyer in that
    quarter (with the quarters that have some). NoCleanTables: nothing was ingested yet.
    """
    wanted = Quarter.parse(quarter)
    snapshot = open_snapshot(organisation, workspace.clean())
    buyer = snapshot.organisation
    place = buyer.territory(territory) if territory else buyer.whole
    if str(wanted) not in snapshot.quarters:
        raise ValueError(no_contract(buyer, [wanted], snapshot.quarters))
    tables = snapshot.slice(wanted, place)
    return Report(
        quarter=wanted,
        territory=place,
        organisation=buyer,
        amendments=tables.pop("amendments"),
        payments=tables.pop("paid"),
        results=tables.pop("results"),
        ledger=tables.pop("ledger"),
        tables=tables,
        quarters=snapshot.quarters,
        paid_quarters=snapshot.paid_quarters,
        has_payments=snapshot.has_payments,
        sources=tuple(SourceFile(**one) for one in snapshot.sources),
        family_labels={one["family"]: one["label"] for one in _reference("families.csv")},
        theme_precision={
            one["theme"]: (int(one["right"]), int(one["detected_labelled"]))
            for one in _reference("themes_precision.csv")
        },
        snapshot=date.fromisoformat(snapshot.day) if snapshot.day else None,
        is_fictitious=snapshot.is_fictitious,
    )


def open_year(year: int, organisation: str = "amp") -> Report:
    """The report of the whole at the last quarter of a year that has contracts; errors as ``open_report``."""
    held = open_snapshot(organisation, workspace.clean()).quarters
    return open_report(last_quarter(year, held), organisation=organisation)


def last_quarter(year: int, held: Collection[str]) -> str:
    """Of the quarters with contracts, the last of a year; its fourth where it has none."""
    return max((one for one in held if one.startswith(f"{year:04d}-")), default=f"{year:04d}-T4")


def earlier_results(folder: Path, snapshot: str | None) -> pd.DataFrame:
    """What the editions of a report on older data said, in ``schemas.RESULTS``: the one in ``folder``, and those whose
    results it has kept; scope ``all`` only.
    """
    said = [
        pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
        for path in (folder / REVISIONS, folder / FIGURES)
        if path.is_file()
    ]
    if not said or snapshot is None:
        return schemas.empty(schemas.RESULTS)
    found = schemas.conform(pd.concat(said, ignore_index=True), schemas.RESULTS)
    return found[(found["snapshot"] < snapshot) & (found["scope"] == "all")].reset_index(drop=True)


def _reference(name: str) -> list[dict[str, str]]:
    with workspace.reference(name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def no_contract(buyer: Organisation, wanted: Iterable[Quarter], held: Iterable[str]) -> str:
    """The line that says so."""
    names = ", ".join(map(str, wanted)) or "no quarter"
    return f"no contract of {buyer.name} in {names}; quarters with contracts: {', '.join(sorted(held)) or 'none'}"
